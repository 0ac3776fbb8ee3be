"""Kills recordings at random moments and looks at what is left.

``python tests/session/kill_harness.py --kills 1000 --out kills.json`` records made-up pictures in processes of their
own at 30 frames per second, ends each with SIGKILL after a random time, and opens what it left. Counted as lost is what
was handed to the recorder more than a second before the kill and is not in the log, in the features or in the
video, and every marker that the recorder had confirmed and that is not there.

The processes are forked from one that has imported everything (where the system can), so that a thousand kills take
minutes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ALLOWED_S = 1.0
MODES = ("full", "lossless", "features")
FORKED = "forkserver" in multiprocessing.get_all_start_methods()
PROCESSES = multiprocessing.get_context("forkserver" if FORKED else "spawn")
if FORKED:
    PROCESSES.set_forkserver_preload(["livespot.session", "numpy", "av"])


def worker(folder: str, notes: str, mode: str) -> None:
    """Record until killed; note what was handed over, unbuffered."""
    os.dup2(os.open(Path(notes).with_name("said.txt"), os.O_WRONLY | os.O_CREAT), 2)
    sys.path.insert(0, str(Path(__file__).parent))
    from session_makers import feed, info, picture

    from livespot.session import SessionWriter

    images = [picture(n, 160, 120) for n in range(8)]
    log = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(log, f"begin 0 {time.monotonic()}\n".encode())
    writer = SessionWriter(folder, info(160, 120), mode, name="killed")
    began = time.monotonic()
    number = 0
    while number < 3000:  # should nobody kill it
        feed(writer, number, images[number % 8], number / 30)
        os.write(log, f"frame {number} {time.monotonic()}\n".encode())
        if number % 11 == 5 and writer.marker(str(number)):
            os.write(log, f"marker {number} {time.monotonic()}\n".encode())
        number += 1
        time.sleep(max(0.0, began + number / 30 - time.monotonic()))


def one_kill(seed: int, longest_s: float = 3.5) -> dict[str, object]:
    """Record, kill, open: what was lost."""
    rng = random.Random(seed)
    mode = MODES[seed % len(MODES)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        notes = Path(folder) / "notes.txt"
        child = PROCESSES.Process(target=worker, args=(folder, str(notes), mode), daemon=True)
        child.start()
        try:
            while not notes.exists() and child.is_alive():
                time.sleep(0.002)
            time.sleep(rng.uniform(0.0, longest_s))
            killed_s = time.monotonic()
        finally:
            child.kill()
            child.join()
        said = (Path(folder) / "said.txt").read_text()
        lines = [line.split() for line in notes.read_text().splitlines(keepends=True) if line.endswith("\n")]
        result = {"seed": seed, "mode": mode, **left(Path(folder) / "killed.livespot", lines, killed_s, mode)}
        return {**result, "error": said.strip().splitlines()[-1]} if said.strip() else result


def left(session: Path, lines: list[list[str]], killed_s: float, mode: str) -> dict[str, object]:
    """Open the session and compare it with the notes of its recorder."""
    from livespot.session import SessionReader

    given = {int(number): float(at) for kind, number, at in lines if kind == "frame"}
    marked = {number for kind, number, _ in lines if kind == "marker"}
    if not session.exists():
        return {"opened": not given, "begun": False, "markers_lost": len(marked), "late": []}
    with SessionReader(session) as reader:
        held = {
            "log": len(reader.frames),
            "curves": len(reader.curves().frames),
            "features": sum(1 for _ in reader.windows()),
        }
        markers = {marker.label for marker in reader.markers}
        path = reader.video_path
        # The session's 0 s is its first frame's, and the clocks at that moment are known as soon as the frame is.
        counted = not len(reader.frames) or (reader.frames["time_s"][0] == 0.0 and reader.start is not None)
    if mode != "features":
        held["video"] = 0 if path is None else pictures(path)
    lost_s = {
        what: max((killed_s - at for n, at in given.items() if n >= count), default=0.0)
        for what, count in held.items()
    }
    return {
        "opened": counted,
        "begun": True,
        "frames": len(given),
        "markers": len(marked),
        "markers_lost": len(marked - markers),
        "lost_s": lost_s,
        "late": [what for what, seconds in lost_s.items() if seconds > ALLOWED_S],
    }


def pictures(path: Path) -> int:
    """How many pictures of a video decode."""
    import av

    count = 0
    try:
        with av.open(str(path)) as container:
            for _ in container.decode(video=0):
                count += 1
    except (av.FFmpegError, IndexError):
        pass
    return count


def report(results: list[dict]) -> dict[str, object]:
    """The figures over all kills."""
    begun = [r for r in results if r["begun"]]
    worst = {
        what: sorted(r["lost_s"][what] for r in begun if what in r["lost_s"])
        for what in ("log", "curves", "features", "video")
    }
    return {
        "kills": len(results),
        "by_mode": dict(Counter(r["mode"] for r in results)),
        "before_the_session_began": len(results) - len(begun),
        "did_not_open": sum(not r["opened"] for r in results),
        "frames_recorded": sum(r["frames"] for r in begun),
        "markers_confirmed": sum(r["markers"] for r in begun),
        "markers_lost": sum(r["markers_lost"] for r in results),
        "lost_more_than_1_s": sum(bool(r["late"]) for r in results),
        "lost_s_median": {what: round(times[len(times) // 2], 3) for what, times in worst.items() if times},
        "lost_s_worst": {what: round(times[-1], 3) for what, times in worst.items() if times},
        "failures": [r for r in results if not r["opened"] or r["late"] or r["markers_lost"] or "error" in r],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    results: list[dict] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for result in pool.map(one_kill, range(options.seed, options.seed + options.kills)):
            results.append(result)
            if options.out and len(results) % 10 == 0:
                options.out.write_text(json.dumps(report(results), indent=1) + "\n")
    text = json.dumps(report(results), indent=1)
    if options.out:
        options.out.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
