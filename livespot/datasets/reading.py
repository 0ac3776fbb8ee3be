"""A data set's folder to labelled videos: rows and videos brought together, and every repair counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from livespot.datasets.casme2 import Casme2
from livespot.datasets.casme3 import Casme3
from livespot.datasets.labelled import LabelledVideo
from livespot.datasets.layout import AnnotatedRow, FoundVideo, Layout
from livespot.datasets.repairs import RepairName, repaired
from livespot.datasets.samm_lv import SammLongVideos
from livespot.errors import InputError
from livespot.interchange import Annotation

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (SammLongVideos(), Casme2(), Casme3())}
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set as it is used.

    Attributes
    ----------
    layout : Layout
    videos : tuple of LabelledVideo
        Those with at least one annotated expression, and with frames.
    repairs : dict of str to int
        How many rows, or videos, each repair concerned.
    left_out : tuple of str
        Rows that could not be used: file, row and reason.
    """

    layout: Layout
    videos: tuple[LabelledVideo, ...]
    repairs: dict[RepairName, int]
    left_out: tuple[str, ...]

    @property
    def annotations(self) -> list[Annotation]:
        """All rows, by video and onset."""
        return [row for video in self.videos for row in video.truth]


def layout_in(folder: Path) -> Layout | None:
    """The layout in which a folder is given out; None when it is none of them."""
    return next((layout for layout in LAYOUTS.values() if layout.is_in(folder)), None)


def layout_named(name: str | None, folder: Path) -> Layout:
    """The layout of that name, or, without a name, the one that the folder has.

    Raises
    ------
    InputError
        When the folder is missing, or is of no layout or another.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: is not a folder; give the one in which the data set was given out")
    found = layout_in(folder)
    if name is None and found is None:
        known = "; ".join(f"{layout.name}: {layout.expected}" for layout in LAYOUTS.values())
        raise InputError(f"{folder}: looks like none of the data sets; expected {known}")
    wanted = LAYOUTS[name] if name is not None else found
    assert wanted is not None
    if not wanted.is_in(folder):
        other = f", and looks like {found.name}" if found is not None else ""
        raise InputError(f"{folder}: is not {wanted.name}{other}; expected {wanted.expected}")
    return wanted


def read_dataset(folder: str | Path, name: str | None = None) -> Dataset:
    """All videos with annotated expressions; nothing is decoded.

    Parameters
    ----------
    folder : str or Path
        As it was given out.
    name : str, optional
        ``samm-lv``, ``casme2`` or ``casme3``; None finds out.

    Raises
    ------
    InputError
        When the folder is of another layout, its annotations cannot be read, or a video that they name is missing or
        has no frames.
    UsageError
        When a workbook has to be read and openpyxl is not installed.
    """
    place = Path(folder)
    layout = layout_named(name, place)
    rows, known = layout.rows(place), {video.key: video for video in layout.videos(place)}
    by_video: dict[str, list[AnnotatedRow]] = defaultdict(list)
    for row in rows:
        by_video[row.video].append(row)
    _check_videos(place, layout, by_video, known)
    repairs: Counter[RepairName] = Counter()
    repairs["without-rows"] = len(known.keys() - by_video.keys())
    repairs["misfiled-folder"] = sum(_is_misfiled(video) for video in known.values())
    left_out: list[str] = []
    videos = [
        LabelledVideo(
            known[key].path,
            known[key].person,
            UNKNOWN,
            _truth(known[key], own, repairs, left_out),
            known[key].name,
            layout.rate_hz if known[key].is_folder else None,
        )
        for key, own in sorted(by_video.items(), key=lambda item: list(known).index(item[0]))
    ]
    return Dataset(layout, tuple(videos), {name: n for name, n in repairs.items() if n}, tuple(left_out))


def _truth(
    video: FoundVideo, rows: list[AnnotatedRow], repairs: Counter[RepairName], left_out: list[str]
) -> tuple[Annotation, ...]:
    found: dict[tuple[int, int, str], Annotation] = {}
    for row in rows:
        result = repaired(row, video)
        repairs.update(result.used)
        if result.annotation is None:
            length = "" if video.frames is None else f", which has {video.frames} frames"
            left_out.append(f"{row.where}: {row.onset} to {row.offset} does not lie in {video.name}{length}")
            continue
        key = (result.annotation.onset, result.annotation.offset, result.annotation.type)
        repairs["listed-twice"] += key in found
        found.setdefault(key, result.annotation)
    return tuple(sorted(found.values(), key=lambda row: (row.onset, row.offset)))


def _is_misfiled(video: FoundVideo) -> bool:
    """Whether the subject's folder around a CAS(ME)² video is another's."""
    around = video.path.parent.name
    return around.startswith("s") and around[1:].isdecimal() and around != video.person


def _check_videos(
    place: Path, layout: Layout, rows: dict[str, list[AnnotatedRow]], known: dict[str, FoundVideo]
) -> None:
    missing = sorted(set(rows) - set(known))
    if missing:
        raise InputError(
            f"{place}: video {missing[0]} is annotated but not there ({len(missing)} of {len(rows)} such);"
            f" complete the set, see `livespot data check`, expected {layout.expected}"
        )
    empty = [video for key in rows if (video := known[key]).is_folder and not video.images]
    if empty:
        raise InputError(
            f"{empty[0].path}: subject {empty[0].person} has no frames there ({len(empty)} such folders);"
            " unpack the set again, see `livespot data check`"
        )
