"""Cleaned annotation tables: ``subject,video_name,start_frame,apex_frame,end_frame,type_idx,au``, type 1 MaE, 2 ME."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from livespot.datasets.layout import AnnotatedRow
from livespot.errors import InputError
from livespot.interchange.tables import read_table
from livespot.types import ExpressionType

COLUMNS = ("subject", "video_name", "start_frame", "apex_frame", "end_frame", "type_idx", "au")
_TYPES: dict[str, ExpressionType] = {"1": "MaE", "2": "ME"}
_STRIDE, _RATE = re.compile(r"stride(\d+)"), re.compile(r"(\d+)fps")


def cleaned_tables(folder: Path, beginning: str) -> list[Path]:
    """Tables in a folder whose name begins so; ``samm_lv_stride7.csv`` goes before ``samm_lv_25fps.csv``."""
    found = [
        p
        for p in (folder.iterdir() if folder.is_dir() else ())
        if p.suffix.lower() == ".csv" and p.name.lower().startswith(beginning)
    ]
    return sorted(found, key=lambda p: (_STRIDE.search(p.name) is None, p.name))[:1]


def read_cleaned(path: Path, source_hz: float, key: Callable[[str], str]) -> list[AnnotatedRow]:
    """All rows of a table.

    Parameters
    ----------
    path : Path
        Its name says which frames it counts: ``stride7``, ``25fps``; otherwise the source's own.
    source_hz : float
        Rate of the data set.
    key : callable
        From a table's name of a video (``samm_006_1``) to the key of the video (``006_1``).

    Raises
    ------
    InputError
        When it cannot be read, lacks a column, or a cell is wrong.
    """
    scale = _scale(path, source_hz)
    rows = []
    for number, row in enumerate(read_table(path, COLUMNS), start=2):
        kind = _TYPES.get(row.text("type_idx"))
        if kind is None:
            raise row.error(f"type_idx expects 1 (MaE) or 2 (ME), got {row.text('type_idx')!r}", "correct it")
        frames = (row.integer(name) for name in ("start_frame", "apex_frame", "end_frame"))
        onset, apex, offset = frames
        where = f"{path}, line {number}"
        rows.append(
            AnnotatedRow(key(row.text("video_name")), onset, apex, offset, kind, row.text("au"), where, scale)
        )
    if not rows:
        raise InputError(f"{path}: holds no annotation; use the table as it was given out")
    return rows


def _scale(path: Path, source_hz: float) -> int:
    """Source frames per number of the table."""
    if match := _STRIDE.search(path.stem.lower()):
        return max(1, int(match[1]))
    if match := _RATE.search(path.stem.lower()):
        return max(1, round(source_hz / int(match[1])))
    return 1
