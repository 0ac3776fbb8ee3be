"""An iterable of pictures in memory as a source: what ``livespot.spot(images, fps=30.0)`` reads from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sized
from typing import Any

import numpy as np

from livespot.capture.source import RecordedSource
from livespot.errors import InputError, UsageError
from livespot.types import Frame, Image, SourceInfo

MIN_SIDE_PX = 64
"""Below this side no face can be measured."""


class ArraySource(RecordedSource):
    """Pictures from any iterable, also one that never ends.

    Parameters
    ----------
    images : iterable of (height, width, 3) or (height, width) uint8
        BGR or grey, all of one size. Each is copied, so that a generator may reuse its buffer.
    fps : float
        Frames per second; frame i stands at i / fps seconds.

    Raises
    ------
    InputError
        When there is no picture, or one is not what is described above.
    UsageError
        When ``fps`` is not a positive number.
    """

    def __init__(self, images: Iterable[Any], fps: float) -> None:
        self._fps = checked_fps(fps)
        try:
            self._images: Iterator[Any] = iter(images)
        except TypeError:
            kind = type(images).__name__
            raise InputError(f"images: expected an iterable of BGR uint8 arrays, got {kind}") from None
        first = next(self._images, None)
        if first is None:
            raise InputError("images: there is none; give at least one BGR uint8 array")
        self._first: Image | None = as_bgr(first, "image 0")
        height, width = self._first.shape[:2]
        check_size("images", width, height)
        count = len(images) if isinstance(images, Sized) else None
        super().__init__(SourceInfo("images", "array", width, height, self._fps, count, live=False))
        self._index = 0

    def _next(self) -> Frame | None:
        index = self._index
        if self._first is not None:
            image, self._first = self._first, None
        else:
            given = next(self._images, None)
            if given is None:
                return None
            image = as_bgr(given, f"image {index}")
            check_same_size(f"image {index}", image, self._info)
        self._index += 1
        return Frame(index, index / self._fps, image)

    def _release(self) -> None:
        self._images = iter(())
        self._first = None


def as_bgr(image: Any, name: str) -> Image:
    """Copy a BGR or grey picture into a C-contiguous (height, width, 3) uint8 array.

    Raises
    ------
    InputError
        When it is not a uint8 array of such a shape; ``name`` says which picture.
    """
    if not isinstance(image, np.ndarray):
        raise InputError(f"{name}: expected a BGR uint8 array (height, width, 3), got {type(image).__name__}")
    grey = image.ndim == 2
    if image.dtype != np.uint8 or not (grey or (image.ndim == 3 and image.shape[2] == 3)):
        raise InputError(
            f"{name}: expected a BGR uint8 array (height, width, 3) or a grey one (height, width), "
            f"got {image.dtype} {image.shape}; convert it first"
        )
    return np.array(np.repeat(image[:, :, None], 3, axis=2) if grey else image, order="C", copy=True)


def checked_fps(fps: float) -> float:
    """``fps`` as a float; raises :class:`UsageError` unless it is a positive number."""
    if isinstance(fps, bool) or not isinstance(fps, int | float | np.number) or not 0 < fps < math.inf:
        raise UsageError(f"fps: expected a positive number of frames per second, got {fps!r}")
    return float(fps)


def check_size(name: str, width: int, height: int) -> None:
    """Raise :class:`InputError` when no face fits into the picture."""
    if min(width, height) < MIN_SIDE_PX:
        least = f"{MIN_SIDE_PX}x{MIN_SIDE_PX}"
        raise InputError(f"{name}: {width}x{height} px is too small for a face; at least {least} is needed")


def check_same_size(name: str, image: Image, info: SourceInfo) -> None:
    """Raise :class:`InputError` when a picture is not of the size that the source began with."""
    height, width = image.shape[:2]
    if (width, height) != (info.width, info.height):
        raise InputError(
            f"{name}: is {width}x{height} px, but the first is {info.width}x{info.height}; "
            "all must be of one size"
        )
