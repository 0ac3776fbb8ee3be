"""Loss and return, with a device that obeys the test."""

from __future__ import annotations

import queue
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from capture_makers import picture

from livespot.capture import live
from livespot.capture.intake import DAMAGED, MISSING
from livespot.capture.live import LATE, MAILBOX_FRAMES, LiveSource
from livespot.capture.source import SourceState
from livespot.clock import ManualClock
from livespot.config import CaptureConfig
from livespot.errors import CameraError
from livespot.types import Frame, Gap

CONFIG = CaptureConfig(
    warm_up_s=0.0, stall_s=30.0, reconnect_first_s=0.01, reconnect_max_s=0.02, give_up_s=30.0
)


class Rig:
    """A device whose every grab is what the test puts in: a picture, None (gone) or an error to raise.

    A number is the picture taken at that many thirtieths of a second; ``(number, picture)`` says which picture.
    """

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
        if item is None:
            return None
        number, image = item if isinstance(item, tuple) else (item, picture(int(item) % 50))
        return number / 30.0, image

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
            assert (frame.index, frame.time_s) == (time_s, pytest.approx(time_s / 30.0))
        assert source.dropped == 0
        rig.grabs.put(None)
        rig.plugged = False
    assert rig.released == rig.opened == 1


def test_a_slow_reader_gets_the_newest_frames_and_sees_the_jump(monkeypatch) -> None:
    monkeypatch.setattr(live, "STARTING_S", 0.0)
    rig = Rig()
    rig.grabs.put(0)
    with source_on(rig) as source:
        assert source.read().index == 0
        for i in range(1, 20):
            rig.grabs.put(i)
        while not rig.grabs.empty() or source.dropped < 19 - MAILBOX_FRAMES:
            threading.Event().wait(0.001)
        frames = [source.read() for _ in range(MAILBOX_FRAMES)]
        assert [f.index for f in frames] == [16, 17, 18, 19]
        assert source.losses == {LATE: 15, DAMAGED: 0, MISSING: 0}
        rig.plugged = False
        rig.grabs.put(None)


def test_nothing_is_dropped_while_the_reader_starts() -> None:
    rig = Rig()
    for i in range(40):
        rig.grabs.put(i)
    with source_on(rig) as source:
        while not rig.grabs.empty():
            threading.Event().wait(0.001)
        threading.Event().wait(0.3)  # the last one left the queue and is on its way
        newest = source.read()  # whatever came before nobody waited for
        assert newest.index == 0 and newest.time_s == pytest.approx(39 / 30)
        for i in range(40, 70):
            rig.grabs.put(i)
        while not rig.grabs.empty():
            threading.Event().wait(0.001)
        assert [source.read().index for _ in range(30)] == list(range(1, 31))
        assert source.dropped == 0
        rig.plugged = False
        rig.grabs.put(None)


def test_a_tap_hears_what_the_reader_misses(monkeypatch) -> None:
    monkeypatch.setattr(live, "STARTING_S", 0.0)
    rig = Rig()
    rig.grabs.put(0)
    heard: list[Frame | Gap] = []
    with source_on(rig) as source:
        source.use_tap(heard.append)
        for i in range(1, 12):
            rig.grabs.put(i)
        rig.plugged = False
        rig.grabs.put(None)
        while not heard or not isinstance(heard[-1], Gap):
            threading.Event().wait(0.001)
        items = [source.read() for _ in range(MAILBOX_FRAMES + 1)]
    assert [item.index for item in heard[:-1]] == list(range(12))
    assert [item.index for item in items[:-1]] == [8, 9, 10, 11] and items[-1] is heard[-1]


