"""A live source: one thread that grabs, a mailbox from which the oldest frame goes, and what happens at a loss.

::

    device.grab() -> intake (stamps, doubles, damage) -> mailbox -> read()
                                                      -> tap (the recorder)

The thread exists because a grab cannot be interrupted: a dead camera blocks it for seconds, while
``read()`` has to notice the loss within ``stall_s`` and ``close()`` has to wake it at once.

Opening includes warming up: for ``warm_up_s`` the camera's pictures are looked at and thrown away, until its exposure
has settled and its real rate is known. Frames count from the first ``read()`` (or tap) on, and number 0 is the newest
one at that moment; at first the mailbox has room for more than a second, since the analysis is warming up too.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Literal, Protocol, Self

from livespot.capture.intake import Intake
from livespot.capture.source import SourceState
from livespot.clock import Clock
from livespot.config import CaptureConfig
from livespot.errors import CameraError
from livespot.types import Frame, Gap, Image, SourceInfo

LATE = "too late for the analysis"

MAILBOX_FRAMES = 4
"""A burst of Wi-Fi; the mailboxes of the stream do the real buffering."""

STARTING_S = 3.0
"""Frames of so long fit into the mailbox for so long; as they are worked off, it shrinks to its usual size."""

_STARTING_BYTES = 256_000_000
_SHRINKS_ANYWAY_S = 5.0  # after the first read(): an analysis that is always late must not stay so far behind

FIRST_FRAME_S = 5.0
"""A webcam needs up to 2 s to its first picture, a network camera waits for a key frame."""

_REOPEN_S = 5.0  # a driver that repeats the last picture after an unplug is found out by opening it again
_USUAL_RATES = (
    5.0,
    7.5,
    10.0,
    12.0,
    12.5,
    15.0,
    20.0,
    24.0,
    25.0,
    30.0,
    48.0,
    50.0,
    60.0,
    90.0,
    100.0,
    120.0,
    200.0,
)
_USUAL_WITHIN = 0.025  # a rate counted over a second is no better than that
_DOUBTED = 0.1  # further off than this from what was counted, a nominal rate is not believed
_JOIN_S = (
    2.0  # longer than one grab (stall_s); only an attempt to reopen can outlast it, and it ends by itself
)

CURES = {
    "camera": "close other programs that use it, or plug it in again",
    "url": "check the address and that it serves MJPEG or RTSP",
}

Grabbed = tuple[float, Image | None]
Tap = Callable[[Frame | Gap], None]


class Device(Protocol):
    """An opened camera or network stream; used by one thread at a time."""

    name: str
    kind: Literal["camera", "url"]
    fps: float

    def grab(self) -> Grabbed | None:
        """Wait for the next picture.

        Returns
        -------
        (float, (height, width, 3) uint8 or None) or None
            Time of its arrival in s, and the BGR picture, None when it came damaged; None when the device is gone.
        """
        ...

    def release(self) -> None:
        """Let go of the device."""
        ...


class LiveSource:
    """Frames of a device that may go away and come back.

    After a loss ``read()`` gives one :class:`Gap`, then waits while the device is reopened with growing
    pauses; frames go on with the next index. Gone for ``give_up_s``, it raises. A camera that repeats one picture for
    longer than ``frozen_s`` counts as lost as well; it is opened again once, and given up only if that fails.

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
        self._tap: Tap | None = None
        self._dropped = 0
        self._room = MAILBOX_FRAMES
        self._started_s: float | None = None  # when frames began to count
        self._may_reopen = True  # a device that gives pictures, but none that can be used
        device, first = self._opened()
        self._intake = Intake(label, device.fps, config.frozen_s)
        self._last_s = self._lost_s = time.monotonic()
        self._take(first)
        self._warm_up(device)
        width, height = self._intake.size
        rate = usual_rate(device.fps, self._intake.rate_hz)
        self._info = SourceInfo(device.name, device.kind, width, height, rate, None, live=True)
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
        """One line about doubled and damaged pictures; empty when there are hardly any. Losses are told by gaps."""
        with self._changed:
            return self._intake.warning

    @property
    def dropped(self) -> int:
        """Frames that nobody fetched in time."""
        return self._dropped

    @property
    def repeated(self) -> int:
        """Pictures that were the one before, bit for bit, and are no frames."""
        return self._intake.repeated

    @property
    def losses(self) -> dict[str, int]:
        """Frames that never reached the reader, by reason."""
        with self._changed:
            return {LATE: self._dropped, **self._intake.losses}

    def use_tap(self, tap: Tap | None) -> None:
        """Hand every frame and gap to ``tap`` too, before any is dropped; to be set before the first ``read()``.

        Called under the source's lock, in order, mostly in the grabbing thread; it must be quick. What waits in the
        mailbox is handed over at once.
        """
        with self._changed:
            self._tap = tap
            if tap is not None:
                self._start()
                for item in self._items:
                    tap(item)

    def read(self) -> Frame | Gap | None:
        """Wait for the next frame or gap; see :meth:`FrameSource.read`."""
        with self._changed:
            self._start()
            while not self._items:
                if self._state is SourceState.CLOSED:
                    return None
                if self._error is not None:
                    self._state = SourceState.CLOSED
                    raise self._error
                wait_s = self._checked_s()
                if wait_s is None or wait_s > 0:
                    self._changed.wait(wait_s)
            item = self._items.popleft()
            self._shrink()
            return item

    def close(self) -> None:
        """Wake the reader at once, then give the grabbing thread up to 2 s to let go of the device."""
        with self._changed:
            self._state = SourceState.CLOSED
            self._items.clear()
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the reader's side; the caller holds the lock -----------------------------------------------------------

    def _start(self) -> None:
        """Let frames count from here on; what waits is the newest frame, which becomes number 0."""
        if self._started_s is not None:
            return
        self._started_s = time.monotonic()
        fitting = _STARTING_BYTES // (3 * self._info.width * self._info.height)
        self._room = max(MAILBOX_FRAMES, min(fitting, round(STARTING_S * (self._info.fps or 30.0))))
        newest = [replace(item, index=0) if isinstance(item, Frame) else item for item in self._items]
        self._items = deque(newest)
        self._intake.begin(sum(isinstance(item, Frame) for item in newest))

    def _shrink(self) -> None:
        """Less room in the mailbox as the analysis catches up, or in the end anyway."""
        since_s = time.monotonic() - (self._started_s or 0.0)
        if self._room > MAILBOX_FRAMES and since_s > STARTING_S:
            overdue = since_s > _SHRINKS_ANYWAY_S
            self._room = max(MAILBOX_FRAMES, min(self._room - overdue, 2 * len(self._items)))

    def _checked_s(self) -> float | None:
        """Notice what has not come; how long to wait for the next look, None: until something comes."""
        now_s = time.monotonic()
        if self._state is SourceState.OPEN:
            left_s = self._last_s + self._config.stall_s - now_s
            if left_s <= 0:
                self._lose(f"no frame for {self._config.stall_s:g} s")
                return 0.0
        elif self._intake.frozen:
            return None
        else:
            left_s = self._lost_s + self._config.give_up_s - now_s
            if left_s <= 0:
                self._give_up()
                return 0.0
        if (until_s := self._intake.wait_until_s) is not None:
            waits_s = until_s - self._clock.now_s()
            if waits_s <= 0:
                self._emit(self._intake.flush())
                return 0.0
            left_s = min(left_s, waits_s)
        return left_s

    # --- the grabbing thread ------------------------------------------------------------------------------------

    def _opened(self) -> tuple[Device, Grabbed]:
        """Open the device and see its first whole picture."""
        device = self._opener()
        try:
            end_s = time.monotonic() + self._first_frame_s
            while time.monotonic() < end_s and self._wanted():
                first = device.grab()
                if first is not None and first[1] is not None:
                    return device, first
                if first is None and device.kind == "url":
                    break  # a connection that ended stays so; a webcam that warms up does not
                if first is None:
                    time.sleep(0.01)
            limit = f"{self._first_frame_s:g} s"
            raise CameraError(f"{self._label}: no picture within {limit}; {CURES[device.kind]}")
        except BaseException:
            device.release()
            raise

    def _warm_up(self, device: Device) -> None:
        """Look at the pictures of the first moments; a device that goes away meanwhile is found out later."""
        end_s = time.monotonic() + self._config.warm_up_s
        try:
            while time.monotonic() < end_s and (grabbed := device.grab()) is not None:
                self._take(grabbed)
        except BaseException:
            device.release()
            raise

    def _run(self, device: Device | None) -> None:
        """Grab until closed, given up or broken; the only user of the device."""
        try:
            while device is not None and self._wanted():
                grabbed = device.grab()
                if grabbed is not None:
                    self._take(grabbed)
                    if not self._stuck():
                        continue
                device.release()
                device = None
                with self._changed:
                    silent = (
                        time.monotonic() - self._last_s >= 0.9 * self._config.stall_s
                    )  # the grab has timed out
                    stall = f"no frame for {self._config.stall_s:g} s"
                    self._lose(stall if silent else "the connection was lost")
                    self._lost_s = time.monotonic()
                device = self._reopened()
        except BaseException as error:  # whatever it is, it reaches the reader instead of dying here
            with self._changed:
                self._error = error
                self._changed.notify_all()
        finally:
            if device is not None:
                device.release()

    def _stuck(self) -> bool:
        """Whether a device that gives only repeats or damage should be opened again; once for each such stretch."""
        if self._state is not SourceState.LOST:
            self._may_reopen = True
            return False
        if not self._may_reopen or time.monotonic() - self._lost_s < _REOPEN_S:
            return False
        self._may_reopen = False
        return True

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
            self._take(first)
            return device

    def _wanted(self) -> bool:
        return self._state is not SourceState.CLOSED and self._error is None

    def _take(self, grabbed: Grabbed) -> None:
        """Into the mailbox, if it is a frame."""
        time_s, image = grabbed
        with self._changed:
            if not self._wanted():
                return
            if image is not None:
                self._last_s = time.monotonic()
            was_frozen = self._intake.frozen
            items = self._intake.add(time_s, image)
            if self._intake.frozen and not was_frozen:
                if self._state is SourceState.OPEN:  # else it is known already that nothing comes
                    self._emit(items)
                self._state, self._lost_s = SourceState.LOST, time.monotonic()
            else:
                self._emit(items)

    # --- both sides; the caller holds the lock ------------------------------------------------------------------

    def _emit(self, items: list[Frame | Gap]) -> None:
        """Into the mailbox; the oldest frame goes when it is full, a gap never does."""
        for item in items:
            if self._started_s is None:
                self._items.clear()
            elif self._tap is not None:
                self._tap(item)
            if isinstance(item, Frame):
                self._state = SourceState.OPEN
                self._make_room()
            self._items.append(item)
        if items:
            self._changed.notify_all()

    def _make_room(self) -> None:
        waiting = [item for item in self._items if isinstance(item, Frame)]
        if len(waiting) >= self._room:
            self._items.remove(waiting[0])
            self._dropped += 1

    def _lose(self, reason: str) -> None:
        """Note a loss once."""
        if self._state is SourceState.OPEN:
            self._emit(self._intake.interrupted(self._clock.now_s(), reason))
            self._state = SourceState.LOST
            self._lost_s = time.monotonic()
            self._changed.notify_all()

    def _give_up(self) -> None:
        """End for good."""
        self._error = CameraError(
            f"{self._label}: gone for {self._config.give_up_s:g} s; connect it again and start anew"
        )
        self._changed.notify_all()


def usual_rate(nominal_hz: float, counted_hz: float) -> float:
    """The rate to announce: what the device says if it is true, else what was counted, else 0.0.

    Examples
    --------
    >>> usual_rate(30.0, 29.5), usual_rate(30.0, 14.9), usual_rate(0.0, 30.2), usual_rate(0.0, 17.32)
    (30.0, 15.0, 30.0, 17.3)
    """
    if counted_hz <= 0 or abs(counted_hz / nominal_hz - 1.0 if nominal_hz > 0 else 1.0) < _DOUBTED:
        return nominal_hz
    usual = min(_USUAL_RATES, key=lambda rate: abs(rate / counted_hz - 1.0))
    return usual if abs(usual / counted_hz - 1.0) < _USUAL_WITHIN else round(counted_hz, 1)
