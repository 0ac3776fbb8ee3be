"""SIGTERM ends a command as cleanly as Ctrl-C: real processes, whole files, exit code 130."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from livespot.session import SessionReader

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM kills at once on Windows")


def started(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "livespot", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(process):
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted; what was finished is on disk" in err
    return out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_live_completes_its_recording(tmp_path, demo_clip, number):
    process = started(
        "live", "--headless", "--json", "--camera", demo_clip, "--record", tmp_path,
        "--record-mode", "features", "--name", "cut",
    )  # fmt: skip
    for line in process.stdout:
        if json.loads(line)["event"] == "frame":
            break
    time.sleep(1.0)
    process.send_signal(number)
    told = [json.loads(line) for line in ended(process).splitlines()]
    assert told[-1]["event"] == "recorded"
    session = SessionReader(tmp_path / "cut.livespot")
    assert session.complete and session.window_count > 10


def test_replay_ends(demo_clip):
    process = started("replay", demo_clip, "--headless", "--json", "--speed", "1")
    for line in process.stdout:
        if json.loads(line)["event"] == "frame":
            break
    process.send_signal(signal.SIGTERM)
    ended(process)


def test_spot_leaves_no_half_results(tmp_path, shared_videos):
    videos = sorted(path for path in shared_videos.iterdir() if path.suffix == ".mp4")[:6]
    process = started("spot", *videos, "--out", tmp_path / "out", "--jobs", "2")
    time.sleep(6.0)
    process.send_signal(signal.SIGTERM)
    ended(process)
    for folder in (tmp_path / "out").glob("**/"):
        found = {path.name for path in folder.iterdir() if path.is_file()}
        if "summary.json" in found:
            assert {"intervals.csv", "curves.csv"} <= found
