"""A training recipe: which faces are on which side, what is rendered of them, and what is trained, as one TOML file.

A recipe names everything by content: the split (a JSON file beside it) gives the person and the side of each picture
and clip with its sha256, so the folder of faces may be laid out in any way.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from livespot.errors import InputError
from livespot.evaluation.labelled import LabelledVideo
from livespot.interchange import Annotation
from livespot.synthesis.portraits import PortraitSource, load_portrait
from livespot.synthesis.recipe import RendererChoice, Wish, draw_recipe
from livespot.synthesis.videos import Plan
from livespot.types import ExpressionType

SIDES = ("training", "validation")
_STILL, _CLIP = "still", "clip"


@dataclass(frozen=True, slots=True)
class RenderedSet:
    """Clips to be rendered of the stills of one side, a ``[[rendered]]`` table.

    Attributes
    ----------
    name : str
        Of the set and its folder.
    side : str
        ``training`` or ``validation``.
    seed, clips : int
    renderer : str
        As in :class:`livespot.synthesis.recipe.Wish`.
    neutral : float
        Share of clips without expressions.
    seconds : float
        Length of a clip.
    size : (int, int)
        Of the picture, px.
    """

    name: str
    side: str
    seed: int
    clips: int
    renderer: RendererChoice = "mixed"
    neutral: float = 0.2
    seconds: float = 20.0
    size: tuple[int, int] = (480, 360)

    def plan(self, sources: list[PortraitSource]) -> Plan:
        """The clips: people in an order drawn from the seed, each in turn."""
        wish = Wish(self.seconds, self.seed, "mixed", self.size, self.neutral, None, self.renderer)
        usable: list[tuple[PortraitSource, float]] = []
        left_out: list[InputError] = []
        for source in sources:
            try:
                usable.append((source, load_portrait(source).rate_hz))
            except InputError as error:
                left_out.append(error)
        if not usable:
            raise InputError(
                f"recipe: none of {len(sources)} stills of the {self.side} side has a usable face"
            )
        order = np.random.default_rng([self.seed, 99]).permutation(len(usable))
        count = len(usable)
        chosen = [usable[order[(n + n // count) % count]] for n in range(self.clips)]
        recipes = (draw_recipe(wish, number, *portrait) for number, portrait in enumerate(chosen))
        return Plan(wish, tuple(recipes), tuple(left_out))


@dataclass(frozen=True, slots=True)
class SplitFile:
    """A file of the split: where it was found, whose it is, and what the person does in it."""

    path: Path
    person: str
    kind: str
    content: str


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """A recipe as read.

    Attributes
    ----------
    path : Path
    rendered : tuple of RenderedSet
    unmarked : tuple of str
        Real clips, by name without ending, whose expressions nobody marked: they are left out.
    engine : str
        Name of the engine and of the network that becomes it.
    look_ahead : int or None
        Frames after the described one that its second stage sees; None: it gets none.
    tables : dict
        ``call``, ``mix`` and ``networks`` for :mod:`livespot.training.gpu_run`.
    split_sha256, marks_sha256 : str
        Of the files that the recipe refers to.
    """

    path: Path
    rendered: tuple[RenderedSet, ...]
    unmarked: tuple[str, ...]
    engine: str
    look_ahead: int | None
    tables: Mapping[str, Any]
    split: Path
    marks: Path
    split_sha256: str
    marks_sha256: str

    def files(self, faces: Path) -> dict[str, list[SplitFile]]:
        """The files of each side in a folder of faces, found by their content.

        Raises
        ------
        InputError
            When one is missing.
        """
        there = {_sha256(path): path for path in sorted(faces.rglob("*")) if path.is_file()}
        split = json.loads(self.split.read_text(encoding="utf-8"))
        side_of = {person: side for side, people in split["people"].items() for person in people}
        found: dict[str, list[SplitFile]] = {side: [] for side in SIDES}
        missing = []
        for row in split["files"]:
            side = side_of.get(row["person"])
            if side not in found:
                continue
            if row["sha256"] not in there:
                missing.append(row["sha256"])
                continue
            path = there[row["sha256"]]
            found[side].append(SplitFile(path, row["person"], row["kind"], row.get("content", "")))
        if missing:
            raise InputError(
                f"{faces}: {len(missing)} files of the split are missing, the first with sha256 {missing[0][:12]}…; "
                "give the folder of portraits and clips that the split describes"
            )
        return found

    def real_clips(self, files: list[SplitFile]) -> Iterator[LabelledVideo]:
        """Real clips with the expressions that were marked in them."""
        with self.marks.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for one in files:
            stem = one.path.stem
            if one.kind == _CLIP and one.content and stem not in self.unmarked:
                truth = sorted(
                    (_annotation(row) for row in rows if row["video"] == stem),
                    key=lambda mark: (mark.onset, mark.offset),
                )
                yield LabelledVideo(one.path, one.person, f"real {one.content}", tuple(truth))


def stills_of(files: list[SplitFile]) -> list[PortraitSource]:
    """The portraits among the files of a side."""
    return [PortraitSource(one.path.stem, one.person, one.path) for one in files if one.kind == _STILL]


def read_recipe(path: Path) -> TrainingRecipe:
    """Read a recipe and what it refers to.

    Raises
    ------
    InputError
        When it cannot be read or lacks something.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        data = content["data"]
        split, marks = (path.parent / data[name] for name in ("split", "marks"))
        rendered = tuple(
            RenderedSet(**(table | ({"size": tuple(table["size"])} if "size" in table else {})))
            for table in content["rendered"]
        )
        return TrainingRecipe(
            path,
            rendered,
            tuple(data.get("unmarked", ())),
            str(content["engine"]["name"]),
            content["engine"].get("look_ahead"),
            {name: content[name] for name in ("call", "mix", "networks")},
            split,
            marks,
            _sha256(split),
            _sha256(marks),
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise InputError(
            f"recipe {path}: expected TOML with data, rendered, call, mix, networks and engine, got "
            f"{type(error).__name__} ({error}); take engines/spotformer.recipe.toml for a pattern"
        ) from error


def _annotation(row: Mapping[str, str]) -> Annotation:
    onset, apex, offset = (int(row[f"{point}_frame"]) for point in ("onset", "apex", "offset"))
    kind: ExpressionType = "ME" if row["type"] == "ME" else "MaE"
    return Annotation(row["person"], row["video"], onset, apex, offset, kind, row["au"])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
