"""Loss and return, with a device that obeys the test."""

from __future__ import annotations

import queue
import threading
from typing import Any

import numpy as np
import pytest
from capture_makers import picture

from livespot.capture.live import MAILBOX_FRAMES, LiveSource
from livespot.capture.source import SourceState
from livespot.clock import ManualClock
from livespot.config import CaptureConfig
from livespot.errors import CameraError
from livespot.types import Frame, Gap

CONFIG = CaptureConfig(stall_s=30.0, reconnect_first_s=0.01, reconnect_max_s=0.02, give_up_s=30.0)


class Rig:
    """A device whose every grab is what the test puts in: a picture, None (gone) or an error to raise."""

    name, kind, fps = "rig", "camera", 30.0

    def __init__(self) -> None:
        self.grabs: queue.Queue[Any] = queue.Queue()
        self.plugged = True
        self.opened = self.released = 0

    def __call__(self) -> Rig:
        if not self.plugged:
            raise CameraError("camera 7: cannot be opened")
        self.opened += 1
        return self

    def grab(self) -> tuple[float, Any] | None:
        item = self.grabs.get()
        if isinstance(item, BaseException):
            raise item
        return None if item is None else (float(item), picture(int(item) % 50))

    def release(self) -> None:
        self.released += 1


def source_on(rig: Rig, config: CaptureConfig = CONFIG, **options: Any) -> LiveSource:
    return LiveSource("camera 7", rig, config, ManualClock(100.0), **options)


def test_frames_carry_the_time_of_their_grab() -> None:
    rig = Rig()
    rig.grabs.put(0)
    with source_on(rig) as source:
        assert source.read() is not None
        for time_s in (1, 2, 3):
            rig.grabs.put(time_s)
            frame = source.read()
            assert isinstance(frame, Frame)
            assert (frame.index, frame.time_s) == (time_s, float(time_s))
        assert source.dropped == 0
        rig.grabs.put(None)
        rig.plugged = False
    assert rig.released == rig.opened == 1


def test_a_slow_reader_gets_the_newest_frames_and_sees_the_jump() -> None:
    rig = Rig()
    for i in range(20):
        rig.grabs.put(i)
    with source_on(rig) as source:
        while not rig.grabs.empty() or source.dropped < 20 - MAILBOX_FRAMES:
            threading.Event().wait(0.001)
        frames = [source.read() for _ in range(MAILBOX_FRAMES)]
        assert [f.index for f in frames] == [18, 19]
        rig.plugged = False
        rig.grabs.put(None)


def test_a_loss_is_one_gap_and_the_index_goes_on() -> None:
    rig = Rig()
    rig.grabs.put(0)
    with source_on(rig) as source:
        assert source.read().index == 0
        rig.plugged = False
        rig.grabs.put(None)
        gap = source.read()
        assert isinstance(gap, Gap) and gap.time_s == 100.0 and "camera 7" in gap.reason
        assert source.state is SourceState.LOST
        rig.grabs.put(1)
        rig.grabs.put(2)
        rig.plugged = True
        frame = source.read()
        assert isinstance(frame, Frame) and frame.index == 1
        assert source.state is SourceState.OPEN
        assert source.read().index == 2
        rig.plugged = False
        rig.grabs.put(None)
    assert rig.released == rig.opened == 2


def test_a_gap_is_never_dropped() -> None:
    rig = Rig()
    for item in (0, 1, None, 2, 3, 4, 5):
        rig.grabs.put(item)
    with source_on(rig) as source:
        while not rig.grabs.empty() or source.dropped < 4:
            threading.Event().wait(0.001)
        items = [source.read() for _ in range(3)]
        assert isinstance(items[0], Gap)
        assert [f.index for f in items[1:]] == [4, 5]
        rig.plugged = False
        rig.grabs.put(None)


def test_a_device_that_hangs_counts_as_lost_until_it_goes_on() -> None:
    rig = Rig()
    rig.grabs.put(0)
    with source_on(rig, CaptureConfig(stall_s=0.05)) as source:
        assert source.read().index == 0
        gap = source.read()
        assert isinstance(gap, Gap) and "no frame for 0.05 s" in gap.reason
        assert source.state is SourceState.LOST
        rig.grabs.put(1)
        assert source.read().index == 1
        assert source.state is SourceState.OPEN
        assert rig.opened == 1
        rig.plugged = False
        rig.grabs.put(None)


def test_gone_for_good() -> None:
    rig = Rig()
    rig.grabs.put(0)
    config = CaptureConfig(reconnect_first_s=0.01, reconnect_max_s=0.01, give_up_s=0.1)
    with source_on(rig, config) as source:
        source.read()
        rig.plugged = False
        rig.grabs.put(None)
        assert isinstance(source.read(), Gap)
        with pytest.raises(CameraError, match=r"camera 7: gone for 0\.1 s"):
            source.read()
        assert source.state is SourceState.CLOSED
        assert source.read() is None


def test_an_unforeseen_error_reaches_the_reader() -> None:
    rig = Rig()
    rig.grabs.put(0)
    with source_on(rig) as source:
        source.read()
        rig.grabs.put(MemoryError("full"))
        with pytest.raises(MemoryError, match="full"):
            source.read()
    assert rig.released == 1


def test_close_wakes_a_reader_that_waits_for_a_lost_device() -> None:
    rig = Rig()
    rig.grabs.put(0)
    config = CaptureConfig(reconnect_first_s=20.0, reconnect_max_s=20.0)
    source = source_on(rig, config)
    source.read()
    rig.plugged = False
    rig.grabs.put(None)
    assert isinstance(source.read(), Gap)
    seen: list[Any] = []
    reader = threading.Thread(target=lambda: seen.append(source.read()), daemon=True)
    reader.start()
    source.close()
    reader.join(10)
    assert seen == [None]


def test_a_change_of_size_is_a_gap_and_frames_keep_the_first_size() -> None:
    class Resized(Rig):
        def grab(self) -> tuple[float, Any] | None:
            grabbed = super().grab()
            return grabbed if grabbed is None or grabbed[0] < 1 else (grabbed[0], picture(0, 320, 240))

    rig = Resized()
    rig.grabs.put(0)
    with source_on(rig) as source:
        source.read()
        rig.grabs.put(1)
        gap, frame = source.read(), source.read()
        assert isinstance(gap, Gap) and "320x240" in gap.reason
        assert frame.image.shape == (120, 160, 3) and frame.image.dtype == np.uint8
        rig.plugged = False
        rig.grabs.put(None)


def test_no_picture_at_all_is_an_error() -> None:
    rig = Rig()
    for _ in range(1000):
        rig.grabs.put(None)
    with pytest.raises(CameraError, match=r"camera 7: no picture within 0\.05 s; close other programs"):
        source_on(rig, first_frame_s=0.05)
    assert rig.released == 1
