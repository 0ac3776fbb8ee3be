"""A displacement of the regions in words: which parts of the face moved, and which way.

Only what the layout measures is spoken of: with the paper's ten regions brows, lip corners and lips. Left and right
are the person's own; half A of the picture is the right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livespot.regions import RegionLayout
from livespot.types import Float32Array

LEAST_PX = 0.5
"""Displacement of a part, canonical px, below which nothing is said of it."""

LEAST_SHARE = 0.3
"""Of the part that moved most, below which another is not spoken of."""

_MOST_PARTS = 4
_ALONG = 0.4  # share of a displacement that an axis must have to be named
_MORE, _ONLY = 1.3, 3.0  # ratio of the sides from which one moved "more" or alone
_SAME = 0.5  # inner and outer brows are told apart where one moved less than this share of the other

NOTHING = "no region moved by 0.5 px"

Vector = NDArray[np.float64]
_Direction = Callable[[Vector], str]


@dataclass(frozen=True, slots=True)
class _Said:
    size_px: float
    words: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A part with a twin on the other half.

    ``regions`` are names without the half's letter; ``outward`` and ``inward`` are what these ways are called, empty
    for a part whose vertical motion alone is spoken of: cheeks, whose skin shows too little for the other.
    """

    one: str
    many: str
    regions: tuple[str, ...]
    outward: str
    inward: str


_BROWS = _Part("brow", "brows", ("brow {} inner", "brow {} middle", "brow {} outer"), "apart", "together")
_INNER_BROWS = _Part("inner brow", "inner brows", ("brow {} inner",), "apart", "together")
_OUTER_BROWS = _Part("outer brow", "outer brows", ("brow {} outer",), "out", "in")
_PAIRS = (
    _Part("lip corner", "lip corners", ("mouth corner {}",), "out", "in"),
    _Part("nose wing", "nose wings", ("nose wing {}",), "out", "in"),
    _Part("cheek", "cheeks", ("cheek {}",), "", ""),
)


def words_for(displacement: Float32Array, layout: RegionLayout) -> str:
    """Describe a displacement, such as ``brows up, left more than right; jaw dropped``.

    Parameters
    ----------
    displacement : (R, 2) float32
        (dx right, dy down) in canonical px, from onset to apex.
    layout : RegionLayout
        With R regions.
    """
    moved = {name: displacement[n].astype(np.float64) for n, name in enumerate(layout.names)}
    said = [_paired(part, moved) for part in (_brow_part(moved), *_PAIRS)]
    said += [_lids(moved), _mouth(moved)]
    known = [item for item in said if item is not None and item.size_px >= LEAST_PX]
    if not known:
        return NOTHING
    most = max(item.size_px for item in known)
    spoken = sorted((i for i in known if i.size_px >= LEAST_SHARE * most), key=lambda i: -i.size_px)
    return "; ".join(item.words for item in spoken[:_MOST_PARTS])


def _side(part: _Part, moved: dict[str, Vector], half: str) -> Vector | None:
    """Mean displacement (outward, down) of a part on one half."""
    names = [name.format(half) for name in part.regions]
    if any(name not in moved for name in names):
        return None
    across, down = np.mean([moved[name] for name in names], axis=0)
    if not part.outward:
        return np.array([0.0, down])
    return np.array([-across if half == "A" else across, down])


def _brow_part(moved: dict[str, Vector]) -> _Part:
    sizes = []
    for part in (_INNER_BROWS, _OUTER_BROWS):
        sides = [_side(part, moved, half) for half in "AB"]
        sizes.append(max(abs(float(side[1])) for side in sides if side is not None))
    inner, outer = sizes
    if outer < _SAME * inner:
        return _INNER_BROWS
    return _OUTER_BROWS if inner < _SAME * outer else _BROWS


def _paired(part: _Part, moved: dict[str, Vector]) -> _Said | None:
    right, left = _side(part, moved, "A"), _side(part, moved, "B")
    if right is None or left is None:
        return None
    return _both(part.one, part.many, right, left, lambda way: _direction(way, part))


def _both(one: str, many: str, right: Vector, left: Vector, direction: _Direction) -> _Said:
    """A pair's words: both sides, or the one that moved alone."""
    sizes = float(np.hypot(*right)), float(np.hypot(*left))
    larger, smaller = max(sizes), min(sizes)
    stronger, way = ("left", left) if sizes[1] > sizes[0] else ("right", right)
    if larger > _ONLY * smaller or smaller < LEAST_PX:
        return _Said(larger, f"{stronger} {one} {direction(way)}")
    if float(right @ left) <= 0:  # they moved in different ways
        return _Said(larger, f"right {one} {direction(right)}, left {one} {direction(left)}")
    words = f"{many} {direction((right + left) / 2)}"
    if larger > _MORE * smaller:
        other = "right" if stronger == "left" else "left"
        words += f", {stronger} more than {other}"
    return _Said(larger, words)


def _direction(way: Vector, part: _Part) -> str:
    outward, down = way
    size = float(np.hypot(outward, down))
    words = []
    if abs(down) >= _ALONG * size:
        words.append("down" if down > 0 else "up")
    if abs(outward) >= _ALONG * size:
        words.append(part.outward if outward > 0 else part.inward)
    return " and ".join(words)


def _lids(moved: dict[str, Vector]) -> _Said | None:
    """Upper lids raised or lowered; lower lids raised, which tightens the eye."""
    if "upper lid A" not in moved:
        return None
    upper = [np.array([0.0, moved[f"upper lid {half}"][1]]) for half in "AB"]
    lower = [np.array([0.0, moved[f"lower lid {half}"][1]]) for half in "AB"]
    rise = -min(float(side[1]) for side in lower)
    travel = max(upper, key=lambda side: abs(float(side[1])))
    if rise > abs(float(travel[1])):
        return _both("lid", "lids", lower[0], lower[1], lambda _: "tightened")
    return _both("upper lid", "upper lids", upper[0], upper[1], _lid_way)


def _lid_way(way: Vector) -> str:
    return "lowered" if way[1] > 0 else "raised"


def _mouth(moved: dict[str, Vector]) -> _Said | None:
    """What both lips and the chin do, by their vertical motion."""
    upper, lower = float(moved["upper lip"][1]), float(moved["lower lip"][1])
    chin = float(moved["chin"][1]) if "chin" in moved else None
    opened = lower - upper
    size = max(abs(upper), abs(lower))
    if upper > 0 > lower and min(upper, -lower) >= _SAME * LEAST_PX:
        return _Said(size, "lips pressed")
    if opened >= LEAST_PX and lower >= abs(upper):
        dropped = chin is not None and chin >= _SAME * lower
        return _Said(size, "jaw dropped" if dropped else "lower lip down")
    if opened >= LEAST_PX and lower > 0:
        return _Said(size, "lips parted")
    if chin is not None and lower < 0 and chin <= _SAME * lower and abs(lower) > abs(upper):
        return _Said(size, "chin and lower lip up")
    if size < LEAST_PX:
        return None
    if abs(upper) >= abs(lower):
        return _Said(size, f"upper lip {'down' if upper > 0 else 'up'}")
    return _Said(size, f"lower lip {'down' if lower > 0 else 'up'}")
