"""A folder of labelled videos: recipes in, ``NAME.mp4``, ``annotations.csv`` and ``manifest.json`` out.

A clip is written beside its place and renamed, and only then named in the manifest and the annotations; so the
folder is whole at every moment, and a run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from livespot.errors import InputError, OutputError
from livespot.interchange import read_summary, write_annotations, write_summary
from livespot.interchange.summary import plain
from livespot.synthesis.encode import write_clip
from livespot.synthesis.glasses import WornGlasses
from livespot.synthesis.portraits import Portrait, PortraitSource, load_portrait, make_rig
from livespot.synthesis.recipe import Recipe, Wish, draw_recipe
from livespot.synthesis.script import KINDS
from livespot.synthesis.shutter import Shutter
from livespot.types import Image

FORMAT = 1
MANIFEST, ANNOTATIONS = "manifest.json", "annotations.csv"

ClipProgress = Callable[[int, int], None]
"""Called with (frames drawn, frames of the clip)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be made: ``unusable`` are portraits that were left out, and why."""

    wish: Wish
    recipes: tuple[Recipe, ...]
    unusable: tuple[InputError, ...] = ()


def plan_videos(sources: Sequence[PortraitSource], wish: Wish, clips: int) -> Plan:
    """Draw the recipes of ``clips`` clips, the portraits in turn.

    Every portrait is looked at first, so that one without a face is told at once.

    Raises
    ------
    InputError
        When no portrait is usable.
    """
    usable: list[tuple[PortraitSource, float]] = []
    unusable: list[InputError] = []
    for source in sources:
        try:
            usable.append((source, load_portrait(source).rate_hz))
        except InputError as error:
            unusable.append(error)
    if not usable:
        first = f", the first: {unusable[0]}" if unusable else ""
        raise InputError(f"portraits: none of {len(sources)} can be used{first}")
    rounds = len(KINDS) if wish.kind == "mixed" else 1
    # Portraits change once all kinds have had their turn, or few portraits would always do the same.
    chosen = [usable[(number // rounds) % len(usable)] for number in range(clips)]
    recipes = (draw_recipe(wish, number, *portrait) for number, portrait in enumerate(chosen))
    return Plan(wish, tuple(recipes), tuple(unusable))


def make_videos(
    plan: Plan, folder: Path, progress: ClipProgress | None = None
) -> Iterator[tuple[Recipe, bool]]:
    """Make what is missing in ``folder``; yields every clip as it stands, and whether it was made just now.

    Raises
    ------
    OutputError
        When the folder cannot be written, or holds clips of another plan.
    """
    done = _finished(plan, folder)
    finished: list[Recipe] = []
    for recipe in plan.recipes:
        fresh = recipe.name not in done
        if fresh:
            render(recipe, folder, progress)
        finished.append(recipe)
        if fresh or len(finished) == len(plan.recipes):
            # Clips that were there before keep their lines while earlier gaps are filled.
            names = {r.name for r in finished} | done
            _write(plan, folder, [r for r in plan.recipes if r.name in names])
        yield recipe, fresh


def render(recipe: Recipe, folder: Path, progress: ClipProgress | None = None) -> Path:
    """Draw one clip and write it; about 40 ms a frame at 640×480.

    Raises
    ------
    InputError
        When the portrait cannot be used any more.
    OutputError
        When the clip cannot be written.
    """
    target = folder / recipe.file
    temporary = folder / f".{recipe.name}.part{recipe.codec.suffix}"
    portrait = load_portrait(recipe.source, recipe.part)
    total = len(recipe.taken)

    def told() -> Iterator[tuple[Image, float]]:
        for number, picture in enumerate(draw_frames(recipe, portrait)):
            yield picture, float(recipe.shown_s[number])
            if progress is not None:
                progress(number + 1, total)

    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_clip(temporary, told(), recipe.timeline.rate_hz, recipe.codec)
        temporary.replace(target)
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written ({error.strerror}); choose a folder with free space"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return target


def draw_frames(recipe: Recipe, portrait: Portrait) -> Iterator[Image]:
    """The pictures of a clip, BGR uint8, in order."""
    rig = make_rig(portrait, recipe.size, recipe.eye_distance_px, recipe.eyes_at, recipe.renderer)
    shutter = Shutter(rig, recipe.sensor.shutter)
    worn = WornGlasses(recipe.glasses, rig) if recipe.glasses is not None else None
    rate, last, shown = recipe.timeline.rate_hz, -1.0, None
    for number, at in enumerate(recipe.taken.tolist()):
        if shown is None or at != last:  # a repeated frame is the last one again
            if len(portrait.images) > 1:
                rig.show(portrait.frame(number))
            pose = recipe.timeline.pose(at)
            picture = shutter.take(pose, at)
            if worn is not None:
                worn.draw(picture, pose, at / rate)
            picture = recipe.phone.take(picture, at / rate)
            shown, last = recipe.phone.smoothed(recipe.sensor.expose(picture, number, at / rate)), at
        yield shown


def _manifest(plan: Plan, recipes: Sequence[Recipe]) -> dict[str, Any]:
    """Made only of what a reader needs to tell people, kinds and clips apart, and to make the set again."""
    entries = [recipe.entry() for recipe in recipes]
    return {"format": FORMAT, "wish": asdict(plan.wish), "clips": entries}


def _write(plan: Plan, folder: Path, recipes: Sequence[Recipe]) -> None:
    write_annotations(folder / ANNOTATIONS, [row for recipe in recipes for row in recipe.annotations()])
    write_summary(folder / MANIFEST, _manifest(plan, recipes))


def _finished(plan: Plan, folder: Path) -> set[str]:
    """Names of the clips of this plan that are in the folder already."""
    if not (folder / MANIFEST).exists():
        return set()
    manifest = read_summary(folder / MANIFEST)
    wanted = {recipe.name: plain(recipe.entry()) for recipe in plan.recipes}
    entries = {entry["name"]: entry for entry in manifest.get("clips", ())}
    same = {name for name, entry in entries.items() if wanted.get(name) == entry}
    if manifest.get("wish") != plain(asdict(plan.wish)) or len(same) < len(entries):
        raise OutputError(
            f"{folder}: holds clips of other portraits or settings; give --out another folder, or the same settings"
        )
    return {name for name in same if (folder / str(entries[name]["file"])).is_file()}
