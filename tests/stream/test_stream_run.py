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
from livespot.pipeline import Step, Vision
from livespot.snapshot import RunState
from livespot.stream.sinks import QuietSink
from livespot.stream.stream import Stream
from livespot.types import Frame

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
    seen = []

    def fail(self, item):
        seen.append(item)
        if len(seen) > 3:
            time.sleep(0.3)  # the stages before it fill up meanwhile
            raise RuntimeError(f"in {stage}")
        return original(self, item)

    original = getattr(Vision, stage)
    monkeypatch.setattr(Vision, stage, fail)
    stream = Stream(ArraySource(blank(300), 30.0), FixedRunner(), Config(), [])
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


@pytest.mark.parametrize("threads", [True, False])
def test_the_steps_and_their_order_stand_in_one_place(monkeypatch, threads):
    seen = []

    def made(self, *args):
        original(self, *args)
        self.steps = tuple(noted(step) for step in self.steps)

    def noted(step):
        def run(item):
            seen.append((step.name, type(item).__name__))
            return step.step(item)

        return Step(step.name, run, step.finish)

    original = Vision.__init__
    monkeypatch.setattr(Vision, "__init__", made)
    if threads:
        stream = Stream(ArraySource(blank(30), 30.0), FixedRunner(), Config(), [])
        stream.start()
        assert stream.wait(60)
    else:
        vision = Vision(Config(), 30.0)
        for n, image in enumerate(blank(30)):
            vision.step(Frame(n, n / 30, image))
        vision.close()
    for name, packet in (("face", "ModelFrame"), ("crop", "FaceFrame"), ("flow", "CanonicalFace")):
        assert [kind for step, kind in seen if step == name] == [packet] * 30
    assert [name for name, _ in seen if name not in ("face", "crop", "flow")] == []
