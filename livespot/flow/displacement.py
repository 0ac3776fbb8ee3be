"""Two expansions to the displacement of small areas: the half of Farneback's method that belongs to a pair.

For A(x) d = Δb(x), averaged over a window, the normal equations G d = h are solved (Farnebäck 2003, section 4) on
each of three levels, coarse to fine, exactly as ``cv2.calcOpticalFlowFarneback`` does it, but only where the areas
need it: an area of 11×11 px needs equations on 25×25 px, and from there the needs of the coarser levels follow. Window
(15×15 px), levels and iterations are fixed here. One iteration a level: with three levels a second one improves no
known shift by more than 0.01 px.

A displacement field is a flat float32 array, first dx, then dy, each row by row, in px of its level. A *region* is
(left, top, width, height) in px of a level of the first frame's patch.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from livespot.flow.simd import LANES, add, constant, lane, load, mul, muladd, pick, spread, store, sub
from livespot.types import Float32Array

HALF = 7
"""Half of the 15×15 averaging window."""

ROW = 256
"""Floats in a row buffer: a patch is at most 224 px wide, and vector loops round up to 32."""

Region = tuple[int, int, int, int]

_ZERO = np.float32(0)
_ONE = np.float32(1)
_NEAR = np.float32(0.75)
_FAR = np.float32(0.25)
_TWO = np.float32(2)
# The expansions are stored halved (see expansion.py): Δb = (b1 - b2) / 2 and A = (A1 + A2) / 2 are sums of them.
_combine = constant(-1, -1, 1, 1, 1, 0, 0, 0)
_alone = constant(1, 1, 2, 2, 2, 0, 0, 0)
# What is multiplied with what. Lanes of an expansion: b_y, b_x, A_yy, A_xx, A_xy, zeros. A d takes the first two rows,
# G = A² and h = A Δb the next four; from the lanes G11, G12, G22, h1, h2 the last four give |G| G⁻¹ h and |G|.
_A_y, _A_x = pick(2, 4), pick(4, 3)
_left_1, _right_1 = pick(2, 2, 3, 2, 4), pick(2, 4, 3, 0, 0)
_left_2, _right_2 = pick(4, 3, 4, 4, 3), pick(4, 4, 4, 1, 1)
_plus_1, _plus_2 = pick(0, 2, 0), pick(4, 3, 2)
_minus_1, _minus_2 = pick(1, 1, 1), pick(3, 4, 1)
_first, _second, _third = lane(0), lane(1), lane(2)
_EDGE = np.array([0.14, 0.14, 0.4472, 0.4472, 0.4472], np.float32)  # OpenCV's trust in the outermost px
_REGULAR = np.float32(1e-3 * 225**2)  # OpenCV adds 1e-3 to the means; these are sums over 15×15 px


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def start_row(
    coarse: Float32Array, coarse_region: Region, left: int, y: int, width: int,
    line: Float32Array, row: Float32Array,
) -> int:  # fmt: skip
    """Displacement of one row of px from the next coarser level: bilinear, held beyond the edge, and twice as long.

    ``row`` (2 × ROW) gets dx, then dy, beginning at the place that is returned. Px 2k + 1 lies a quarter from coarse px
    k, px 2k + 2 three quarters; so whole pairs are written, beginning at an odd px.
    """
    coarse_left, coarse_top, columns, rows = coarse_region
    v = np.float32(y) * np.float32(0.5) - _FAR - np.float32(coarse_top)
    v = min(max(v, _ZERO), np.float32(rows - 1))
    upper = min(int(v), rows - 2)
    v -= np.float32(upper)
    first = (left - 1) >> 1
    skip = left - 1 - 2 * first
    pairs = (width + skip + 1) >> 1
    shift = first - coarse_left
    for c in range(2):
        above = (c * rows + upper) * columns
        if shift >= 0 and shift + pairs + 1 <= columns:
            for k in range(pairs + 1):
                a = coarse[np.uintp(above + shift + k)]
                line[k] = _TWO * (a + v * (coarse[np.uintp(above + columns + shift + k)] - a))
        else:
            for k in range(pairs + 1):
                at = above + min(max(shift + k, 0), columns - 1)
                a = coarse[np.uintp(at)]
                line[k] = _TWO * (a + v * (coarse[np.uintp(at + columns)] - a))
        for k in range(pairs):
            a = line[np.uintp(k)]
            b = line[np.uintp(k + 1)]
            row[np.uintp(c * ROW + 2 * k)] = _NEAR * a + _FAR * b
            row[np.uintp(c * ROW + 2 * k + 1)] = _FAR * a + _NEAR * b
    return skip


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def locate_row(
    row: Float32Array, skip: int, x: int, y: int, width: int, columns: int, rows: int,
    at: NDArray[np.int32], between: Float32Array,
) -> None:  # fmt: skip
    """Where the px of one row, which stand at (x, y) in the second patch, come to lie under their displacement.

    ``at`` gets the px above and left, counted through the level, -1 outside; ``between`` (2 × ROW) gets what is
    missing to the point, in x and in y.
    """
    last_x = np.float32(columns - 1)
    last_y = np.float32(rows - 1)
    for i in range((width + 31) & -32):
        fx = row[np.uintp(skip + i)]
        fy = row[np.uintp(ROW + skip + i)]
        floor_x = np.floor(fx)
        floor_y = np.floor(fy)
        between[np.uintp(i)] = fx - floor_x
        between[np.uintp(ROW + i)] = fy - floor_y
        to_x = floor_x + np.float32(x + i)
        to_y = floor_y + np.float32(y)
        inside = (to_x >= _ZERO) & (to_x < last_x) & (to_y >= _ZERO) & (to_y < last_y)
        at[np.uintp(i)] = np.int32(to_y * np.float32(columns) + to_x) if inside else np.int32(-1)


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def equation_row(
    first: Float32Array, start: int, second: Float32Array, base: int, columns: int, width: int,
    row: Float32Array, skip: int, at: NDArray[np.int32], between: Float32Array, out: Float32Array, place: int,
) -> None:  # fmt: skip
    """Normal equations of one row of px: lanes G11, G12, G22, h1, h2, with G = A² and h = A Δb."""
    for i in range(width):
        e = load(first, start + LANES * i)
        there = np.int64(at[np.uintp(i)])
        if there >= 0:
            k = base + LANES * there
            below = k + LANES * columns
            u = spread(between[np.uintp(i)])
            a = load(second, k)
            b = load(second, below)
            a = muladd(u, sub(load(second, k + LANES), a), a)
            b = muladd(u, sub(load(second, below + LANES), b), b)
            a = muladd(spread(between[np.uintp(ROW + i)]), sub(b, a), a)
            e = muladd(a, _combine(), e)
        else:  # the second frame has nothing here: OpenCV keeps the first one's curvature and no difference
            e = mul(e, _alone())
        # Δb = b + A d, d being the displacement so far
        e = muladd(_A_y(e), spread(row[np.uintp(ROW + skip + i)]), e)
        e = muladd(_A_x(e), spread(row[np.uintp(skip + i)]), e)
        g = muladd(_left_1(e), _right_1(e), mul(_left_2(e), _right_2(e)))
        store(out, place + LANES * i, g)


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
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
            if edge_x < 5 or edge_y < 5:
                weight = weight_y * (_EDGE[edge_x] if edge_x < 5 else _ONE)
                at = LANES * (j * width + i)
                store(m, at, mul(load(m, at), spread(weight)))


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def average_and_solve(
    m: Float32Array, around: Region, region: Region, sums: Float32Array, flow: Float32Array
) -> None:
    """Average the equations over 15×15 px and solve them.

    ``m`` holds the equations of ``around``, ``flow`` becomes the displacement of ``region``. Beyond ``around`` its edge
    goes on, which happens only at the edge of a patch.
    """
    skip = region[0] - around[0]
    lift = region[1] - around[1]
    columns, rows = around[2], around[3]
    width, height = region[2], region[3]
    # Column sums of the 15 rows; left and right of them the edge is continued as far as a window reaches.
    before = HALF - skip
    after = width + 2 * HALF - before - columns
    end = LANES * (before + columns)
    zero = spread(_ZERO)
    for x in range(LANES * before, end, LANES):
        store(sums, x, zero)
    for y in range(lift - HALF, lift + HALF):
        line = LANES * (columns * min(max(y, 0), rows - 1) - before)
        for x in range(LANES * before, end, LANES):
            store(sums, x, add(load(sums, x), load(m, line + x)))
    for j in range(height):
        enters = LANES * (columns * min(max(j + lift + HALF, 0), rows - 1) - before)
        for x in range(LANES * before, end, LANES):
            store(sums, x, add(load(sums, x), load(m, enters + x)))
        for x in range(before):
            store(sums, LANES * x, load(sums, LANES * before))
        for x in range(after):
            store(sums, end + LANES * x, load(sums, end - LANES))
        _solve_row(sums, width, j * width, width * height, flow)
        leaves = LANES * (columns * min(max(j + lift - HALF, 0), rows - 1) - before)
        for x in range(LANES * before, end, LANES):
            store(sums, x, sub(load(sums, x), load(m, leaves + x)))


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _solve_row(sums: Float32Array, width: int, place: int, dy: int, flow: Float32Array) -> None:
    """Add up 15 column sums along a row and solve G d = h by Cramer's rule."""
    total = spread(_ZERO)
    for x in range(2 * HALF + 1):
        total = add(total, load(sums, LANES * x))
    for i in range(width):
        d = sub(mul(_plus_1(total), _plus_2(total)), mul(_minus_1(total), _minus_2(total)))
        inverse = _ONE / (_third(d) + _REGULAR)
        flow[np.uintp(place + i)] = _first(d) * inverse
        flow[np.uintp(dy + place + i)] = _second(d) * inverse
        at = LANES * i
        total = add(total, sub(load(sums, at + LANES * (2 * HALF + 1)), load(sums, at)))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def widened(region: Region, columns: int, rows: int) -> Region:
    """The region on which equations are needed: 7 px more on each side, as far as the level goes."""
    left, top = max(region[0] - HALF, 0), max(region[1] - HALF, 0)
    right, bottom = min(region[0] + region[2] + HALF, columns), min(region[1] + region[3] + HALF, rows)
    return left, top, right - left, bottom - top


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def region_flow(
    first: Float32Array, start: int, second: Float32Array, base: int, columns: int, rows: int,
    shift_x: int, shift_y: int, region: Region, coarse: Float32Array, coarse_region: Region,
    m: Float32Array, lines: Float32Array, at: NDArray[np.int32], flow: Float32Array,
) -> int:  # fmt: skip
    """Displacement of a region of one level, from the displacement of the next coarser one (empty: from rest).

    The first frame's expansion of the widened region begins at ``start`` of ``first``; where it ends is returned. The
    level of the second begins at ``base`` and has ``columns`` × ``rows`` px. ``shift`` is what to add to a px of the
    first patch for the same px of the moved box in the second. ``m``, ``lines`` and ``at`` are scratch.
    """
    around = widened(region, columns, rows)
    left, top, width, height = around
    line, row, between = lines[:ROW], lines[ROW : 3 * ROW], lines[3 * ROW : 5 * ROW]
    skip = 0
    row[:] = _ZERO
    for j in range(height):
        y = top + j
        if coarse_region[2] > 0:
            skip = start_row(coarse, coarse_region, left, y, width, line, row)
        locate_row(row, skip, left + shift_x, y + shift_y, width, columns, rows, at, between)
        place = LANES * j * width
        equation_row(first, start + place, second, base, columns, width, row, skip, at, between, m, place)
    attenuate(m, around, columns, rows)
    average_and_solve(m, around, region, lines, flow)
    end: int = start + LANES * width * height
    return end
