"""A small picture of a recording, for lists."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from livespot.capture import VideoSource
from livespot.capture.images import IMAGE_SUFFIXES
from livespot.cv import cv2
from livespot.errors import LivespotError
from livespot.session.records import VIDEO_FILE
from livespot.types import Frame, Image

_HEIGHT_PX = 128
_FRAMES = 5


def thumbnail(path: Path) -> Image | None:
    """Return a picture from the beginning of a video or session, or from the middle of a folder of images.

    Parameters
    ----------
    path : Path

    Returns
    -------
    (128, width, 3) uint8 BGR, or None
        None when the recording has no picture or cannot be read.
    """
    image = _picture(path)
    if image is None:
        return None
    width = max(round(image.shape[1] * _HEIGHT_PX / image.shape[0]), 1)
    return np.asarray(cv2.resize(image, (width, _HEIGHT_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _picture(path: Path) -> Image | None:
    if path.is_dir() and not (path / VIDEO_FILE).is_file():
        images = sorted(file for file in path.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES)
        read = cv2.imread(str(images[len(images) // 2]), cv2.IMREAD_COLOR) if images else None
        return None if read is None else np.asarray(read, np.uint8)
    try:
        with VideoSource(path / VIDEO_FILE if path.is_dir() else path) as video:
            image = None
            for _ in range(_FRAMES):  # the first one of a film is often black
                if isinstance(item := video.read(), Frame):
                    image = item.image
            return image
    except (LivespotError, OSError):
        return None
