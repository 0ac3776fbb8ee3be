"""What moving the box by the nose tip leaves of head motion, measured where no expression moves the face.

The nose tip stands out from the face, so a head that turns, nods, rolls or comes closer moves every ROI against it:
by several px within a window, where a micro-expression moves it by one. Five small areas beside the nose bridge and
the temples, which no action unit moves much, show that motion. For the small rotations within half a second it is
linear in four numbers: growth, roll, and the turns about the vertical and the horizontal axis. They are fitted
robustly, and what they say of each ROI is taken from its vector.

This step is livespot's own; ``alignment = "nose"`` in the configuration gives the paper's features.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from livespot.types import STILL_AREAS, Float32Array

_UNKNOWNS = 4
_ROUNDS = 4
_OUTLIER_PX = 0.3  # residuals of this length count half: the noise of an area's vector is 0.1 to 0.2 px
_HOLD = 50.0  # px²; against the areas' own 8,000, it only keeps the fit sane when few of them are left


def without_rotation(vectors: Float32Array, relief: Float32Array) -> Float32Array:
    """ROI vectors freed of growth, roll, and turns of the head.

    Parameters
    ----------
    vectors : (n, R + 5, 2) float32
        (dx right, dy down) in canonical px, freed of the nose tip's motion: R regions, five still areas (NaN where one
        could not be measured).
    relief : (n, R + 5, 3) float32
        Where these areas lie in the first frame of each pair: (right, down, away from the camera) of the nose tip, in
        canonical px.

    Returns
    -------
    (n, R, 2) float32
        NaN where the ROI could not be measured.
    """
    freed = np.empty((len(vectors), vectors.shape[1] - STILL_AREAS, 2), np.float32)
    _free(vectors, relief, freed)
    return freed


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _rows(place: Float32Array, rows: NDArray[np.float64]) -> None:
    """The two equations of an area: its motion for a unit of growth, roll, yaw and pitch."""
    x, y, z = place[0], place[1], place[2]
    rows[0, 0], rows[0, 1], rows[0, 2], rows[0, 3] = x, -y, z, 0.0
    rows[1, 0], rows[1, 1], rows[1, 2], rows[1, 3] = y, x, 0.0, -z


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _solve(a: NDArray[np.float64], b: NDArray[np.float64]) -> None:
    """Solve a x = b in place by elimination; ``a`` is symmetric and positive by its diagonal's hold."""
    for i in range(_UNKNOWNS):
        for j in range(i + 1, _UNKNOWNS):
            share = a[j, i] / a[i, i]
            for k in range(i, _UNKNOWNS):
                a[j, k] -= share * a[i, k]
            b[j] -= share * b[i]
    for i in range(_UNKNOWNS - 1, -1, -1):
        for k in range(i + 1, _UNKNOWNS):
            b[i] -= a[i, k] * b[k]
        b[i] /= a[i, i]


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _fit(vectors: Float32Array, relief: Float32Array, motion: NDArray[np.float64]) -> None:
    """Growth, roll, yaw and pitch (4) of one pair, by reweighted least squares with Cauchy's weights."""
    rows = np.empty((2, _UNKNOWNS))
    a = np.empty((_UNKNOWNS, _UNKNOWNS))
    b = np.empty(_UNKNOWNS)
    weights = np.ones(STILL_AREAS)
    still = len(relief) - STILL_AREAS  # the first of them
    for area in range(STILL_AREAS):
        if np.isnan(vectors[still + area, 0]):
            weights[area] = 0.0
    for _ in range(_ROUNDS):
        a[:] = 0.0
        b[:] = 0.0
        for i in range(_UNKNOWNS):
            a[i, i] = _HOLD
        for area in range(STILL_AREAS):
            if weights[area] == 0.0:
                continue
            _rows(relief[still + area], rows)
            for c in range(2):
                for i in range(_UNKNOWNS):
                    b[i] += weights[area] * rows[c, i] * vectors[still + area, c]
                    for j in range(_UNKNOWNS):
                        a[i, j] += weights[area] * rows[c, i] * rows[c, j]
        _solve(a, b)
        motion[:] = b
        for area in range(STILL_AREAS):
            if weights[area] == 0.0:
                continue
            _rows(relief[still + area], rows)
            square = 0.0
            for c in range(2):
                left = vectors[still + area, c] - (rows[c] * motion).sum()
                square += left * left
            weights[area] = 1.0 / (1.0 + square / _OUTLIER_PX**2)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _free(vectors: Float32Array, relief: Float32Array, freed: Float32Array) -> None:
    rows = np.empty((2, _UNKNOWNS))
    motion = np.empty(_UNKNOWNS)
    for n in range(len(vectors)):
        _fit(vectors[n], relief[n], motion)
        for roi in range(freed.shape[1]):
            _rows(relief[n, roi], rows)
            for c in range(2):
                freed[n, roi, c] = vectors[n, roi, c] - np.float32((rows[c] * motion).sum())
