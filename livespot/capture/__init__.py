"""The door: webcam, network stream, video file, folder of images or arrays in, frames out.

Whatever comes in is a :class:`FrameSource`; whatever leaves it is BGR, upright and carries its time. A
break in the stream leaves as a :class:`~livespot.types.Gap`, in its place among the frames.
"""

from __future__ import annotations

from pathlib import Path

from livespot.capture.array import ArraySource
from livespot.capture.camera import open_camera
from livespot.capture.images import ImageFolderSource
from livespot.capture.listing import CameraListing, list_cameras
from livespot.capture.live import LiveSource
from livespot.capture.network import is_url
from livespot.capture.source import FrameSource, RecordedSource, SourceState
from livespot.capture.video import VideoSource
from livespot.clock import Clock
from livespot.config import CaptureConfig
from livespot.errors import InputError

__all__ = [
    "ArraySource",
    "CameraListing",
    "FrameSource",
    "ImageFolderSource",
    "LiveSource",
    "RecordedSource",
    "SourceState",
    "VideoSource",
    "is_url",
    "list_cameras",
    "open_camera",
    "open_source",
]


def open_source(
    spec: str | Path,
    *,
    config: CaptureConfig | None = None,
    clock: Clock | None = None,
    fps: float = 30.0,
) -> FrameSource:
    """Open a video file, a folder of images, or the address of a network camera.

    Parameters
    ----------
    spec : str or Path
        Path or address.
    config : CaptureConfig, optional
        For addresses only.
    clock : Clock, optional
        For addresses only.
    fps : float
        Rate of a folder of images, which does not know its own.

    Raises
    ------
    InputError
        When the path cannot be used.
    CameraError
        When nothing useful answers at the address.
    UsageError
        When ``fps`` is not a positive number.
    """
    if isinstance(spec, str) and is_url(spec):
        return open_camera(spec, config=config, clock=clock)
    path = Path(spec).expanduser()
    if path.is_dir() and path.suffix == ".livespot":
        raise InputError(
            f"{path}: is no recorded session (neither session.json nor log.bin in it); check the path"
        )
    return ImageFolderSource(path, fps) if path.is_dir() else VideoSource(path)
