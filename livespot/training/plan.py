"""What a training folder was begun with: a run that is resumed with other data or settings would be neither run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from livespot.errors import InputError, UsageError
from livespot.evaluation.labelled import LabelledVideo, read_labelled
from livespot.interchange import read_summary, write_summary
from livespot.interchange.summary import plain

PLAN = "plan.json"


def read_sets(folders: Sequence[Path]) -> list[LabelledVideo]:
    """The videos of several labelled sets; nothing is decoded.

    Raises
    ------
    InputError
        When a folder is missing, holds no video or no annotations.
    """
    return [video for folder in folders for video in read_labelled(folder)]


def check_people(training: Sequence[LabelledVideo], validation: Sequence[LabelledVideo]) -> None:
    """Say before minutes of measuring what would be wrong after it.

    Raises
    ------
    UsageError
        When a person is in both sets.
    InputError
        When validation shows no expression.
    """
    if shared := sorted({v.person for v in training} & {v.person for v in validation}):
        raise UsageError(
            f"person {shared[0]}: is in training and validation; keep each person in one of them"
        )
    if not any(video.truth for video in validation):
        place = validation[0].path.parent
        raise InputError(
            f"{place}: no video of the validation sets has an annotated expression, so no threshold can be"
            " chosen on them; give labelled ones"
        )


def digest(videos: Sequence[LabelledVideo]) -> str:
    """Changes with the videos, their people and their annotations, not with where they lie."""
    rows = [
        [v.name, _size(v.path), v.person, v.kind] + [[t.type, t.onset, t.apex, t.offset] for t in v.truth]
        for v in videos
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _size(path: Path) -> int:
    """Bytes of a video, or number of the files in a folder of images."""
    return sum(1 for _ in path.iterdir()) if path.is_dir() else path.stat().st_size


def keep_plan(folder: Path, plan: dict[str, Any]) -> None:
    """Write a plan into a new folder, or compare it with the one that is there.

    Raises
    ------
    InputError
        When the folder was begun with another plan.
    OutputError
        When it cannot be written.
    """
    path = folder / PLAN
    if not path.is_file():
        write_summary(path, plan)
        return
    theirs, ours = read_summary(path), plain(plan)
    if theirs != ours:
        differs = sorted(key for key in {*theirs, *ours} if theirs.get(key) != ours.get(key))
        raise InputError(
            f"training run {folder}: was begun with another {', '.join(differs)}; use the same or name"
            " another folder"
        )
