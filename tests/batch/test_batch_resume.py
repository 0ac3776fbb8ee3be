"""A batch of nested folders with equal names, killed and resumed, with one job and with two: the same bits."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from capture_makers import encode_video

from livespot.cli import main


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(0)
    for subject in ("s1", "s2", "s3"):
        for day in ("a", "b"):
            folder = root / subject / day
            folder.mkdir(parents=True)
            images = [
                rng.integers(0, 255, (96, 128, 3), np.uint8)
                for _ in range(20 + 5 * len(list(root.rglob("*.mp4"))))
            ]
            encode_video(folder / "video.mp4", images)
    return root


def results(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*.csv"))
        if path.parent != out
    }


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
def test_killed_and_resumed_gives_the_same_results_each_once(study, tmp_path, capsys):
    whole, out = tmp_path / "whole", tmp_path / "out"
    assert main(["spot", str(study), "--out", str(whole)]) == 0
    order = [sys.executable, "-m", "livespot", "spot", str(study), "--out", str(out), "--jobs", "2", "--json"]
    killed = subprocess.Popen(
        order, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        assert killed.stdout.readline()  # the first recording is done
    finally:
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
        killed.stdout.close()
    before = {path: path.stat().st_mtime_ns for path in out.rglob("summary.json")}
    assert 1 <= len(before) < 6
    capsys.readouterr()
    assert main(["spot", str(study), str(study / "s1"), "--out", str(out), "--jobs", "2", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 6 and len({line["path"] for line in lines}) == 6
    assert sum(line["note"] == "done before" for line in lines) == len(before)
    assert all(path.stat().st_mtime_ns == then for path, then in before.items())
    assert results(out) == results(whole) and len(results(out)) == 12
    for name in ("all_intervals.csv", "all_recordings.csv"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()
    with (out / "all_recordings.csv").open(newline="") as file:
        listed = [(row["subject"], row["recording"]) for row in csv.DictReader(file)]
    assert listed == [(day, f"{subject}/{day}/video") for subject in ("s1", "s2", "s3") for day in "ab"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the workers in /proc")
def test_a_killed_worker_is_replaced(study, tmp_path):
    order = [sys.executable, "-m", "livespot", "spot", str(study), "--out", str(tmp_path), "--jobs", "2"]
    batch = subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        workers: list[int] = []
        end = time.monotonic() + 120
        while not workers and batch.poll() is None and time.monotonic() < end:
            children = Path(f"/proc/{batch.pid}/task/{batch.pid}/children").read_text().split()
            workers = [
                int(pid) for pid in children if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
            ]
            time.sleep(0.05)
        os.kill(workers[0], signal.SIGKILL)
        out, err = batch.communicate(timeout=240)
    finally:
        batch.kill()
        batch.wait()
    assert batch.returncode == 0, err
    assert (
        len(out.splitlines()) == 6 and err.count("the process that analysed it died; trying once more") <= 1
    )
    assert len(list(tmp_path.rglob("summary.json"))) == 6


def test_no_regular_expression_for_the_subject(tmp_path, capsys):
    assert main(["spot", "x.mp4", "--out", str(tmp_path), "--subject-from", "("]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--subject-from: '(' is no regular expression" in line
