"""Pairs of frames to ten ROI vectors, freed of head motion by the nose tip (paper, section 3.1)."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from livespot.config import FlowConfig
from livespot.flow.displacement import HALF, ROW, Region, region_flow
from livespot.flow.expansion import BASES, FLOATS, LEVELS, PATCH_PX, Applicability, Expansion, expand_into
from livespot.flow.lanes import LANES
from livespot.flow.mdmo import main_direction
from livespot.types import ROIS, Float32Array, Patch

AREA = 11
"""Side of an ROI in canonical px."""

BOX_STEP_PX = 4
"""The face box moves by multiples of this, so that the pyramids of both frames line up."""

_REACH_0 = AREA // 2 + HALF  # px of full size around an ROI's centre at which the half-size flow is read
_REACH_1 = _REACH_0 // 2 + 2  # px of half size around the centres at which it is solved
_REACH_2 = (_REACH_1 + HALF) // 2 + 2  # the same at quarter size


class FirstFrames:
    """What pairs need of their first frames, in numbered slots that are used again and again.

    Parameters
    ----------
    slots : int
        2 MB each.

    Attributes
    ----------
    coefficients : (slots, FLOATS) float32
        Expansions.
    places : (slots, 26) int64
        Patch origin (2), ROI centres (10 × 2) and nose-tip area (4), as in :class:`~livespot.types.Patch`.
    noses : (slots, 2) float64
        Nose tips.
    equations, flow : float32
        Scratch, kept because fresh memory costs more than what is computed in it.
    """

    def __init__(self, slots: int) -> None:
        self.coefficients: Float32Array = np.empty((slots, FLOATS), np.float32)
        self.places: NDArray[np.int64] = np.empty((slots, 2 + 2 * ROIS + 4), np.int64)
        self.noses: NDArray[np.float64] = np.empty((slots, 2), np.float64)
        self.equations: Float32Array = np.empty(LANES * PATCH_PX**2, np.float32)
        self.flow: Float32Array = np.empty((LEVELS, 2 * PATCH_PX**2), np.float32)

    def put(self, slot: int, patch: Patch, weights: Applicability) -> None:
        """Expand a patch into a slot."""
        expand_into(patch.image, weights, self.coefficients[slot])
        self.place(slot, patch)

    def place(self, slot: int, patch: Patch) -> None:
        """Note where a patch and its areas lie."""
        self.places[slot, :2] = patch.origin
        self.places[slot, 2:-4] = patch.centres.ravel()
        self.places[slot, -4:] = patch.nose_box
        self.noses[slot] = patch.nose


def measure_pairs(
    firsts: FirstFrames, slots: NDArray[np.int64], second: Float32Array, patch: Patch, config: FlowConfig
) -> tuple[Float32Array, Float32Array]:
    """Motion of the ten ROIs from each of several frames to one later frame of the same anchor.

    The box of the second frame is moved by the whole pixels that the nose tip's landmark moved; the flow in the
    nose-tip area then gives the head's motion exactly; its whole pixels are taken from every flow vector before, and
    its fraction from every ROI vector after MDMO. 0.15-0.2 ms a pair on one core; Python is left once for all of them.

    Parameters
    ----------
    firsts : FirstFrames
    slots : (n,) int64
        Which of them.
    second : (FLOATS,) float32
        Expansion of the later frame.
    patch : Patch
        Of the later frame.
    config : FlowConfig

    Returns
    -------
    vectors : (n, 10, 2) float32
        (dx right, dy down) in canonical px; NaN where an ROI left the patch.
    heads : (n, 2) float32
        Motion of the nose tip in canonical px; NaN where it left the patch.
    """
    vectors = np.full((len(slots), ROIS, 2), np.nan, np.float32)
    heads = np.full((len(slots), 2), np.nan, np.float32)
    _measure(
        firsts.coefficients, firsts.places, firsts.noses, slots, second, patch.origin, patch.nose,
        config.roi_keep, config.nose_keep, firsts.equations, firsts.flow, vectors, heads,
    )  # fmt: skip
    return vectors, heads


def pair_vectors(
    first: Expansion, first_patch: Patch, second: Expansion, second_patch: Patch, config: FlowConfig
) -> tuple[Float32Array, Float32Array]:
    """One pair of :func:`measure_pairs`: vectors (10, 2) and head (2,)."""
    firsts = FirstFrames(1)
    firsts.coefficients[0] = first.coefficients
    firsts.place(0, first_patch)
    vectors, heads = measure_pairs(firsts, np.zeros(1, np.int64), second.coefficients, second_patch, config)
    return vectors[0], heads[0]


def box_move(first: Patch, second: Patch) -> NDArray[np.int64]:
    """Whole pixels (x, y), multiples of 4, by which the face box is moved before the flow is measured."""
    steps: NDArray[np.int64] = np.round((second.nose - first.nose) / BOX_STEP_PX).astype(np.int64)
    return BOX_STEP_PX * steps


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _around_rois(place: NDArray[np.int64], unit: int, reach: int) -> Region:
    """Region of a level within ``reach`` px of the box that the ROI centres span."""
    low_x = high_x = place[2] - place[0]
    low_y = high_y = place[3] - place[1]
    for k in range(4, 2 + 2 * ROIS, 2):
        x = place[k] - place[0]
        y = place[k + 1] - place[1]
        low_x, high_x = min(low_x, x), max(high_x, x)
        low_y, high_y = min(low_y, y), max(high_y, y)
    side = PATCH_PX // unit
    left, top = max(low_x // unit - reach, 0), max(low_y // unit - reach, 0)
    right, bottom = min(high_x // unit + reach + 1, side), min(high_y // unit + reach + 1, side)
    return left, top, right - left, bottom - top


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _inside(region: Region) -> bool:
    left, top, width, height = region
    return (
        left >= HALF and top >= HALF and left + width + HALF <= PATCH_PX and top + height + HALF <= PATCH_PX
    )


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _measure(
    coefficients: Float32Array, places: NDArray[np.int64], noses: NDArray[np.float64], slots: NDArray[np.int64],
    second: Float32Array, origin: NDArray[np.int64], nose: NDArray[np.float64],
    roi_keep: float, nose_keep: float, m: Float32Array, flow: Float32Array, vectors: Float32Array, heads: Float32Array,
) -> None:  # fmt: skip
    flow_0, flow_1, flow_2 = flow[0], flow[1], flow[2]
    lines = np.zeros(LANES * ROW, np.float32)
    at = np.empty(ROW, np.int32)
    for n in range(slots.size):
        first = coefficients[slots[n]]
        place = places[slots[n]]
        move_x = BOX_STEP_PX * int(np.round((nose[0] - noses[slots[n], 0]) / BOX_STEP_PX))
        move_y = BOX_STEP_PX * int(np.round((nose[1] - noses[slots[n], 1]) / BOX_STEP_PX))
        shift_x = move_x + place[0] - origin[0]
        shift_y = move_y + place[1] - origin[1]
        around_2 = _around_rois(place, 4, _REACH_2)
        around_1 = _around_rois(place, 2, _REACH_1)
        left, top = place[-4] - place[0], place[-3] - place[1]
        tip = (left, top, place[-2] - place[-4] + 1, place[-1] - place[-3] + 1)
        if around_2[2] < 2 or around_2[3] < 2 or not _inside(tip):
            continue
        side = PATCH_PX // 4
        region_flow(
            first, second, BASES[2], side, side, shift_x // 4, shift_y // 4,
            around_2, flow_1, (0, 0, 0, 0), m, lines, at, flow_2,
        )  # fmt: skip
        side = PATCH_PX // 2
        region_flow(
            first, second, BASES[1], side, side, shift_x // 2, shift_y // 2,
            around_1, flow_2, around_2, m, lines, at, flow_1,
        )  # fmt: skip
        region_flow(
            first, second, BASES[0], PATCH_PX, PATCH_PX, shift_x, shift_y,
            tip, flow_1, around_1, m, lines, at, flow_0,
        )  # fmt: skip
        nose_x, nose_y = main_direction(flow_0, tip[2] * tip[3], nose_keep, 0.0, 0.0)
        heads[n, 0] = nose_x + move_x
        heads[n, 1] = nose_y + move_y
        whole_x = np.round(nose_x)
        whole_y = np.round(nose_y)
        for roi in range(ROIS):
            left = place[2 + 2 * roi] - place[0] - AREA // 2
            top = place[3 + 2 * roi] - place[1] - AREA // 2
            area = (left, top, AREA, AREA)
            if _inside(area):
                region_flow(
                    first, second, BASES[0], PATCH_PX, PATCH_PX, shift_x, shift_y,
                    area, flow_1, around_1, m, lines, at, flow_0,
                )  # fmt: skip
                dx, dy = main_direction(flow_0, AREA * AREA, roi_keep, whole_x, whole_y)
                vectors[n, roi, 0] = dx - (nose_x - whole_x)
                vectors[n, roi, 1] = dy - (nose_y - whole_y)
