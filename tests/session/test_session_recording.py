"""Recording a run: by order of the controller, by the command line, and with Ctrl-C in the middle."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from made_up_runner import FixedRunner

from livespot.capture import ArraySource
from livespot.capture.paced import PacedSource
from livespot.cli import main
from livespot.commands import live
from livespot.config import Config, SessionConfig
from livespot.errors import OutputError, UsageError
from livespot.inference import resolved_config
from livespot.session import SessionReader
from livespot.snapshot import RunState
from livespot.stream import Controller
from livespot.types import CURVES

pytestmark = pytest.mark.usefixtures("no_leaked_threads")


class RecordedRunner(FixedRunner):
    thresholds = {"ME": 0.5, "MaE": 0.25}  # noqa: RUF012


@pytest.fixture
def controller(monkeypatch):
    def opened(spec, config, clock):
        blank = [np.full((96, 128, 3), 40, np.uint8)] * int(spec)
        return PacedSource(ArraySource(blank, 30.0), clock, speed=2.0)

    monkeypatch.setattr("livespot.stream.engines.open_live_runner", lambda *_, **__: RecordedRunner())
    controller = Controller(Config(session=SessionConfig(preroll_s=0.5)), opener=opened)
    yield controller
    controller.stop()


def test_ordered_beforehand_every_run_is_recorded_from_its_first_frame(controller, tmp_path):
    assert controller.record(tmp_path, "features", "agreed", "run") is None
    for _ in range(2):
        assert controller.run("40").wait(60)
        controller.stop()
    for name in ("run", "run-2"):
        session = SessionReader(tmp_path / f"{name}.livespot")
        assert session.complete and session.info["from_start"] and session.info["consent"] == "agreed"
        assert len(session.frames) == session.window_count == len(session.curves().frames) == 40
        assert session.info["engine"]["name"] == "fixed" and session.info["thresholds"] == {
            "ME": 0.5,
            "MaE": 0.25,
        }
        assert session.info["config"] == json.loads(
            json.dumps(resolved_config(controller._set.config, RecordedRunner()).as_dict())
        )
        assert session.info["source"]["width"] == 128 and session.stopped["drops"] is not None
    controller.stop_recording()
    assert controller.run("20").wait(60)
    controller.stop()
    assert len(list(tmp_path.iterdir())) == 2


def test_begun_marked_and_stopped_in_the_middle_of_a_run(controller, tmp_path):
    assert not controller.mark("nothing is recorded")
    stream = controller.run("400")
    while len(controller.snapshot().curves) < 40:
        assert not stream.wait(0.02)
    path = controller.record(tmp_path, "full")
    assert path is not None and path.parent == tmp_path and controller.recording.path == path
    with pytest.raises(UsageError, match="is being recorded"):
        controller.record(tmp_path)
    while min(controller.recording.writer.counts.get(kind, 0) for kind in ("frames", "windows")) < 10:
        assert not stream.wait(0.02)
    assert controller.mark("now")
    controller.stop_recording()
    assert controller.snapshot().state is RunState.RUNNING
    session = SessionReader(path)
    assert session.complete and not session.info["from_start"] and session.info["consent"] == "not stated"
    assert [m.label for m in session.markers] == ["now"]
    # It begins at 0 s with the first frame kept, half a second of the source before the press, and so does its video.
    times, curves = session.frames["time_s"], session.curves()
    assert session.zero_s > 0.5 and times[0] == 0.0 and session.frames["video_frame"][0] == 0
    assert 0.4 <= session.info["preroll_s"] <= 0.5 and session.start is not None
    assert 0.5 <= session.markers[0].time_s <= times[-1] + 1.0
    assert session.video_path is not None and len(session.frames) >= 15
    assert curves.times_s[0] == 0.0 and curves.frames[0] == session.frames["source_index"][0] > 0
    assert curves.video_frames.tolist() == (curves.frames - curves.frames[0]).tolist()
    assert session.settings[0].time_s <= 0.0 and session.info["start"]["time_s"] == session.zero_s


def test_an_unwritable_target_is_refused_at_once(controller, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file"):
        controller.record(tmp_path / "file" / "below")
    with pytest.raises(UsageError, match="--name"):
        controller.record(tmp_path, name="a/b")


def test_a_target_that_vanished_fails_the_run_and_says_so(controller, tmp_path):
    controller.record(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    (tmp_path / "gone").touch()
    with pytest.raises(OutputError, match="gone"):
        controller.run("40")
    assert controller.snapshot().state is RunState.FAILED and "gone" in controller.snapshot().message


def test_the_alarm_is_the_snapshot_s_message(controller, tmp_path, monkeypatch):
    monkeypatch.setattr("livespot.session.writer.choose_encoding", lambda *_: None)
    controller.record(tmp_path, "full")
    controller.run("60")
    assert "no picture is recorded" in controller.snapshot().message


def options(tmp_path, **more):
    given = {
        "lsl": False,
        "record": str(tmp_path),
        "record_mode": "features",
        "consent": "",
        "name": None,
        **more,
    }
    return argparse.Namespace(camera="100", seconds=None, json=False, **given)


def test_ctrl_c_leaves_a_whole_session(controller, tmp_path, monkeypatch, capsys):
    def interrupted(controller, stream, *_):
        while len(controller.snapshot().curves) < 10:
            assert not stream.wait(0.02)
        raise KeyboardInterrupt

    monkeypatch.setattr(live, "Controller", lambda config, sinks: controller)
    monkeypatch.setattr(live, "watch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        live._run_headless(options(tmp_path, name="cut"), Config())
    session = SessionReader(tmp_path / "cut.livespot")
    assert session.complete and len(session.frames) == session.window_count >= 10
    said = capsys.readouterr()
    assert said.err.count("no consent was stated") == 1 and f"recorded {session.path}" in said.out


def test_the_command_line(tmp_path, capsys, demo_clip):
    arguments = [
        "live",
        "--headless",
        "--camera",
        str(demo_clip),
        "--seconds",
        "1.5",
        "--json",
        "--name",
        "demo",
    ]
    assert (
        main([*arguments, "--record", str(tmp_path), "--consent", "my own clip", "--record-mode", "lossless"])
        == 0
    )
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    frames = [event for event in events if event["event"] == "frame"]
    session = SessionReader(tmp_path / "demo.livespot")
    start = {"utc": session.start.utc, "monotonic_s": session.start.monotonic_s}
    told = {"session": str(session.path), "alarm": "", "zero_s": 0.0, "lost": {}, **start}
    assert events[-1] == {"event": "recorded", **told}
    # The clocks at the start are in the first event, in session.json and in the log, and agree to a second.
    assert events[0]["event"] == "start" and not events[0]["live"] and events[0]["time_s"] == 0.0
    assert 0.0 <= session.start.monotonic_s - events[0]["monotonic_s"] < 20.0
    header = json.loads((session.path / "session.json").read_text(encoding="utf-8"))
    assert header["start"] == {**start, "time_s": 0.0}
    now, began = datetime.now(UTC), datetime.fromisoformat(session.start.utc)
    assert abs((now - began).total_seconds() - (time.perf_counter() - session.start.monotonic_s)) < 1.0
    assert session.complete and session.info["consent"] == "my own clip"
    assert [row["frame"] for row in frames] == session.curves().frames.tolist()
    values = [[np.nan if row[name] is None else row[name] for name in CURVES] for row in frames]
    np.testing.assert_array_equal(np.array(values, np.float32), session.probabilities)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["--name", "x"], ["--name"]),
        (["--record-mode", "full"], ["--record-mode"]),
        (["--consent", "yes", "--name", "x"], ["--name", "--consent"]),
    ],
)
def test_what_is_said_of_a_recording_needs_one(given, named, capsys):
    assert main(["live", "--headless", "--camera", "97", *given]) == 2
    said = capsys.readouterr().err
    assert all(flag in said for flag in [*named, "--record DIR"]) and said.count("\n") == 1


FULL_DISK = """
import resource, sys
from livespot.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of the size of files is POSIX")
def test_a_recording_that_lost_something_to_the_disk_ends_with_its_own_exit_code(tmp_path):
    arguments = [
        "live",
        "--camera",
        "demo",
        "--headless",
        "--json",
        "--seconds",
        "4",
        "--record",
        str(tmp_path),
    ]
    arguments += ["--record-mode", "lossless", "--name", "cut", "--consent", "my own"]
    script = [sys.executable, "-c", FULL_DISK, "900000", *arguments]  # the log fits, the video does not
    done = subprocess.run(script, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 6, done.stderr
    said = done.stderr.splitlines()[-1]
    assert "cut.livespot: is not complete" in said and "free space" in said
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(events[-1]["lost"].values()) > 0 and events[-1]["event"] == "recorded"
    session = SessionReader(tmp_path / "cut.livespot")
    assert session.ended and len(session.frames) and session.alarms
    assert session.stopped["lost"] == events[-1]["lost"]


def test_the_command_line_refuses_at_once(tmp_path, capsys):
    (tmp_path / "file").touch()
    target = str(tmp_path / "file" / "below")
    assert main(["live", "--headless", "--camera", "97", "--record", target]) == 3
    said = capsys.readouterr().err
    assert "file" in said and "camera 97" not in said
