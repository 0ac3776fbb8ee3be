"""Where the regions are in each frame of an interval, put together from its SW-MRO windows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from livespot.types import HALF_WINDOW, WINDOW_FRAMES, Float32Array

_MODEL_HZ = 30.0

WindowAt = Callable[[int], "Float32Array | None"]
"""Gives the features, (17, R, 2), of the window centred on a model frame; None where there are none."""


def movement_course(first: int, last: int, window_at: WindowAt, phases: int = 1) -> Float32Array | None:
    """Displacement of the regions since the first frame.

    Only windows centred within the interval are used, so all of them are there as soon as its last frame has been
    spotted: the result is the same live and in batch.

    Parameters
    ----------
    first, last : int
        Model frames, inclusive.
    window_at : callable
    phases : int
        Model frames from one frame of a window to the next (:attr:`livespot.types.ModelFrame.phases`).

    Returns
    -------
    (n, R, 2) float32 or None
        (dx right, dy down) in canonical px against the first frame, the head's motion taken out, for every
        ``phases``-th frame from ``first``; None where a window is missing.
    """
    steps = max(last - first, 0) // phases
    course: Float32Array | None = None
    done = 0
    while course is None or done < steps:
        centre = min(done + HALF_WINDOW, steps)
        window = window_at(first + centre * phases)
        if window is None:
            return None
        if course is None:
            course = np.zeros((steps + 1, *window.shape[1:]), np.float32)
        row = done - centre + HALF_WINDOW  # of the window: the newest frame that is known
        new = min(len(window) - 1 - row, steps - done)
        moved = np.nan_to_num(window[row + 1 : row + 1 + new] - window[row])  # 0 for a hidden region
        course[done + 1 : done + 1 + new] = course[done] + moved
        done += new
    return course


def movement_windows(first: int, last: int, rate_hz: float) -> list[int]:
    """Model frames whose windows :func:`movement_course` asks for at a rate of model frames, in their order."""
    asked: list[int] = []

    def window_at(frame: int) -> Float32Array:
        asked.append(frame)
        return np.zeros((WINDOW_FRAMES, 1, 2), np.float32)

    movement_course(first, last, window_at, phases_of(rate_hz))
    return asked


def phases_of(rate_hz: float) -> int:
    """Model frames from one frame of a window to the next, at a rate of model frames: 1 up to 45 a second."""
    return max(round(rate_hz / _MODEL_HZ), 1)
