"""MediaPipe's FaceLandmarker with the model file that livespot ships: a picture goes in, face meshes come out.

The only module that imports mediapipe. Nothing is downloaded: the model travels in ``assets/`` and is used only when
its SHA-256 is the one written here.
"""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from livespot.config import FaceConfig
from livespot.cv import cv2
from livespot.errors import InputError
from livespot.face.mesh_map import MESH_POINTS
from livespot.face.stderr import stderr_silenced
from livespot.installation.shipped_files import asset_path
from livespot.types import Float32Array, Image

MODEL_FILE = "face_landmarker.task"
MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"


def read_model() -> bytes:
    """Return the content of the shipped model file.

    Raises
    ------
    InputError
        When the file is missing, cannot be read, or is not the one that livespot was made with.
    """
    path = asset_path(MODEL_FILE)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"face model {path}: cannot be read ({error.strerror}); install livespot again"
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != MODEL_SHA256:
        raise InputError(
            f"face model {path}: expected sha256 {MODEL_SHA256[:12]}…, got {digest[:12]}…; install livespot again"
        )
    return content


class _Landmarker:
    def __init__(self, config: FaceConfig, mode: str, faces: int) -> None:
        self._is_first = True
        content = read_model()
        with stderr_silenced():
            self._task = _open(content, config, mode, faces)
        # At the end of the process MediaPipe's own __del__ would come too late and print a traceback.
        self._finalizer = weakref.finalize(self, self._task.close)

    def close(self) -> None:
        """Free the model; may be called twice."""
        self._finalizer()

    def _run(self, image: Image, detect: Callable[[Any], Any]) -> list[Float32Array]:
        picture = _picture(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        if self._is_first:
            with stderr_silenced():
                result = detect(picture)
            self._is_first = False
        else:
            result = detect(picture)
        height, width = image.shape[:2]
        return [_mesh(face, width, height) for face in result.face_landmarks]


class FaceFinder(_Landmarker):
    """All faces of single pictures, each without regard to the pictures before. Not for two threads at once.

    Parameters
    ----------
    config : FaceConfig
        For the confidences and ``max_faces``.

    Raises
    ------
    InputError
        When the model file is missing or altered.
    """

    def __init__(self, config: FaceConfig) -> None:
        super().__init__(config, "IMAGE", config.max_faces)

    def find(self, image: Image) -> list[Float32Array]:
        """Find the faces of a picture, 3 ms when there is none and 6 ms more for each.

        Parameters
        ----------
        image : (height, width, 3) uint8
            BGR.

        Returns
        -------
        list of (478, 3) float32
            One mesh per face: (x right, y down) in px of the picture, pixel centres on whole numbers; z in the scale of
            x, towards the camera negative.
        """
        return self._run(image, self._task.detect)


class FaceFollower(_Landmarker):
    """One face in a sequence of pictures, smoothed over time. Not for two threads at once.

    MediaPipe looks for the face where it was in the picture before and smooths its points (jitter on a still face 0.02
    instead of 0.15 px), so its answer depends on the pictures before: the same sequence gives the same bits, another
    starting picture does not.

    Parameters
    ----------
    config : FaceConfig
        For the confidences.

    Raises
    ------
    InputError
        When the model file is missing or altered.
    """

    def __init__(self, config: FaceConfig) -> None:
        # With room for two faces MediaPipe searches the whole picture each time and smooths nothing.
        super().__init__(config, "VIDEO", 1)
        self._time_ms = -1

    def follow(self, image: Image, time_ms: int) -> Float32Array | None:
        """Find the face in the next picture; 8 ms.

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
        self._time_ms = time_ms = max(time_ms, self._time_ms + 1)
        meshes = self._run(image, lambda picture: self._task.detect_for_video(picture, time_ms))
        return meshes[0] if meshes else None


def _open(content: bytes, config: FaceConfig, mode: str, faces: int) -> Any:
    from mediapipe.tasks.python import vision  # takes 1 s to import: only when a face is looked for
    from mediapipe.tasks.python.core.base_options import BaseOptions

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_buffer=content),
        running_mode=vision.RunningMode[mode],
        num_faces=faces,
        min_face_detection_confidence=config.min_detection_confidence,
        min_face_presence_confidence=config.min_tracking_confidence,
        min_tracking_confidence=config.min_tracking_confidence,
    )
    return vision.FaceLandmarker.create_from_options(options)


def _picture(rgb: Any) -> Any:
    import mediapipe

    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb)


def _mesh(face: Any, width: int, height: int) -> Float32Array:
    points = np.array([(p.x, p.y, p.z) for p in face], np.float64).reshape(MESH_POINTS, 3)
    # MediaPipe's 0..1 spans the picture from edge to edge; pixel centres are whole numbers here.
    mesh: Float32Array = (points * (width, height, width) - (0.5, 0.5, 0.0)).astype(np.float32)
    return mesh
