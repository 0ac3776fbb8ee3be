"""Model frame to face: the largest face, kept the same person while it stays in view.

The landmark model takes 6 ms, so about eleven frames a second are looked at, and the frames between them get the
landmarks of the last look, carried on by the head's measured motion (:mod:`livespot.face.carry`). Which frames are
looked at depends on nothing but their numbers and pictures: every third one of a 30 Hz stream, and at once any in which
the face does not move as one rigid head any more, because it left, was covered, or the picture was cut. So the same
frames give the same landmarks, live and in a replay; another starting frame does not.
"""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType

import numpy as np

from livespot.config import FaceConfig
from livespot.face.carry import CarriedFace
from livespot.face.landmarker import Finder, Follower, open_landmarkers
from livespot.face.mesh_map import NOSE_TIP, OUTER_EYE_LANDMARKS, OUTER_EYE_MESH, ROI_LANDMARKS, to_68
from livespot.types import FaceFrame, FaceState, Float32Array, Image, Landmarks, ModelFrame

_Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in px

LOOKS_HZ = 11.0
"""Looks a second, about: every third frame at 30 Hz, every second one at 20 to 25 Hz, every frame at 15 Hz."""

_SAME_PERSON = 0.3  # share of the smaller box; a head moves by a few per cent of its size from frame to frame
_CUT_SHARE = (
    0.15  # of the followed points; below it at all of 468 cuts between people, else in 0.4 % of the frames
)
_SURROUNDINGS = (
    0.5  # of the face's box, on each side: what is left of the picture when others are blotted out
)


def look_interval(rate_hz: float, phases: int) -> int:
    """Model frames from one look to the next, as long as nothing happens.

    Where every frame of a fast camera is a model frame, a multiple of ``phases``: then the frames looked at are those
    of the decimated stream.

    Parameters
    ----------
    rate_hz : float
        Model frames a second.
    phases : int
        :attr:`livespot.types.ModelFrame.phases`.
    """
    return phases * max(round(rate_hz / phases / LOOKS_HZ), 1)


