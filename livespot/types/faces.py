"""The face in a model frame: found, then cut out on a canonical grid."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from livespot.types.frames import Float32Array, Image, ModelFrame


class FaceState(StrEnum):
    """What stands between the camera and a measurement; each value is what the user reads."""

    OK = "face found"
    NO_FACE = "no face"
    TOO_SMALL = "face too small: move closer"
    TURNED_AWAY = "face turned away"
    HIDDEN = "face partly hidden"
    TOO_DARK = "too dark"


@dataclass(frozen=True, slots=True)
class Landmarks:
    """The face in one picture.

    Attributes
    ----------
    points : (68, 2) float32
        iBUG order, (x right, y down) in px of the camera picture; pixel centres are whole numbers.
    mesh : (478, 3) float32
        MediaPipe's mesh in the same px; z has the scale of x, towards the camera negative.
    """

    points: Float32Array
    mesh: Float32Array

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Bounding box of the mesh: (x0, y0, x1, y1) in camera px."""
        low, high = self.mesh[:, :2].min(axis=0), self.mesh[:, :2].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@dataclass(frozen=True, slots=True)
class FaceFrame:
    """A model frame with the face that was found in it; ``landmarks`` is None unless ``state`` is OK."""

    frame: ModelFrame
    landmarks: Landmarks | None
    state: FaceState


@dataclass(frozen=True, slots=True)
class Patch:
    """The face on the canonical grid of one anchor.

    An *anchor* is a similarity transform from the camera picture to a grid on which the face is upright and
    its outer eye corners are 90 px apart. It is held fixed for many frames, so the pixels of two patches of
    one anchor can be compared without any resampling jitter.

    Attributes
    ----------
    anchor : int
        Which anchor; patches of different anchors must never be compared.
    image : (224, 224) uint8
        Grey levels.
    origin : (2,) int64
        (x, y) of ``image[0, 0]`` on the anchor's grid, multiples of 4 so that pyramids line up.
    centres : (R, 2) int64
        Centres (x, y) of the layout's regions on the grid.
    still_centres : (5, 2) int64
        Centres of the areas that no expression moves much, on the grid.
    relief : (R + 5, 3) float32
        Places of the regions and the five still areas against the middle of the nose-tip area: (right, down, away
        from the camera) in canonical px.
    nose_box : (4,) int64
        Nose-tip area (x0, y0, x1, y1) on the grid, inclusive.
    nose : (2,) float64
        Nose tip (landmark 30) on the grid.
    px_per_camera_px : float
        Canonical px per camera px.
    matrix : (2, 2) float64
        From px of the camera picture to the grid; the origins are one.
    """

    anchor: int
    image: Image
    origin: NDArray[np.int64]
    centres: NDArray[np.int64]
    still_centres: NDArray[np.int64]
    relief: Float32Array
    nose_box: NDArray[np.int64]
    nose: NDArray[np.float64]
    px_per_camera_px: float
    matrix: NDArray[np.float64] = field(default_factory=lambda: np.eye(2))


@dataclass(frozen=True, slots=True)
class CanonicalFace:
    """A model frame ready for the flow: ``patches`` is empty where there is no face.

    ``patches[0]`` belongs to the newest anchor, on which windows starting at this frame are measured; a second one
    serves the windows that began before the anchor last changed. ``region_points`` (R, 2) float32 are the centres of
    the layout's regions in px of the camera picture, None without a face.
    """

    frame: ModelFrame
    landmarks: Landmarks | None
    state: FaceState
    patches: tuple[Patch, ...]
    region_points: Float32Array | None = None
