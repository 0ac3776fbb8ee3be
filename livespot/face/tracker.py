"""Model frame to face: the largest face, kept the same person while it stays in view.

MediaPipe follows a face from picture to picture, so each picture is given to it exactly once and in order. Its answer
depends on what it saw before; that is why the same frames give the same landmarks, and another starting frame does not.

Of a fast camera it gets 60 to 100 frames a second, and between two looks the face stays where it was seen last. That
moves the ROI vectors by less than beginning five frames later does.
"""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType

import numpy as np

from livespot.config import FaceConfig
from livespot.face.landmarker import FaceLandmarker
from livespot.face.mesh_map import NOSE_TIP, OUTER_EYE_LANDMARKS, OUTER_EYE_MESH, ROI_LANDMARKS, to_68
from livespot.types import FaceFrame, FaceState, Float32Array, Image, Landmarks, ModelFrame

LOOKS_PER_PERIOD = 2
"""Frames looked at, at least, from one frame of a window to the next, when every frame of a fast camera counts."""

_SAME_PERSON = 0.3  # share of the smaller box; a head moves by a few per cent of its size from frame to frame


class FaceTracker:
    """Step: :class:`ModelFrame` to :class:`FaceFrame`. Not for two threads at once.

    Parameters
    ----------
    config : FaceConfig
    """

    def __init__(self, config: FaceConfig) -> None:
        self._config = config
        self._landmarker: FaceLandmarker | None = None
        self._clock_ms = 0.0
        self._clock_index = 0
        self._last_box: tuple[float, float, float, float] | None = None
        self._seen: FaceFrame | None = None

    def step(self, frame: ModelFrame) -> FaceFrame:
        """Find the face, or say where it was a moment ago. ``landmarks`` is None unless the face can be measured."""
        # By the frame's own number: the same frames are looked at wherever a run begins.
        if self._seen is None or frame.index % max(1, frame.phases // LOOKS_PER_PERIOD) == 0:
            self._seen = self._look(frame)
            return self._seen
        return replace(self._seen, frame=frame)

    def _look(self, frame: ModelFrame) -> FaceFrame:
        meshes = self._detect(frame)
        if not meshes:
            self._last_box = None
            dark = float(frame.image[::8, ::8].mean()) < self._config.min_brightness
            return FaceFrame(frame, None, FaceState.TOO_DARK if dark else FaceState.NO_FACE)
        landmarks = self._same_person([Landmarks(to_68(mesh), mesh) for mesh in meshes])
        if landmarks is None:
            # One frame of nothing between two people, so that no window compares them.
            self._last_box = None
            return FaceFrame(frame, None, FaceState.NO_FACE)
        self._last_box = landmarks.box
        state = self._judge(landmarks, frame.image)
        return FaceFrame(frame, landmarks if state is FaceState.OK else None, state)

    def reset(self) -> None:
        """Forget the past, as after a gap in the stream."""
        self.close()
        self._last_box = self._seen = None

    def close(self) -> None:
        """Free the model."""
        if self._landmarker is not None:
            self._landmarker.close()
            self._landmarker = None

    def __enter__(self) -> FaceTracker:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the model."""
        self.close()

    def _detect(self, frame: ModelFrame) -> list[Float32Array]:
        if self._landmarker is None:
            self._landmarker = FaceLandmarker(self._config)
            self._clock_ms, self._clock_index = 0.0, frame.index
        # By the frame's number, not by its time: the same for a live camera and for its recording.
        self._clock_ms += 1000.0 * (frame.index - self._clock_index) / frame.rate_hz
        self._clock_index = frame.index
        return self._landmarker.detect(frame.image, round(self._clock_ms))

    def _same_person(self, faces: list[Landmarks]) -> Landmarks | None:
        """The face that overlaps the last one most, None when it is gone; with no past, the largest."""
        if self._last_box is None:
            return max(faces, key=lambda face: _area(face.box))
        last = self._last_box
        best = max(faces, key=lambda face: _overlap(face.box, last))
        shared = _overlap(best.box, last) / min(_area(best.box), _area(last))
        return best if shared > _SAME_PERSON else None

    def _judge(self, face: Landmarks, image: Image) -> FaceState:
        points = face.points
        left, right = points[OUTER_EYE_LANDMARKS[0]], points[OUTER_EYE_LANDMARKS[1]]
        eyes = face.mesh[list(OUTER_EYE_MESH)]
        if float(np.linalg.norm(eyes[1] - eyes[0])) < self._config.min_eye_distance_px:
            return FaceState.TOO_SMALL
        nose = points[NOSE_TIP]
        sides = sorted((float(np.linalg.norm(nose - left)), float(np.linalg.norm(nose - right))))
        if sides[1] > self._config.max_yaw_ratio * max(sides[0], 1.0):
            return FaceState.TURNED_AWAY
        height, width = image.shape[:2]
        rois = points[list(ROI_LANDMARKS)]
        if rois.min() < 0 or rois[:, 0].max() > width - 1 or rois[:, 1].max() > height - 1:
            return FaceState.HIDDEN
        x0, y0, x1, y1 = (max(int(v), 0) for v in face.box)
        if float(image[y0:y1:4, x0:x1:4].mean()) < self._config.min_brightness:
            return FaceState.TOO_DARK
        return FaceState.OK


def _area(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0.0) * max(height, 0.0)
