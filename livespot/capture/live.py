"""A live source: one thread that grabs, a mailbox of two frames, and what happens when the device goes away.

::

    device.grab() -> mailbox (2 frames, the oldest goes) -> read()

The thread exists because a grab cannot be interrupted: a dead camera blocks it for seconds, while
``read()`` has to notice the loss within ``stall_s`` and ``close()`` has to wake it at once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Protocol, TypeVar

from livespot.capture.source import SourceState
from livespot.clock import Clock
from livespot.config import CaptureConfig
from livespot.cv import cv2
from livespot.errors import CameraError
from livespot.types import Frame, Gap, Image, SourceInfo

MAILBOX_FRAMES = 2
"""Enough for a reader that comes a frame late; the stream's own door does the real buffering."""

FIRST_FRAME_S = 5.0
"""A webcam needs up to 2 s to its first picture, a network camera waits for a key frame."""

_JOIN_S = (
    2.0  # longer than one grab (stall_s); only an attempt to reopen can outlast it, and it ends by itself
)

CURES = {
    "camera": "close other programs that use it, or plug it in again",
    "url": "check the address and that it serves MJPEG or RTSP",
}

_Self = TypeVar("_Self", bound="LiveSource")


class Device(Protocol):
    """An opened camera or network stream; used by one thread at a time."""

    name: str
    kind: Literal["camera", "url"]
    fps: float

    def grab(self) -> tuple[float, Image] | None:
        """Wait for the next picture: (time of the grab in s, BGR); None when the device is gone."""
        ...

    def release(self) -> None:
        """Let go of the device."""
        ...


