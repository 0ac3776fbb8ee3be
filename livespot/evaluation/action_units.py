"""How often the action-unit candidates hold: what is named of an interval against what its annotation says.

Units that look alike in the measured regions count as one (:data:`livespot.movement.candidates.ALIKE`), as they are
named; annotated units that the layout cannot see count as missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from livespot.evaluation.labelled import LabelledVideo
from livespot.evaluation.matching import Counts, match
from livespot.evaluation.measured import Measured
from livespot.interchange import Annotation
from livespot.movement import movement_of
from livespot.movement.candidates import alike, named_units
from livespot.movement.patterns import HALF_PATTERNS
from livespot.regions import LAYOUTS
from livespot.types import Float32Array, Interval, Movement

_UNIT = re.compile(r"(?:AU)?([LR]?)(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UnitScore:
    """Of the candidates over some intervals.

    Attributes
    ----------
    intervals : int
        With annotated action units, and measured.
    first_right : int
        Of these, how many whose strongest candidate is annotated.
    by_unit : dict of Counts
        By name, such as ``12`` or ``14/20``: named and annotated, named only, annotated only.
    sides_right, sides : int
        Right ones whose side (left, right, both) is the annotated one, of all that can tell a side.
    """

    intervals: int = 0
    first_right: int = 0
    by_unit: dict[str, Counts] = field(default_factory=dict)
    sides_right: int = 0
    sides: int = 0

    @property
    def total(self) -> Counts:
        """All units together."""
        return sum(self.by_unit.values(), Counts())

    def __add__(self, other: UnitScore) -> UnitScore:
        units = {**self.by_unit, **other.by_unit}
        return UnitScore(
            self.intervals + other.intervals,
            self.first_right + other.first_right,
            {u: self.by_unit.get(u, Counts()) + other.by_unit.get(u, Counts()) for u in units},
            self.sides_right + other.sides_right,
            self.sides + other.sides,
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "intervals": self.intervals,
            "first_right": self.first_right,
            "sides_right": self.sides_right,
            "sides": self.sides,
            "total": self.total.as_dict(),
            "by_unit": {unit: self.by_unit[unit].as_dict() for unit in sorted(self.by_unit, key=_order)},
        }


def annotated_units(au: str) -> dict[tuple[int, ...], str]:
    """Units of an annotation, such as ``L10+12`` or ``4,7B``, with the side of each, empty for both.

    Those that no candidate can name are left out.
    """
    found = _UNIT.findall(au)
    return {alike(int(unit)): side.upper() for side, unit in found if int(unit) in HALF_PATTERNS}


def score_annotated(video: LabelledVideo, measured: Measured) -> UnitScore:
    """Candidates at the annotated intervals themselves, wherever they were measured."""
    pairs = [(row.au, _movement_at(row, measured)) for row in video.truth]
    return sum((score_pair(au, movement) for au, movement in pairs if movement is not None), UnitScore())


def score_found(truth: Sequence[Annotation], found: Sequence[Interval]) -> UnitScore:
    """Candidates of the detections that matched an annotation."""
    pairs = [(truth[pair.truth].au, found[pair.detection].movement) for pair in match(truth, found)]
    return sum((score_pair(au, movement) for au, movement in pairs if movement is not None), UnitScore())


def score_pair(au: str, movement: Movement) -> UnitScore:
    """Of one interval; nothing where its annotation names no unit."""
    truth = annotated_units(au)
    if not truth:
        return UnitScore()
    named = {units: side for side, units in map(named_units, movement.action_units)}
    both = named.keys() & truth.keys()
    counts = {
        _name(units): Counts(
            int(units in both),
            int(units in named and units not in both),
            int(units in truth and units not in both),
        )
        for units in (*truth, *named)
    }
    told = [units for units in both if _tells_side(units)]
    first = next(iter(named), None)
    return UnitScore(1, int(first in truth), counts, sum(named[u] == truth[u] for u in told), len(told))


def _tells_side(units: tuple[int, ...]) -> bool:
    """Whether some unit moves regions that have a twin more than those of the midline."""
    regions = {
        name for unit in units for name, moved in HALF_PATTERNS[unit].items() if np.hypot(*moved) > _PLAIN
    }
    return any(" A" in name for name in regions)


_PLAIN = 0.3  # canonical px at an intensity of 1: what is plainly moved


def _name(units: Iterable[int]) -> str:
    return "/".join(map(str, units))


def _order(name: str) -> int:
    return int(name.split("/")[0])


def _movement_at(row: Annotation, measured: Measured) -> Movement | None:
    """What moved in an annotated interval, at the model frames nearest to its own."""
    windows = measured.windows
    sources = np.array([w.source_index for w in windows])
    onset, apex, offset = (
        windows[int(np.abs(sources - frame).argmin())].index for frame in (row.onset, row.apex, row.offset)
    )
    known: dict[int, Float32Array] = {w.index: w.features for w in windows if w.features is not None}
    layout = LAYOUTS[measured.regions]
    return movement_of(onset, apex, offset, known.get, windows[0].rate_hz, layout)
