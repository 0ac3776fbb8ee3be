"""Action units that may explain a displacement of the regions: non-negative least squares over their patterns.

The displacement is written as a sum of few patterns (:mod:`livespot.movement.patterns`), each for both sides, the
person's right or the left alone, none with a negative weight; a penalty on the sum of the weights (the lasso) keeps
them few. Penalty, shares and the units that count as hard to tell apart were chosen on rendered videos of people kept
for validation. They are candidates: with a handful of regions several units look alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from livespot.movement.patterns import HALF_PATTERNS
from livespot.regions import LAYOUTS, RegionLayout
from livespot.types import Float32Array

ALIKE: tuple[tuple[int, ...], ...] = ((14, 20), (16, 25, 26, 27), (18, 22, 23), (24, 28))
"""Action units whose patterns are nearly the same (cosine above 0.9 for most pairs); they are named together."""

PENALTY = 0.25
"""Of the lasso, as a share of the displacement's length."""

LEAST_SHARE = 0.25
"""Of the strongest candidate's weight, below which another is not named."""

LEAST_PX = 0.3
"""Weight below which nothing is named, canonical px."""

ONE_SIDED = 2.0
"""How many times the other side's weight a side must have to be named alone."""

_MIDLINE = ((16, 25, 26, 27), (17,), (24, 28))  # chin, lips and jaw: one region each, which tells no side

_TOGETHER: dict[tuple[int, ...], tuple[float, ...]] = {
    (1, 2): (1.0, 1.0),
    (6, 12): (0.5, 1.0),
    (4, 7): (1.0, 1.0),
    (12, 25): (1.0, 0.7),
}  # units that faces mostly move together count as one pattern, with these weights
_PENALTIES = {
    **dict.fromkeys((10, 14, 15, 18, 20, 22, 23, 43), 1.15),
    **dict.fromkeys((17, 38, 39), 1.3),
}  # factors on the penalty for units that explained too much
# Blinks, gaze and turns of the head that were not wholly taken out lie mostly here.
_TRUST = {"upper lid": 0.6, "lower lid": 0.6, "cheek": 0.5}
# Horizontal motion is measured less well where the skin shows horizontal edges only.
_ACROSS = {
    **dict.fromkeys(("brow", "upper lid", "lower lid", "glabella"), 0.4),
    **dict.fromkeys(("upper lip", "lower lip", "chin"), 0.5),
}
_SEEN_SHARE = 0.9  # of a pattern's largest displacement, which a layout must see
_SWEEPS, _CONVERGED = 60, 1e-3
_SIDES = ("A", "B", "both")

Float64Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One action unit, or several that look alike.

    Attributes
    ----------
    units : tuple of int
    right_px, left_px : float
        Weight on the person's right and left, canonical px of the pattern's strongest motion.
    """

    units: tuple[int, ...]
    right_px: float
    left_px: float

    @property
    def side(self) -> str:
        """``R`` or ``L`` where one of the person's sides moves much more; empty elsewhere and on the midline."""
        if self.units in _MIDLINE:
            return ""
        if self.right_px > ONE_SIDED * self.left_px:
            return "R"
        return "L" if self.left_px > ONE_SIDED * self.right_px else ""

    @property
    def name(self) -> str:
        """As FACS writes it, ``L12``; alternatives with a stroke, ``14/20``."""
        return self.side + "/".join(map(str, self.units))


@dataclass(frozen=True, slots=True, eq=False)
class _Basis:
    """Patterns of one layout: names, unit-length weighted patterns (K, 2R), their penalties and their Gram matrix."""

    columns: tuple[tuple[tuple[tuple[int, float], ...], str, float], ...]  # units with shares; side; length
    patterns: Float64Array
    penalties: Float64Array
    gram: Float64Array
    weights: Float64Array


