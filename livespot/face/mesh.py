"""The mesh of one face: MediaPipe's network of 478 points (Kartynnik et al. 2019; Grishchenko et al. 2020)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livespot.face.mesh_map import MESH_POINTS, OUTER_EYE_MESH
from livespot.face.models import MESH, FaceModel
from livespot.face.square import TurnedRectangle, direction
from livespot.types import Image

_SIDE = 256
_GROWTH = 1.5  # of the mesh's box to what is shown in the next picture


class MeshModel:
    """Finds the mesh of a face whose place is about known. Not for two threads at once.

    Raises
    ------
    InputError
        When the model file is missing or altered.
    """

    def __init__(self) -> None:
        self._model = FaceModel(MESH)

    def find(self, image: Image, place: TurnedRectangle) -> tuple[NDArray[np.float64], float]:
        """Mesh in a part of a picture; 5 ms.

        Parameters
        ----------
        image : (height, width, 3) uint8
            BGR.
        place : TurnedRectangle
            The face with half its size around it.

        Returns
        -------
        mesh : (478, 3) float64
            (x right, y down) in px counted from the picture's outer edge; z in the scale of x, towards the camera
            negative.
        presence : float
            Probability that there is a face.
        """
        shown = place.cut(image, _SIDE, black_outside=False)
        points, logit = self._model.run(shown[None] * np.float32(1.0 / 255.0))
        mesh = place.to_picture(points.reshape(MESH_POINTS, 3) / np.float32(_SIDE))
        return mesh, float(1.0 / (1.0 + np.exp(-float(logit.item()))))


def around(mesh: NDArray[np.float64]) -> TurnedRectangle:
    """Where to look for a mesh in the next picture: the square around it, turned as the line of the eyes."""
    low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
    side = _GROWTH * float((high - low).max())
    middle = (low + high) / 2
    right, left = mesh[list(OUTER_EYE_MESH)]
    return TurnedRectangle((float(middle[0]), float(middle[1])), side, side, direction(right, left))
