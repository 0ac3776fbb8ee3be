"""Is a hand over the face? MediaPipe's mesh goes on guessing beneath it, so the hand itself is looked for.

The hand model costs two to four times the face mesh, so it looks at every sixth model frame only (0.2 s) and at the
face's surroundings only, which also makes it independent of the face's size in the picture. What a look at one frame
finds holds from the next frame on: no frame waits for its own look, and yet nothing depends on how long one takes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livespot.config import FaceConfig
from livespot.cv import cv2
from livespot.face.mesh_map import OUTER_EYE_LANDMARKS, ROI_LANDMARKS
from livespot.face.quiet import quiet_stderr
from livespot.types import FaceFrame, FaceState, Image, Landmarks

_SURROUNDINGS = 0.75  # of the face box, added on each side: a palm must be seen to be found
_REACH = 0.15  # of the eye distance: half a finger's width
_LONGEST_PX = 256  # the palm detector works at 192 px

_BONES = np.array(
    [(0, 1), (1, 2), (2, 3), (3, 4), (0, 5), (5, 6), (6, 7), (7, 8), (5, 9), (9, 10), (10, 11), (11, 12),
     (9, 13), (13, 14), (14, 15), (15, 16), (13, 17), (17, 18), (18, 19), (19, 20), (0, 17)]
)  # fmt: skip
"""Pairs of MediaPipe's 21 hand points: fingers and palm."""


class HandWatch:
    """Step: :class:`FaceFrame` to the same, hidden where a hand lies over an ROI. Not for two threads at once.

    Parameters
    ----------
    config : FaceConfig
        For ``hand_check_frames``, counted at the model's rate; 0 switches the watch off.
    """

    def __init__(self, config: FaceConfig) -> None:
        self._every = config.hand_check_frames
        self._since = 0
        self._hidden = False
        self._due: tuple[Image, Landmarks] | None = None
        self._model: Any = None

    def step(self, face: FaceFrame) -> FaceFrame:
        """Judge a frame by the looks at the frames before it; only frames with a face are looked at and counted."""
        self.look()
        if face.landmarks is None or self._every == 0:
            return face
        if self._since % (self._every * face.frame.phases) == 0:
            self._due = face.frame.image, face.landmarks
        self._since += 1
        return replace(face, landmarks=None, state=FaceState.HIDDEN) if self._hidden else face

    def look(self) -> None:
        """Take the look that the last frame made due, if any: 10 ms that a live run need not wait for.

        Called between two steps, as soon as the first one's frame is on its way; otherwise the second one does it.
        """
        if self._due is not None:
            due, self._due = self._due, None
            self._hidden = self._finds_hand(*due)

    def reset(self) -> None:
        """Forget the past: the next frame is looked at."""
        self.close()
        self._since = 0
        self._due = None
        self._hidden = False

    def close(self) -> None:
        """Free the model."""
        if self._model is not None:
            self._model.close()
            self._model = None

    def _finds_hand(self, image: Image, face: Landmarks) -> bool:
        x0, y0, x1, y1 = face.box
        margin = _SURROUNDINGS * max(x1 - x0, y1 - y0)
        height, width = image.shape[:2]
        left, top = max(int(x0 - margin), 0), max(int(y0 - margin), 0)
        right, bottom = min(int(x1 + margin) + 1, width), min(int(y1 + margin) + 1, height)
        part = image[top:bottom, left:right]
        shrink = min(_LONGEST_PX / max(part.shape[:2]), 1.0)
        small = cv2.resize(part, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
        if self._model is None:
            with quiet_stderr():
                self._model = _hands()
                found = self._model.process(rgb).multi_hand_landmarks
        else:
            found = self._model.process(rgb).multi_hand_landmarks
        size = np.array([right - left, bottom - top])
        hands = [np.array([(p.x, p.y) for p in hand.landmark]) * size + (left, top) for hand in found or ()]
        eyes = face.points[list(OUTER_EYE_LANDMARKS)]
        reach = _REACH * float(np.linalg.norm(eyes[1] - eyes[0]))
        rois = face.points[list(ROI_LANDMARKS)].astype(np.float64)
        return any(distance_to_bones(rois, hand) < reach for hand in hands)


def distance_to_bones(points: NDArray[np.float64], hand: NDArray[np.float64]) -> float:
    """Smallest distance of any of the points (n, 2) to any bone of a hand (21, 2), in their px."""
    begin, end = hand[_BONES[:, 0]], hand[_BONES[:, 1]]
    bone = end - begin
    along = points[:, None] - begin
    length2 = np.maximum((bone**2).sum(axis=1), 1e-9)
    share = np.clip((along * bone).sum(axis=2) / length2, 0.0, 1.0)
    off = along - share[..., None] * bone
    return float(np.sqrt((off**2).sum(axis=2)).min())


def _hands() -> Any:
    from mediapipe.python.solutions.hands import Hands  # slow to import: only when a face was found

    # Each look stands alone: between two of them the hand has moved too far to be followed.
    return Hands(static_image_mode=True, max_num_hands=2, model_complexity=0, min_detection_confidence=0.5)
