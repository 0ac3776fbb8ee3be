"""Recording a real loopback camera through the real controller: the file lacks nothing that the camera sent."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

import numpy as np
import pytest
from loopback_camera import LoopbackCamera, away, steady
from made_up_runner import FixedRunner
from recording_under_load import measure, numbers_in

from livespot.config import CaptureConfig, Config, SessionConfig
from livespot.interchange import read_curves
from livespot.replay.of_session import SessionRecording
from livespot.session import SessionReader
from livespot.snapshot import RunState
from livespot.stream import Controller
from livespot.stream.sinks import QuietSink
from livespot.types import Window

pytestmark = pytest.mark.usefixtures("no_leaked_threads")


class Slow(QuietSink):
    """A listener that holds the analysis up, as a busy computer does."""

    def __init__(self) -> None:
        self.pause_s = 0.0

    def face(self, face) -> None:
        time.sleep(self.pause_s)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def controller(monkeypatch, slow) -> Iterator[Controller]:
    monkeypatch.setattr("livespot.stream.engines.open_live_runner", lambda *_, **__: FixedRunner())
    config = Config(
        capture=CaptureConfig(stall_s=0.5, reconnect_first_s=0.02, reconnect_max_s=0.1),
        session=SessionConfig(preroll_s=1.0),
    )
    controller = Controller(config, lambda: (slow,))
    yield controller
    controller.stop()


def wait_until(condition, seconds=30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.mark.parametrize("mode", ["full", "lossless"])
def test_every_frame_is_in_the_file_however_late_the_analysis_is(controller, slow, tmp_path, mode):
    with LoopbackCamera(steady(30.0)) as camera:
        controller.record(tmp_path, mode, name="all")
        controller.run(camera.url)
        first = controller.recording
        wait_until(
            lambda: (first.status(0.0) or first.status(0.0)) and first.writer.counts.get("ticks", 0) > 20
        )
        slow.pause_s = 0.2
        time.sleep(8.0)  # in its first five seconds a source keeps what the analysis is late for
        controller.stop_recording()
        numbers, drops = camera.numbers, controller.snapshot().telemetry.drops
    with SessionReader(tmp_path / "all.livespot") as session:
        assert session.complete and session.info["from_start"] and session.stopped["lost"] == {}
        found = numbers_in(session.video_path)
        assert None not in found and found == numbers[numbers.index(found[0]) : numbers.index(found[-1]) + 1]
        assert session.frames["video_frame"].tolist() == list(range(len(found)))
        assert np.diff(session.frames["source_index"]).tolist() == [1] * (len(found) - 1)
        assert len(found) > session.window_count + 30 and sum(drops.values()) > 30


def test_begun_in_the_middle_it_holds_the_seconds_before_and_begins_at_zero(controller, tmp_path):
    with LoopbackCamera(steady(30.0)) as camera:
        stream = controller.run(camera.url)
        stream.wait(3.0)
        pressed_s, sent = time.perf_counter(), len(camera.sent)
        path = controller.record(tmp_path, "lossless", name="middle")
        stream.wait(1.5)
        controller.mark("now")
        marked_s = time.perf_counter()
        controller.stop_recording()
        stream.wait(0.5)
        again = controller.record(tmp_path, "features", name="again")
        stream.wait(1.5)
        controller.stop_recording()
        numbers = camera.numbers
    with SessionReader(path) as session, SessionReader(again) as second:
        assert session.complete and not session.info["from_start"] and session.zero_s > 1.5
        # One second before the press, to within the frames that were on their way.
        assert session.start.monotonic_s == pytest.approx(pressed_s - 1.0, abs=0.4)
        assert 0.7 <= session.info["preroll_s"] <= 1.0
        found = numbers_in(session.video_path)
        assert (
            found == numbers[numbers.index(found[0]) :][: len(found)] and found[0] <= numbers[sent - 1] - 15
        )
        frames, curves = session.frames, session.curves()
        assert frames["time_s"][0] == 0.0 and frames["video_frame"].tolist() == list(range(len(found)))
        # The analysis may have been late for the very first frames, but it begins with them and not before.
        assert 0.0 <= curves.times_s[0] < 1.0 and curves.frames[0] >= frames["source_index"][0]
        first = next(item for item in session.windows() if isinstance(item, Window))
        assert session.settings[0].model_index <= first.index
        # Stamped when it was set, on the clocks of the computer.
        (marker,) = session.markers
        assert session.start.monotonic_s + marker.time_s == pytest.approx(marked_s, abs=0.1)
        # Another recording of the same run counts from 0 too, and its clocks go on.
        assert second.complete and second.frames["time_s"][0] == 0.0 and second.video_path is None
        assert not any(second.path.glob("*.mkv")) and (second.frames["video_frame"] == -1).all()
        between_s = second.start.monotonic_s - session.start.monotonic_s
        assert second.zero_s - session.zero_s == pytest.approx(between_s, abs=0.01)


def test_a_marker_has_the_time_of_its_key_also_behind_a_late_analysis(controller, slow, tmp_path):
    with LoopbackCamera(steady(30.0)) as camera:
        controller.record(tmp_path, "features", name="marked")
        stream = controller.run(camera.url)
        stream.wait(1.5)
        slow.pause_s = 0.4
        stream.wait(2.0)
        pressed_s = [time.perf_counter()]
        controller.mark("one")
        stamp_s = controller.recording.moment_s()
        pressed_s.append(time.perf_counter())
        time.sleep(0.5)
        controller.mark("two", stamp_s)  # an order that was carried out late
        controller.stop_recording()
    with SessionReader(tmp_path / "marked.livespot") as session:
        assert [marker.label for marker in session.markers] == ["one", "two"]
        stamps = [session.start.monotonic_s + marker.time_s for marker in session.markers]
        assert stamps == pytest.approx(pressed_s, abs=0.1)


def test_a_gap_is_where_the_camera_was_away(controller, tmp_path):
    from livespot.cli import main

    with LoopbackCamera(away(steady(30.0, 7.0), 2.5, 2.0)) as camera:
        controller.record(tmp_path, "lossless", name="away")
        stream = controller.run(camera.url)
        camera.wait(60.0)
        stream.wait(0.5)
        controller.stop()
        sent_s = np.array([shot.time_s for shot in camera.sent])
    path = tmp_path / "away.livespot"
    with SessionReader(path) as session:
        apart = int(np.argmax(np.diff(sent_s)))
        left_s, back_s = (sent_s[apart : apart + 2] - session.start.monotonic_s).tolist()
        (gap,) = [span for span in session.gap_spans() if span.end_s - span.start_s > 1.0]
        # To the frame in the session's own time, and as near as the stamps of a busy machine to when it was sent.
        known_s = session.frames["time_s"]
        row = int(np.argmax(np.diff(known_s)))
        assert (gap.start_s, gap.end_s) == pytest.approx(known_s[row : row + 2].tolist(), abs=0.3)
        assert (gap.start_s, gap.end_s) == pytest.approx((left_s, back_s), abs=0.8)
        times_s = session.curves().times_s
        assert not ((times_s > gap.start_s) & (times_s < gap.end_s)).any()
    recording = SessionRecording(SessionReader(path))
    assert (gap.start_s, gap.end_s, gap.reason) in recording.gaps
    recording.close()
    out = tmp_path / "out"
    assert main(["export", str(path), "--to", "csv,json,report", "--out", str(out)]) == 0
    rows = (out / "curves.csv").read_text().splitlines()
    assert sum("gap: " in row for row in rows) == len(recording.gaps)
    table = read_curves(out / "curves.csv")
    assert any(
        (start_s, end_s) == pytest.approx((gap.start_s, gap.end_s)) for start_s, end_s, _ in table.gap_spans()
    )
    # The report draws the gap, and no line across it.
    page = (out / "report.html").read_text()
    assert page.count(f"gap: {gap.reason}") >= 1 and "The recording has no gaps" not in page
    shutil.rmtree(out)


def test_recording_waits_for_the_next_start_when_the_run_has_ended(controller, tmp_path):
    with LoopbackCamera(steady(30.0, 1.5)) as camera:
        stream = controller.run(camera.url)
        camera.wait(30.0)
        stream.wait(0.3)
        controller.stop()
    with LoopbackCamera(steady(30.0)) as camera:
        assert controller.record(tmp_path, "full", name="next") is None
        stream = controller.run(camera.url)
        assert controller.snapshot().state is not RunState.FAILED
        stream.wait(2.0)
        controller.stop()
    with SessionReader(tmp_path / "next.livespot") as session:
        assert session.complete and session.info["from_start"] and len(session.frames) > 30


@pytest.mark.parametrize("mode", ["full", "lossless"])
def test_two_busy_processes_cost_the_file_nothing(mode):
    found = measure(mode, 10.0)
    assert found["missing"] == [] and found["unreadable"] == 0 and found["in_order"], found
    assert found["each_logged_frame_has_its_picture"] and found["lost"] == {} and found["problems"] == [], (
        found
    )
    assert found["in_the_file"] > 60 and found["preroll_s"] > 1.0, found
