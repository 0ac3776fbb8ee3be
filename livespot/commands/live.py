"""``livespot live`` and ``livespot demo``: in a window, or headless with a status line."""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from livespot.clock import Clock, start_time
from livespot.commands.arguments import engine_options, every_frame, positive, size
from livespot.commands.common import clock_text, configured, said_if_slow
from livespot.config import Config
from livespot.errors import RecordingError, UsageError
from livespot.installation.shipped_files import asset_path
from livespot.interchange.results import interval_dict
from livespot.reference.events import SCHEMA_VERSION
from livespot.snapshot import RecordingStatus, RunState, Telemetry
from livespot.stream import Controller, Stream
from livespot.stream.opening import is_recording
from livespot.stream.sinks import QuietSink, Sink
from livespot.types import CURVES, Gap, Interval, Update

_STATUS_S = 1.0
_QT_PROBE = "from PyQt6.QtWidgets import QApplication; QApplication([]); import pyqtgraph"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument(
        "--camera", default="auto", metavar="auto|N|NAME|URL", help="which camera (default: auto)"
    )
    parser.add_argument("--size", type=size, metavar="WxH", help="picture size to ask the camera for")
    parser.add_argument("--fps", type=positive, metavar="F", help="rate to ask the camera for")
    parser.add_argument("--record", metavar="DIR", help="record a session, DIR/NAME.livespot")
    parser.add_argument(
        "--record-mode",
        choices=("full", "lossless", "features"),
        help="compressed picture, exact picture, or no picture of the person at all (default: full)",
    )
    parser.add_argument("--consent", metavar="TEXT", help="what the person recorded has agreed to")
    parser.add_argument("--name", metavar="NAME", help="of the session (default: date and time)")
    parser.add_argument(
        "--lsl", action="store_true", help="give probabilities, intervals and markers to Lab Streaming Layer"
    )
    every_frame(parser)
    live_options(parser)


def live_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that a live run of a camera and of the demo clip share."""
    parser.add_argument(
        "--headless", action="store_true", help="no window: a status line, intervals as they are confirmed"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line on stdout (implies --headless)"
    )
    parser.add_argument("--seconds", type=positive, metavar="S", help="stop after so many seconds")
    engine_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run until the source ends, the window closes, ``--seconds`` are over or Ctrl-C."""
    _check_asked_of_a_camera(options)
    config = configured(options)
    headless = options.headless or options.json
    if not headless and (lack := missing_display()):
        print(f"livespot: {lack}; going on without a window (--headless)", file=sys.stderr)
        headless = True
    if headless:
        return _run_headless(options, config)
    from livespot.gui.app import run_window

    sinks: list[Sink] = []
    controller = Controller(config, lambda: tuple(sinks), keep_pictures=True)
    order_recording(controller, options)
    with lsl_outlets(controller, options) as outlets:
        sinks += outlets
        code = run_window(
            controller,
            title="livespot",
            initial_source=options.camera,
            seconds=options.seconds,
            truths={"demo": demo_truth()},
        )
    if code == 0:
        check_recorded(controller)
    return code


def _check_asked_of_a_camera(options: argparse.Namespace) -> None:
    """Raise :class:`UsageError` when a size or a rate is asked of a recording, which has its own."""
    asked = [flag for flag, value in (("--size", options.size), ("--fps", options.fps)) if value]
    if asked and is_recording(options.camera):
        raise UsageError(
            f"{', '.join(asked)}: {options.camera} is a recording, expected a camera, which can be asked for that;"
            " for slow motion use `livespot spot --fps`"
        )


def missing_display() -> str:
    """What keeps Qt from opening a window, in words; empty when nothing does.

    Qt ends the process when it finds no display, so a process of its own tries first.
    """
    if importlib.util.find_spec("PyQt6") is None:
        return "PyQt6 is not installed"
    if sys.platform == "linux":
        chosen = os.environ.get("QT_QPA_PLATFORM", "")
        if not chosen and not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
            return "no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
        try:
            probe = subprocess.run(
                [sys.executable, "-c", _QT_PROBE], capture_output=True, text=True, timeout=30, check=False
            )
        except subprocess.TimeoutExpired:
            return "Qt does not start (the display does not answer)"
        if probe.returncode != 0:
            lines = [line.strip() for line in probe.stderr.splitlines() if line.strip()]
            reason = next(
                (line for line in lines if "error" in line.lower() or "could not" in line.lower()), ""
            )
            return f"Qt cannot open a window here ({reason or 'its libraries are missing'}; see `livespot doctor`)"
    return ""


