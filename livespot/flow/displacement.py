"""Two expansions to the displacement of small areas: the half of Farneback's method that belongs to a pair.

For A(x) d = Δb(x), averaged over a window, the normal equations G d = h are solved (Farnebäck 2003, section 4), one iteration on
each of three levels, coarse to fine, exactly as ``cv2.calcOpticalFlowFarneback`` does it, but only where the areas need it:
an area of 11×11 px needs equations on 25×25 px, and from there the needs of the coarser levels follow.

Displacement fields are (2, height, width) float32, (dx, dy) in px of their level.
"""

from __future__ import annotations

import numba
import numpy as np

from livespot.types import Float32Array

AREA = 11
"""Side of an ROI in canonical px."""

HALF = 7
"""Half of the 15×15 averaging window."""

_SIDE = 2 * HALF + 1
_REGULAR = np.float32(1e-3)  # keeps G invertible, as in OpenCV


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def equations(
    planes_r: Float32Array, planes_s: Float32Array, shift_x: int, shift_y: int,
    left: int, top: int, flow: Float32Array, out: Float32Array,
) -> None:  # fmt: skip
    """Normal equations of every px of a region under its own displacement.

    The region begins at (left, top) of the first planes; ``shift`` is what to add to an index of them for the same point of
    the moved box in the second. ``flow`` is (2, height, width), ``out`` (5, height, width): G11, G12, G22, h1, h2.
    """
    rows, columns = planes_s.shape[1:]
    height, width = flow.shape[1:]
    one = np.float32(1)
    half = np.float32(0.5)
    quarter = np.float32(0.25)
    for j in range(height):
        y = top + j
        for i in range(width):
            x = left + i
            fx = flow[0, j, i]
            fy = flow[1, j, i]
            floor_x = np.floor(fx)
            floor_y = np.floor(fy)
            x0 = x + shift_x + int(floor_x)
            y0 = y + shift_y + int(floor_y)
            dy = planes_r[0, y, x]
            dx = planes_r[1, y, x]
            yy = planes_r[2, y, x]
            xx = planes_r[3, y, x]
            xy = planes_r[4, y, x]
            if 0 <= x0 < columns - 1 and 0 <= y0 < rows - 1:
                u = fx - floor_x
                v = fy - floor_y
                w00 = (one - u) * (one - v)
                w01 = u * (one - v)
                w10 = (one - u) * v
                w11 = u * v
                x1 = x0 + 1
                y1 = y0 + 1
                dy -= (
                    w00 * planes_s[0, y0, x0] + w01 * planes_s[0, y0, x1]
                    + w10 * planes_s[0, y1, x0] + w11 * planes_s[0, y1, x1]
                )  # fmt: skip
                dx -= (
                    w00 * planes_s[1, y0, x0] + w01 * planes_s[1, y0, x1]
                    + w10 * planes_s[1, y1, x0] + w11 * planes_s[1, y1, x1]
                )  # fmt: skip
                yy += (
                    w00 * planes_s[2, y0, x0] + w01 * planes_s[2, y0, x1]
                    + w10 * planes_s[2, y1, x0] + w11 * planes_s[2, y1, x1]
                )  # fmt: skip
                xx += (
                    w00 * planes_s[3, y0, x0] + w01 * planes_s[3, y0, x1]
                    + w10 * planes_s[3, y1, x0] + w11 * planes_s[3, y1, x1]
                )  # fmt: skip
                xy += (
                    w00 * planes_s[4, y0, x0] + w01 * planes_s[4, y0, x1]
                    + w10 * planes_s[4, y1, x0] + w11 * planes_s[4, y1, x1]
                )  # fmt: skip
                yy *= half
                xx *= half
                xy *= quarter
            else:  # the second frame has nothing here: OpenCV keeps the first one's curvature and no difference
                xy *= half
            dy = dy * half + yy * fy + xy * fx
            dx = dx * half + xy * fy + xx * fx
            out[0, j, i] = yy * yy + xy * xy
            out[1, j, i] = (yy + xx) * xy
            out[2, j, i] = xx * xx + xy * xy
            out[3, j, i] = yy * dy + xy * dx
            out[4, j, i] = xy * dy + xx * dx


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def attenuate(m: Float32Array, left: int, top: int, columns: int, rows: int) -> None:
    """Trust the outermost five px of a plane less, as OpenCV does."""
    weights = (0.14, 0.14, 0.4472, 0.4472, 0.4472)
    height, width = m.shape[1:]
    if left >= 5 and top >= 5 and left + width <= columns - 5 and top + height <= rows - 5:
        return
    for j in range(height):
        edge_y = min(top + j, rows - 1 - top - j)
        for i in range(width):
            edge_x = min(left + i, columns - 1 - left - i)
            if edge_x >= 5 and edge_y >= 5:
                continue
            weight = np.float32(1)
            if edge_x < 5:
                weight *= np.float32(weights[edge_x])
            if edge_y < 5:
                weight *= np.float32(weights[edge_y])
            for c in range(5):
                m[c, j, i] *= weight


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def average_and_solve(m: Float32Array, skip_x: int, skip_y: int, flow: Float32Array) -> None:
    """Average the equations over 15×15 px and solve them.

    ``m`` is (5, rows, columns); the window of entry (j, i) of ``flow`` (2, height, width) is centred on row j + skip_y and
    column i + skip_x of ``m``. Beyond ``m`` its edge goes on, which happens only at the edge of a patch.
    """
    rows, columns = m.shape[1:]
    height, width = flow.shape[1:]
    sums = np.zeros((5, width + 2 * HALF), np.float32)
    scale = np.float32(1.0 / (_SIDE * _SIDE))
    for c in range(5):
        for y in range(skip_y - HALF, skip_y + HALF):
            _add_row(m, c, min(max(y, 0), rows - 1), skip_x - HALF, sums, np.float32(1))
    for j in range(height):
        enters = min(max(j + skip_y + HALF, 0), rows - 1)
        leaves = min(max(j + skip_y - HALF, 0), rows - 1)
        for c in range(5):
            _add_row(m, c, enters, skip_x - HALF, sums, np.float32(1))
        _solve_row(sums, scale, flow, j)
        for c in range(5):
            _add_row(m, c, leaves, skip_x - HALF, sums, np.float32(-1))


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def _add_row(m: Float32Array, c: int, y: int, left: int, sums: Float32Array, sign: np.float32) -> None:
    columns = m.shape[2]
    width = sums.shape[1]
    if left >= 0 and left + width <= columns:
        for x in range(width):
            sums[c, x] += sign * m[c, y, left + x]
    else:
        for x in range(width):
            sums[c, x] += sign * m[c, y, min(max(left + x, 0), columns - 1)]


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def _solve_row(sums: Float32Array, scale: np.float32, flow: Float32Array, j: int) -> None:
    g11 = np.float32(0)
    g12 = np.float32(0)
    g22 = np.float32(0)
    h1 = np.float32(0)
    h2 = np.float32(0)
    for x in range(_SIDE - 1):
        g11 += sums[0, x]
        g12 += sums[1, x]
        g22 += sums[2, x]
        h1 += sums[3, x]
        h2 += sums[4, x]
    for i in range(flow.shape[2]):
        last = i + _SIDE - 1
        g11 += sums[0, last]
        g12 += sums[1, last]
        g22 += sums[2, last]
        h1 += sums[3, last]
        h2 += sums[4, last]
        a = g11 * scale
        b = g12 * scale
        d = g22 * scale
        p = h1 * scale
        q = h2 * scale
        inverse = np.float32(1) / (a * d - b * b + _REGULAR)
        flow[0, j, i] = (a * q - b * p) * inverse
        flow[1, j, i] = (d * p - b * q) * inverse
        g11 -= sums[0, i]
        g12 -= sums[1, i]
        g22 -= sums[2, i]
        h1 -= sums[3, i]
        h2 -= sums[4, i]


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def upsample(coarse: Float32Array, coarse_left: int, coarse_top: int, fine: Float32Array, left: int, top: int) -> None:
    """Flow of the coarser level at the px of the finer one: bilinear, held beyond the edge, and twice as long."""
    height, width = fine.shape[1:]
    rows, columns = coarse.shape[1:]
    half = np.float32(0.5)
    for j in range(height):
        v = (np.float32(top + j) + half) * half - half - np.float32(coarse_top)
        v = min(max(v, np.float32(0)), np.float32(rows - 1))
        y0 = min(int(v), rows - 2)
        v -= np.float32(y0)
        for i in range(width):
            u = (np.float32(left + i) + half) * half - half - np.float32(coarse_left)
            u = min(max(u, np.float32(0)), np.float32(columns - 1))
            x0 = min(int(u), columns - 2)
            u -= np.float32(x0)
            for c in range(2):
                above = coarse[c, y0, x0] + u * (coarse[c, y0, x0 + 1] - coarse[c, y0, x0])
                below = coarse[c, y0 + 1, x0] + u * (coarse[c, y0 + 1, x0 + 1] - coarse[c, y0 + 1, x0])
                fine[c, j, i] = np.float32(2) * (above + v * (below - above))


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def region_flow(
    planes_r: Float32Array, planes_s: Float32Array, shift_x: int, shift_y: int,
    left: int, top: int, coarse: Float32Array, coarse_left: int, coarse_top: int, flow: Float32Array,
) -> None:  # fmt: skip
    """Flow of a region of one level from the flow of the next coarser one (empty: from rest).

    ``flow`` is (2, height, width) and begins at (left, top) of the first planes.
    """
    rows, columns = planes_r.shape[1:]
    x0, y0 = max(left - HALF, 0), max(top - HALF, 0)
    x1, y1 = min(left + flow.shape[2] + HALF, columns), min(top + flow.shape[1] + HALF, rows)
    start = np.zeros((2, y1 - y0, x1 - x0), np.float32)
    if coarse.size > 0:
        upsample(coarse, coarse_left, coarse_top, start, x0, y0)
    m = np.empty((5, y1 - y0, x1 - x0), np.float32)
    equations(planes_r, planes_s, shift_x, shift_y, x0, y0, start, m)
    attenuate(m, x0, y0, columns, rows)
    average_and_solve(m, left - x0, top - y0, flow)