class FaceTracker:
    """Step: :class:`ModelFrame` to :class:`FaceFrame`. Not for two threads at once.

    Parameters
    ----------
    config : FaceConfig
    """

    def __init__(self, config: FaceConfig) -> None:
        self._config = config
        self._finder: Finder | None = None
        self._follower: Follower | None = None  # these two from the first look to close()
        self._clock_ms = 0.0
        self._clock_index: int | None = None  # of the frame that was followed last
        self._last_box: _Box | None = None
        self._is_followed = False
        self._seen: FaceFrame | None = None  # by the last look
        self._next_look = 0
        self._carried: CarriedFace | None = None  # the last look's face, when it can be measured

    def step(self, frame: ModelFrame) -> FaceFrame:
        """Find the face, 6 ms, or carry it on, 0.5 ms. ``landmarks`` is None unless the face can be measured."""
        carried = None if self._carried is None else self._carried.to(frame.image)
        if carried is not None and carried.share < _CUT_SHARE:
            # Another picture, be it with a face where the last one was: no window may compare the two.
            return self._lost(frame, next_look=frame.index + 1)
        if self._seen is None or frame.index >= self._next_look:
            return self._look(frame)
        if carried is None:
            return replace(self._seen, frame=frame)
        return self._look(frame) if carried.landmarks is None else self._judged(frame, carried.landmarks)

    def reset(self) -> None:
        """Forget the past, as after a gap in the stream."""
        if self._follower is not None:
            self._follower.reset()
        self._clock_ms, self._clock_index = 0.0, None
        self._last_box = self._seen = self._carried = None
        self._is_followed = False

    def close(self) -> None:
        """Free the models; they are opened again if another picture comes."""
        self.reset()
        if self._finder is not None and self._follower is not None:
            self._finder.close()
            self._follower.close()
        self._finder = self._follower = None

    def __enter__(self) -> FaceTracker:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the models."""
        self.close()

    def _look(self, frame: ModelFrame) -> FaceFrame:
        landmarks = self._followed(frame) if self._is_followed else self._found(frame)
        next_look = frame.index + look_interval(frame.rate_hz, frame.phases)
        if landmarks is None:
            return self._lost(frame, next_look)
        self._next_look = next_look
        self._last_box = landmarks.box
        self._seen = seen = self._judged(frame, landmarks)
        self._carried = CarriedFace(frame.image, landmarks) if seen.landmarks is not None else None
        return seen

    def _lost(self, frame: ModelFrame, next_look: int) -> FaceFrame:
        self._next_look = next_look
        self._last_box = self._carried = None
        self._is_followed = False
        dark = float(frame.image[::8, ::8].mean()) < self._config.min_brightness
        self._seen = FaceFrame(frame, None, FaceState.TOO_DARK if dark else FaceState.NO_FACE)
        return self._seen

    def _followed(self, frame: ModelFrame) -> Landmarks | None:
        """The followed face, None when it is gone."""
        mesh = self._follow(frame, frame.image)
        return None if mesh is None else self._same_person([_landmarks(mesh)])

    def _found(self, frame: ModelFrame) -> Landmarks | None:
        """The largest face of the picture; from now on it is followed."""
        finder, _ = self._models()
        faces = [_landmarks(mesh) for mesh in finder.find(frame.image)]
        chosen = self._same_person(faces)
        if chosen is None:
            return None
        picture = frame.image if len(faces) == 1 else _without_others(frame.image, chosen.box)
        mesh = self._follow(frame, picture)
        if mesh is None or _shared(chosen.box, (followed := _landmarks(mesh)).box) <= _SAME_PERSON:
            return chosen  # the follower sees it differently: it is shown it again at the next look
        self._is_followed = True
        return followed

    def _follow(self, frame: ModelFrame, picture: Image) -> Float32Array | None:
        _, follower = self._models()
        if self._clock_index is None:
            self._clock_index = frame.index
        # By the frame's number, not by its time: the same for a live camera and for its recording.
        self._clock_ms += 1000.0 * (frame.index - self._clock_index) / frame.rate_hz
        self._clock_index = frame.index
        return follower.follow(picture, round(self._clock_ms))

    def _models(self) -> tuple[Finder, Follower]:
        if self._finder is None or self._follower is None:
            self._finder, self._follower = open_landmarkers(self._config)
        return self._finder, self._follower

    def _same_person(self, faces: list[Landmarks]) -> Landmarks | None:
        """The face that overlaps the last one most, None when it is gone; with no past, the largest."""
        last = self._last_box
        if not faces:
            return None
        if last is None:
            return max(faces, key=lambda face: _area(face.box))
        best = max(faces, key=lambda face: _overlap(face.box, last))
        return best if _shared(best.box, last) > _SAME_PERSON else None

    def _judged(self, frame: ModelFrame, landmarks: Landmarks) -> FaceFrame:
        state = self._judge(landmarks, frame.image)
        return FaceFrame(frame, landmarks if state is FaceState.OK else None, state)

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


def _landmarks(mesh: Float32Array) -> Landmarks:
    return Landmarks(to_68(mesh), mesh)


def _without_others(image: Image, box: _Box) -> Image:
    """The picture with nothing but grey outside the surroundings of a face."""
    x0, y0, x1, y1 = box
    margin = _SURROUNDINGS * max(x1 - x0, y1 - y0)
    kept = (
        slice(max(int(y0 - margin), 0), int(y1 + margin) + 1),
        slice(max(int(x0 - margin), 0), int(x1 + margin) + 1),
    )
    alone = np.full_like(image, 128)
    alone[kept] = image[kept]
    return alone


def _area(box: _Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _overlap(a: _Box, b: _Box) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0.0) * max(height, 0.0)


def _shared(a: _Box, b: _Box) -> float:
    """Overlap as a share of the smaller box."""
    return _overlap(a, b) / min(_area(a), _area(b))
