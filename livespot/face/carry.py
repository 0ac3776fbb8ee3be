"""Between two looks at a face: its landmarks carried on by the head's rigid motion, measured on the picture.

A look by the landmark model costs twenty times what it costs to follow some points of the skin. So only some frames are
looked at, and from a look to the frames after it the mesh moves as a rigid body does: about thirty points of the face
that expressions move least (ridge and sides of the nose, eye corners, temples, forehead, upper cheeks) are followed by
pyramidal Lucas-Kanade, each forth and back, and a robust fit finds the six numbers that explain them: translation,
growth, roll, and the turns about the vertical and the horizontal axis, which move a point by its depth in the mesh.

Always from the look to the frame, never from frame to frame: errors do not add up, and a carried face depends on two
pictures only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livespot.cv import cv2
from livespot.face.mesh_map import FOLLOWED_MESH, OUTER_EYE_MESH, to_68
from livespot.types import Float32Array, Image, Landmarks

_EYE_DISTANCE_PX = (
    45.0  # of the outer eye corners in the picture that is searched; larger faces are reduced to about it
)
_MARGIN = 0.25  # of the face box, added on each side: how far a face can move until it is looked at again
_WINDOW = 9  # px, of Lucas-Kanade
_LEVELS = 2  # of the pyramid above the picture itself
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 10, 0.03)
_RETURN_PX = 0.5  # a point that does not come back to within this is lost
_OUTLIER = 0.5 / 90.0  # of the eye distance: residuals of this length count half
_INLIER = 1.5 / 90.0  # of the eye distance
_LEAST_SHARE = 0.5  # of the followed points, to trust the motion
_FEWEST = 4  # points to fit a motion to
_ROUNDS = 4
_HOLD = np.diag([0.0, 0.0, 0.01, 0.01, 0.01, 0.01])  # keeps the fit sane when few points are left


@dataclass(frozen=True, slots=True)
class Carried:
    """A face carried into a later picture.

    Attributes
    ----------
    landmarks : Landmarks or None
        None when less than half of the followed points move as one rigid head: the face must be looked at again.
    share : float
        Share of the followed points that do.
    """

    landmarks: Landmarks | None
    share: float


class CarriedFace:
    """A face as a look found it, which can be carried into later pictures.

    Parameters
    ----------
    image : (height, width, 3) uint8
        BGR; the picture that was looked at.
    landmarks : Landmarks
        What was found there.
    """

    def __init__(self, image: Image, landmarks: Landmarks) -> None:
        mesh = landmarks.mesh.astype(np.float64)
        eyes = mesh[list(OUTER_EYE_MESH)]
        self._eye_px = max(float(np.linalg.norm(eyes[1] - eyes[0])), 1.0)
        self._mesh = mesh
        self._place(landmarks.box, image.shape[:2])
        self._grey = self._cut(image)
        followed = mesh[list(FOLLOWED_MESH)]
        self._middle = followed.mean(axis=0)
        self._rows = _rows((followed - self._middle) / self._eye_px)
        self._all_rows = _rows((mesh - self._middle) / self._eye_px)
        self._points = ((followed[:, :2] - self._corner + 0.5) / self._reduction - 0.5).astype(np.float32)

    def to(self, image: Image) -> Carried:
        """Carry the face into a later picture; 0.5 ms."""
        if image.shape[:2] != self._size:
            return Carried(None, 0.0)
        moved, kept = self._follow(self._cut(image))
        if kept.sum() < _FEWEST:
            return Carried(None, 0.0)
        motion, residuals = _fit(self._rows[kept], moved[kept] * (self._reduction / self._eye_px))
        share = float((residuals < _INLIER).sum()) / len(kept)
        return Carried(self._moved(motion) if share >= _LEAST_SHARE else None, share)

    def _place(self, box: tuple[float, float, float, float], size: tuple[int, ...]) -> None:
        self._size = size
        x0, y0, x1, y1 = box
        margin = _MARGIN * max(x1 - x0, y1 - y0)
        left, top = max(int(x0 - margin), 0), max(int(y0 - margin), 0)
        right, bottom = min(int(x1 + margin) + 1, size[1]), min(int(y1 + margin) + 1, size[0])
        self._part = slice(top, bottom), slice(left, right)
        self._corner = np.array([left, top], np.float64)
        self._reduction = max(round(self._eye_px / _EYE_DISTANCE_PX), 1)

    def _cut(self, image: Image) -> Image:
        grey = cv2.cvtColor(image[self._part], cv2.COLOR_BGR2GRAY)
        n = self._reduction
        if n > 1:
            height, width = grey.shape[0] // n, grey.shape[1] // n
            grey = cv2.resize(grey[: height * n, : width * n], (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(grey, np.uint8)

    def _follow(self, grey: Image) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Displacement of each followed point in reduced px (n, 2), and whether it can be trusted (n,)."""
        start = self._points
        end, found = _search(self._grey, grey, start, start.copy())
        back, returned = _search(grey, self._grey, end, start.copy())
        off = back - start
        kept = (found & returned)[:, 0].astype(bool) & ((off * off).sum(axis=1) < _RETURN_PX**2)
        return (end - start).astype(np.float64), kept

    def _moved(self, motion: NDArray[np.float64]) -> Landmarks:
        mesh = self._mesh.copy()
        mesh[:, :2] += self._eye_px * (self._all_rows @ motion)
        # What a turn moves aside by depth comes forward or goes back by place.
        x, y = (self._mesh[:, :2] - self._middle[:2]).T
        mesh[:, 2] += motion[2] * self._mesh[:, 2] - motion[4] * x - motion[5] * y
        moved: Float32Array = mesh.astype(np.float32)
        return Landmarks(to_68(moved), moved)