def candidates(displacement: Float32Array, layout: RegionLayout) -> tuple[Candidate, ...]:
    """Action units that may explain a displacement, the strongest first.

    Parameters
    ----------
    displacement : (R, 2) float32
        (dx right, dy down) in canonical px, from onset to apex.
    layout : RegionLayout
        With R regions.
    """
    basis = _basis(layout.name)
    target = displacement.astype(np.float64).ravel() * basis.weights
    weights = _nonnegative_lasso(basis, target, PENALTY * float(np.linalg.norm(target)))
    sums: dict[tuple[int, ...], list[float]] = {}
    for (units, side, length), weight in zip(basis.columns, weights.tolist(), strict=True):
        for unit, share in units:
            both = sums.setdefault(alike(unit), [0.0, 0.0])
            both[0] += weight / length * share * (side != "B")
            both[1] += weight / length * share * (side != "A")
    found = [Candidate(units, right, left) for units, (right, left) in sums.items()]
    strongest = max((max(c.right_px, c.left_px) for c in found), default=0.0)
    least = max(LEAST_PX, LEAST_SHARE * strongest)
    named = [c for c in found if max(c.right_px, c.left_px) >= least]
    return tuple(sorted(named, key=lambda c: (-max(c.right_px, c.left_px), c.units)))


def alike(unit: int) -> tuple[int, ...]:
    """The units that this one is named together with, itself included."""
    return next((group for group in ALIKE if unit in group), (unit,))


def named_units(name: str) -> tuple[str, tuple[int, ...]]:
    """Side and units of a candidate's name: ``L14/20`` gives ``("L", (14, 20))``."""
    side = name[0] if name[:1] in ("L", "R") else ""
    return side, tuple(int(unit) for unit in name.removeprefix(side).split("/"))


def seen_units(layout: RegionLayout) -> tuple[int, ...]:
    """Action units that a layout can see: it measures a region where the unit moves the whole face most."""
    return tuple(unit for unit, moved in HALF_PATTERNS.items() if _is_seen(moved, layout))


def _is_seen(moved: dict[str, tuple[float, float]], layout: RegionLayout) -> bool:
    sizes = {name: float(np.hypot(*vector)) for name, vector in moved.items()}
    best = max((size for name, size in sizes.items() if name in layout.names), default=0.0)
    return best >= _SEEN_SHARE * max(sizes.values())


@lru_cache
def _basis(layout_name: str) -> _Basis:
    layout = LAYOUTS[layout_name]
    weights = np.ones((len(layout), 2))
    for number, name in enumerate(layout.names):
        weights[number] = _weight(name, _TRUST)
        weights[number, 0] *= _weight(name, _ACROSS)
    seen = seen_units(layout)
    sets: list[tuple[tuple[int, float], ...]] = [((unit, 1.0),) for unit in seen]
    sets += [
        tuple(zip(units, shares, strict=True))
        for units, shares in _TOGETHER.items()
        if all(unit in seen for unit in units)
    ]
    columns, rows, penalties = [], [], []
    for units in sets:
        for side in _SIDES:
            moved = sum(share * _pattern(unit, side, layout) for unit, share in units) * weights
            length = float(np.linalg.norm(moved))
            columns.append((units, side, length))
            rows.append(moved.ravel() / length)
            penalties.append(max(_PENALTIES.get(unit, 1.0) for unit, _ in units))
    patterns = np.array(rows)
    return _Basis(tuple(columns), patterns, np.array(penalties), patterns @ patterns.T, weights.ravel())


def _weight(name: str, weights: dict[str, float]) -> float:
    return next((weight for part, weight in weights.items() if name.startswith(part)), 1.0)


def _pattern(unit: int, side: str, layout: RegionLayout) -> Float64Array:
    """(R, 2): half A from the table, half B mirrored, or both."""
    moved = np.zeros((len(layout), 2))
    for number, name in enumerate(layout.names):
        if side != "B":
            moved[number] += HALF_PATTERNS[unit].get(name, (0.0, 0.0))
        if side != "A":
            across, down = HALF_PATTERNS[unit].get(mirrored(name), (0.0, 0.0))
            moved[number] += (-across, down)
    return moved


def mirrored(name: str) -> str:
    """The region on the other half of the face; on the midline, the region itself."""
    words = [{"A": "B", "B": "A"}.get(word, word) for word in name.split(" ")]
    return " ".join(words)


def _nonnegative_lasso(basis: _Basis, target: Float64Array, penalty: float) -> Float64Array:
    """Coordinate descent for min ½ |target − x P|² + penalty · x over x ≥ 0."""
    rest = basis.patterns @ target - penalty * basis.penalties
    found = np.zeros(len(rest))
    for _ in range(_SWEEPS):
        largest = 0.0
        for k in range(len(found)):
            change = max(found[k] + rest[k], 0.0) - found[k]  # the patterns have length 1
            if change != 0.0:
                found[k] += change
                rest -= change * basis.gram[k]
                largest = max(largest, abs(change))
        if largest < _CONVERGED:
            break
    return found
