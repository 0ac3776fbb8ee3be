"""A made-up face: a texture and a mesh on the canonical grid, drawn into camera pictures of any size and roll."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from livespot.face.mesh_map import to_68
from livespot.types import FaceFrame, FaceState, Landmarks, ModelFrame

# Mesh points that the method uses, in px around the nose tip of a face whose outer eye corners are 90 px apart.
PLACES = {
    33: (-45, -35), 263: (45, -35), 133: (-17, -33), 362: (17, -33), 4: (0, 0), 5: (0, -9),
    66: (-18, -58), 105: (-31, -60), 63: (-43, -55), 296: (18, -58), 334: (31, -60), 293: (43, -55),
    61: (-24, 42), 291: (24, 42), 0: (0, 32), 17: (0, 52),
}  # fmt: skip


def template() -> NDArray[np.float64]:
    """(478, 3): the points above, all others spread over the face."""
    rng = np.random.default_rng(0)
    mesh = np.column_stack([rng.uniform(-65, 65, 478), rng.uniform(-85, 85, 478), np.zeros(478)])
    mesh[:4, :2] = (-65, 0), (65, 0), (0, -85), (0, 85)
    for index, place in PLACES.items():
        mesh[index, :2] = place
    return mesh


@cache
def texture() -> NDArray[np.uint8]:
    """(600, 600, 3): grey levels around the nose tip at (300, 300), three px for one of the canonical grid."""
    noise = np.random.default_rng(1).normal(size=(600, 600))
    smooth = cv2.GaussianBlur(noise, (0, 0), 12)
    grey = np.clip(128 + 45 * smooth / smooth.std(), 0, 255).astype(np.uint8)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def drawn(
    index: int = 0,
    eye_distance: float = 90.0,
    roll: float = 0.0,
    nose: tuple[float, float] = (320.0, 240.0),
    noise_px: float = 0.0,
    size: tuple[int, int] = (640, 480),
) -> FaceFrame:
    """The face in a camera picture, with its landmarks; ``noise_px`` makes the landmarks tremble, not the picture."""
    scale = eye_distance / 90.0
    turn = scale * np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    matrix = np.column_stack([turn / 3, nose - turn @ [100.0, 100.0]])
    flags = cv2.INTER_AREA if scale < 2 else cv2.INTER_LINEAR
    image = cv2.warpAffine(texture(), matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    mesh = template()
    mesh[:, :2] = mesh[:, :2] @ turn.T + nose
    mesh += np.random.default_rng(index).normal(scale=noise_px, size=mesh.shape)
    mesh = mesh.astype(np.float32)
    frame = ModelFrame(index, index, index / 30, image, 30.0)
    return FaceFrame(frame, Landmarks(to_68(mesh), mesh), FaceState.OK)
