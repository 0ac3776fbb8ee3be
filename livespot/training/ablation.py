"""What SW-MRO is worth: the same recordings as flow between neighbouring frames, as older methods have it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from livespot.training.runs import Run
from livespot.types import WINDOW_FRAMES, Float32Array


def adjacent_run(run: Run) -> Run:
    """A run whose windows hold the motion of every frame against the frame before it."""
    return replace(run, features=adjacent_windows(run.features))


def adjacent_windows(windows: Float32Array) -> Float32Array:
    """SW-MRO windows of consecutive frames to windows of adjacent flow.

    The first vector of a window is the flow from its first frame to the next, so consecutive windows hold the flow of
    all neighbours. Behind the last window's first frames, its own vectors are subtracted from one another; before the
    first window there is nothing to be known, and nothing moves.

    Parameters
    ----------
    windows : (n, 17, R, 2) float32

    Returns
    -------
    (n, 17, R, 2) float32
        Frame k of window i: the flow from frame i - 9 + k to frame i - 8 + k of the run.
    """
    begun = np.zeros_like(windows[:1, 0])
    ends = np.diff(windows[-1, 1:], axis=0)
    flow = np.concatenate([begun, windows[:, 1], ends])  # (n + 16, R, 2)
    stacked = np.lib.stride_tricks.sliding_window_view(flow, WINDOW_FRAMES, axis=0)
    return np.ascontiguousarray(np.moveaxis(stacked, -1, 1), np.float32)
