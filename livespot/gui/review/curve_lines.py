"""Rows of a curve to what fits the screen: cut to the view, thinned to px, parted at holes. Pure."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from livespot.types import Float32Array


def stretch(
    times_s: NDArray[np.float64], values: Float32Array, view: tuple[float, float], most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The rows inside ``view`` and one beyond each end; at most about ``most`` of them, each the highest of its bin."""
    first = max(int(np.searchsorted(times_s, view[0])) - 1, 0)
    last = min(int(np.searchsorted(times_s, view[1])) + 1, len(times_s))
    times, rows = times_s[first:last], np.asarray(values[first:last], np.float64)
    if len(rows) <= most or most < 1:
        return times, rows
    # Bins hang on absolute row numbers, so that a moving view does not make the curve flicker.
    size = math.ceil(len(rows) / most)
    starts = np.arange((-first) % size, len(rows), size)
    with np.errstate(invalid="ignore"):
        highest = np.fmax.reduceat(rows, starts)
    return times[starts], highest


def whole_parts(times: NDArray[np.float64], values: NDArray[np.float64], gap_s: float) -> list[slice]:
    """Stretches without NaN and without a pause longer than ``gap_s``."""
    if not len(times):
        return []
    good = np.isfinite(values)
    broken = np.flatnonzero((np.diff(times) > gap_s) | ~good[1:] | ~good[:-1]) + 1
    edges = [0, *broken.tolist(), len(times)]
    return [slice(a, b) for a, b in pairwise(edges) if b - a > 1 and good[a]]
