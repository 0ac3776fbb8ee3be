"""Two expansions to the displacement of small areas: the half of Farneback's method that belongs to a pair.

For A(x) d = Δb(x), averaged over a window, the normal equations G d = h are solved (Farnebäck 2003, section 4) on each of
three levels, coarse to fine, exactly as ``cv2.calcOpticalFlowFarneback`` does it, but only where the areas need it: an
area of 11×11 px needs equations on 25×25 px, and from there the needs of the coarser levels follow. One iteration a
level: with three levels a second one improves no known shift by more than 0.01 px.

A displacement field is a flat float32 array, (dx, dy) of one px after the other, row by row, in px of its level. A
*region* is (left, top, width, height) in px of a level of the first frame's patch.
"""

from __future__ import annotations

import numba
import numpy as np

from livespot.flow.lanes import LANES, add, load, mul, muladd, spread, store, sub
from livespot.types import Float32Array

HALF = 7
"""Half of the 15×15 averaging window."""

Region = tuple[int, int, int, int]

_SIDE = 2 * HALF + 1
_REGULAR = np.float32(1e-3)  # keeps G invertible, as in OpenCV
_ONE = np.float32(1)
_ZERO = np.float32(0)
_TWO = np.float32(2)
_HALF = np.float32(0.5)
# The expansions are stored halved (see expansion.py): Δb = (b1 - b2) / 2 and A = (A1 + A2) / 2 are sums of them.
_COMBINE = (-_ONE, -_ONE, _ONE, _ONE, _ONE, _ZERO, _ZERO, _ZERO)
_ALONE = (_ONE, _ONE, _TWO, _TWO, _TWO, _ZERO, _ZERO, _ZERO)
_EDGE = np.array([0.14, 0.14, 0.4472, 0.4472, 0.4472], np.float32)  # OpenCV's trust in the outermost px


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def equations(
    first: Float32Array, second: Float32Array, base: int, columns: int, rows: int,
    shift_x: int, shift_y: int, region: Region, flow: Float32Array, out: Float32Array,
) -> None:  # fmt: skip
    """Normal equations of every px of a region under its own displacement: lanes G11, G12, G22, h1, h2.

    ``base`` is where the level begins in the two expansions, ``columns`` × ``rows`` its size; ``shift`` is what to add to
    a px of the first patch for the same px of the moved box in the second.
    """
    left, top, width, height = region
    for j in range(height):
        for i in range(width):
            k = np.uintp(j * width + i)
            fx = flow[np.uintp(2) * k]
            fy = flow[np.uintp(2) * k + np.uintp(1)]
            floor_x = np.floor(fx)
            floor_y = np.floor(fy)
            x = left + i + shift_x + int(floor_x)
            y = top + j + shift_y + int(floor_y)
            here = load(first, base + LANES * ((top + j) * columns + left + i))
            if 0 <= x < columns - 1 and 0 <= y < rows - 1:
                at = base + LANES * (y * columns + x)
                below = at + LANES * columns
                u = spread(fx - floor_x)
                a = load(second, at)
                b = load(second, below)
                a = muladd(u, sub(load(second, at + LANES), a), a)
                b = muladd(u, sub(load(second, below + LANES), b), b)
                there = muladd(spread(fy - floor_y), sub(b, a), a)
                here = muladd(there, _COMBINE, here)
            else:  # the second frame has nothing here: OpenCV keeps the first one's curvature and no difference
                here = mul(here, _ALONE)
            yy = here[2]
            xx = here[3]
            xy = here[4]
            dy = here[0] + yy * fy + xy * fx
            dx = here[1] + xy * fy + xx * fx
            # G = A², h = A Δb
            g = mul((xy, xx, xy, xy, xx, _ZERO, _ZERO, _ZERO), (xy, xy, xy, dx, dx, _ZERO, _ZERO, _ZERO))
            g = muladd(
                (yy, yy, xx, yy, xy, _ZERO, _ZERO, _ZERO), (yy, xy, xx, dy, dy, _ZERO, _ZERO, _ZERO), g
            )
            store(out, LANES * (j * width + i), g)


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def attenuate(m: Float32Array, region: Region, columns: int, rows: int) -> None:
    """Trust the outermost five px of a level less, as OpenCV does."""
    left, top, width, height = region
    if left >= 5 and top >= 5 and left + width <= columns - 5 and top + height <= rows - 5:
        return
    for j in range(height):
        edge_y = min(top + j, rows - 1 - top - j)
        weight_y = _EDGE[edge_y] if edge_y < 5 else _ONE
        for i in range(width):
            edge_x = min(left + i, columns - 1 - left - i)
            if edge_x >= 5 and edge_y >= 5:
                continue
            weight = weight_y * (_EDGE[edge_x] if edge_x < 5 else _ONE)
            at = LANES * (j * width + i)
            store(m, at, mul(load(m, at), spread(weight)))


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def average_and_solve(
    m: Float32Array, around: Region, region: Region, sums: Float32Array, flow: Float32Array
) -> None:
    """Average the equations over 15×15 px and solve them.

    ``m`` holds the equations of ``around``, ``flow`` becomes the displacement of ``region``. Beyond ``around`` its edge
    goes on, which happens only at the edge of a patch. ``sums`` is scratch.
    """
    skip_x = region[0] - around[0]
    skip_y = region[1] - around[1]
    columns, rows = around[2], around[3]
    width, height = region[2], region[3]
    nothing = spread(_ZERO)
    for x in range(columns):
        store(sums, LANES * x, nothing)
    for y in range(skip_y - HALF, skip_y + HALF):
        line = LANES * columns * min(max(y, 0), rows - 1)
        for x in range(0, LANES * columns, LANES):
            store(sums, x, add(load(sums, x), load(m, line + x)))
    for j in range(height):
        enters = LANES * columns * min(max(j + skip_y + HALF, 0), rows - 1)
        for x in range(0, LANES * columns, LANES):
            store(sums, x, add(load(sums, x), load(m, enters + x)))
        _solve_row(sums, columns, skip_x, width, j, flow)
        leaves = LANES * columns * min(max(j + skip_y - HALF, 0), rows - 1)
        for x in range(0, LANES * columns, LANES):
            store(sums, x, sub(load(sums, x), load(m, leaves + x)))


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def _solve_row(sums: Float32Array, columns: int, skip: int, width: int, j: int, flow: Float32Array) -> None:
    """Average the column sums along a row and solve: G d = h by Cramer's rule."""
    scale = np.float32(1.0 / (_SIDE * _SIDE))
    total = spread(_ZERO)
    for x in range(skip - HALF, skip + HALF):
        total = add(total, load(sums, LANES * min(max(x, 0), columns - 1)))
    for i in range(width):
        enters = LANES * min(max(i + skip + HALF, 0), columns - 1)
        leaves = LANES * min(max(i + skip - HALF, 0), columns - 1)
        total = add(total, load(sums, enters))
        mean = mul(total, spread(scale))
        total = sub(total, load(sums, leaves))
        a, b, d, p, q = mean[0], mean[1], mean[2], mean[3], mean[4]
        inverse = _ONE / (a * d - b * b + _REGULAR)
        k = np.uintp(2 * (j * width + i))
        flow[k] = (a * q - b * p) * inverse
        flow[k + np.uintp(1)] = (d * p - b * q) * inverse


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def upsample(
    coarse: Float32Array, coarse_region: Region, region: Region, line: Float32Array, fine: Float32Array
) -> None:
    """Flow of the coarser level at the px of the finer one: bilinear, held beyond the edge, and twice as long."""
    coarse_left, coarse_top, columns, rows = coarse_region
    left, top, width, height = region
    for j in range(height):
        v = (np.float32(top + j) + _HALF) * _HALF - _HALF - np.float32(coarse_top)
        v = min(max(v, _ZERO), np.float32(rows - 1))
        y = min(int(v), rows - 2)
        v -= np.float32(y)
        above = 2 * columns * y
        for x in range(2 * columns):
            upper = coarse[np.uintp(above + x)]
            line[x] = _TWO * (upper + v * (coarse[np.uintp(above + 2 * columns + x)] - upper))
        for i in range(width):
            u = (np.float32(left + i) + _HALF) * _HALF - _HALF - np.float32(coarse_left)
            u = min(max(u, _ZERO), np.float32(columns - 1))
            x = min(int(u), columns - 2)
            u -= np.float32(x)
            at = np.uintp(2 * x)
            k = np.uintp(2 * (j * width + i))
            fine[k] = line[at] + u * (line[at + np.uintp(2)] - line[at])
            fine[k + np.uintp(1)] = line[at + np.uintp(1)] + u * (line[at + np.uintp(3)] - line[at + np.uintp(1)])


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def region_flow(
    first: Float32Array, second: Float32Array, base: int, columns: int, rows: int, shift_x: int, shift_y: int,
    region: Region, coarse: Float32Array, coarse_region: Region,
    start: Float32Array, m: Float32Array, sums: Float32Array, flow: Float32Array,
) -> None:  # fmt: skip
    """Displacement of a region of one level, from the displacement of the next coarser one (empty: from rest).

    ``start``, ``m`` and ``sums`` are scratch for (dx, dy), equations and column sums of the region and 7 px around it.
    """
    left, top = max(region[0] - HALF, 0), max(region[1] - HALF, 0)
    right, bottom = min(region[0] + region[2] + HALF, columns), min(region[1] + region[3] + HALF, rows)
    around = (left, top, right - left, bottom - top)
    if coarse_region[2] > 0:
        upsample(coarse, coarse_region, around, sums, start)
    else:
        start[: 2 * around[2] * around[3]] = 0
    equations(first, second, base, columns, rows, shift_x, shift_y, around, start, m)
    attenuate(m, around, columns, rows)
    average_and_solve(m, around, region, sums, flow)
