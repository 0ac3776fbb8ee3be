"""Workers are real processes, and some of them die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from batch_work import work
from capture_makers import encode_video, picture

from livespot.batch.job import Job
from livespot.batch.schedule import longest_first, work_of
from livespot.batch.workers import side_by_side
from livespot.config import Config
from livespot.cv import cv2
from livespot.errors import InputError


def jobs_of(root: Path, *names: str) -> list[Job]:
    return [Job(root / name, root / "out" / name, None, features=False) for name in names]


def begun(job: Job) -> list[int]:
    return [int(line) for line in (job.folder / "begun").read_text().splitlines()]


def test_a_worker_s_death_costs_its_recording_one_retry_and_no_other_anything(tmp_path):
    jobs = jobs_of(tmp_path, "a", "once", "b", "dies", "wrong", "c", "d")
    told: list[str] = []
    found = dict(side_by_side(jobs, Config(), 2, tell=told.append, work=work))
    assert set(found) == set(jobs)
    by_name = {job.path.name: outcome for job, outcome in found.items()}
    for name in "abcd":
        assert by_name[name]["times"] == 1
    assert by_name["once"]["times"] == 2 and isinstance(by_name["wrong"], InputError)
    assert "died 2 times" in str(by_name["dies"]) and by_name["dies"].exit_code == 3
    assert [len(begun(job)) for job in jobs] == [1, 2, 1, 2, 1, 1, 1]
    assert sorted(told) == sorted(
        f"{tmp_path / name}: the process that analysed it died; trying once more" for name in ("once", "dies")
    )


def test_workers_are_kept_and_closed(tmp_path):
    jobs = jobs_of(tmp_path, *"abcdef")
    found = [outcome for _, outcome in side_by_side(jobs, Config(), 2, tell=print, work=work)]
    pids = {outcome["pid"] for outcome in found}
    assert len(pids) <= 2 and os.getpid() not in pids
    assert not any(alive(pid) for pid in pids)


def test_an_interrupted_batch_ends_its_workers_at_once(tmp_path):
    jobs = jobs_of(tmp_path, "a", "waits", "waits more")
    running = side_by_side(jobs, Config(), 3, tell=print, work=work)
    job, _ = next(running)
    assert job.path.name == "a"
    until(lambda: all((job.folder / "begun").exists() for job in jobs))
    running.close()
    assert not any(alive(pid) for job in jobs for pid in begun(job))


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
def test_workers_do_not_outlive_a_killed_batch(tmp_path):
    code = (
        "from pathlib import Path\n"
        "from batch_work import work\n"
        "from livespot.batch.job import Job\n"
        "from livespot.batch.workers import side_by_side\n"
        "from livespot.config import Config\n"
        "if __name__ == '__main__':\n"
        f"    root = Path({str(tmp_path)!r})\n"
        "    jobs = [Job(root / n, root / 'out' / n, None, features=False) for n in ('waits', 'waits more')]\n"
        "    list(side_by_side(jobs, Config(), 2, tell=print, work=work))\n"
    )
    (tmp_path / "batch.py").write_text(code)
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    main = subprocess.Popen(
        [sys.executable, str(tmp_path / "batch.py")], env=os.environ | {"PYTHONPATH": path}
    )
    jobs = jobs_of(tmp_path, "waits", "waits more")
    try:
        until(lambda: all((job.folder / "begun").exists() and begun(job) for job in jobs))
        pids = [pid for job in jobs for pid in begun(job)]
        assert all(map(alive, pids))
    finally:
        main.send_signal(signal.SIGKILL)
        main.wait()
    until(lambda: not any(map(alive, pids)))


def test_the_longest_comes_first(tmp_path):
    rng = np.random.default_rng(0)
    paths = []
    for name, count in (("short.mp4", 3), ("long.mkv", 30)):
        images = [rng.integers(0, 255, (64, 64, 3), np.uint8) for _ in range(count)]
        paths.append(encode_video(tmp_path / name, images))
    (tmp_path / "images").mkdir()
    for n in range(10):
        cv2.imwrite(str(tmp_path / "images" / f"{n}.png"), picture(n))
    broken = tmp_path / "broken.mp4"
    broken.write_text("no video")
    paths += [tmp_path / "images", broken, tmp_path / "gone.mp4"]
    assert [work_of(path) for path in paths] == pytest.approx([3, 30, 10, 0, 0], abs=0.5)
    ordered = longest_first([Job(path, tmp_path, None, features=False) for path in paths])
    assert [job.path.name for job in ordered] == ["long.mkv", "images", "short.mp4", "broken.mp4", "gone.mp4"]


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(true) -> None:
    end = time.monotonic() + 90
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
