"""A picture goes in, face meshes come out: the models of MediaPipe's Face Landmarker in the order of its graph.

The models are run by ONNX Runtime, not by the package mediapipe, for three reasons: mediapipe's library reports its use
to Google and cannot be told not to, in software that records people; a look takes 7 instead of 10 ms of a core; and the
package brings 130 MB with it. The meshes differ by 0.02 to 0.05 px in the mean. Who wants MediaPipe's own library sets
``face.library = "mediapipe"`` (:mod:`livespot.face.mediapipe_landmarker`).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from livespot.config import FaceConfig
from livespot.face.detector import FaceDetector
from livespot.face.mesh import MeshModel, around
from livespot.face.smoothing import OneEuroFilter
from livespot.face.square import TurnedRectangle
from livespot.types import Float32Array, Image


class Finder(Protocol):
    """All faces of single pictures."""

    def find(self, image: Image) -> list[Float32Array]:
        """As :meth:`FaceFinder.find`."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


class Follower(Protocol):
    """One face in a sequence of pictures."""

    def follow(self, image: Image, time_ms: int) -> Float32Array | None:
        """As :meth:`FaceFollower.follow`."""
        ...

    def reset(self) -> None:
        """Forget the face and the time."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


def open_landmarkers(config: FaceConfig) -> tuple[Finder, Follower]:
    """A finder and a follower by the library that the configuration names.

    Raises
    ------
    InputError
        When a model file is missing or altered.
    ConfigError
        When mediapipe is asked for and not installed.
    """
    if config.library == "mediapipe":
        from livespot.face.mediapipe_landmarker import MediaPipeFinder, MediaPipeFollower

        return MediaPipeFinder(config), MediaPipeFollower(config)
    networks = FaceNetworks()
    return FaceFinder(config, networks), FaceFollower(config, networks)


class FaceNetworks:
    """The detector and the mesh network, opened once (0.3 s) for a finder and a follower.

    Raises
    ------
    InputError
        When a model file is missing or altered.
    """

    def __init__(self) -> None:
        self.detector = FaceDetector()
        self.mesh = MeshModel()


class FaceFinder:
    """All faces of single pictures, each without regard to the pictures before. Not for two threads at once.

    Parameters
    ----------
    config : FaceConfig
        For the confidences and ``max_faces``.
    networks : FaceNetworks
    """

    def __init__(self, config: FaceConfig, networks: FaceNetworks) -> None:
        self._config = config
        self._networks = networks

    def find(self, image: Image) -> list[Float32Array]:
        """Find the faces of a picture, 2 ms when there is none and 6 ms more for each.

        Parameters
        ----------
        image : (height, width, 3) uint8
            BGR.

        Returns
        -------
        list of (478, 3) float32
            One mesh per face, the surest first: (x right, y down) in px of the picture, pixel centres on whole numbers;
            z in the scale of x, towards the camera negative.
        """
        places = self._networks.detector.find(image, self._config.min_detection_confidence)
        found = (self._networks.mesh.find(image, place) for place in places[: self._config.max_faces])
        return [_centred(mesh) for mesh, presence in found if presence > self._config.min_tracking_confidence]

    def close(self) -> None:
        """Nothing of its own to free."""


class FaceFollower:
    """One face in a sequence of pictures, smoothed over time. Not for two threads at once.

    The face is looked for where it was in the picture before, and its points are smoothed (jitter on a still face 0.02
    instead of 0.15 px), so the answer depends on the pictures before: the same sequence gives the same bits, another
    starting picture does not.

    Parameters
    ----------
    config : FaceConfig
        For the confidences.
    networks : FaceNetworks
    """

    def __init__(self, config: FaceConfig, networks: FaceNetworks) -> None:
        self._config = config
        self._networks = networks
        self._filter = OneEuroFilter()
        self.reset()

    def reset(self) -> None:
        """Forget the face and the time."""
        self._place: TurnedRectangle | None = None
        self._filter.reset()
        self._time_ms = -1

    def follow(self, image: Image, time_ms: int) -> Float32Array | None:
        """Find the face in the next picture; 6 ms.

        Parameters
        ----------
        image : (height, width, 3) uint8
            BGR.
        time_ms : int
            Later than that of the picture before; an earlier one is moved to 1 ms after it.

        Returns
        -------
        (478, 3) float32 or None
            As from :meth:`FaceFinder.find`; None when the face is no longer where it was. The next picture is then
            searched for any face.
        """
        self._time_ms = max(time_ms, self._time_ms + 1)
        place = self._place or self._surest(image)
        self._place = None
        if place is not None:
            mesh, presence = self._networks.mesh.find(image, place)
            if presence > self._config.min_tracking_confidence:
                self._place = around(mesh)
                return _centred(self._filter.smooth(mesh, self._time_ms / 1000.0))
        self._filter.reset()
        return None

    def close(self) -> None:
        """Nothing of its own to free."""
        self.reset()

    def _surest(self, image: Image) -> TurnedRectangle | None:
        places = self._networks.detector.find(image, self._config.min_detection_confidence)
        return places[0] if places else None


def _centred(mesh: NDArray[np.float64]) -> Float32Array:
    """From px counted from the picture's outer edge to pixel centres on whole numbers."""
    return (mesh - (0.5, 0.5, 0.0)).astype(np.float32)