class LiveSource:
    """Frames of a device that may go away and come back.

    After a loss ``read()`` gives one :class:`Gap`, then waits while the device is reopened with growing
    pauses; frames go on with the next index. Gone for ``give_up_s``, it raises.

    Parameters
    ----------
    label : str
        How errors call it, such as ``camera 0``.
    opener : callable
        Opens the device, also after a loss; raises :class:`CameraError`. Called by the constructor's thread
        first (macOS asks for permission on the main thread only), later by the grabbing thread.
    config : CaptureConfig
    clock : Clock
        Stamps the gaps; the device stamps its pictures with the same one.
    first_frame_s : float
        How long the first picture may take.

    Raises
    ------
    CameraError
        When the device cannot be opened or gives no picture in time.
    """

    def __init__(
        self,
        label: str,
        opener: Callable[[], Device],
        config: CaptureConfig,
        clock: Clock,
        first_frame_s: float = FIRST_FRAME_S,
    ) -> None:
        self._label, self._opener, self._config, self._clock = label, opener, config, clock
        self._first_frame_s = first_frame_s
        self._changed = threading.Condition()
        self._items: deque[Frame | Gap] = deque()
        self._state = SourceState.OPEN
        self._error: BaseException | None = None
        self._tap: Callable[[Frame | Gap], None] | None = None
        self._index = self._dropped = 0
        device, first = self._opened()
        height, width = first[1].shape[:2]
        self._info = SourceInfo(device.name, device.kind, width, height, device.fps, None, live=True)
        self._size = (width, height)
        self._last_s = self._lost_s = time.monotonic()
        self._put(*first)
        self._thread = threading.Thread(target=self._run, args=(device,), name=f"grab {label}", daemon=True)
        self._thread.start()

    @property
    def info(self) -> SourceInfo:
        """Size and rate that the device really has; every frame has this size."""
        return self._info

    @property
    def state(self) -> SourceState:
        """LOST from the moment of the gap until the next frame."""
        return self._state

    @property
    def warning(self) -> str:
        """Always empty: what a live source lacks is told by gaps."""
        return ""

    @property
    def dropped(self) -> int:
        """Frames that nobody fetched in time."""
        return self._dropped

    def use_tap(self, tap: Callable[[Frame | Gap], None]) -> None:
        """Call ``tap`` with every frame and gap from now on, in order, before the mailbox that drops.

        What waits in the mailbox is handed to it at once. It is called by the grabbing thread and must be quick.
        """
        with self._changed:
            self._tap = tap
            for item in self._items:
                tap(item)

    def read(self) -> Frame | Gap | None:
        """Wait for the next frame or gap; see :meth:`FrameSource.read`."""
        with self._changed:
            while not self._items:
                if self._state is SourceState.CLOSED:
                    return None
                if self._error is not None:
                    self._state = SourceState.CLOSED
                    raise self._error
                if self._state is SourceState.OPEN:
                    left_s = self._last_s + self._config.stall_s - time.monotonic()
                    if left_s <= 0:
                        self._lose(f"no frame for {self._config.stall_s:g} s")
                        continue
                else:
                    left_s = self._lost_s + self._config.give_up_s - time.monotonic()
                    if left_s <= 0:
                        self._give_up()
                        continue
                self._changed.wait(left_s)
            return self._items.popleft()

    def close(self) -> None:
        """Wake the reader at once, then give the grabbing thread up to 2 s to let go of the device."""
        with self._changed:
            self._state = SourceState.CLOSED
            self._items.clear()
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _opened(self) -> tuple[Device, tuple[float, Image]]:
        """Open the device and see its first picture."""
        device = self._opener()
        try:
            end_s = time.monotonic() + self._first_frame_s
            while time.monotonic() < end_s and self._wanted():
                first = device.grab()
                if first is not None:
                    return device, first
                if device.kind == "url":  # a connection that ended stays so; a webcam that warms up does not
                    break
                time.sleep(0.01)
            limit = f"{self._first_frame_s:g} s"
            raise CameraError(f"{self._label}: no picture within {limit}; {CURES[device.kind]}")
        except BaseException:
            device.release()
            raise

    def _run(self, device: Device | None) -> None:
        """Grab until closed, given up or broken; the only user of the device."""
        try:
            while device is not None and self._wanted():
                picture = device.grab()
                if picture is not None:
                    self._put(*picture)
                    continue
                device.release()
                device = None
                with self._changed:
                    self._lose("the connection was lost")
                device = self._reopened()
        except BaseException as error:  # whatever it is, it reaches the reader instead of dying here
            with self._changed:
                self._error = error
                self._changed.notify_all()
        finally:
            if device is not None:
                device.release()

    def _reopened(self) -> Device | None:
        """Try again and again with doubled pauses; None when closed or given up."""
        pause_s = self._config.reconnect_first_s
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._wanted(), pause_s)
                if not self._wanted():
                    return None
                if time.monotonic() - self._lost_s >= self._config.give_up_s:
                    self._give_up()
                    return None
            pause_s = min(2 * pause_s, self._config.reconnect_max_s)
            try:
                device, first = self._opened()
            except CameraError:
                continue
            self._put(*first)
            return device

    def _wanted(self) -> bool:
        return self._state is not SourceState.CLOSED and self._error is None

    def _put(self, time_s: float, image: Image) -> None:
        """Into the mailbox; the oldest frame goes when it is full, a gap never does."""
        height, width = image.shape[:2]
        with self._changed:
            if not self._wanted():
                return
            if (width, height) != self._size:
                self._size = (width, height)
                self._add(Gap(time_s, f"the picture changes its size to {width}x{height}"))
            if (width, height) != (self._info.width, self._info.height):
                image = _scaled(image, self._info)
            waiting = [item for item in self._items if isinstance(item, Frame)]
            if len(waiting) >= MAILBOX_FRAMES:
                self._items.remove(waiting[0])
                self._dropped += 1
            self._add(Frame(self._index, time_s, image))
            self._index += 1
            self._last_s = time.monotonic()
            self._state = SourceState.OPEN
            self._changed.notify_all()

    def _add(self, item: Frame | Gap) -> None:
        """Into the mailbox, and to whoever taps the source; the caller holds the lock."""
        self._items.append(item)
        if self._tap is not None:
            self._tap(item)

    def _lose(self, reason: str) -> None:
        """Note a loss once; the caller holds the lock."""
        if self._state is SourceState.OPEN:
            self._state = SourceState.LOST
            self._lost_s = time.monotonic()
            self._add(Gap(self._clock.now_s(), f"{self._label}: {reason}"))
            self._changed.notify_all()

    def _give_up(self) -> None:
        """End for good; the caller holds the lock."""
        self._error = CameraError(
            f"{self._label}: gone for {self._config.give_up_s:g} s; connect it again and start anew"
        )
        self._changed.notify_all()


def _scaled(image: Image, info: SourceInfo) -> Image:
    # Writers and viewers rely on one size; the gap before it says that nothing may be compared across.
    scaled: Image = cv2.resize(image, (info.width, info.height), interpolation=cv2.INTER_AREA).astype(
        "uint8", copy=False
    )
    return scaled
