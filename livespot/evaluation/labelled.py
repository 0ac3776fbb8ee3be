"""A labelled set: a folder of videos with ``annotations.csv``, and what each person does in them, where it is known.

``manifest.json``, as ``livespot synth`` writes it, names kinds and people; without it every video is of the kind
``unknown``. A video without a line in the annotations is one without expressions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from livespot.errors import InputError
from livespot.interchange import Annotation, read_annotations, read_summary

VIDEO_SUFFIXES = frozenset((".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".m4v", ".wmv", ".flv"))
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LabelledVideo:
    """One video; ``truth`` is sorted by onset, in its own frames."""

    path: Path
    person: str
    kind: str
    truth: tuple[Annotation, ...]


def read_labelled(folder: str | Path) -> list[LabelledVideo]:
    """All videos of a set, by name.

    Raises
    ------
    InputError
        When the folder holds no video, has no annotations, or these speak of a video that is not there.
    """
    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"{place}: is not a folder; give one with videos and annotations.csv")
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
