"""The motion of the regions between two frames, put together from SW-MRO windows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from livespot.regions import PAPER
from livespot.types import HALF_WINDOW, WINDOW_FRAMES, Float32Array

_REACH = WINDOW_FRAMES - 1


def needed_windows(first: int, last: int) -> list[tuple[int, int]]:
    """Which windows hold the motion between two model frames: (window's model frame, row in it), to be added up.

    A window centred on frame c begins at c − 8 and measures up to c + 8, against its first frame.

    Examples
    --------
    >>> needed_windows(100, 106), needed_windows(100, 120)
    ([(108, 6)], [(108, 16), (124, 4)])
    """
    steps = []
    while first < last:
        reach = min(last - first, _REACH)
        steps.append((first + HALF_WINDOW, reach))
        first += reach
    return steps


def motion_between(
    first: int, last: int, windows: Mapping[int, Float32Array], regions: int = len(PAPER)
) -> Float32Array | None:
    """(R, 2) float32, canonical px, (dx right, dy down): how the regions moved, the head's motion taken out.

    Parameters
    ----------
    first, last : int
        Model frames.
    windows : mapping of int to (17, R, 2) float32
        By the model frame they are centred on; a missing one makes the whole unknown.
    regions : int
        R.
    """
    total = np.zeros((regions, 2), np.float32)
    for centre, row in needed_windows(first, last):
        window = windows.get(centre)
        if window is None or not np.isfinite(window).all():
            return None
        total += window[row]
    return total
