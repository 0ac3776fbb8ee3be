"""Pairs of frames to a vector for each region, freed of head motion by the nose tip (paper, section 3.1).

Besides the regions, five still areas are measured in the same way where the configuration wants head rotation taken
out too (:mod:`livespot.flow.rigid`).
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from livespot.config import FlowConfig
from livespot.flow.displacement import HALF, ROW, Region, region_flow, widened
from livespot.flow.expansion import BASES, FLOATS, LEVELS, PATCH_PX, Expansion
from livespot.flow.fit import compare
from livespot.flow.mdmo import main_direction
from livespot.flow.rigid import without_rotation
from livespot.flow.simd import LANES
from livespot.types import ROI_RADIUS_PX, STILL_AREAS, Float32Array, Image, Patch

AREA = 2 * ROI_RADIUS_PX + 1
"""Side of an ROI in canonical px."""

BOX_STEP_PX = 4
"""The face box moves by multiples of this, so that the pyramids of both frames line up."""

_REACH_0 = AREA // 2 + HALF  # px of full size around an ROI's centre at which the half-size flow is read
_REACH_1 = _REACH_0 // 2 + 2  # px of half size around the centres at which it is solved
_REACH_2 = (_REACH_1 + HALF) // 2 + 2  # the same at quarter size


class FirstFrames:
    """What pairs need of their first frames, in numbered slots that are used again and again.

    A frame is the second one of 16 pairs when it arrives, and wherever its box has moved its expansion may be read.
    After that it is a first one only, and of its expansion nothing is needed but what lies under its own areas: a
    quarter, kept here without holes, which spares the processor's caches.

    Parameters
    ----------
    slots : int
        About 0.6 MB each.
    config : FlowConfig
        Which regions are measured, and whether the still areas are too.

    Attributes
    ----------
    pictures : (slots, 224 * 224) uint8
        Grey levels of the patches.
    coefficients : (slots, n) float32
        Expansions of the areas, one after the other: quarter size, half size, nose tip, ROIs.
    places : (slots, 2 + 2 A + 4) int64
        Patch origin (2), centres of the A areas, which are the R regions and, where they are wanted, the five still
        areas, and nose-tip area (4), as in :class:`~livespot.types.Patch`.
    relief : (slots, R + 5, 3) float32
        As in :class:`~livespot.types.Patch`.
    noses : (slots, 2) float64
        Nose tips.
    equations, flow : float32
        Scratch, kept because fresh memory costs more than what is computed in it.
    """

    def __init__(self, slots: int, config: FlowConfig) -> None:
        areas = area_count(config)
        self.pictures: Image = np.empty((slots, PATCH_PX**2), np.uint8)
        most = FLOATS + LANES * areas * (AREA + 2 * HALF) ** 2  # if the nose-tip area were the whole patch
        self.coefficients: Float32Array = np.empty((slots, most), np.float32)
        self.places: NDArray[np.int64] = np.empty((slots, 2 + 2 * areas + 4), np.int64)
        self.relief: Float32Array = np.empty((slots, len(config.layout) + STILL_AREAS, 3), np.float32)
        self.noses: NDArray[np.float64] = np.empty((slots, 2), np.float64)
        self.equations: Float32Array = np.empty(LANES * PATCH_PX**2, np.float32)
        self.flow: Float32Array = np.empty((LEVELS, 2 * PATCH_PX**2), np.float32)

    def put(self, slot: int, patch: Patch, expansion: Expansion) -> None:
        """Keep a patch's areas and their expansions in a slot."""
        self.pictures[slot] = patch.image.ravel()
        self.places[slot, :2] = patch.origin
        centres = np.concatenate([patch.centres, patch.still_centres]).ravel()
        self.places[slot, 2:-4] = centres[: self.places.shape[1] - 6]
        self.relief[slot] = patch.relief
        self.places[slot, -4:] = patch.nose_box
        self.noses[slot] = patch.nose
        _keep_areas(expansion.coefficients, self.places[slot], self.coefficients[slot])


