"""Small made-up data sets in the layouts of the licensed ones, to try every command without a licence.

Faces come from portraits (:mod:`livespot.synthesis`), expressions and their exact times from the simulator. What is odd
in the real annotations is odd here too, so that the repairs have something to do: CAS(ME)²'s replica has an offset 0,
SAMM-LV's an apex -1. A video is written beside its place and renamed, and videos that are there are kept: a
broken-off run goes on where it stopped.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from livespot.cv import cv2
from livespot.datasets.layout import Layout
from livespot.datasets.reading import LAYOUTS
from livespot.datasets.replica_workbooks import MadeVideo, write_annotations_of
from livespot.errors import InputError, OutputError
from livespot.interchange import read_summary, write_summary
from livespot.interchange.summary import plain
from livespot.synthesis.portraits import PortraitSource, load_portrait
from livespot.synthesis.recipe import Recipe, Wish, draw_recipe
from livespot.synthesis.videos import draw_frames

PLAN = "replica.json"
"""Says that the folder is made up, and how."""

REPLICA_SIZE = (320, 240)
_DRAWS = 200
"""Clips are drawn until one shows both types; the first of so many at most."""

_VIDEO_NAMES = {
    "0101": ("disgust1", "disgustingteeth"),
    "0401": ("anger1", "girlcrashing"),
    "0502": ("happy1", "funnyerrors"),
    "0102": ("disgust2", "madeup"),
    "0402": ("anger2", "madeup"),
    "0503": ("happy2", "madeup"),
    "0505": ("happy3", "madeup"),
    "0507": ("happy4", "madeup"),
    "0508": ("happy5", "madeup"),
}
"""Of CAS(ME)²: code, name in the workbook, and what follows the code in the folder's name."""

_LETTERS = "abcdefghijklm"

ReplicaProgress = Callable[[str, int, int], None]
"""Called with (video, frames drawn, frames of the video)."""


@dataclass(frozen=True, slots=True)
class ReplicaWish:
    """What was asked for.

    Attributes
    ----------
    layout : str
        ``samm-lv``, ``casme2`` or ``casme3``.
    people, videos : int
        Subjects, and videos of each; 13 at most where letters count them, 9 in CAS(ME)².
    seconds : float
        Length of a video, 3 or more.
    size : (int, int)
        Of the pictures; the real ones are larger.
    seed : int
    """

    layout: str
    people: int = 3
    videos: int = 1
    seconds: float = 5.0
    size: tuple[int, int] = REPLICA_SIZE
    seed: int = 0


def make_replica(
    wish: ReplicaWish,
    portraits: Sequence[PortraitSource],
    folder: Path,
    progress: ReplicaProgress | None = None,
) -> Iterator[tuple[MadeVideo, bool]]:
    """Make what is missing; yields every video, and whether it was made just now.

    Raises
    ------
    OutputError
        When the folder cannot be written, or holds a replica of other settings or a real data set.
    InputError
        When there are more videos than the layout has names for, or no portrait can be used.
    """
    layout = LAYOUTS[wish.layout]
    made = list(_planned(wish, layout, portraits))
    _check_folder(wish, portraits, layout, folder)
    for video in made:
        target = folder / video.folder
        fresh = not target.is_dir()
        if fresh:
            _draw(video, target, layout, progress)
        yield video, fresh
    write_annotations_of(layout, made, folder)


def _planned(wish: ReplicaWish, layout: Layout, portraits: Sequence[PortraitSource]) -> Iterator[MadeVideo]:
    most = len(_VIDEO_NAMES) if layout.name == "casme2" else len(_LETTERS)
    if wish.videos > most:
        raise InputError(
            f"{wish.videos} videos of each person: the layout {layout.name} has names for {most}"
        )
    for person in range(wish.people):
        source = portraits[person % len(portraits)]
        if source.span_s is not None:
            raise InputError(f"{source.path}: replicas take images as portraits, not stretches of videos")
        for number in range(wish.videos):
            recipe = _drawn(wish, layout, person * most + number, source)
            yield _named(layout, person, number, recipe, first=not person and not number)


def _drawn(wish: ReplicaWish, layout: Layout, number: int, source: PortraitSource) -> Recipe:
    """A calm clip with an even rate that shows both types of expressions."""
    settings = Wish(wish.seconds, wish.seed, "calm", wish.size, neutral=0.0, fps=layout.rate_hz)
    fallback: Recipe | None = None
    for draw in range(_DRAWS):
        recipe = draw_recipe(settings, number + 1000 * draw, source, 0.0)
        even = np.arange(recipe.timeline.frames, dtype=np.float64)
        recipe = replace(recipe, taken=even, shown_s=even / layout.rate_hz)
        types = {expression.type for expression in recipe.timeline.expressions}
        if len(types) == 2:
            return recipe
        fallback = recipe if types and fallback is None else fallback
    if fallback is None:
        raise InputError(f"{wish.seconds:g} s a video leave no room for an expression; give --seconds 5")
    return fallback


def _named(layout: Layout, person: int, number: int, recipe: Recipe, first: bool) -> MadeVideo:
    """The names that the data set would give."""
    rows = tuple(recipe.annotations())
    if layout.name == "samm-lv":
        subject = f"{6 + person:03d}"
        name = f"{subject}_{number + 1}"
        return MadeVideo(
            recipe, rows, subject, name, f"SAMM_longvideos/{name}", f"{name}_{{:04d}}.jpg", 1, first
        )
    if layout.name == "casme2":
        code = list(_VIDEO_NAMES)[number]
        short, stem = _VIDEO_NAMES[code]
        subject = f"{15 + person}"
        place = f"rawpic/s{subject}/{subject}_{code}{stem}"
        return MadeVideo(recipe, rows, subject, short, place, "img{:03d}.jpg", 1, first)
    subject = f"spNO.{1 + person}"
    letter = _LETTERS[number]
    return MadeVideo(recipe, rows, subject, letter, f"{subject}/{letter}/color", "{}.jpg", 0, first)


def _check_folder(
    wish: ReplicaWish, portraits: Sequence[PortraitSource], layout: Layout, folder: Path
) -> None:
    plan = plain({"replica": asdict(wish), "portraits": [portrait.name for portrait in portraits]})
    if (folder / PLAN).is_file():
        if read_summary(folder / PLAN) != plan:
            raise OutputError(
                f"{folder}: holds a replica of other settings; give --out another folder, or the same settings"
            )
        return
    if layout.is_in(folder):
        raise OutputError(
            f"{folder}: holds {layout.title} and no replica; give --out another folder, nothing was written"
        )
    write_summary(folder / PLAN, plan)


def _draw(video: MadeVideo, target: Path, layout: Layout, progress: ReplicaProgress | None) -> None:
    temporary = target.with_name(f".{target.name}.part")
    frames = video.recipe.timeline.frames
    portrait = load_portrait(video.recipe.source, video.recipe.part)
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        for index, picture in enumerate(draw_frames(video.recipe, portrait)):
            grey = layout.name == "samm-lv"  # as its camera
            shown = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if grey else picture
            done, content = cv2.imencode(".jpg", shown, (cv2.IMWRITE_JPEG_QUALITY, 95))
            assert done
            file = temporary / video.pattern.format(index + video.first_number)
            file.write_bytes(content.tobytes())
            if progress is not None:
                progress(str(video.folder), index + 1, frames)
        temporary.rename(target)
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written ({error.strerror}); choose a folder with free space"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
