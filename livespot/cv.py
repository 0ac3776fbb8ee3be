"""The one place where OpenCV is imported: set up before it starts, and the same in every room.

Use ``from livespot.cv import cv2``. What is set, and why:

- a dead V4L2 camera is given up after 2 s instead of 10 s;
- Media Foundation opens cameras in under a second instead of ten when hardware transforms are off;
- OpenCV and its FFmpeg stay silent: a camera that is missing is reported by us, in one line;
- on Linux OpenCV points Qt to its own plugins, which would take them away from PyQt6.

A value that the user has put into the environment is left as it is, except Qt's two paths.
"""

from __future__ import annotations

import os
import sys

_ENVIRONMENT = {
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2",
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
}
_QT_PATHS = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_LOG_FATAL = 1  # OpenCV's own scale: 0 silent, 1 fatal, 2 error, 3 warning

for _name, _value in _ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)
_given_by_user = {_name: os.environ.get(_name) for _name in _QT_PATHS}

import cv2  # noqa: E402  the environment must stand before OpenCV reads it

if "OPENCV_LOG_LEVEL" not in os.environ:
    # OpenCV 5 has it in cv2.utils.logging, 4.x had it at the top.
    getattr(getattr(cv2.utils, "logging", cv2), "setLogLevel")(_LOG_FATAL)  # noqa: B009
if sys.platform.startswith("linux"):
    for _name in _QT_PATHS:
        os.environ.pop(_name, None)
        # Restored only when it does not lead into OpenCV's own folder (some other import of cv2 came first).
        _value_before = _given_by_user[_name]
        if _value_before is not None and "cv2" not in _value_before:
            os.environ[_name] = _value_before

__all__ = ["cv2"]
