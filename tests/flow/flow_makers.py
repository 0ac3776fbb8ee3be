"""Made-up faces: smooth random texture on a large canvas, moved by known fields, cut like canonical patches."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from livespot.types import CanonicalFace, FaceState, ModelFrame, Patch

SIZE = 400
MIDDLE = np.array([200.0, 200.0])
CENTRES = MIDDLE + np.array(
    [
        (-18, -57),
        (-31, -58),
        (-43, -53),
        (31, -58),
        (44, -57),
        (54, -53),
        (-24, 48),
        (24, 47),
        (0, 40),
        (1, 58),
    ]
)
NOSE = MIDDLE + np.array([0.0, 5.0])
STILL = MIDDLE + np.array([(0, -7), (-12, -12), (12, -12), (-52, -8), (52, -8)])
RELIEF = np.column_stack([np.concatenate([CENTRES, STILL]) - NOSE, np.linspace(2.0, 30.0, 15)])

Canvas = NDArray[np.uint8]
Field = Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]


def texture(seed: int) -> Canvas:
    """Grey levels with detail of 3 to 20 px, as skin, brows and lips have it."""
    rng = np.random.default_rng(seed)
    out = np.zeros((SIZE, SIZE))
    for sigma, weight in ((2.0, 1.0), (4.0, 1.5), (9.0, 2.0)):
        layer = cv2.GaussianBlur(rng.normal(size=(SIZE, SIZE)), (0, 0), sigma)
        out += weight * layer / layer.std()
    return np.clip(128 + 22 * out, 0, 255).astype(np.uint8)


def moved(canvas: Canvas, field: Field) -> Canvas:
    """The canvas after every point x went to x + field(x), for fields that vary slowly."""
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float64)
    from_x, from_y = x.copy(), y.copy()
    for _ in range(8):  # the inverse, by fixed-point iteration
        dx, dy = field(from_x, from_y)
        from_x, from_y = x - dx, y - dy
    return cv2.remap(
        canvas,
        from_x.astype(np.float32),
        from_y.astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT,
    )


def shift(dx: float, dy: float) -> Field:
    return lambda x, y: (np.full_like(x, dx), np.full_like(y, dy))


def face_motion(head: tuple[float, float], roll: float, smile: float, brow: float) -> Field:
    """Head shift and roll, mouth corners pulled outwards and up, brows raised."""

    def field(
        x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rx, ry = x - NOSE[0], y - NOSE[1]
        dx = head[0] + (np.cos(roll) - 1) * rx - np.sin(roll) * ry
        dy = head[1] + np.sin(roll) * rx + (np.cos(roll) - 1) * ry
        for corner, sign in ((CENTRES[6], -1.0), (CENTRES[7], 1.0)):
            near = np.exp(-((x - corner[0]) ** 2 + (y - corner[1]) ** 2) / (2 * 16.0**2))
            dx, dy = dx + sign * smile * near, dy - 0.5 * smile * near
        near = np.exp(-((y - CENTRES[1][1]) ** 2) / (2 * 14.0**2))
        return dx, dy - brow * near

    return field


def cut(canvas: Canvas, origin: NDArray[np.int64], grid: NDArray[np.int64] | None = None) -> Canvas:
    """224×224 px at ``origin`` of an anchor's grid whose zero lies at ``grid`` of the canvas."""
    x, y = origin + (0 if grid is None else grid)
    return np.ascontiguousarray(canvas[y : y + 224, x : x + 224])


def patch(
    canvas: Canvas, head: tuple[float, float] = (0.0, 0.0), anchor: int = 1, grid: tuple[int, int] = (0, 0)
) -> Patch:
    """What the canonical crop gives for a face that moved by ``head``."""
    zero = np.array(grid)
    centres = np.round(CENTRES + head - zero).astype(np.int64)
    middle = (centres.min(axis=0) + centres.max(axis=0)) / 2
    origin = 4 * np.round((middle - 112) / 4).astype(np.int64)
    nose = NOSE + head - zero
    return Patch(
        anchor=anchor,
        image=cut(canvas, origin, zero),
        origin=origin,
        centres=centres,
        still_centres=np.round(STILL + head - zero).astype(np.int64),
        relief=RELIEF.astype(np.float32),
        nose_box=np.round(np.concatenate([nose - (6, 14), nose - (-6, -8)])).astype(np.int64),
        nose=nose,
        px_per_camera_px=1.0,
    )


def face(index: int, *patches: Patch) -> CanonicalFace:
    """A canonical face; without patches, a frame in which there is none."""
    frame = ModelFrame(index, index, index / 30, np.zeros((2, 2, 3), np.uint8), 30.0)
    return CanonicalFace(frame, None, FaceState.OK if patches else FaceState.NO_FACE, patches)
