"""``--dataset``: the option of commands whose folders may be licensed data sets."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from livespot.datasets.reading import LAYOUTS, read_dataset


def dataset_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--dataset``."""
    parser.add_argument(
        "--dataset",
        choices=tuple(LAYOUTS),
        help="the folders are this data set as it is given out (default: found out); others are refused",
    )


def told_datasets(name: str | None, folders: Sequence[str]) -> None:
    """With ``--dataset``: refuse folders of another layout, and say on stderr what was repaired in each.

    Raises
    ------
    InputError
        When a folder is not that data set, or cannot be used.
    """
    if name is None:
        return
    for folder in folders:
        found = read_dataset(folder, name)
        types = Counter(row.type for row in found.annotations)
        repairs = ", ".join(f"{what} {count}" for what, count in sorted(found.repairs.items()))
        print(
            f"livespot: {folder}: {len(found.videos)} videos, {types['MaE']} MaE and {types['ME']} ME; repaired:"
            f" {repairs or 'nothing'}; left out: {len(found.left_out)} (see `livespot data check`)",
            file=sys.stderr,
        )