class Pairs(NamedTuple):
    """What :func:`measure_pairs` gives of n pairs.

    Attributes
    ----------
    vectors : (n, R, 2) float32
        (dx right, dy down) in canonical px; NaN where a region left the patch.
    heads : (n, 2) float32
        Motion of the nose tip in canonical px; NaN where it left the patch.
    fits : (n, A, 3) float32
        Of the pairs that were to be judged, how well the displaced first picture explains the second one in each of the
        A areas, as :func:`livespot.flow.fit.compare` gives it; NaN elsewhere.
    """

    vectors: Float32Array
    heads: Float32Array
    fits: Float32Array


def measure_pairs(
    firsts: FirstFrames,
    slots: NDArray[np.int64],
    second: Expansion,
    patch: Patch,
    config: FlowConfig,
    judged: NDArray[np.bool_] | None = None,
) -> Pairs:
    """Motion of the regions from each of several frames to one later frame of the same anchor.

    The box of the second frame is moved by the whole pixels that the nose tip's landmark moved; the flow in the
    nose-tip area then gives the head's motion exactly; its whole pixels are taken from every flow vector before, and
    its fraction from every ROI vector after MDMO. 0.15-0.25 ms a pair on one core; Python is left once for all of them.

    Parameters
    ----------
    firsts : FirstFrames
    slots : (n,) int64
        Which of them.
    second, patch : Expansion, Patch
        Of the later frame.
    config : FlowConfig
    judged : (n,) bool, optional
        Of which pairs the fit is wanted; by default of none.
    """
    areas = area_count(config)
    vectors = np.full((len(slots), areas, 2), np.nan, np.float32)
    heads = np.full((len(slots), 2), np.nan, np.float32)
    fits = np.full((len(slots), areas, 3), np.nan, np.float32)
    wanted = np.zeros(len(slots), np.bool_) if judged is None else judged
    _measure(
        firsts.coefficients, firsts.pictures, firsts.places, firsts.noses, slots,
        second.coefficients, patch.image.reshape(-1), patch.origin, patch.nose,
        config.roi_keep, config.nose_keep, wanted, firsts.equations, firsts.flow, vectors, heads, fits,
    )  # fmt: skip
    if config.removes_rotation:
        vectors = without_rotation(vectors, firsts.relief[slots])
    return Pairs(vectors, heads, fits)


def area_count(config: FlowConfig) -> int:
    """How many areas are measured in a pair: the layout's regions, and the still areas if they are wanted."""
    return len(config.layout) + (STILL_AREAS if config.removes_rotation else 0)


def pair_vectors(
    first: Expansion, first_patch: Patch, second: Expansion, second_patch: Patch, config: FlowConfig
) -> tuple[Float32Array, Float32Array]:
    """One pair of :func:`measure_pairs`: vectors (R, 2) and head (2,)."""
    firsts = FirstFrames(1, config)
    firsts.put(0, first_patch, first)
    pairs = measure_pairs(firsts, np.zeros(1, np.int64), second, second_patch, config)
    return pairs.vectors[0], pairs.heads[0]