class Printer(QuietSink):
    """A sink that prints intervals as they are confirmed; with JSON, every frame too."""

    def __init__(self, as_json: bool) -> None:
        self._json = as_json
        self.count = 0

    def use_clock(self, clock: Clock, live: bool) -> None:
        """Print where the times of a run lie on the computer's clocks; a recording's own times begin at about 0 s."""
        if self._json:
            time_s = clock.now_s() if live else 0.0
            now = start_time()
            told = {
                "schema": SCHEMA_VERSION,
                "time_s": time_s,
                "utc": now.utc,
                "monotonic_s": now.monotonic_s,
                "live": live,
            }
            _print_json({"event": "start", **told})

    def gap(self, gap: Gap) -> None:
        """Print a gap."""
        if self._json:
            _print_json({"event": "gap", "time_s": gap.time_s, "reason": gap.reason})
        else:
            _print(f"{clock_text(gap.time_s)}  gap: {gap.reason}")

    def update(self, update: Update) -> None:
        """Print what an update brought."""
        if self._json and update.frame is not None and update.probabilities is not None:
            values = [None if v != v else float(v) for v in update.probabilities]
            curves = dict(zip(CURVES, values, strict=True))
            _print_json({"event": "frame", "frame": update.frame, "time_s": update.time_s, **curves})
        for interval in update.confirmed:
            self.count += 1
            if self._json:
                _print_json({"event": "interval", **_as_dict(interval)})
            else:
                _print(_in_words(interval))


def _run_headless(options: argparse.Namespace, config: Config) -> int:
    printer = Printer(options.json)
    sinks: list[Sink] = [printer]
    controller = Controller(config, lambda: tuple(sinks))
    order_recording(controller, options)
    with lsl_outlets(controller, options) as outlets:
        sinks += outlets
        stream = _headless_run(controller, printer, options)
    if stream.error is not None:
        raise stream.error
    check_recorded(controller)
    return 0


def check_recorded(controller: Controller) -> None:
    """Raise :class:`RecordingError` when the recording that has ended lacks something."""
    recorder = controller.recording
    if lost := recorder.lost:
        what = "; ".join(f"{count} lost: {reason}" for reason, count in lost.items())
        raise RecordingError(
            f"recording {recorder.path}: is not complete ({what}); what is there can be opened; "
            "free space on the disk, or record a smaller picture"
        )


def _headless_run(controller: Controller, printer: Printer, options: argparse.Namespace) -> Stream:
    source, seconds, as_json = options.camera, options.seconds, options.json
    with said_if_slow("preparing the engine and the flow kernels; the first start takes about a minute …"):
        stream = controller.run(source)
    if not as_json:
        name = stream.source.info.name
        _print(f"{name}: running, Ctrl-C ends; {controller.snapshot().engine}")
    try:
        watch(controller, stream, seconds, as_json)
    finally:
        controller.close()
        if not as_json:
            _clear_status()
            print(f"{printer.count} intervals", flush=True)
        _say_recorded(controller, as_json)
    return stream


@contextlib.contextmanager
def lsl_outlets(controller: Controller, options: argparse.Namespace) -> Iterator[list[Sink]]:
    """What ``--lsl`` asks for: a sink that gives everything to LSL and notes the markers of other programs."""
    if not getattr(options, "lsl", False):
        yield []
        return
    from livespot.interchange.lsl import LslOutlets

    def note(label: str, time_s: float) -> None:
        controller.note(label, time_s)

    outlets = LslOutlets(on_marker=note)
    try:
        yield [outlets]
    finally:
        outlets.close()


def order_recording(controller: Controller, options: argparse.Namespace) -> None:
    """Do what ``--record`` asks for; a target that cannot be written is refused before anything is opened.

    Raises
    ------
    UsageError
        Something is said of a recording that was not asked for.
    OutputError
        The target cannot be written.
    """
    if options.record is None:
        asked = {
            "--record-mode": options.record_mode,
            "--name": options.name,
            "--consent": options.consent,
        }
        if idle := [flag for flag, value in asked.items() if value is not None]:
            raise UsageError(
                f"{', '.join(idle)}: expected with --record DIR, without which nothing is recorded; add --record DIR"
            )
        return
    consent = options.consent or ""
    controller.record(options.record, options.record_mode or "full", consent, options.name)
    if not consent.strip():
        print(
            'livespot: no consent was stated; the session says "not stated" (--consent TEXT)', file=sys.stderr
        )


