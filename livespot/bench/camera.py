"""A made-up camera: the clip as MJPG pictures in memory, back and forth, at the model's rate, without an end.

It does what a webcam makes the computer do: a picture every tick, to be decoded on the grabbing thread, and
lost when nobody takes it in time. Back and forth, so that no cut ever throws the face across the picture.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from livespot.capture import FrameSource
from livespot.clock import Clock
from livespot.config import GridConfig
from livespot.cv import cv2
from livespot.flow.grid import Grid
from livespot.types import Image, ModelFrame

Jpeg = NDArray[np.uint8]

_QUALITY = 92  # about what webcams send: 50-100 kB at 640×480


def jpegs(source: FrameSource, config: GridConfig, count: int) -> tuple[list[Jpeg], float]:
    """The first ``count`` model frames of a recorded source as JPEG, and their rate in Hz."""
    grid = Grid(config, source.info.fps, adaptive=False)
    pictures: list[Jpeg] = []
    while len(pictures) < count and (item := source.read()) is not None:
        for tick in grid.step(item):
            if isinstance(tick, ModelFrame):
                _, packed = cv2.imencode(".jpg", tick.image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
                pictures.append(packed.astype(np.uint8, copy=False))
    return pictures, grid.rate_hz


class ClipCamera:
    """A :class:`livespot.capture.live.Device`.

    A picture is stamped with the time at which it was due, so that a grabbing thread that wakes late shows in
    the latency. Like a webcam's driver it keeps one picture; more are lost and counted in :attr:`missed`.

    Parameters
    ----------
    pictures : sequence of JPEG
    fps : float
    clock : Clock
        The stream's.
    """

    name = "the clip as a camera"
    kind: Literal["camera", "url"] = "camera"

    def __init__(self, pictures: Sequence[Jpeg], fps: float, clock: Clock) -> None:
        self.fps = fps
        self.missed = 0
        self._pictures = pictures
        self._clock = clock
        self._began_s: float | None = None
        self._next = 0
        self._released = threading.Event()

    def grab(self) -> tuple[float, Image] | None:
        """Wait for the next picture; None once released."""
        now_s = self._clock.now_s()
        if self._began_s is None:
            self._began_s = now_s
        newest = int((now_s - self._began_s) * self.fps)
        if newest > self._next:
            self.missed += newest - self._next
            self._next = newest
        due_s = self._began_s + self._next / self.fps
        if self._released.wait(max(due_s - now_s, 0.0)):
            return None
        packed = self._pictures[back_and_forth(self._next, len(self._pictures))]
        self._next += 1
        image: Image = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
        return due_s, image

    def release(self) -> None:
        """Wake a waiting :meth:`grab`."""
        self._released.set()


def back_and_forth(tick: int, count: int) -> int:
    """Place in 0 … count-1 at a tick: up, then down, no end twice.

    Examples
    --------
    >>> [back_and_forth(tick, 3) for tick in range(6)]
    [0, 1, 2, 1, 0, 1]
    """
    if count < 2:
        return 0
    place = tick % (2 * count - 2)
    return min(place, 2 * count - 2 - place)
