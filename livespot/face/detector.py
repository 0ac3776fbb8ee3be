"""The faces of a picture, roughly: MediaPipe's short-range detector (BlazeFace, Bazarevsky et al. 2019).

The network looks at the whole picture at 128 x 128 px and gives a score, a box and six points for each of 896 anchors;
boxes that overlap are averaged by their scores.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livespot.face.models import DETECTOR, FaceModel
from livespot.face.square import TurnedRectangle, direction
from livespot.types import Image

_SIDE = 128
_GRIDS = ((16, 2), (8, 6))  # px a side of the network's last layers, and anchors at each of them
_SAME_FACE = 0.5  # intersection over union
_GROWTH = 1.5  # of a face's box to what the mesh network is shown


class FaceDetector:
    """Finds faces in single pictures. Not for two threads at once.

    Raises
    ------
    InputError
        When the model file is missing or altered.
    """

    def __init__(self) -> None:
        self._model = FaceModel(DETECTOR)
        self._anchors = np.concatenate([_anchors(side, each) for side, each in _GRIDS])

    def find(self, image: Image, least_score: float) -> list[TurnedRectangle]:
        """Where to look for the mesh of each face, the surest face first; 2 ms.

        Parameters
        ----------
        image : (height, width, 3) uint8
            BGR.
        least_score : float
            0 … 1.
        """
        height, width = image.shape[:2]
        side = float(max(height, width))
        whole = TurnedRectangle((width / 2, height / 2), side, side, 0.0)
        shown = whole.cut(image, _SIDE, black_outside=True)
        values, logits = self._model.run(shown[None] * np.float32(2.0 / 255.0) - np.float32(1.0))
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits[0, :, 0].astype(np.float64), -100.0, 100.0)))
        kept = np.flatnonzero(scores >= least_score)
        # Middle, size and points of a face, in the shown square from 0 to 1.
        found = values[0, kept].astype(np.float64).reshape(-1, 8, 2) / _SIDE
        found[:, [0, 2, 3, 4, 5, 6, 7]] += self._anchors[kept, None]
        return [_around(face, whole) for face in _averaged(found, scores[kept])]


def _anchors(side: int, each: int) -> NDArray[np.float64]:
    """Middles of the anchors of one layer, (n, 2), line by line."""
    y, x = np.mgrid[0:side, 0:side]
    middles = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / side
    return np.repeat(middles, each, axis=0)


def _averaged(faces: NDArray[np.float64], scores: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """One face (8, 2) for all those (n, 8, 2) that overlap the surest of them, and so on with the rest."""
    order = np.argsort(-scores, kind="stable")
    faces, scores = faces[order], scores[order]
    low, high = faces[:, 0] - faces[:, 1] / 2, faces[:, 0] + faces[:, 1] / 2
    left = np.arange(len(faces))
    found = []
    while len(left):
        shared = np.clip(np.minimum(high[left], high[left[0]]) - np.maximum(low[left], low[left[0]]), 0, None)
        shared_area = shared.prod(axis=1)
        areas = (high[left] - low[left]).prod(axis=1)
        same = shared_area > _SAME_FACE * (areas + areas[0] - shared_area)
        same[0] = True
        found.append(np.average(faces[left[same]], axis=0, weights=scores[left[same]]))
        left = left[~same]
    return found


def _around(face: NDArray[np.float64], whole: TurnedRectangle) -> TurnedRectangle:
    middle, right_eye, left_eye = whole.to_picture(face[[0, 2, 3]].astype(np.float32))
    width, height = _GROWTH * whole.width * face[1]
    return TurnedRectangle((middle[0], middle[1]), width, height, direction(right_eye, left_eye))
