"""The commands on real input: results on disk, resuming, JSON lines, a camera that is cut off and comes back."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from capture_makers import MjpegServer, encode_video

from livespot.cli import main
from livespot.config import CaptureConfig, Config
from livespot.interchange import read_curves, read_intervals, read_summary
from livespot.snapshot import RunState
from livespot.stream import Controller
from livespot.stream.sinks import QuietSink
from livespot.types import CURVES, Gap


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory, demo_images):
    return encode_video(
        tmp_path_factory.mktemp("clips") / "short.mkv", demo_images[:60], codec="ffv1", pixels="bgr0"
    )


def test_spot_writes_the_files_of_the_contract_and_resumes(short_clip, tmp_path, capsys):
    out = tmp_path / "results"
    assert main(["spot", str(short_clip), "--out", str(out), "--features"]) == 0
    folder = out / "short"
    table = read_curves(folder / "curves.csv")
    assert table.curves.shape == (60, len(CURVES))
    header = (folder / "curves.csv").read_text().splitlines()[0]
    assert header == f"frame,time_s,face,{','.join(CURVES)},status,video_frame,utc,monotonic_s"
    assert (folder / "intervals.csv").read_text().splitlines()[0] == (
        "type,onset_frame,apex_frame,offset_frame,onset_s,apex_s,offset_s,score,"
        "onset_video_frame,apex_video_frame,offset_video_frame,onset_utc,onset_monotonic_s,"
        "movement,amplitude_px,asymmetry,onset_speed_px_s,offset_speed_px_s,action_units"
    )
    onsets = [interval.onset for interval in read_intervals(folder / "intervals.csv")]
    assert onsets == sorted(onsets)
    with np.load(folder / "features.npz") as features:
        assert features["features"].shape == (60, 17, 24, 2)
    summary = read_summary(folder / "summary.json")
    assert summary["frames"] == 60 and summary["face_share"] == 1.0
    assert len(summary["engine"]["sha256"]) == 64
    assert {"config", "versions", "seconds_per_stage", "frames_per_second"} <= set(summary)

    written = (folder / "summary.json").stat().st_mtime_ns
    capsys.readouterr()
    assert main(["spot", str(short_clip), "--out", str(out), "--features"]) == 0
    assert "done before" in capsys.readouterr().out
    assert (folder / "summary.json").stat().st_mtime_ns == written
    assert main(["spot", str(short_clip), "--out", str(out), "--again"]) == 0
    assert (folder / "summary.json").stat().st_mtime_ns > written


def test_one_bad_recording_does_not_stop_the_others(short_clip, tmp_path, capsys):
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    code = main(["spot", str(bad), str(short_clip), "--out", str(tmp_path / "o"), "--json"])
    assert code == 3
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "error" in lines[0] and lines[1]["frames"] == 60


def test_side_by_side_gives_the_same(short_clip, tmp_path):
    other = short_clip.with_name("other.mkv")
    other.write_bytes(short_clip.read_bytes())
    assert main(["spot", str(short_clip), str(other), "--out", str(tmp_path / "o"), "--jobs", "2"]) == 0
    first, second = (read_curves(tmp_path / "o" / name / "curves.csv") for name in ("short", "other"))
    assert np.array_equal(first.curves, second.curves)


def test_headless_json(capsys, short_clip):
    assert main(["live", "--camera", str(short_clip), "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    frames = [event for event in events if event["event"] == "frame"]
    assert [event["frame"] for event in frames] == list(range(60))
    assert set(CURVES) <= set(frames[0])


def test_seconds_ends_a_run(capsys):
    began = time.monotonic()
    assert main(["demo", "--headless", "--seconds", "1"]) == 0
    assert time.monotonic() - began < 60
    assert "intervals" in capsys.readouterr().out


def test_help_and_headless_import_neither_qt_nor_torch():
    code = (
        "import sys; from livespot.cli import main\n"
        "main(['demo', '--headless', '--seconds', '0.2'])\n"
        "bad = [m for m in sys.modules if m.split('.')[0] in ('PyQt6', 'pyqtgraph', 'torch')]\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=100)
    light = "import sys; from livespot.cli import parser; parser(); assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", light], check=True, timeout=60)


def test_without_a_display_it_goes_on_headless(capsys, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["demo", "--seconds", "0.5"]) == 0
    assert "no display" in capsys.readouterr().err


class Heard(QuietSink):
    def __init__(self):
        self.gaps: list[Gap] = []
        self.rows = 0
        self.after_gap = threading.Event()

    def gap(self, gap):
        self.gaps.append(gap)

    def update(self, update):
        if update.frame is not None:
            self.rows += 1
            if self.gaps:
                self.after_gap.set()


def wait_for(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.mark.usefixtures("no_leaked_threads")
def test_a_network_camera_that_is_cut_off_and_comes_back(demo_images):
    heard = Heard()
    config = Config(capture=CaptureConfig(stall_s=0.5, reconnect_first_s=0.1, reconnect_max_s=0.3))
    controller = Controller(config, lambda: (heard,))
    server = MjpegServer(demo_images[:30], fps=30.0)
    server.start()
    try:
        controller.start(server.url)
        wait_for(lambda: heard.rows > 10)
        assert controller.snapshot().state is RunState.RUNNING
        server.cut()
        wait_for(lambda: controller.snapshot().state is RunState.RECONNECTING)
        wait_for(lambda: heard.gaps)  # what was owed came out before anything new
        server.start()
        assert heard.after_gap.wait(30)
        wait_for(lambda: controller.snapshot().state is RunState.RUNNING)
        snapshot = controller.snapshot()
        assert np.isnan(snapshot.curves).all(axis=1).any()  # the hole in the curves
        assert snapshot.telemetry.gaps >= 1
    finally:
        controller.stop()
        server.cut()
    assert controller.snapshot().state is RunState.IDLE


def test_a_controller_shows_what_went_wrong_and_goes_on(demo_clip):
    controller = Controller(Config())
    controller.start("no-such-camera-name")
    snapshot = controller.snapshot()
    assert snapshot.state is RunState.FAILED and "no-such-camera-name" in snapshot.message
    controller.start("demo")
    wait_for(lambda: controller.snapshot().frame is not None)
    assert controller.snapshot().state is RunState.RUNNING
    controller.stop()


def test_no_network_is_needed():
    """With the network cut off where the system allows it, and every connection refused in Python anywhere."""
    cut = ["unshare", "--net", "--map-root-user"] if shutil.which("unshare") else []
    if cut and subprocess.run([*cut, "true"], capture_output=True, check=False).returncode != 0:
        cut = []
    code = (
        "import socket, sys\n"
        "def refuse(*arguments, **named): raise AssertionError('the network was asked for')\n"
        "socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse\n"
        "from livespot.cli import main\n"
        "sys.exit(main(['demo', '--headless', '--seconds', '1']))"
    )
    done = subprocess.run(
        [*cut, sys.executable, "-c", code], capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr
