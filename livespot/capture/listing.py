"""Which cameras there are: names from the system, sizes and rates from opening each for a moment."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from livespot.cv import cv2

_SIZES = ((640, 480), (1280, 720), (1920, 1080))
_BACKENDS: dict[str, tuple[int, ...]] = {
    "linux": (cv2.CAP_V4L2,),
    "darwin": (cv2.CAP_AVFOUNDATION,),
    "win32": (cv2.CAP_DSHOW, cv2.CAP_MSMF),  # DirectShow opens faster and obeys MJPG
}


@dataclass(frozen=True, slots=True)
class CameraListing:
    """One camera.

    Attributes
    ----------
    index : int
        What ``--camera`` takes.
    name : str
        What the system calls it; ``--camera`` takes a part of it too.
    backend : str
        OpenCV's name of the way to it, such as ``V4L2``.
    width, height, fps
        What it gives when asked for 640x480 at 30; 0 when it cannot be opened now (in use, or no permission).
    modes : tuple of (width, height, fps)
        What it really gives when asked for the usual sizes.
    """

    index: int
    name: str
    backend: str
    width: int
    height: int
    fps: float
    modes: tuple[tuple[int, int, float], ...] = ()


def backends() -> tuple[int, ...]:
    """OpenCV's ways to a local camera on this system, best first."""
    return _BACKENDS.get(sys.platform, (cv2.CAP_ANY,))


def backend_name(backend: int) -> str:
    """OpenCV's name of a backend, such as ``V4L2``."""
    registry: Any = cv2.videoio_registry  # its stub wants an enumeration that exists in the stub only
    return str(registry.getBackendName(backend))


def named_cameras() -> list[tuple[int, str, int]]:
    """Cameras as (index, name, backend), none being opened; empty where none can be listed."""
    for backend in backends():
        try:
            from cv2_enumerate_cameras import enumerate_cameras

            found = [(int(c.index), str(c.name), backend) for c in enumerate_cameras(backend)]
        except Exception:  # any fault of a system's camera service must not take `doctor` down
            found = []
        if found:
            return sorted(found)
    return []


def list_cameras() -> list[CameraListing]:
    """All cameras with what each really delivers; never raises, prints nothing.

    Opens every camera for a moment, which takes about a second each.
    """
    return [probed(index, name, backend) for index, name, backend in named_cameras()]


def set_mode(camera: cv2.VideoCapture, width: int, height: int, fps: float) -> tuple[int, int, float]:
    """Ask for a mode and read back what came: (width, height, fps), fps 0.0 when the driver does not say.

    The order matters: MJPG first, since without it USB 2 carries 1280x720 at 10 frames per second only,
    then the size, then the rate.
    """
    camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    camera.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    camera.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    camera.set(cv2.CAP_PROP_FPS, fps)
    rate = float(camera.get(cv2.CAP_PROP_FPS))
    size = int(camera.get(cv2.CAP_PROP_FRAME_WIDTH)), int(camera.get(cv2.CAP_PROP_FRAME_HEIGHT))
    return (*size, rate if 0.0 < rate < 1000.0 else 0.0)


def probed(index: int, name: str, backend: int) -> CameraListing:
    """Open one camera for a moment and ask for the usual sizes; never raises."""
    modes: list[tuple[int, int, float]] = []
    try:
        camera = cv2.VideoCapture(index, backend)
        try:
            if camera.isOpened():
                modes = [set_mode(camera, width, height, 30.0) for width, height in _SIZES]
        finally:
            camera.release()
    except Exception:  # see named_cameras
        modes = []
    width, height, fps = modes[0] if modes else (0, 0, 0.0)
    return CameraListing(index, name, backend_name(backend), width, height, fps, tuple(dict.fromkeys(modes)))