def box_move(first: Patch, second: Patch) -> NDArray[np.int64]:
    """Whole pixels (x, y), multiples of 4, by which the face box is moved before the flow is measured."""
    steps: NDArray[np.int64] = np.round((second.nose - first.nose) / BOX_STEP_PX).astype(np.int64)
    return BOX_STEP_PX * steps


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _around_rois(place: NDArray[np.int64], unit: int, reach: int) -> Region:
    """Region of a level within ``reach`` px of the box that the areas' centres span."""
    low_x = high_x = place[2] - place[0]
    low_y = high_y = place[3] - place[1]
    for k in range(4, place.size - 4, 2):
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
def _nose_tip(place: NDArray[np.int64]) -> Region:
    return place[-4] - place[0], place[-3] - place[1], place[-2] - place[-4] + 1, place[-1] - place[-3] + 1


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _roi(place: NDArray[np.int64], roi: int) -> Region:
    half = AREA // 2
    return place[2 + 2 * roi] - place[0] - half, place[3 + 2 * roi] - place[1] - half, AREA, AREA


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _measurable(place: NDArray[np.int64]) -> bool:
    around = _around_rois(place, 4, _REACH_2)
    return around[2] > 1 and around[3] > 1 and bool(_inside(_nose_tip(place)))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _keep(whole: Float32Array, base: int, side: int, region: Region, kept: Float32Array, start: int) -> int:
    left, top, width, height = widened(region, side, side)
    for y in range(top, top + height):
        line = base + LANES * (y * side + left)
        kept[start : start + LANES * width] = whole[line : line + LANES * width]
        start += LANES * width
    return start


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _keep_areas(expansion: Float32Array, place: NDArray[np.int64], kept: Float32Array) -> None:
    """Copy what pairs read of their first frame, in the order in which they read it."""
    if not _measurable(place):
        return
    end = _keep(expansion, BASES[2], PATCH_PX // 4, _around_rois(place, 4, _REACH_2), kept, 0)
    end = _keep(expansion, BASES[1], PATCH_PX // 2, _around_rois(place, 2, _REACH_1), kept, end)
    end = _keep(expansion, BASES[0], PATCH_PX, _nose_tip(place), kept, end)
    for roi in range((place.size - 6) // 2):
        if _inside(_roi(place, roi)):
            end = _keep(expansion, BASES[0], PATCH_PX, _roi(place, roi), kept, end)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _measure(
    coefficients: Float32Array, pictures: Image, places: NDArray[np.int64], noses: NDArray[np.float64],
    slots: NDArray[np.int64], second: Float32Array, picture: Image, origin: NDArray[np.int64],
    nose: NDArray[np.float64], roi_keep: float, nose_keep: float, judged: NDArray[np.bool_],
    m: Float32Array, flow: Float32Array, vectors: Float32Array, heads: Float32Array, fits: Float32Array,
) -> None:  # fmt: skip
    lines = np.zeros(LANES * ROW, np.float32)
    at = np.empty(ROW, np.int32)
    for n in range(slots.size):
        first = coefficients[slots[n]]
        place = places[slots[n]]
        if not _measurable(place):
            continue
        move_x = BOX_STEP_PX * int(np.round((nose[0] - noses[slots[n], 0]) / BOX_STEP_PX))
        move_y = BOX_STEP_PX * int(np.round((nose[1] - noses[slots[n], 1]) / BOX_STEP_PX))
        x = move_x + place[0] - origin[0]
        y = move_y + place[1] - origin[1]
        end = _coarse_flow(first, second, place, x, y, m, lines, at, flow)
        around = _around_rois(place, 2, _REACH_1)
        tip = _nose_tip(place)
        end = region_flow(
            first, end, second, BASES[0], PATCH_PX, PATCH_PX, x, y, tip, flow[1], around, m, lines, at, flow[0]
        )  # fmt: skip
        nose_x, nose_y = main_direction(flow[0], tip[2] * tip[3], nose_keep, 0.0, 0.0)
        heads[n, 0] = nose_x + move_x
        heads[n, 1] = nose_y + move_y
        whole_x = np.round(nose_x)
        whole_y = np.round(nose_y)
        for roi in range((place.size - 6) // 2):
            area = _roi(place, roi)
            if not _inside(area):
                continue
            end = region_flow(
                first, end, second, BASES[0], PATCH_PX, PATCH_PX, x, y, area, flow[1], around, m, lines, at, flow[0]
            )  # fmt: skip
            dx, dy = main_direction(flow[0], AREA * AREA, roi_keep, whole_x, whole_y)
            vectors[n, roi, 0] = dx - (nose_x - whole_x)
            vectors[n, roi, 1] = dy - (nose_y - whole_y)
            if judged[n]:
                compare(pictures[slots[n]], picture, area, x, y, flow[0], fits[n, roi])


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _coarse_flow(
    first: Float32Array, second: Float32Array, place: NDArray[np.int64], x: int, y: int,
    m: Float32Array, lines: Float32Array, at: NDArray[np.int32], flow: Float32Array,
) -> int:  # fmt: skip
    """Flow around all areas at quarter and half size, into ``flow[2]`` and ``flow[1]``; where the first frame's end."""
    around_2 = _around_rois(place, 4, _REACH_2)
    side = PATCH_PX // 4
    end = region_flow(
        first, 0, second, BASES[2], side, side, x // 4, y // 4,
        around_2, flow[1], (0, 0, 0, 0), m, lines, at, flow[2],
    )  # fmt: skip
    side = PATCH_PX // 2
    rest: int = region_flow(
        first, end, second, BASES[1], side, side, x // 2, y // 2,
        _around_rois(place, 2, _REACH_1), flow[2], around_2, m, lines, at, flow[1],
    )  # fmt: skip
    return rest
