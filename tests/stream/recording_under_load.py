"""Records a loopback camera while other processes keep every core busy, and counts the pictures in the file.

``python tests/stream/recording_under_load.py --mode lossless --seconds 600 --out load.json`` runs, each in a process of
its own, a camera whose pictures carry their numbers, as many busy loops as asked for, and a real controller with the
real engine that records what the camera sends. Afterwards every picture of ``video.mkv`` is decoded and its number is
read. What the analysis dropped is counted beside it: it may be late, the file may lack nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
WARM_S = 3.0
"""How long the camera runs before Record is pressed."""


def film() -> None:
    """Be the camera: print the address, film until stdin is closed, print the numbers that were sent."""
    sys.path.insert(0, str(TESTS))
    from loopback_camera import LoopbackCamera, steady

    from livespot.capture import VideoSource
    from livespot.installation.shipped_files import asset_path
    from livespot.types import Frame

    pictures = []
    with VideoSource(asset_path("demo.mp4")) as clip:
        while len(pictures) < 150 and isinstance(frame := clip.read(), Frame):
            pictures.append(frame.image)
    with LoopbackCamera(steady(30.0), pictures) as camera:
        print(camera.url, flush=True)
        sys.stdin.read()
        print(json.dumps(camera.numbers), flush=True)


def record(url: str, folder: str, mode: str, seconds: float) -> None:
    """Be livespot: run, press Record after a while, stop, print what the run says of itself."""
    from livespot.config import Config
    from livespot.stream import Controller

    controller = Controller(Config())
    stream = controller.run(url)
    stream.wait(WARM_S)
    path = controller.record(folder, mode, "made for a test", "load")
    stream.wait(seconds)
    snapshot = controller.snapshot()
    controller.stop_recording()
    telemetry = snapshot.telemetry
    controller.stop()
    said = {
        "path": str(path),
        "alarm": controller.recording.alarm,
        "lost": controller.recording.lost,
        "analysed": telemetry.frames,
        "drops": dict(telemetry.drops),
        "gaps": telemetry.gaps,
    }
    print(json.dumps(said), flush=True)


def numbers_in(video: Path) -> list[int | None]:
    """The numbers burned into the pictures of a video, in their order."""
    sys.path.insert(0, str(TESTS))
    import av
    from loopback_camera import number_in

    with av.open(str(video)) as container:
        return [number_in(frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]


def measure(mode: str, seconds: float, busy: int = 2) -> dict[str, Any]:
    """Record once and compare the file with what the camera sent."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), *sys.path])}
    loops = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)
    ]  # nothing else is as greedy
    with tempfile.TemporaryDirectory() as folder:
        camera = subprocess.Popen(
            [sys.executable, __file__, "--film"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert camera.stdout is not None
        try:
            url = camera.stdout.readline().strip()
            began = time.monotonic()
            command = [sys.executable, __file__, "--record", url, folder, mode, str(seconds)]
            done = subprocess.run(
                command, stdout=subprocess.PIPE, text=True, env=environment, timeout=seconds + 300, check=True
            )
            said = json.loads(done.stdout.splitlines()[-1])
            sent = json.loads(camera.communicate()[0])
        finally:
            for process in [*loops, camera]:
                process.kill()
                process.wait()
        path = Path(said.pop("path"))
        return {"mode": mode, "wall_s": round(time.monotonic() - began, 1), **_compared(path, sent), **said}


def _compared(path: Path, sent: list[int]) -> dict[str, Any]:
    from livespot.session import SessionReader

    with SessionReader(path) as session:
        found = numbers_in(path / "video.mkv")
        known = [number for number in found if number is not None]
        expected = [number for number in sent if known[0] <= number <= known[-1]]
        logged = session.frames
        return {
            "sent": len(expected),
            "in_the_file": len(found),
            "missing": sorted(set(expected) - set(known)),
            "unreadable": found.count(None),
            "in_order": known == sorted(set(known)),
            "logged": len(logged),
            "each_logged_frame_has_its_picture": bool(
                (logged["video_frame"] == range(len(logged))).all() and len(logged) == len(found)
            ),
            "longest_between_frames_s": round(
                float(max(abs(logged["time_s"][1:] - logged["time_s"][:-1]))), 3
            ),
            "seconds": round(session.duration_s, 2),
            "preroll_s": round(float(session.info["preroll_s"]), 2),
            "windows": session.window_count,
            "problems": session.problems,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mode", choices=("full", "lossless"), default="full")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument(
        "--busy", type=int, default=os.cpu_count() or 2, help="processes that do nothing but work"
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--film", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--record", nargs=4, metavar=("URL", "FOLDER", "MODE", "SECONDS"), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if options.film:
        film()
    elif options.record:
        url, folder, mode, seconds = options.record
        record(url, folder, mode, float(seconds))
    else:
        text = json.dumps(measure(options.mode, options.seconds, options.busy), indent=1)
        if options.out:
            options.out.write_text(text + "\n")
        print(text)


if __name__ == "__main__":
    main()
