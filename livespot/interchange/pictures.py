"""Pictures for a report: the face cut out, made unrecognisable on request, its motion enlarged; as data URIs.

All landmarks are (68, 2) in iBUG order, px of the picture they belong to.
"""

from __future__ import annotations

import base64
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from livespot.cv import cv2
from livespot.types import Float32Array, Image

Blur = Literal["none", "eyes", "face"]

WIDTH_PX = 240
"""Width of a face in a report; a micro-expression of a 90 px eye distance is still to be seen."""

_MARGIN = 0.35  # around the landmarks, as a share of their larger side
_EYES = slice(36, 48)
_STEADY = np.array(
    [27, 28, 29, 30, 36, 39, 42, 45]
)  # nose bridge and eye corners: the head, not its expression
_MOSAIC_CELLS = 6  # over the longer side of what is hidden: too few to know anyone by
_TARGET = 0.06  # of the face's width: what the strongest motion is enlarged to
_MOST = 8.0  # times; beyond, noise is enlarged too
_JPEG_QUALITY = 85

Box = tuple[int, int, int, int]


def face_box(points: Float32Array, image: Image) -> Box:
    """A square around the face (x0, y0, x1, y1) that lies in the picture."""
    low, high = points.min(axis=0), points.max(axis=0)
    centre, half = (low + high) / 2, float((high - low).max()) * (0.5 + _MARGIN)
    height, width = image.shape[:2]
    x0, y0 = np.floor(centre - half).astype(int)
    x1, y1 = np.ceil(centre + half).astype(int)
    return max(int(x0), 0), max(int(y0), 0), min(int(x1), width), min(int(y1), height)


def blurred(image: Image, points: Float32Array, what: Blur) -> Image:
    """A copy in which the eyes, or the whole face, are a mosaic of a few cells.

    The mean of each cell is all that is left, so nothing can be sharpened back.
    """
    if what == "none":
        return image
    part = points[_EYES] if what == "eyes" else points
    low, high = part.min(axis=0), part.max(axis=0)
    grow = (high - low).max() * (0.25 if what == "eyes" else _MARGIN)
    height, width = image.shape[:2]
    x0, y0 = np.clip(np.floor(low - grow), 0, (width, height)).astype(int)
    x1, y1 = np.clip(np.ceil(high + grow), 0, (width, height)).astype(int)
    hidden = image.copy()
    if x1 - x0 < 1 or y1 - y0 < 1:
        return hidden
    area = hidden[y0:y1, x0:x1]
    cell = max(area.shape[:2]) / _MOSAIC_CELLS
    cells = (max(round(area.shape[1] / cell), 1), max(round(area.shape[0] / cell), 1))
    coarse = cv2.resize(area, cells, interpolation=cv2.INTER_AREA)
    hidden[y0:y1, x0:x1] = cv2.resize(coarse, (area.shape[1], area.shape[0]), interpolation=cv2.INTER_NEAREST)
    return hidden


def cut(image: Image, box: Box) -> Image:
    """The part of the picture in ``box``, :data:`WIDTH_PX` wide."""
    x0, y0, x1, y1 = box
    area = image[y0:y1, x0:x1]
    height = max(round(WIDTH_PX * area.shape[0] / max(area.shape[1], 1)), 1)
    shrinking = area.shape[1] > WIDTH_PX
    way = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(area, (WIDTH_PX, height), interpolation=way), np.uint8)


def data_uri(image: Image) -> str:
    """A JPEG in the page itself."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")


def enlarged_motion(
    onset: Image, onset_points: Float32Array, apex: Image, apex_points: Float32Array, box: Box
) -> tuple[Image, float]:
    """The onset picture with the motion up to the apex enlarged: (face cut out, how many times).

    The head's own motion (a similarity of the nose bridge and the eye corners) is taken out first; what remains
    is measured densely and the onset picture is moved by a multiple of it, so that the strongest motion spans 6 % of
    the face, but never more than eight times. Cost: about 10 ms.
    """
    steady = similarity(apex_points[_STEADY], onset_points[_STEADY])
    height, width = onset.shape[:2]
    held = cv2.warpAffine(
        apex, steady, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    first, second = cut(onset, box), cut(np.asarray(held, np.uint8), box)
    grey = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in (first, second)]
    flow = cv2.calcOpticalFlowFarneback(
        grey[0], grey[1], np.zeros((*grey[0].shape, 2), np.float32), 0.5, 3, 21, 3, 7, 1.5, 0
    )
    flow = cv2.GaussianBlur(flow, (0, 0), 2.0)
    strongest = float(np.percentile(np.hypot(flow[..., 0], flow[..., 1]), 99))
    times = float(np.clip(_TARGET * WIDTH_PX / max(strongest, 1e-6), 1.0, _MOST))
    rows, columns = np.mgrid[0 : first.shape[0], 0 : first.shape[1]].astype(np.float32)
    moved = cv2.remap(
        first,
        columns - np.float32(times) * flow[..., 0],
        rows - np.float32(times) * flow[..., 1],
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved, np.uint8), times


def similarity(source: Float32Array, target: Float32Array) -> NDArray[np.float64]:
    """Least-squares rotation, scale and shift (2, 3) that brings points ``source`` (n, 2) onto ``target``."""
    a, b = source.astype(np.float64), target.astype(np.float64)
    from_a, from_b = a - a.mean(axis=0), b - b.mean(axis=0)
    spread = max(float((from_a**2).sum()), 1e-12)
    cos = float((from_a * from_b).sum()) / spread
    sin = float((from_a[:, 0] * from_b[:, 1] - from_a[:, 1] * from_b[:, 0]).sum()) / spread
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([turn, b.mean(axis=0) - turn @ a.mean(axis=0)])
