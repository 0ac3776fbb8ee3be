"""A stage that stands still is named, and a stream that hangs can be ended."""

from __future__ import annotations

import logging
import threading
import time

import numpy as np
import pytest
from made_up_runner import FixedRunner

from livespot.capture import ArraySource
from livespot.config import Config, StreamConfig
from livespot.stream.sinks import QuietSink
from livespot.stream.stream import Stream
from livespot.stream.watchdog import Phase, Progress

pytestmark = pytest.mark.usefixtures("no_leaked_threads")


class Hanging(QuietSink):
    def __init__(self, at: str) -> None:
        self.let, self.seen, self.at = threading.Event(), 0, at

    def face(self, face):
        self._count("face")

    def window(self, window):
        self._count("window")

    def _count(self, name):
        if name == self.at:
            self.seen += 1
            if self.seen == 20:
                assert self.let.wait(60)


@pytest.mark.parametrize(("at", "stage"), [("face", "crop"), ("window", "spotting")])
def test_a_stage_that_hangs_is_named_with_where_it_stands(at, stage, caplog):
    hanging = Hanging(at)
    blank = [np.zeros((96, 128, 3), np.uint8)] * 200
    stream = Stream(
        ArraySource(blank, 30.0),
        FixedRunner(),
        Config(stream=StreamConfig(stall_s=0.5, queue_frames=4)),
        [hanging],
    )
    caplog.set_level(logging.WARNING)
    stream.start()
    deadline = time.monotonic() + 40
    while not stream.stalled:
        assert not stream.wait(0.2) and time.monotonic() < deadline
    # Only the culprit: the stages before it wait for room, those behind it for a packet.
    assert (
        stream.stalled.startswith(f"{stage} has been working on a packet for") and "," not in stream.stalled
    )
    assert stream.telemetry().stalled == stream.stalled
    report = caplog.text
    assert f"{stage} stands at" in report and "_count" in report and "mailboxes: face" in report
    assert caplog.text.count("has stopped advancing") == 1
    hanging.let.set()
    assert stream.wait(60)
    stream.stop()


def test_what_counts_as_a_stall():
    packet, room = [False], [False]
    stage = Progress("flow", lambda: packet[0], lambda: room[0], limit_s=1.0)
    now_s = time.monotonic()
    assert stage.stalled_s(now_s + 1000) == 0.0  # not started
    stage.enter(Phase.WAITING)
    packet[0] = True
    assert stage.stalled_s(now_s + 60) == 0.0  # the first packet may take two minutes
    stage.enter(Phase.WAITING)
    assert stage.stalled_s(time.monotonic() + 60) > 59  # a packet is there: a wake-up was lost
    packet[0] = False
    assert stage.stalled_s(time.monotonic() + 60) == 0.0
    stage.enter(Phase.HANDING_OVER)
    assert stage.stalled_s(time.monotonic() + 60) == 0.0  # it waits for the stage behind it
    room[0] = True
    assert stage.stalled_s(time.monotonic() + 60) > 59
    stage.enter(Phase.ENDED)
    assert stage.stalled_s(time.monotonic() + 60) == 0.0
