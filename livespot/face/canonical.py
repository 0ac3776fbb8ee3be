"""Face to canonical patch: upright, one size, and free of jitter from frame to frame.

Landmarks tremble by 0.15-0.3 px, which is as much as a micro-expression. So the transform is not made anew for each
frame: an *anchor* is held while the face keeps its size and roll, and translation is followed by whole pixels of the
anchor's own grid, which resamples nothing. When the anchor changes, frames are drawn on both grids until the windows
that began on the old one are complete.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livespot.config import FlowConfig
from livespot.cv import cv2
from livespot.face.mesh_map import (
    INNER_EYE_LANDMARKS,
    NOSE_LANDMARKS,
    NOSE_TIP,
    OUTER_EYE_LANDMARKS,
    OUTER_EYE_MESH,
    STILL_MESH,
    region_centres,
    relief,
)
from livespot.types import WINDOW_FRAMES, CanonicalFace, FaceFrame, Image, Landmarks, Patch

PATCH_WIDTH = 224  # brows span 100 px, brow to lower lip 110 px; the rest is what the flow needs around them
PATCH_HEIGHT = 224
_MIDDLE_FROM_NOSE = np.array([0.0, 4.0])  # midway between brows and lower lip, more room for the jaw
_MAX_SCALE_CHANGE = 1.10  # of the face against its anchor
_MAX_ROLL_RAD = float(np.deg2rad(7.0))
_FINEST_REDUCTION = 1.6  # canonical px covering more camera px than this are averaged, not sampled


@dataclass(frozen=True, slots=True)
class Anchor:
    """A held similarity from the camera picture to the canonical grid: ``grid = matrix @ camera``.

    ``matrix`` is (2, 2) float64; the camera's origin maps to the grid's. ``inverse`` leads back. ``reduction`` camera
    px are averaged into one before sampling, so that a large face does not alias.
    """

    number: int
    matrix: NDArray[np.float64]
    inverse: NDArray[np.float64]
    eye_distance_px: float
    roll_rad: float
    reduction: int

    @property
    def scale(self) -> float:
        """Canonical px per camera px."""
        return float(np.hypot(self.matrix[0, 0], self.matrix[1, 0]))

    def to_grid(self, points: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Camera px (n, 2) to the anchor's grid (n, 2)."""
        grid: NDArray[np.float64] = points.astype(np.float64) @ self.matrix.T
        return grid


