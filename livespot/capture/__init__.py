"""Sources of frames: webcam, network stream, video file, folder of images or arrays in, frames out.

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
from livespot.errors import InputError, UsageError

STANDARD_INPUT = "-"

IMAGES_FPS = 30.0
"""Of a folder of images when no other rate is given."""

__all__ = [
    "IMAGES_FPS",
    "STANDARD_INPUT",
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
    fps: float | None = None,
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
    fps : float, optional
        Frames that were really taken in a second. By default a video's own rate, and 30 for a folder of images, which
        does not know its own. Not for addresses.

    Raises
    ------
    InputError
        When the path cannot be used, or the folder holds videos.
    CameraError
        When nothing useful answers at the address.
    UsageError
        When ``fps`` is not a positive number, or ``spec`` is ``-`` (the standard input, which cannot be read).
    """
    if isinstance(spec, str) and is_url(spec):
        return open_camera(spec, config=config, clock=clock)
    if str(spec) == STANDARD_INPUT:
        raise UsageError(
            "-: a video cannot be read from the standard input, since its index may stand at its end; "
            "write it to a file first, or give ./- if a file is called so"
        )
    path = Path(spec).expanduser()
    if path.is_dir() and path.suffix == ".livespot":
        raise InputError(
            f"{path}: is no recorded session (neither session.json nor log.bin in it); check the path"
        )
    if path.is_dir():
        return ImageFolderSource(path, IMAGES_FPS if fps is None else fps)
    return VideoSource(path, fps)
