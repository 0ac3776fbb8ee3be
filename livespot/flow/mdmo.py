"""MDMO: one vector for the flow of an area (main directional mean optical flow; Liu et al. 2016, paper equation 1)."""

from __future__ import annotations

import numba
import numpy as np

from livespot.types import Float32Array


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def main_direction(
    flow: Float32Array, size: int, keep: float, shift_x: float, shift_y: float
) -> tuple[float, float]:
    """Mean direction times mean magnitude of the strongest vectors in the most populated of four directions.

    Parameters
    ----------
    flow : (2 * size or more,) float32
        dx of all px of the area, then dy, in canonical px.
    size : int
        Number of px.
    keep : float
        Share of the dominant sector that is kept, strongest first (0.6 in ROIs, 0.88 in the nose-tip area).
    shift_x, shift_y : float
        Taken from every vector first: the whole-pixel move of the face box.

    Returns
    -------
    tuple of float
        (dx, dy) in canonical px. Sectors are centred on right, down, left and up, so that a brow that rises or a mouth
        corner that is pulled sideways does not lie on a border between two of them.
    """
    count = np.zeros(4, np.int64)
    sector = np.empty(size, np.int8)
    for k in range(size):
        x = flow[k] - shift_x
        y = flow[size + k] - shift_y
        horizontal, vertical = 0 if x >= 0 else 2, 1 if y >= 0 else 3
        index = horizontal if abs(x) >= abs(y) else vertical
        sector[k] = index
        count[index] += 1
    best = 0
    for index in range(1, 4):
        if count[index] > count[best]:
            best = index
    squares = np.empty(count[best], np.float32)
    xs = np.empty(count[best], np.float32)
    ys = np.empty(count[best], np.float32)
    n = 0
    for k in range(size):
        if sector[k] == best:
            xs[n] = flow[k] - shift_x
            ys[n] = flow[size + k] - shift_y
            squares[n] = xs[n] * xs[n] + ys[n] * ys[n]
            n += 1
    kept = max(int(np.ceil(keep * n)), 1)
    least = np.partition(squares, n - kept)[n - kept]
    magnitude = 0.0
    unit_x = 0.0
    unit_y = 0.0
    used = 0
    for k in range(n):
        if squares[k] >= least:
            length = np.sqrt(squares[k])
            magnitude += length
            used += 1
            if length > 0:
                unit_x += xs[k] / length
                unit_y += ys[k] / length
    norm = np.sqrt(unit_x * unit_x + unit_y * unit_y)
    if norm == 0.0:
        return 0.0, 0.0
    magnitude /= used
    return magnitude * unit_x / norm, magnitude * unit_y / norm
