"""The two networks that find a face and its mesh: files that livespot ships, run by ONNX Runtime on one thread.

They are Google's, of MediaPipe's ``face_landmarker.task`` (Apache-2.0), converted by
``assets/convert_face_landmarker.py``. Nothing is downloaded; a file is used only when its SHA-256 is the one written
here.
"""

from __future__ import annotations

import hashlib
from typing import Any

from livespot.errors import InputError
from livespot.installation.shipped_files import asset_path
from livespot.types import Float32Array

DETECTOR = "face_detector.onnx"
MESH = "face_mesh.onnx"
BUNDLE = "face_landmarker.task"  # what the two are made of; MediaPipe's own library runs it

SHA256 = {
    DETECTOR: "65c13af83845a3f1863a60c6f60b3e89e5544cc99e25f0903508b8693a81ca9f",
    MESH: "576e77201c319085a8514329672e297f42df9eb6b339d67af29ecef191757239",
    BUNDLE: "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
}
"""Digest of each model file, by its name."""


def read_model(name: str) -> bytes:
    """Return the content of a shipped model file.

    Raises
    ------
    InputError
        When the file is missing, cannot be read, or is not the one that livespot was made with.
    """
    path = asset_path(name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"face model {path}: cannot be read ({error.strerror}); install livespot again"
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256[name]:
        raise InputError(
            f"face model {path}: expected sha256 {SHA256[name][:12]}…, got {digest[:12]}…; install livespot again"
        )
    return content


class FaceModel:
    """One of the two networks, ready to run. Not for two threads at once.

    Parameters
    ----------
    name : str
        ``DETECTOR`` or ``MESH``.

    Raises
    ------
    InputError
        When the file is missing or altered.
    """

    def __init__(self, name: str) -> None:
        content = read_model(name)
        import onnxruntime  # 0.2 s to import: only when a face is looked for

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )

    def run(self, picture: Float32Array) -> tuple[Float32Array, Float32Array]:
        """Both outputs for a picture (1, side, side, 3), RGB."""
        first, second = self._session.run(None, {"picture": picture})
        return first, second
