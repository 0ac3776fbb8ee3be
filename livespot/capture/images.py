"""A folder of images as a video: natural order of the names, one image per frame, at a rate that is given."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from livespot.capture.array import check_same_size, check_size, checked_fps
from livespot.capture.source import RecordedSource
from livespot.cv import cv2
from livespot.errors import InputError
from livespot.types import Frame, Gap, Image, SourceInfo

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})


class ImageFolderSource(RecordedSource):
    """The images of one folder, in natural order (``img2`` before ``img10``); subfolders are not entered.

    Grey and 16-bit images become 8-bit BGR, transparency is dropped, EXIF orientation is applied. An
    unreadable image after the first becomes a :class:`Gap` and keeps its frame number, so that the others
    keep their times.

    Parameters
    ----------
    folder : str or Path
        Where the images lie.
    fps : float
        Frames per second; image i stands at i / fps seconds.

    Raises
    ------
    InputError
        When the folder is missing or holds no image, when the first image cannot be read or is too small, and
        from ``read()`` when an image is of another size than the first.
    UsageError
        When ``fps`` is not a positive number.
    """

    def __init__(self, folder: str | Path, fps: float = 30.0) -> None:
        self._fps = checked_fps(fps)
        self._files = image_files(folder)
        name = str(folder)
        if not self._files:
            raise InputError(
                f"{name}: is a folder without images (png, jpg, bmp, tif, webp); give one with images"
            )
        first = _decoded(self._files[0])
        if first is None:
            raise InputError(f"{self._files[0]}: is not a readable image; remove it or save it again")
        height, width = first.shape[:2]
        check_size(str(self._files[0]), width, height)
        super().__init__(SourceInfo(name, "images", width, height, self._fps, len(self._files), live=False))
        self._first: Image | None = first
        self._index = 0
        self._unreadable = 0

    def _next(self) -> Frame | Gap | None:
        index = self._index
        if index >= len(self._files):
            return None
        self._index += 1
        file, time_s = self._files[index], index / self._fps
        image, self._first = (self._first, None) if index == 0 else (_decoded(file), None)
        if image is None:
            self._unreadable += 1
            unreadable = f"{self._unreadable} of {len(self._files)} images cannot be read"
            self._warning = f"{self._info.name}: {unreadable}"
            return Gap(time_s, f"{file.name} is not a readable image")
        check_same_size(str(file), image, self._info)
        return Frame(index, time_s, image)

    def _release(self) -> None:
        self._first = None


def image_files(folder: str | Path) -> list[Path]:
    """Images of a folder in natural order, hidden files left out.

    Raises
    ------
    InputError
        When it is not a folder that can be read.
    """
    try:
        files = [p for p in Path(folder).iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file()]
    except OSError as error:
        reason = error.strerror
        raise InputError(f"{folder}: is not a folder that can be read ({reason}); check the path") from error
    return sorted((p for p in files if not p.name.startswith(".")), key=_natural)


def _natural(path: Path) -> list[str | int]:
    """Sort key: text and numbers take turns, so only like is compared with like."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)]


def _decoded(file: Path) -> Image | None:
    """Read one image, or None; through a buffer, since ``cv2.imread`` fails on some names on Windows."""
    try:
        image = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        return None
    return None if image is None else np.ascontiguousarray(image, np.uint8)
