"""How a movement of the face rises to its peak and falls back: courses of strength over time.

A course maps a share of the way, 0 to 1, to a share of the peak, 0 to 1. Both directions begin at rest.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Float64Array = NDArray[np.float64]
Course = Literal["jerk", "sine", "spring"]
"""``jerk`` is the minimum-jerk course, flat at both ends; ``sine`` is half a cosine; ``spring`` starts fast and settles
slowly, as a critically damped spring does."""
COURSES: tuple[Course, ...] = get_args(Course)

_STIFFNESS = 5.5  # of the spring, per length of the way: 97 % of the peak is reached before its end


def rise(share: Float64Array, course: Course = "jerk") -> Float64Array:
    """Share of the peak on the way up; ``share`` is the share of the time from onset to apex, clipped to 0 … 1."""
    s = np.clip(share, 0.0, 1.0)
    if course == "jerk":
        return np.asarray(s * s * s * (10.0 - 15.0 * s + 6.0 * s * s), np.float64)
    if course == "sine":
        return np.asarray(0.5 - 0.5 * np.cos(np.pi * s), np.float64)
    k = _STIFFNESS
    whole = 1.0 - (1.0 + k) * np.exp(-k)
    return np.asarray((1.0 - (1.0 + k * s) * np.exp(-k * s)) / whole, np.float64)


def fall(left: Float64Array, course: Course = "jerk") -> Float64Array:
    """Share of the peak on the way down; ``left`` is the share of the time to the offset that is left."""
    if course == "spring":
        return np.asarray(1.0 - rise(1.0 - np.clip(left, 0.0, 1.0), course), np.float64)
    return rise(left, course)  # the others are the same backwards


def strength(
    onset: float, apex: float, held: float, offset: float, frames: Float64Array, course: Course = "jerk"
) -> Float64Array:
    """Share of the peak (n,) at frames: it rises from onset to apex, is held, and falls to the offset."""
    rising = rise((frames - onset) / max(apex - onset, 1e-9), course)
    return np.where(frames <= apex, rising, fall((offset - frames) / max(offset - held, 1e-9), course))