def test_a_picture_that_repeats_the_one_before_is_no_frame() -> None:
    rig = Rig()
    rig.grabs.put(0)
    heard: list[Frame | Gap] = []
    with source_on(rig) as source:
        source.use_tap(heard.append)
        for n in range(1, 60):
            rig.grabs.put((n, picture(n // 2)))
        while len(heard) < 30:
            threading.Event().wait(0.001)
        assert [item.index for item in heard] == list(range(30))
        assert source.repeated == 29 or source.repeated == 30
        assert "every picture came twice" in source.warning and "really 15 pictures" in source.warning
        rig.plugged = False
        rig.grabs.put(None)


def test_a_frozen_camera_is_lost_and_opened_again_once(monkeypatch) -> None:
    monkeypatch.setattr(live, "_REOPEN_S", 0.05)
    rig = Rig()
    for item in (0, 1, 2):
        rig.grabs.put(item)
    with source_on(rig) as source:
        while not rig.grabs.empty():
            threading.Event().wait(0.001)
        source.read()
        frozen = picture(2)
        for n in range(3, 20):
            rig.grabs.put((n, frozen))
        gap = source.read()
        assert isinstance(gap, Gap) and "camera frozen, the same picture for 0.5 s" in gap.reason
        assert source.state is SourceState.LOST and rig.opened == 1
        threading.Event().wait(0.06)
        for n in range(20, 60):
            rig.grabs.put((n, frozen))
        while not rig.grabs.empty():
            threading.Event().wait(0.001)
        assert (rig.opened, source.state) == (2, SourceState.LOST)
        rig.grabs.put(61)
        frame = source.read()
        assert isinstance(frame, Frame) and frame.index == 1 and frame.time_s == pytest.approx(61 / 30)
        assert source.state is SourceState.OPEN and source.repeated == 0
        rig.plugged = False
        rig.grabs.put(None)


def test_a_frozen_camera_that_cannot_be_opened_again_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(live, "_REOPEN_S", 0.0)
    rig = Rig()
    rig.grabs.put((0, picture(0)))
    config = replace(CONFIG, give_up_s=0.1)
    with source_on(rig, config) as source:
        source.read()
        rig.plugged = False
        for n in range(1, 19):
            rig.grabs.put((n, picture(0)))
        assert isinstance(source.read(), Gap)
        with pytest.raises(CameraError, match=r"gone for 0\.1 s"):
            source.read()


def test_damaged_pictures_are_counted_and_cost_their_number() -> None:
    rig = Rig()
    rig.grabs.put(0)
    with source_on(rig) as source:
        assert source.read().index == 0
        for n in range(1, 41):
            rig.grabs.put((n, None if n % 4 == 0 else picture(n)))
        got = [source.read().index for _ in range(30)]
        assert got == [n for n in range(1, 41) if n % 4]
        while source.losses[DAMAGED] < 10:
            threading.Event().wait(0.001)
        assert "10 of 41 pictures came damaged" in source.warning
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


def test_a_gap_is_never_dropped(monkeypatch) -> None:
    monkeypatch.setattr(live, "STARTING_S", 0.0)
    rig = Rig()
    rig.grabs.put(0)
    with source_on(rig) as source:
        assert source.read().index == 0
        for item in (1, None, *range(2, 8)):
            rig.grabs.put(item)
        while not rig.grabs.empty() or source.dropped < 3:
            threading.Event().wait(0.001)
        items = [source.read() for _ in range(1 + MAILBOX_FRAMES)]
        assert isinstance(items[0], Gap)
        assert [f.index for f in items[1:]] == [4, 5, 6, 7]
        rig.plugged = False
        rig.grabs.put(None)


def test_a_device_that_hangs_counts_as_lost_until_it_goes_on() -> None:
    rig = Rig()
    rig.grabs.put(0)
    with source_on(rig, CaptureConfig(warm_up_s=0.0, stall_s=0.05)) as source:
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
    config = CaptureConfig(warm_up_s=0.0, reconnect_first_s=0.01, reconnect_max_s=0.01, give_up_s=0.1)
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
    config = CaptureConfig(warm_up_s=0.0, reconnect_first_s=20.0, reconnect_max_s=20.0)
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
            return grabbed if grabbed is None or grabbed[0] <= 0 else (grabbed[0], picture(0, 320, 120))

    rig = Resized()
    rig.grabs.put(0)
    with source_on(rig) as source:
        source.read()
        rig.grabs.put(1)
        gap, frame = source.read(), source.read()
        assert isinstance(gap, Gap) and "320x120" in gap.reason
        assert frame.image.shape == (120, 160, 3) and frame.image.dtype == np.uint8
        # Fitted in with its proportions: bars above and below.
        rows = np.flatnonzero(frame.image.any(axis=(1, 2)))
        assert (rows[0], rows[-1]) == (30, 89) and frame.image[60].any(axis=1).all()
        rig.plugged = False
        rig.grabs.put(None)


def test_no_picture_at_all_is_an_error() -> None:
    rig = Rig()
    for _ in range(1000):
        rig.grabs.put(None)
    with pytest.raises(CameraError, match=r"camera 7: no picture within 0\.05 s; close other programs"):
        source_on(rig, first_frame_s=0.05)
    assert rig.released == 1