class CanonicalCrop:
    """Step: :class:`FaceFrame` to :class:`CanonicalFace`.

    Parameters
    ----------
    config : FlowConfig
        For the canonical eye distance, the regions and the nose-tip area.
    """

    def __init__(self, config: FlowConfig) -> None:
        self._config = config
        self._anchors: list[Anchor] = []  # newest first, at most two
        self._age = 0
        self._made = 0

    def step(self, face: FaceFrame) -> CanonicalFace:
        """Draw the face on the grid of every anchor that still has open windows; 0.3 ms each."""
        if face.landmarks is None:
            self.reset()
            return CanonicalFace(face.frame, None, face.state, ())
        self._hold_or_renew(face.landmarks, (WINDOW_FRAMES - 1) * face.frame.phases)
        grey = _GreyFace(face.frame.image, face.landmarks)
        patches = tuple(self._draw(anchor, face.landmarks, grey) for anchor in self._anchors)
        places = region_centres(face.landmarks.mesh, self._config.layout)[:, :2]
        return CanonicalFace(face.frame, face.landmarks, face.state, patches, places)

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The anchors of the last step's patches, in their order."""
        return tuple(self._anchors)

    def reset(self) -> None:
        """Forget the anchors, as when the face is lost; numbers are never used twice."""
        self._anchors = []
        self._age = 0

    def _hold_or_renew(self, landmarks: Landmarks, open_frames: int) -> None:
        self._age += 1
        if len(self._anchors) == 2 and self._age >= open_frames:  # the last window on it is complete
            self._anchors.pop()
        eyes = landmarks.mesh[list(OUTER_EYE_MESH)].astype(np.float64)
        # In space, so that turning the head is not taken for going away.
        distance = float(np.linalg.norm(eyes[1] - eyes[0]))
        left, right = landmarks.points[list(OUTER_EYE_LANDMARKS)].astype(np.float64)
        roll = float(np.arctan2(right[1] - left[1], right[0] - left[0]))
        if self._anchors:
            held = self._anchors[0]
            change = max(distance / held.eye_distance_px, held.eye_distance_px / distance)
            turned = abs((roll - held.roll_rad + np.pi) % (2 * np.pi) - np.pi)
            if len(self._anchors) == 2 or (change <= _MAX_SCALE_CHANGE and turned <= _MAX_ROLL_RAD):
                return
        self._anchors.insert(0, self._anchor(distance, roll))
        self._age = 0

    def _anchor(self, eye_distance_px: float, roll_rad: float) -> Anchor:
        scale = self._config.eye_distance_px / eye_distance_px
        cosine, sine = scale * np.cos(roll_rad), scale * np.sin(roll_rad)
        matrix = np.array([[cosine, sine], [-sine, cosine]])
        self._made += 1
        # Inverted once: a call of LAPACK for every frame keeps OpenBLAS's second thread spinning, most of a core.
        inverse = np.linalg.inv(matrix)
        reduction = max(int(1 / scale / _FINEST_REDUCTION + 0.5), 1)
        return Anchor(self._made, matrix, inverse, eye_distance_px, roll_rad, reduction)

    def _draw(self, anchor: Anchor, landmarks: Landmarks, grey: _GreyFace) -> Patch:
        points = anchor.to_grid(landmarks.points)
        layout = self._config.layout
        centres = anchor.to_grid(region_centres(landmarks.mesh, layout)[:, :2])
        still = anchor.to_grid(landmarks.mesh[list(STILL_MESH), :2])
        places = relief(landmarks.mesh, layout).astype(np.float64)
        placed = np.column_stack([anchor.to_grid(places[:, :2]), anchor.scale * places[:, 2]])
        # By the nose, which the face box of the flow follows too: the patches of a pair then cover the same skin.
        middle = points[NOSE_TIP] + _MIDDLE_FROM_NOSE
        size = np.array([PATCH_WIDTH, PATCH_HEIGHT])
        origin = 4 * np.round((middle - size / 2) / 4).astype(np.int64)
        return Patch(
            anchor=anchor.number,
            image=grey.warp(anchor, origin),
            origin=origin,
            centres=np.round(centres).astype(np.int64),
            still_centres=np.round(still).astype(np.int64),
            relief=placed.astype(np.float32),
            nose_box=self._nose_box(points),
            nose=points[NOSE_TIP].copy(),
            px_per_camera_px=anchor.scale,
            matrix=anchor.matrix,
        )

    def _nose_box(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        nose = points[list(NOSE_LANDMARKS)]
        inner = points[list(INNER_EYE_LANDMARKS)]
        grow = self._config.nose_grow * 0.5 * float(np.linalg.norm(inner[1] - inner[0]))
        low, high = nose.min(axis=0) - grow, nose.max(axis=0) + grow
        box: NDArray[np.int64] = np.round(np.concatenate([low, high])).astype(np.int64)
        return box


def draw_box(image: Image, landmarks: Landmarks, anchor: Anchor, origin: NDArray[np.int64]) -> Image:
    """A picture's face on an anchor's grid, as in a :class:`Patch`, but cut at any ``origin``: (224, 224) uint8."""
    return _GreyFace(image, landmarks).warp(anchor, origin)


class _GreyFace:
    """The grey levels around the face, made once per frame for all anchors and reductions."""

    def __init__(self, image: Image, landmarks: Landmarks) -> None:
        x0, y0, x1, y1 = landmarks.box
        margin = 0.6 * max(x1 - x0, y1 - y0)
        height, width = image.shape[:2]
        # Corners on multiples of 24, so that averaged px (2, 3, 4 …) always cover the same camera px.
        left = max(int((x0 - margin) // 24) * 24, 0)
        top = max(int((y0 - margin) // 24) * 24, 0)
        right = min(int((x1 + margin) // 24 + 1) * 24, width)
        bottom = min(int((y1 + margin) // 24 + 1) * 24, height)
        self._corner = np.array([left, top], np.float64)
        grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
        self._reduced: dict[int, Image] = {1: np.asarray(grey, np.uint8)}

    def warp(self, anchor: Anchor, origin: NDArray[np.int64]) -> Image:
        """The patch of an anchor at ``origin`` of its grid: (224, 224) uint8."""
        n = anchor.reduction
        if n not in self._reduced:
            self._reduced[n] = _reduce(self._reduced[1], n)
        inverse = anchor.inverse
        # grid -> camera -> averaged px of the cut-out; px centres are whole numbers on each.
        offset = (inverse @ origin - self._corner + 0.5) / n - 0.5
        matrix = np.column_stack([inverse / n, offset])
        warped = cv2.warpAffine(
            self._reduced[n],
            matrix,
            (PATCH_WIDTH, PATCH_HEIGHT),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(warped, np.uint8)


def _reduce(grey: Image, n: int) -> Image:
    height, width = max(grey.shape[0] // n, 1), max(grey.shape[1] // n, 1)
    reduced = cv2.resize(grey[: height * n, : width * n], (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, np.uint8)
