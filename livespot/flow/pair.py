"""One pair of frames to ten ROI vectors, freed of head motion by the nose tip (paper, section 3.1; METHOD step 2 and 3)."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from livespot.config import FlowConfig
from livespot.flow.displacement import AREA, HALF, region_flow
from livespot.flow.expansion import Expansion
from livespot.flow.mdmo import main_direction
from livespot.types import ROIS, Float32Array, Patch

_STEP = 4  # the box moves by multiples of this, so that the pyramids of both frames line up
_REACH_0 = AREA // 2 + HALF  # px of full size around an ROI's centre at which the half-size flow is read
_REACH_1 = _REACH_0 // 2 + 2  # px of half size around the centres at which it is solved
_REACH_2 = (_REACH_1 + HALF) // 2 + 2  # the same at quarter size


def pair_vectors(
    first: Expansion, first_patch: Patch, second: Expansion, second_patch: Patch, config: FlowConfig
) -> tuple[Float32Array, Float32Array]:
    """Motion of the ten ROIs from the first to the second frame.

    The box of the second frame is moved by the whole pixels that the nose tip's landmark moved; the flow in the nose-tip
    area then gives the head's motion exactly; its whole pixels are taken from every flow vector before, and its fraction
    from every ROI vector after MDMO.

    Returns
    -------
    vectors : (10, 2) float32
        (dx right, dy down) in canonical px; NaN where an ROI left the patch.
    head : (2,) float32
        Motion of the nose tip in canonical px; NaN when it left the patch.
    """
    vectors = np.empty((ROIS, 2), np.float32)
    head = np.empty(2, np.float32)
    move = box_move(first_patch, second_patch)
    _pair(
        *first.levels, *second.levels, first.origin, move + first.origin - second.origin, move,
        first_patch.centres, first_patch.nose_box,
        config.roi_keep, config.nose_keep, vectors, head,
    )  # fmt: skip
    return vectors, head


def box_move(first: Patch, second: Patch) -> NDArray[np.int64]:
    """Whole pixels (x, y), multiples of 4, by which the face box is moved before the flow is measured."""
    return (_STEP * np.round((second.nose - first.nose) / _STEP)).astype(np.int64)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _region(
    centres: NDArray[np.int64], origin: NDArray[np.int64], unit: int, reach: int, columns: int, rows: int
) -> tuple[int, int, int, int]:
    """Left, top, width and height of the px of a level that lie within ``reach`` of the ROI centres' box."""
    left = max(int(centres[:, 0].min() - origin[0]) // unit - reach, 0)
    top = max(int(centres[:, 1].min() - origin[1]) // unit - reach, 0)
    right = min(int(centres[:, 0].max() - origin[0]) // unit + reach + 1, columns)
    bottom = min(int(centres[:, 1].max() - origin[1]) // unit + reach + 1, rows)
    return left, top, right - left, bottom - top


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _inside(left: int, top: int, width: int, height: int, columns: int, rows: int) -> bool:
    return left >= HALF and top >= HALF and left + width + HALF <= columns and top + height + HALF <= rows


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _pair(
    r0: Float32Array, r1: Float32Array, r2: Float32Array,
    s0: Float32Array, s1: Float32Array, s2: Float32Array,
    origin: NDArray[np.int64], shift: NDArray[np.int64], move: NDArray[np.int64],
    centres: NDArray[np.int64], nose_box: NDArray[np.int64],
    roi_keep: float, nose_keep: float, vectors: Float32Array, head: Float32Array,
) -> None:  # fmt: skip
    rows, columns = r0.shape[1:]
    vectors[:] = np.nan
    head[:] = np.nan
    left2, top2, width, height = _region(centres, origin, 4, _REACH_2, r2.shape[2], r2.shape[1])
    if width < 2 or height < 2:
        return
    flow2 = np.empty((2, height, width), np.float32)
    nothing = np.empty((2, 0, 0), np.float32)
    region_flow(r2, s2, shift[0] // 4, shift[1] // 4, left2, top2, nothing, 0, 0, flow2)
    left1, top1, width, height = _region(centres, origin, 2, _REACH_1, r1.shape[2], r1.shape[1])
    flow1 = np.empty((2, height, width), np.float32)
    region_flow(r1, s1, shift[0] // 2, shift[1] // 2, left1, top1, flow2, left2, top2, flow1)

    left, top = nose_box[0] - origin[0], nose_box[1] - origin[1]
    width, height = nose_box[2] - nose_box[0] + 1, nose_box[3] - nose_box[1] + 1
    if not _inside(left, top, width, height, columns, rows):
        return
    nose = np.empty((2, height, width), np.float32)
    region_flow(r0, s0, shift[0], shift[1], left, top, flow1, left1, top1, nose)
    nose_x, nose_y = main_direction(nose, nose_keep, 0.0, 0.0)
    head[0] = nose_x + move[0]
    head[1] = nose_y + move[1]
    whole_x = np.round(nose_x)
    whole_y = np.round(nose_y)
    flow = np.empty((2, AREA, AREA), np.float32)
    for roi in range(centres.shape[0]):
        left = centres[roi, 0] - origin[0] - AREA // 2
        top = centres[roi, 1] - origin[1] - AREA // 2
        if _inside(left, top, AREA, AREA, columns, rows):
            region_flow(r0, s0, shift[0], shift[1], left, top, flow1, left1, top1, flow)
            dx, dy = main_direction(flow, roi_keep, whole_x, whole_y)
            vectors[roi, 0] = dx - (nose_x - whole_x)
            vectors[roi, 1] = dy - (nose_y - whole_y)
