"""Streams over made-up steps: wiring, failures, stopping. No face is needed for any of it."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from made_up_runner import FixedRunner

from livespot.capture import ArraySource
from livespot.capture.paced import PacedSource
from livespot.clock import ManualClock, MonotonicClock
from livespot.config import Config
from livespot.snapshot import RunState
from livespot.stream.sinks import QuietSink
from livespot.stream.stream import Stream

pytestmark = pytest.mark.usefixtures("no_leaked_threads")


class Rows(QuietSink):
    def __init__(self):
        self.frames = []
        self.values = []
        self.confirmed = []

    def update(self, update):
        if update.frame is not None:
            self.frames.append(update.frame)
            self.values.append(update.probabilities)
        self.confirmed.extend(update.confirmed)


def blank(n):
    return [np.zeros((96, 128, 3), np.uint8)] * n


def test_every_frame_of_a_file_comes_out_once_in_order():
    rows = Rows()
    stream = Stream(ArraySource(blank(100), 30.0), FixedRunner(), Config(), [rows])
    stream.start()
    assert stream.wait(60)
    stream.stop()
    assert rows.frames == list(range(100))
    assert np.isnan(rows.values).all()  # no face: missing, not invented
    assert stream.state is RunState.ENDED
    telemetry = stream.telemetry()
    assert telemetry.frames == 100 and telemetry.frames_with_face == 0
    assert {"face", "flow", "spotting", "capture to probability"} <= set(telemetry.latencies)
    assert sum(telemetry.drops.values()) == 0


def test_an_error_in_a_sink_stops_everything_and_reaches_the_owner():
    class Bad(QuietSink):
        def update(self, update):
            raise ZeroDivisionError("in a sink")

    stream = Stream(ArraySource(blank(500), 30.0), FixedRunner(), Config(), [Bad()])
    stream.start()
    with pytest.raises(ZeroDivisionError, match="in a sink"):
        while not stream.wait(60):
            pass
    assert stream.state is RunState.FAILED


@pytest.mark.parametrize("stage", ["to_grid", "find_face", "cut_out", "measure"])
def test_an_error_in_a_stage_while_queues_are_full(stage, monkeypatch):
    stream = Stream(ArraySource(blank(300), 30.0), FixedRunner(), Config(), [])
    seen = []

    def fail(item):
        seen.append(item)
        if len(seen) > 3:
            time.sleep(0.3)  # the stages before it fill up meanwhile
            raise RuntimeError(f"in {stage}")
        return original(item)

    original = getattr(stream.vision, stage)
    monkeypatch.setattr(stream.vision, stage, fail)
    for made in stream._stages:
        if stage == "measure" and made.name == "flow":
            made._step = fail
    stream.start()
    with pytest.raises(RuntimeError, match=f"in {stage}"):
        while not stream.wait(60):
            pass


def test_stop_ends_a_source_that_would_wait_for_ever():
    clock = ManualClock()  # stands still: the second frame is never due
    stream = Stream(PacedSource(ArraySource(blank(50), 30.0), clock), FixedRunner(), Config(), [], clock)
    stream.start()
    began = time.monotonic()
    stream.stop()
    assert time.monotonic() - began < 20
    assert not [t for t in threading.enumerate() if t.name == "livespot capture"]


def test_a_paced_source_keeps_its_times():
    clock = MonotonicClock()
    with PacedSource(ArraySource(blank(10), 30.0), clock) as source:
        began = time.monotonic()
        frames = [source.read() for _ in range(10)]
        assert time.monotonic() - began >= 9 / 30
    assert [frame.index for frame in frames] == list(range(10))
