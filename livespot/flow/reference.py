"""The definition of SW-MRO, sliding-window multi-resolution optical flow (SpotFormer paper, section 3.1).

Of a window of w = 17 frames whose first frame is r, for each later frame s = r + 1 … r + 16:

1. Farneback flow r → s in the nose-tip area, reduced to one vector, is the global motion of the head; the face box of
   frame s is moved by it (:func:`livespot.flow.pair.box_move` by whole pixels, the rest is taken from the vectors).
2. Farneback flow r → s in the moved box, in each region, is reduced to one vector by MDMO
   (:mod:`livespot.flow.mdmo`, paper equation 1); the motion of the nose tip is subtracted.
3. With ``alignment = "rigid"``, which is livespot's own, growth and rotation of the head are subtracted too
   (:mod:`livespot.flow.rigid`).

The vectors o_{r,s} of the R regions are rows of the window's features o: (17, R, 2), with o_{r,r} = 0.

A whole flow field is computed for every pair, every window anew: 5-7 ms a pair. The fast way,
:mod:`livespot.flow.sliding`, must agree with this file; the benchmark and the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from livespot.config import FlowConfig
from livespot.cv import cv2
from livespot.flow.displacement import HALF
from livespot.flow.mdmo import main_direction
from livespot.flow.pair import AREA, area_count, box_move
from livespot.flow.rigid import without_rotation
from livespot.types import WINDOW_FRAMES, Float32Array, Image, Patch

MARGIN = AREA // 2 + HALF
"""Areas whose centre lies nearer to the edge of the patch cannot be measured."""

Draw = Callable[[int, NDArray[np.int64]], Image]
"""(which frame of the window, origin) -> (224, 224) uint8: its picture on the first frame's grid, cut at an origin."""


def reference_window(patches: Sequence[Patch], draw: Draw, config: FlowConfig) -> Float32Array:
    """The features of one window.

    Parameters
    ----------
    patches : sequence of Patch
        Of the 17 frames, all of one anchor.
    draw : callable
        Draws any of the frames at any place of the anchor's grid.
    config : FlowConfig

    Returns
    -------
    (17, R, 2) float32
        (frame, region, (dx right, dy down)) in canonical px.
    """
    features = np.zeros((WINDOW_FRAMES, len(config.layout), 2), np.float32)
    first = patches[0]
    for k in range(1, len(patches)):
        second = draw(k, first.origin + box_move(first, patches[k]))
        features[k], _ = reference_vectors(first.image, second, first, config)
    return features


def reference_vectors(
    first_crop: Image, second_crop: Image, first: Patch, config: FlowConfig
) -> tuple[Float32Array, Float32Array]:
    """Motion of the regions between two crops, by OpenCV's Farneback on all of both.

    Parameters
    ----------
    first_crop, second_crop : (224, 224) uint8
        The first frame's patch and, on the same grid, the second frame's picture in the moved box
        (:func:`livespot.flow.pair.box_move`).
    first : Patch
        Where the ROIs and the nose-tip area are.
    config : FlowConfig

    Returns
    -------
    vectors : (R, 2) float32
        (dx right, dy down) in canonical px, freed of the nose tip's motion, and of the head's rotation where the
        configuration says so.
    head : (2,) float32
        Motion of the nose tip that the moved box left.
    """
    field = cv2.calcOpticalFlowFarneback(
        first_crop, second_crop, np.empty((*first_crop.shape, 2), np.float32),
        pyr_scale=0.5, levels=3, winsize=15, iterations=1, poly_n=5, poly_sigma=config.poly_sigma, flags=0,
    )  # fmt: skip
    flow = np.asarray(field, np.float32)
    x0, y0, x1, y1 = first.nose_box - np.tile(first.origin, 2)
    head = _mdmo(flow[y0 : y1 + 1, x0 : x1 + 1], config.nose_keep, np.zeros(2, np.float32))
    whole = np.round(head)
    vectors = np.full((area_count(config), 2), np.nan, np.float32)
    half = AREA // 2
    centres = np.concatenate([first.centres, first.still_centres])[: len(vectors)] - first.origin
    for roi, (x, y) in enumerate(centres):
        if min(x, y) >= MARGIN and max(x, y) < len(first_crop) - MARGIN:
            area = flow[y - half : y + half + 1, x - half : x + half + 1]
            vectors[roi] = _mdmo(area, config.roi_keep, whole) - (head - whole)
    if config.removes_rotation:
        vectors = without_rotation(vectors[None], first.relief[None])[0]
    return vectors, head


def _mdmo(area: Float32Array, keep: float, shift: Float32Array) -> Float32Array:
    size = area.shape[0] * area.shape[1]
    flat = np.ascontiguousarray(area.transpose(2, 0, 1)).reshape(2 * size)
    return np.array(main_direction(flat, size, keep, float(shift[0]), float(shift[1])), np.float32)
