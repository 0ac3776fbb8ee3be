"""Outlet to inlet on loopback: every sample, in order, stamped with capture time; skipped without pylsl."""

from __future__ import annotations

import json
import sys
import threading
import uuid

import numpy as np
import pytest

from livespot.clock import MonotonicClock
from livespot.errors import UsageError
from livespot.interchange.lsl import LslClock, LslMarkers, LslOutlets, load_pylsl
from livespot.types import CURVES, Frame, Interval, Update


@pytest.fixture(scope="module")
def pylsl():
    found = pytest.importorskip("pylsl", reason="pylsl is not installed (extra [lsl])")
    outlet = found.StreamOutlet(
        found.StreamInfo("probe", "probe", 1, 0, "string", f"probe-{uuid.uuid4().hex}")
    )
    if not found.resolve_byprop("name", "probe", timeout=3.0):
        pytest.skip("no LSL stream can be found on this machine (multicast is closed)")
    del outlet
    return found


@pytest.fixture
def name():
    return f"livespot-{uuid.uuid4().hex[:8]}"  # other programs on this network may run livespot too


def inlet(pylsl, name):
    (info,) = pylsl.resolve_byprop("name", name, timeout=5.0)
    opened = pylsl.StreamInlet(info)
    opened.open_stream(timeout=5.0)
    opened.time_correction(timeout=5.0)
    return opened


def received(opened, count):
    samples = []
    while len(samples) < count:
        value, stamp = opened.pull_sample(timeout=5.0)
        assert value, f"{len(samples)} of {count} samples came"
        samples.append((value, stamp))
    return samples


def test_all_samples_arrive_in_order_with_the_capture_time(pylsl, name):
    clock = MonotonicClock()
    outlets = LslOutlets(name)
    outlets.use_clock(clock, live=True)
    inlets = [inlet(pylsl, f"{name} {kind}") for kind in ("probabilities", "intervals", "markers")]
    times, lsl_times = [], []
    for n in range(300):
        times.append(clock.now_s())
        lsl_times.append(pylsl.local_clock())
        values = np.full(len(CURVES), np.nan if n % 50 == 0 else n / 300, np.float32)
        found = (
            (Interval("ME", n - 6, n - 3, n, times[n - 6], times[n - 3], times[n], 0.5),)
            if n % 100 == 99
            else ()
        )
        outlets.update(Update(n, times[-1], values, (), found))
        if n % 60 == 0:
            outlets.marker(f"press {n}", times[-1])
    rows = received(inlets[0], 300)
    expected = [np.nan if n % 50 == 0 else np.float32(n / 300) for n in range(300)]
    np.testing.assert_array_equal([value[0] for value, _ in rows], np.float32(expected))
    assert np.abs(np.array([stamp for _, stamp in rows]) - lsl_times).max() < 0.002
    for (value, stamp), n in zip(received(inlets[1], 3), (99, 199, 299), strict=True):
        words = json.loads(value[0])
        assert (words["onset"], words["apex"], words["offset"]) == (n - 6, n - 3, n)
        assert abs(stamp - lsl_times[n - 6]) < 0.002
        assert words["onset_lsl_s"] == pytest.approx(stamp, abs=1e-6)
    markers = received(inlets[2], 5)
    assert [value[0] for value, _ in markers] == [f"press {n}" for n in range(0, 300, 60)]
    assert np.abs(np.array([stamp for _, stamp in markers]) - lsl_times[::60]).max() < 0.002
    for opened in inlets:
        opened.close_stream()
    outlets.close()


def test_a_recording_is_stamped_from_its_first_frame_on(pylsl, name):
    clock = MonotonicClock()
    outlets = LslOutlets(name)
    opened = inlet(pylsl, f"{name} probabilities")
    outlets.use_clock(clock, live=False)
    outlets.frame(Frame(0, 0.0, np.zeros((64, 64, 3), np.uint8)))
    began = pylsl.local_clock()
    outlets.update(Update(0, 0.5, np.zeros(len(CURVES), np.float32)))
    ((_, stamp),) = received(opened, 1)
    assert abs(stamp - (began + 0.5)) < 0.05
    opened.close_stream()
    outlets.close()


def test_markers_of_another_program_come_in_on_the_session_clock(pylsl, name, no_leaked_threads):
    clock = MonotonicClock()
    theirs = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, 0, "string", name))
    heard, enough = [], threading.Event()

    def note(label, time_s):
        heard.append((label, time_s))
        if len(heard) == 20:
            enough.set()

    listening = LslMarkers(clock, note, stream=name)
    try:
        assert theirs.wait_for_consumers(10.0)
        sent = []
        for n in range(20):
            sent.append((f"stimulus {n}", clock.now_s()))
            theirs.push_sample([f"stimulus {n}"])
        assert enough.wait(10.0)
    finally:
        listening.close()
    assert [label for label, _ in heard] == [label for label, _ in sent]
    assert max(abs(a - b) for (_, a), (_, b) in zip(heard, sent, strict=True)) < 0.01


def test_the_two_clocks_go_there_and_back(pylsl):
    bridge = LslClock(MonotonicClock())
    assert bridge.to_session(bridge.to_lsl(12.5)) == pytest.approx(12.5, abs=1e-9)


def test_without_pylsl_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pylsl", None)
    with pytest.raises(UsageError, match=r"--lsl: pylsl cannot be loaded .*pip install 'livespot\[lsl\]'"):
        load_pylsl()


def test_the_listener_outlives_a_stream_that_is_announced_and_cannot_be_reached(
    pylsl, name, monkeypatch, no_leaked_threads
):
    gone = pylsl.StreamOutlet(pylsl.StreamInfo(f"{name} gone", "Markers", 1, 0, "string", f"{name} gone"))
    (dead,) = pylsl.resolve_byprop("name", f"{name} gone", timeout=10.0)
    del gone
    theirs = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, 0, "string", name))
    resolve = pylsl.resolve_byprop
    monkeypatch.setattr(pylsl, "resolve_byprop", lambda *a, **k: [dead, *resolve(*a, **k)])
    heard = threading.Event()
    listening = LslMarkers(MonotonicClock(), lambda label, time_s: heard.set(), stream=name)
    try:
        assert theirs.wait_for_consumers(20.0)
        theirs.push_sample(["stimulus"])
        assert heard.wait(10.0)
        assert listening.streams == 1
    finally:
        listening.close()
