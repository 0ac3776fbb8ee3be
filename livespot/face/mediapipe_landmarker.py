"""MediaPipe's own FaceLandmarker, for who asks for it: ``face.library = "mediapipe"``.

The only module that imports mediapipe, which the extra ``livespot[mediapipe]`` installs. Its library looks up
play.googleapis.com and, by its notice, sends usage metrics there; no switch for that is known. The model bundle travels
in ``assets/`` and is used only when its SHA-256 is the one written here.
"""

from __future__ import annotations

import importlib.util
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from livespot.config import FaceConfig
from livespot.cv import cv2
from livespot.errors import ConfigError
from livespot.face.mesh_map import MESH_POINTS
from livespot.face.models import BUNDLE, read_model
from livespot.face.stderr import stderr_silenced
from livespot.types import Float32Array, Image


class _Landmarker:
    def __init__(self, config: FaceConfig, mode: str, faces: int) -> None:
        if importlib.util.find_spec("mediapipe") is None:
            raise ConfigError(
                "face.library: expected an installed library, got mediapipe, which is not installed; "
                "pip install 'livespot[mediapipe]', or leave the key out"
            )
        self._content = read_model(BUNDLE)
        self._config, self._mode, self._faces = config, mode, faces
        self._open()

    def close(self) -> None:
        """Free the model; may be called twice."""
        self._finalizer()

    def _open(self) -> None:
        self._is_first = True
        with stderr_silenced():
            self._task = _open(self._content, self._config, self._mode, self._faces)
        # At the end of the process MediaPipe's own __del__ would come too late and print a traceback.
        self._finalizer = weakref.finalize(self, self._task.close)

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


class MediaPipeFinder(_Landmarker):
    """As :class:`livespot.face.landmarker.FaceFinder`, by MediaPipe.

    Parameters
    ----------
    config : FaceConfig

    Raises
    ------
    ConfigError
        When mediapipe is not installed.
    InputError
        When the model file is missing or altered.
    """

    def __init__(self, config: FaceConfig) -> None:
        super().__init__(config, "IMAGE", config.max_faces)

    def find(self, image: Image) -> list[Float32Array]:
        """Find the faces of a picture: a mesh (478, 3) float32 for each."""
        return self._run(image, self._task.detect)


class MediaPipeFollower(_Landmarker):
    """As :class:`livespot.face.landmarker.FaceFollower`, by MediaPipe.

    Parameters
    ----------
    config : FaceConfig

    Raises
    ------
    ConfigError
        When mediapipe is not installed.
    InputError
        When the model file is missing or altered.
    """

    def __init__(self, config: FaceConfig) -> None:
        # With room for two faces MediaPipe searches the whole picture each time and smooths nothing.
        super().__init__(config, "VIDEO", 1)
        self._time_ms = -1

    def reset(self) -> None:
        """Forget the face and the time, for which MediaPipe has to be opened again."""
        if self._time_ms >= 0:
            self.close()
            self._open()
            self._time_ms = -1

    def follow(self, image: Image, time_ms: int) -> Float32Array | None:
        """Find the face in the next picture: its mesh (478, 3) float32, None when it is gone."""
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
