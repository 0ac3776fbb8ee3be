"""A labelled set: a folder of videos with ``annotations.csv``, and what each person does in them, where it is known.

A folder in which SAMM-LV, CAS(ME)² or CAS(ME)³ was given out is a labelled set too (:mod:`livespot.datasets`).

``manifest.json``, as ``livespot synth`` writes it, names kinds and people; without it every video is of the kind
``unknown``. A video without a line in the annotations is one without expressions.
"""

from __future__ import annotations

from pathlib import Path

from livespot.datasets import LabelledVideo, layout_in, read_dataset
from livespot.errors import InputError
from livespot.interchange import Annotation, read_annotations, read_summary

VIDEO_SUFFIXES = frozenset((".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".m4v", ".wmv", ".flv"))
UNKNOWN = "unknown"

__all__ = ["UNKNOWN", "VIDEO_SUFFIXES", "LabelledVideo", "read_labelled"]


def read_labelled(folder: str | Path) -> list[LabelledVideo]:
    """All videos of a set, by name.

    Raises
    ------
    InputError
        When the folder holds no video, has no annotations, or these speak of a video that is not there.
    UsageError
        When a data set's workbook has to be read and openpyxl is not installed.
    """
    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"{place}: is not a folder; give one with videos and annotations.csv")
    if not (place / "annotations.csv").is_file() and (layout := layout_in(place)) is not None:
        return list(read_dataset(place, layout.name).videos)
    videos = sorted(p for p in place.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES and p.name[0] != ".")
    if not videos:
        raise InputError(f"{place}: holds no video; give a folder with videos and annotations.csv")
    rows = read_annotations(place / "annotations.csv")
    _check_names(place, rows, videos)
    about = _manifest(place)
    found = []
    for path in videos:
        mine = [row for row in rows if row.video in (path.stem, path.name)]
        person, kind = about.get(path.name, (mine[0].subject if mine else path.stem, UNKNOWN))
        truth = tuple(sorted(mine, key=lambda row: (row.onset, row.offset)))
        found.append(LabelledVideo(path, person, kind, truth))
    return found


def _check_names(place: Path, rows: list[Annotation], videos: list[Path]) -> None:
    known = {name for path in videos for name in (path.name, path.stem)}
    missing = sorted({row.video for row in rows} - known)
    if missing:
        raise InputError(
            f"{place / 'annotations.csv'}: speaks of {missing[0]}, which is not in the folder"
            f" ({len(missing)} such); put the video there or take its lines out"
        )


def _manifest(place: Path) -> dict[str, tuple[str, str]]:
    """Person and kind of each file that a manifest names."""
    if not (place / "manifest.json").is_file():
        return {}
    clips = read_summary(place / "manifest.json").get("clips", [])
    try:
        return {str(clip["file"]): (str(clip["person"]), str(clip["kind"])) for clip in clips}
    except (TypeError, KeyError) as error:
        raise InputError(
            f"{place / 'manifest.json'}: expected clips with file, person and kind, got others ({error});"
            " make the set again with `livespot synth`"
        ) from error
