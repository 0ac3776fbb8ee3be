"""What can run live, and what there is to choose from."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from livespot.capture import CameraListing, FrameSource, VideoSource, is_url, open_camera, open_source
from livespot.capture.listing import named_cameras, probed
from livespot.capture.paced import PacedSource
from livespot.clock import Clock
from livespot.config import Config
from livespot.installation.shipped_files import asset_path

DEMO = "demo"

_PROBE_S = 10.0
"""How long an opening waits for a probe: a driver can hold one that long, and then the camera is of no use either."""

Opener = Callable[[str, Config, Clock], FrameSource]


def open_live(spec: str, config: Config, clock: Clock) -> FrameSource:
    """Anything that can run live: ``demo``, a camera, a URL, or a recording played at its own pace.

    Raises
    ------
    InputError, CameraError
        When it cannot be opened.
    """
    if spec == DEMO:
        return PacedSource(VideoSource(asset_path("demo.mp4")), clock)
    if is_recording(spec):
        return PacedSource(open_source(spec, config=config.capture, clock=clock), clock)
    return open_camera(spec, config=config.capture, clock=clock)


def is_recording(spec: str) -> bool:
    """Whether ``spec`` names a file or folder that is there, and no camera.

    A number is a camera's, also where a folder is called like it: ``./0`` means the folder.
    """
    camera = not spec.strip() or spec.strip().isdecimal() or spec.startswith("/dev/") or is_url(spec)
    return not camera and spec != DEMO and Path(spec).exists()


class Cameras:
    """The cameras that are there, each opened once for a moment to learn its sizes and rates.

    Looking again is cheap while nothing changes, so it can be done every few seconds to notice what was plugged in.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], CameraListing] = {}
        self._looking = threading.Lock()
        self._probing = threading.Lock()

    def look(self, in_use: Callable[[], bool]) -> list[CameraListing]:
        """What is there now; nothing is opened while ``in_use``, for it may be the camera that runs or is opened."""
        with self._looking:
            there: dict[tuple[int, str], CameraListing] = {}
            for index, name, backend in named_cameras():
                known = self._known.get((index, name))
                if known is None or not known.modes:
                    known = self._probed(index, name, backend, in_use) or known
                there[index, name] = known or CameraListing(index, name, "", 0, 0, 0.0)
            self._known = there
            return list(there.values())

    def leave_alone(self) -> None:
        """Wait until a camera that is just being probed is closed again; the caller has made sure that it is in use."""
        if self._probing.acquire(timeout=_PROBE_S):
            self._probing.release()

    def _probed(
        self, index: int, name: str, backend: int, in_use: Callable[[], bool]
    ) -> CameraListing | None:
        with self._probing:
            return None if in_use() else probed(index, name, backend)

    def modes(self, source: str) -> list[tuple[int, int, float]]:
        """Sizes and rates of a camera of the last look, by its index; empty when nothing is known."""
        known = next((c for c in list(self._known.values()) if str(c.index) == source), None)
        return [] if known is None else list(known.modes)


def camera_words(camera: CameraListing, in_use: bool) -> str:
    """A camera's name with its size and rate, for a list to choose from."""
    if camera.width:
        rate = f", {camera.fps:.0f} fps" if camera.fps else ""
        return f"{camera.name} ({camera.width}×{camera.height}{rate})"
    return camera.name if in_use else f"{camera.name} (in use by another program)"
