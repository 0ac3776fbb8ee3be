"""MediaPipe's 478 mesh points to the 68 landmarks of iBUG, and the landmarks that the method uses.

The map is data: one entry for each of the 68, a mesh index or a pair whose mean is taken.
"""

from __future__ import annotations

import numpy as np

from livespot.regions import PAPER, RegionLayout
from livespot.types import Float32Array

MESH_POINTS = 478
"""Points of MediaPipe's face mesh, the ten of the irises included."""

_MAP: tuple[int | tuple[int, int], ...] = (
    # jaw 0-16
    127, 234, 93, (132, 58), (58, 172), 136, 150, 176, 152, 400, 379, 365, (397, 288), 361, 323, 454, 356,
    # brows 17-21, 22-26
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
    # nose 27-35
    (168, 6), (197, 195), 5, 4, 75, 97, 2, 326, 305,
    # eyes 36-41, 42-47
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    # outer lip 48-59
    61, 39, 37, 0, 267, 269, 291, 321, 314, 17, 84, 91,
    # inner lip 60-67
    78, 82, 13, 312, 308, 317, 14, 87,
)  # fmt: skip

_FIRST = np.array([m if isinstance(m, int) else m[0] for m in _MAP])
_SECOND = np.array([m if isinstance(m, int) else m[1] for m in _MAP])

ROI_LANDMARKS: tuple[int, ...] = (20, 19, 18, 23, 24, 25, 48, 54, 51, 57)
"""Node order of the graph: one eyebrow from inner to outer, the other, mouth corners, upper lip, lower lip."""

OUTER_EYE_LANDMARKS: tuple[int, int] = (36, 45)
INNER_EYE_LANDMARKS: tuple[int, int] = (39, 42)
OUTER_EYE_MESH: tuple[int, int] = (33, 263)
NOSE_LANDMARKS: tuple[int, int] = (29, 30)
NOSE_TIP: int = 30
STILL_MESH: tuple[int, ...] = (197, 122, 351, 34, 264)
"""The ridge of the nose, its sides below the inner eye corners, and the temples beside the outer ones: of ten places
tried on real talkers, those whose motion a turning head explains best."""


def region_centres(mesh: Float32Array, layout: RegionLayout) -> Float32Array:
    """Centres of a layout's regions, each the mean of its mesh points: (478, 3) float32 to (R, 3) float32, same px."""
    centres = [mesh[list(region.mesh)].mean(axis=0) for region in layout.regions]
    return np.asarray(centres, np.float32)


FOLLOWED_MESH: tuple[int, ...] = (
    168, 6, 197, 195, 5, 4,  # ridge of the nose
    122, 351, 48, 278, 64, 294, 45, 275,  # its sides and wings
    34, 264, 127, 356, 143, 372,  # temples
    33, 133, 362, 263,  # eye corners
    151, 9, 108, 337, 69, 299, 10,  # forehead
    117, 346, 111, 340, 50, 280,  # upper cheeks
)  # fmt: skip
"""Points spread over the face that expressions move little: what :mod:`livespot.face.carry` follows."""


def relief(mesh: Float32Array, layout: RegionLayout = PAPER) -> Float32Array:
    """Places of the R regions of a layout and the five still areas against the middle of the nose-tip area.

    (478, 3) float32 to (R + 5, 3) float32, (right, down, away from the camera) in the same px.
    """
    all_68 = (mesh[_FIRST] + mesh[_SECOND]) * np.float32(0.5)
    nose = all_68[list(NOSE_LANDMARKS)].mean(axis=0)
    places = np.concatenate([region_centres(mesh, layout), mesh[list(STILL_MESH)]]) - nose
    return np.asarray(places, np.float32)


def to_68(mesh: Float32Array) -> Float32Array:
    """The 68 landmarks of a mesh: (478, 3) float32 to (68, 2) float32, same px."""
    points: Float32Array = ((mesh[_FIRST, :2] + mesh[_SECOND, :2]) * np.float32(0.5)).astype(np.float32)
    return points
