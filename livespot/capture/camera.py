"""Webcams through OpenCV, and the choice of a camera from what the user wrote."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np

from livespot.capture.array import as_bgr
from livespot.capture.jpeg import JpegDecoder
from livespot.capture.listing import backends, named_cameras, set_mode
from livespot.capture.live import FIRST_FRAME_S, Device, Grabbed, LiveSource
from livespot.capture.network import NetworkDevice, is_url, shown
from livespot.clock import Clock, MonotonicClock
from livespot.config import CaptureConfig
from livespot.cv import cv2
from livespot.errors import CameraError, UsageError

_TRIES = 5  # pictures at which to see what a camera gives; the first often do not decode
_SEE_LIST = "`livespot cameras` lists what is there"


class CameraDevice:
    """One opened webcam: MJPG, then size, then rate; what it really gives is read back.

    Where the driver hands out the JPEGs themselves (V4L2), they are decoded and checked here; OpenCV would decode
    damaged ones too, without a word.

    Raises
    ------
    CameraError
        When it cannot be opened.
    """

    kind: Literal["camera", "url"] = "camera"

    def __init__(self, index: int, name: str, config: CaptureConfig, clock: Clock) -> None:
        self.name = name
        self._clock = clock
        self._camera = _opened(index)
        _, _, self.fps = set_mode(self._camera, config.width, config.height, config.fps)
        self._camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the driver keeps no stale pictures
        self._jpeg = JpegDecoder() if self._gives_jpegs() else None

    def grab(self) -> Grabbed | None:
        """Wait for the next picture; None when the camera gives none any more."""
        if not self._camera.grab():
            return None
        time_s = self._clock.now_s()
        good, data = self._camera.retrieve()
        if not good or data is None:
            return time_s, None
        if self._jpeg is not None:
            return time_s, self._jpeg.decode(data.tobytes())
        return time_s, as_bgr(data, self.name)

    def release(self) -> None:
        """Give the camera free for other programs."""
        self._camera.release()

    def _gives_jpegs(self) -> bool:
        """Ask for undecoded pictures; taken back when what comes is no JPEG."""
        if not self._camera.set(cv2.CAP_PROP_CONVERT_RGB, 0):
            return False
        for _ in range(_TRIES):
            good, data = self._camera.retrieve() if self._camera.grab() else (False, None)
            if good and data is not None:
                if data.dtype == np.uint8 and data.size > 4 and data.ravel()[:2].tobytes() == b"\xff\xd8":
                    return True
                break
        self._camera.set(cv2.CAP_PROP_CONVERT_RGB, 1)
        return False


def open_camera(
    spec: str | int = "auto", *, config: CaptureConfig | None = None, clock: Clock | None = None
) -> LiveSource:
    """Open a webcam or network camera and wait for its first picture.

    Parameters
    ----------
    spec : str or int
        ``auto`` (the first that gives a picture), an index, a part of a name (upper or lower case), or an
        address (``http://…`` with MJPEG, ``rtsp://…``).
    config : CaptureConfig, optional
        Size and rate to ask for, and how losses are handled.
    clock : Clock, optional
        Stamps the frames; a fresh :class:`MonotonicClock` when left out.

    Raises
    ------
    CameraError
        When there is no such camera or it gives no picture; network addresses are given 5 s.
    UsageError
        When ``spec`` is empty.
    """
    config, clock = config or CaptureConfig(), clock or MonotonicClock()
    text = str(spec).strip()
    if not text:
        raise UsageError(
            f"camera {str(spec)!r}: is empty; expected auto, a number, a part of a name or an address; {_SEE_LIST}"
        )
    if is_url(text):
        return LiveSource(f"camera {shown(text)}", lambda: NetworkDevice(text, config, clock), config, clock)
    if text.lower() == "auto":
        return _first_that_works(config, clock)
    if (number := re.fullmatch(r"(?:/dev/video)?(\d+)", text)) is not None:
        return _open_local(int(number[1]), _name_of(int(number[1])), config, clock)
    index, name = _find(text)
    return _open_local(index, name, config, clock)


def _open_local(index: int, name: str, config: CaptureConfig, clock: Clock) -> LiveSource:
    return LiveSource(f"camera {index}", _opener(index, name, config, clock), config, clock, FIRST_FRAME_S)


def _opener(index: int, name: str, config: CaptureConfig, clock: Clock) -> Callable[[], Device]:
    """What opens the same camera again, which may come back with another index."""

    def open_device() -> Device:
        cameras = named_cameras()
        if any(i == index and n == name for i, n, _ in cameras):
            return CameraDevice(index, name, config, clock)
        moved = next((i for i, n, _ in cameras if n == name), index)
        return CameraDevice(moved, name, config, clock)

    return open_device


def _first_that_works(config: CaptureConfig, clock: Clock) -> LiveSource:
    cameras = [(index, name) for index, name, _ in named_cameras()] or [(0, "camera 0")]
    failures = []
    for index, name in cameras:
        try:
            return _open_local(index, name, config, clock)
        except CameraError as error:
            failures.append(str(error))
    if len(failures) == 1 and named_cameras():
        raise CameraError(failures[0])
    found = f"{len(failures)} found, none gives a picture" if named_cameras() else "none was found"
    raise CameraError(f"camera auto: {found}; connect one, or give the address of a network camera")


def _find(text: str) -> tuple[int, str]:
    """Index and name of the first camera whose name holds ``text``."""
    cameras = named_cameras()
    for index, name, _ in cameras:
        if text and text.casefold() in name.casefold():
            return index, name
    there = ", ".join(f"{index} {name}" for index, name, _ in cameras) or "none"
    raise CameraError(f"camera {text!r}: no camera has this in its name (there: {there}); {_SEE_LIST}")


def _name_of(index: int) -> str:
    return next((name for i, name, _ in named_cameras() if i == index), f"camera {index}")


def _opened(index: int) -> cv2.VideoCapture:
    for backend in backends():
        camera = cv2.VideoCapture(index, backend)
        if camera.isOpened():
            return camera
        camera.release()
    node = Path(f"/dev/video{index}")
    if sys.platform.startswith("linux") and node.exists() and not os.access(node, os.R_OK | os.W_OK):
        raise CameraError(
            f"camera {index}: may not be opened; add your user to the group that owns {node} (video)"
        )
    raise CameraError(f"camera {index}: cannot be opened; {_SEE_LIST}, and another program may be using it")
