"""Folds that some action units throw: soft dark lines in the neutral face's place, deepening with intensity.

The lines run along mesh points; they are drawn once for each action unit and side, as (height, width) shares of
darkness over a box of the face, and then carried along by the same map as the skin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livespot.cv import cv2
from livespot.synthesis.action_units import FaceAxes, Side
from livespot.types import Float32Array

Float64Array = NDArray[np.float64]
_Blend = tuple[int, int, float]  # from one mesh point to another, by a share of the way

_BROW = (70, 63, 105, 66, 107)
_MIDDLE = (68, 104, 69, 108)
_TOP = (54, 103, 67, 109)
_TWIN = {70: 300, 63: 293, 105: 334, 66: 296, 107: 336, 68: 298, 104: 333, 69: 299, 108: 337, 54: 284, 103: 332,
         67: 297, 109: 338, 55: 285, 8: 8, 9: 9, 151: 151, 10: 10, 129: 358, 203: 423, 206: 426, 216: 436}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fold:
    """One line on half A (its twin is on half B): points along it, its half width and weight.

    ``width`` is the Gaussian's sigma in outer-eye-corner distances; ``weight`` is the share of darkness at full
    depth; a line ``to_midline`` does not fade there, since its twin goes on.
    """

    along: tuple[_Blend, ...]
    width: float
    weight: float
    to_midline: bool = False


def _between(upper: tuple[int, ...], lower: tuple[int, ...], share: float) -> tuple[_Blend, ...]:
    return tuple((a, b, share) for a, b in zip(upper, lower, strict=True))


_FOREHEAD = (
    Fold((*_between(_MIDDLE, _BROW[1:], 0.45), (151, 9, 0.45)), 0.013, 0.8, True),
    Fold((*_between(_MIDDLE, _TOP, 0.0), (151, 10, 0.0)), 0.014, 1.0, True),
    Fold((*_between(_MIDDLE, _TOP, 0.38), (151, 10, 0.38)), 0.014, 0.6, True),
)
_FROWN = (
    Fold(((9, 107, 0.5), (9, 55, 0.55), (8, 55, 0.5)), 0.014, 1.0),
    Fold(((9, 107, 0.4), (8, 55, 0.3)), 0.05, 0.4),
)
_NASOLABIAL = (
    Fold(((129, 203, 0.15), (203, 206, 0.4), (206, 206, 0.0), (206, 216, 0.6), (216, 216, 0.0)), 0.016, 1.0),
    Fold(((129, 203, 0.5), (206, 206, 0.0), (206, 216, 0.8)), 0.045, 0.45),
)

FOLDS: dict[int, tuple[tuple[Fold, ...], float]] = {
    1: (_FOREHEAD, 0.55),
    2: (_FOREHEAD, 0.55),
    4: (_FROWN, 1.0),
    9: (_FROWN, 0.6),
    10: (_NASOLABIAL, 0.7),
    12: (_NASOLABIAL, 1.0),
}
"""Which folds an action unit throws, and how deep against the others."""

_DEEPEST = 0.16  # share of the light that a fold takes away at most
_HALF_WAY_PX = 4.0  # canonical px of intensity at which 63 % of that is reached: an ME shows almost nothing
_INNER = 0.30  # of the eye distance from the midline: the inner brow folds this much of the forehead
_BOX = (0.95, 1.05, 1.15)  # eye distances kept beside, above and below the eyes


class Wrinkles:
    """The folds of one face; ``mesh`` (478, 3) is neutral, in px of the picture of ``size`` (width, height)."""

    def __init__(self, mesh: Float32Array, axes: FaceAxes, size: tuple[int, int]) -> None:
        self._mesh, self._axes = mesh[:, :2].astype(np.float64), axes
        side, above, below = (share * axes.eye_distance_px for share in _BOX)
        x, y = axes.origin
        low = np.clip(np.floor([x - side, y - above]), 0, np.array(size) - 2).astype(int)
        high = np.clip(np.ceil([x + side, y + below]), low + 2, np.array(size)).astype(int)
        self.box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
        self._maps: dict[tuple[int, Side], Float32Array] = {}

    def darkness(self, intensities: Mapping[tuple[int, Side], float]) -> Float32Array | None:
        """Share of light taken away over :attr:`box`, (height, width) float32; None where nothing folds."""
        total: Float32Array | None = None
        for (unit, side), intensity in intensities.items():
            if unit not in FOLDS or intensity <= 0.0:
                continue
            depth = np.float32(_DEEPEST * FOLDS[unit][1] * (1.0 - np.exp(-intensity / _HALF_WAY_PX)))
            part = depth * self._map(unit, side)
            total = part if total is None else total + part
        return total

    def _map(self, unit: int, side: Side) -> Float32Array:
        if (unit, side) not in self._maps:
            self._maps[unit, side] = self._drawn(unit, side)
        return self._maps[unit, side]

    def _drawn(self, unit: int, side: Side) -> Float32Array:
        x0, y0, x1, y1 = self.box
        columns, lines = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
        points = np.stack([columns, lines], axis=-1).astype(np.float64)
        across = (points - self._axes.origin) @ self._axes.right / self._axes.eye_distance_px
        dark = np.zeros(points.shape[:-1])
        for fold in FOLDS[unit][0]:
            both = np.zeros_like(dark)
            for half in ("A", "B"):
                if side in (half, "both"):
                    line = self._line(fold, half)
                    both = np.maximum(both, _along(points, line, fold, self._axes))
            dark += fold.weight * both
        inner = np.exp(-((across / _INNER) ** 4))
        # The inner brow folds the middle of the forehead, the outer one its sides; both together all of it.
        share = {1: inner, 2: 1.0 - 0.75 * inner}.get(unit, np.ones_like(dark))
        soft = cv2.GaussianBlur((dark * share).astype(np.float32), (0, 0), 0.8)
        return np.asarray(np.minimum(soft, 1.0), np.float32)

    def _line(self, fold: Fold, half: str) -> Float64Array:
        ends = [
            (a, b) if half == "A" else (_TWIN[a], _TWIN[b]) for a, b in ((a, b) for a, b, _ in fold.along)
        ]
        shares = [share for _, _, share in fold.along]
        return np.array(
            [(1 - s) * self._mesh[a] + s * self._mesh[b] for (a, b), s in zip(ends, shares, strict=True)]
        )


def _along(points: Float64Array, line: Float64Array, fold: Fold, axes: FaceAxes) -> Float64Array:
    """1 on a line of segments, falling off beside it, and towards its ends: (...) float64."""
    sigma = fold.width * axes.eye_distance_px
    best = np.full(points.shape[:-1], np.inf)
    taper = np.ones(points.shape[:-1])
    lengths = np.linalg.norm(np.diff(line, axis=0), axis=1)
    total, before = float(lengths.sum()), 0.0
    for start, end, length in zip(line[:-1], line[1:], lengths, strict=True):
        step = (end - start) / max(float(length), 1e-6)
        place = np.clip((points - start) @ step, 0.0, length)
        squared = ((points - start - place[..., None] * step) ** 2).sum(axis=-1)
        nearer = squared < best
        best = np.where(nearer, squared, best)
        taper = np.where(nearer, (before + place) / max(total, 1e-6), taper)
        before += float(length)
    ends = taper if fold.to_midline else np.minimum(taper, 1.0 - taper)
    fade: Float64Array = np.exp(-best / (2.0 * sigma**2)) * np.clip(ends / 0.25, 0.0, 1.0)
    return fade