def _search(
    first: Image, second: Image, start: Float32Array, end: Float32Array
) -> tuple[Float32Array, NDArray[np.uint8]]:
    """Lucas-Kanade from ``start`` in one picture to the other, begun at ``end``: places, and which were found."""
    place, found, _ = cv2.calcOpticalFlowPyrLK(
        first,
        second,
        start,
        end,
        winSize=(_WINDOW, _WINDOW),
        maxLevel=_LEVELS,
        criteria=_STEPS,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(place, np.float32), np.asarray(found, np.uint8)


def _rows(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """What moves a point: its equations for translation, growth, roll, yaw and pitch, (n, 3) to (n, 2, 6)."""
    x, y, z = places.T
    rows = np.zeros((len(places), 2, 6))
    rows[:, 0, 0] = rows[:, 1, 1] = 1.0
    rows[:, 0, 2], rows[:, 1, 2] = x, y
    rows[:, 0, 3], rows[:, 1, 3] = -y, x
    rows[:, 0, 4], rows[:, 1, 5] = z, z
    return rows


def _fit(
    rows: NDArray[np.float64], moved: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The motion (6,) of the points and what it leaves of each one's displacement (n,), in eye distances.

    Least squares, reweighted with Cauchy's weights. Solved by OpenCV: a call of LAPACK for every frame keeps OpenBLAS's
    second thread spinning, most of a core.
    """
    equations = rows.reshape(-1, 6)
    weights = np.ones(len(moved))
    for _ in range(_ROUNDS):
        weighted = (rows * weights[:, None, None]).reshape(-1, 6).T
        normal, right = weighted @ equations + _HOLD, weighted @ moved.reshape(-1, 1)
        motion = np.asarray(cv2.solve(normal, right, flags=cv2.DECOMP_CHOLESKY)[1], np.float64)
        left = moved - (equations @ motion).reshape(-1, 2)
        square = (left * left).sum(axis=1)
        weights = 1.0 / (1.0 + square / _OUTLIER**2)
    return motion[:, 0], np.sqrt(square)