def _say_recorded(controller: Controller, as_json: bool) -> None:
    recorder = controller.recording
    path, alarm = recorder.path, recorder.alarm
    if path is None:
        return
    if as_json:
        start = recorder.start
        known = {} if start is None else {"utc": start.utc, "monotonic_s": start.monotonic_s}
        told = {"zero_s": recorder.zero_s, **known, "lost": recorder.lost}
        _print_json({"event": "recorded", "session": str(path), "alarm": alarm, **told})
    else:
        print(f"recorded {path}{f' ({alarm})' if alarm else ''}", flush=True)


def watch(controller: Controller, stream: Stream, seconds: float | None, as_json: bool) -> None:
    """Show a status line until the stream ends or ``seconds`` are over."""
    began = time.monotonic()
    next_status = began + _STATUS_S
    alarmed = False
    while not stream.wait(0.1):
        now = time.monotonic()
        if seconds is not None and now - began >= seconds:
            return
        if now < next_status:
            continue
        next_status = now + _STATUS_S
        snapshot = controller.snapshot()
        if not alarmed and (alarm := controller.recording.alarm):
            alarmed = True
            _clear_status()
            print(f"livespot: {alarm}", file=sys.stderr, flush=True)
        if as_json:
            recording = snapshot.recording
            told = {} if recording is None else {"recording": _recording(recording)}
            _print_json(_status(snapshot.state, snapshot.face.value, snapshot.telemetry) | told)
        elif sys.stderr.isatty():
            line = _status_line(snapshot.state, snapshot.face.value, snapshot.message, snapshot.telemetry)
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


def _status(state: RunState, face: str, telemetry: Telemetry) -> dict[str, Any]:
    latency = telemetry.latencies.get("capture to probability")
    return {
        "event": "status",
        "state": state.value,
        "face": face,
        "camera_fps": round(telemetry.camera_fps, 2),
        "model_fps": round(telemetry.model_fps, 2),
        "frames": telemetry.frames,
        "drops": dict(telemetry.drops),
        "gaps": telemetry.gaps,
        "latency_ms": None if latency is None else {"p50": latency.p50_ms, "p99": latency.p99_ms},
    }


def _recording(status: RecordingStatus) -> dict[str, Any]:
    return {
        "session": status.path,
        "seconds": round(status.seconds, 2),
        "frames": status.frames,
        "bytes": status.bytes,
        "lost": dict(status.lost),
        "alarm": status.alarm,
    }


def _status_line(state: RunState, face: str, message: str, telemetry: Telemetry) -> str:
    status = _status(state, face, telemetry)
    latency = status["latency_ms"]
    parts = [state.value, face, f"{status['camera_fps']:.1f} fps"]
    if latency:
        parts.append(f"latency {latency['p50']:.0f} ms (p99 {latency['p99']:.0f})")
    parts.append(f"{sum(telemetry.drops.values())} dropped")
    if message:
        parts.append(message)
    return " · ".join(parts)


def _in_words(interval: Interval) -> str:
    length_ms = (interval.offset_s - interval.onset_s) * 1e3
    return (
        f"{clock_text(interval.onset_s)}  {interval.type:<3}  {length_ms:5.0f} ms"
        f"  apex {clock_text(interval.apex_s)}  score {interval.score:.2f}"
        + ("" if interval.movement is None else f"  {interval.movement.words}")
    )


def _as_dict(interval: Interval) -> dict[str, Any]:
    """Plain values, the frames under the names that the tables have: ``onset_frame``."""
    frames = ("onset", "apex", "offset")
    return {f"{k}_frame" if k in frames else k: value for k, value in interval_dict(interval).items()}


_printing = threading.Lock()
"""Intervals and frames come from the spotting stage, the status from the main thread: each line in one piece."""


def _print(line: str) -> None:
    with _printing:
        _clear_status()
        print(line, flush=True)


def _print_json(value: dict[str, Any]) -> None:
    with _printing:
        print(json.dumps(value), flush=True)


def _clear_status() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def demo_truth() -> Sequence[Interval]:
    """The clip's own annotations, at its 30 frames per second."""
    rows = csv.DictReader(asset_path("demo.csv").read_text(encoding="utf-8").splitlines())
    truth = []
    for row in rows:
        onset, apex, offset = (int(row[f"{part}_frame"]) for part in ("onset", "apex", "offset"))
        kind: Any = row["type"]
        truth.append(Interval(kind, onset, apex, offset, onset / 30, apex / 30, offset / 30, 1.0))
    return truth
