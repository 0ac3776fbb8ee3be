"""What is missing or damaged in a data set's folder, found before hours of measuring are spent on it.

Every folder is listed and every file's size looked at, but only the first picture of each video is decoded.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livespot.capture import open_source
from livespot.datasets.layout import AnnotatedRow, FoundVideo, Layout
from livespot.datasets.reading import Dataset, layout_named, read_dataset
from livespot.datasets.repairs import REPAIRS
from livespot.errors import LivespotError
from livespot.types import ExpressionType, Frame

MODEL_RATE_HZ = 30.0
MEASURING_S = 0.020
"""What measuring a model frame takes on one core, roughly; every source frame is decoded besides."""

CheckProgress = Callable[[int, int], None]
"""Called with (videos looked at, videos)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes
    ----------
    layout : Layout
    problems : tuple of str
        What has to be mended before the set can be used, each with its cure.
    notes : tuple of str
        What is odd but does no harm, or less than is published.
    dataset : Dataset or None
        The set as it would be used; None while something is missing.
    videos, people, frames : int
        That are there.
    """

    layout: Layout
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    dataset: Dataset | None
    videos: int
    people: int
    frames: int

    @property
    def minutes(self) -> float:
        """Length of all videos whose frames could be counted."""
        return self.frames / self.layout.rate_hz / 60.0

    @property
    def measuring_hours(self) -> float:
        """What measuring will take on one core, about."""
        return self.minutes * 60.0 * min(self.layout.rate_hz, MODEL_RATE_HZ) * MEASURING_S / 3600.0

    def as_dict(self) -> dict[str, Any]:
        """Plain nested values."""
        types = Counter(row.type for row in self.dataset.annotations) if self.dataset else Counter[str]()
        return {
            "dataset": self.layout.name,
            "usable": not self.problems,
            "videos": self.videos,
            "people": self.people,
            "frames": self.frames,
            "minutes": self.minutes,
            "measuring_hours": self.measuring_hours,
            "MaE": types["MaE"],
            "ME": types["ME"],
            "problems": list(self.problems),
            "notes": list(self.notes),
            "repairs": dict(self.dataset.repairs) if self.dataset else {},
        }

    def as_text(self) -> str:
        """For people, a line for each finding."""
        lines = [
            f"{self.layout.title}: {self.videos} videos of {self.people} people, {self.frames} frames,"
            f" {self.minutes:.1f} min; measuring them takes about {self.measuring_hours:.1f} h on one core"
        ]
        lines += [f"problem: {problem}" for problem in self.problems]
        lines += [f"note: {note}" for note in self.notes]
        if self.dataset is not None:
            types = Counter(row.type for row in self.dataset.annotations)
            lines.append(
                f"annotated: {types['MaE']} MaE and {types['ME']} ME in {len(self.dataset.videos)} videos"
            )
            known = {repair.name: repair for repair in REPAIRS}
            for name, count in self.dataset.repairs.items():
                lines.append(f"repaired, {count} times: {known[name].wrong}: {known[name].done}")
        lines.append("nothing is missing" if not self.problems else f"{len(self.problems)} problems")
        return "\n".join(lines)


def check_dataset(
    folder: str | Path, name: str | None = None, progress: CheckProgress | None = None
) -> Checked:
    """Look at a data set's folder.

    Parameters
    ----------
    folder : str or Path
    name : str, optional
        As of :func:`read_dataset`.
    progress : callable, optional

    Raises
    ------
    InputError
        When the folder is missing or is of no known layout.
    """
    place = Path(folder)
    layout = layout_named(name, place)
    problems: list[str] = []
    notes: list[str] = []
    rows = _rows(layout, place, problems)
    videos = layout.videos(place)
    if not videos:
        problems.append(f"{place}: holds no video; expected {layout.expected}")
    problems += _missing_videos(place, rows, videos)
    annotated = {row.video for row in rows}
    frames = 0
    sizes: Counter[tuple[int, int]] = Counter()
    for number, video in enumerate(videos):
        found = list(_video_problems(video))
        # A fault in a video that no annotation names does no harm.
        (problems if video.key in annotated or not rows else notes).extend(found)
        frames += _frames(video, layout, notes, sizes) if not found else 0
        if progress is not None:
            progress(number + 1, len(videos))
    for size, count in sizes.items():
        if size != layout.size:
            given = f"{layout.title} is given out in {layout.size[0]}x{layout.size[1]}"
            notes.append(f"{count} videos are {size[0]}x{size[1]}; {given}")
    dataset = None
    if not problems:
        dataset = read_dataset(place, layout.name)
        notes += _compared(dataset)
        notes += [f"left out: {row}" for row in dataset.left_out]
    people = {video.person for video in videos}
    return Checked(layout, tuple(problems), tuple(notes), dataset, len(videos), len(people), frames)


def _rows(layout: Layout, place: Path, problems: list[str]) -> list[AnnotatedRow]:
    try:
        return layout.rows(place)
    except LivespotError as error:
        problems.append(str(error))
        return []


def _missing_videos(place: Path, rows: list[AnnotatedRow], videos: list[FoundVideo]) -> Iterator[str]:
    known = {video.key for video in videos}
    wanted = Counter(row.video for row in rows if row.video not in known)
    for key, count in sorted(wanted.items()):
        yield f"{place}: video {key} is missing, {count} annotated expressions lie in it; unpack it again"


def _video_problems(video: FoundVideo) -> Iterator[str]:
    """What makes a video unusable."""
    if video.is_folder:
        if not video.images:
            yield f"{video.path}: subject {video.person} has no frames there; unpack the folder again"
            return
        empty = [
            entry.name for entry in os.scandir(video.path) if entry.is_file() and not entry.stat().st_size
        ]
        if empty:
            yield f"{video.path}: {len(empty)} empty files, the first {min(empty)}; unpack the folder again"
        elif video.numbers is None:
            yield (
                f"{video.path}: the images' names do not end in rising frame numbers ({video.images[0].name});"
                " use the folder as it was given out"
            )
    try:
        with open_source(video.path) as source:
            if not isinstance(source.read(), Frame):
                yield f"{video.path}: its first frame cannot be read; unpack it again"
    except LivespotError as error:
        yield str(error)


def _frames(video: FoundVideo, layout: Layout, notes: list[str], sizes: Counter[tuple[int, int]]) -> int:
    """Count the frames and the sizes; holes in their numbering and a rate that is not the data set's are noted."""
    with open_source(video.path, fps=layout.rate_hz if video.is_folder else None) as source:
        info = source.info
    sizes[info.width, info.height] += 1
    if not video.is_folder:
        if info.fps and abs(info.fps - layout.rate_hz) > 0.5:
            notes.append(f"{video.path}: {info.fps:g} fps; {layout.title} has {layout.rate_hz:g}")
        return info.frames or 0
    if holes := video.places[-1] + 1 - len(video.places):
        row = next(n for n, place in enumerate(video.places) if place != n)
        notes.append(
            f"{video.path}: {holes} images missing, the first before {video.images[row].name}; unpack it again"
        )
    return len(video.images)


def _compared(dataset: Dataset) -> Iterator[str]:
    """How the annotations differ from what the papers count."""
    published: dict[ExpressionType, int] = dict(zip(("MaE", "ME"), dataset.layout.published, strict=True))
    found = Counter(row.type for row in dataset.annotations)
    if any(published.values()) and any(found[kind] != count for kind, count in published.items()):
        yield (
            f"{found['MaE']} MaE and {found['ME']} ME are annotated; the papers count {published['MaE']} and"
            f" {published['ME']}, so figures cannot be set beside theirs"
        )
