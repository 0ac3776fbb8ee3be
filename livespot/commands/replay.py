"""``livespot replay``: a session or any video once more, in a window at any speed, or headless as fast as it goes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from livespot.capture import FrameSource, open_source
from livespot.capture.paced import PacedSource
from livespot.clock import Clock
from livespot.commands.arguments import engine_options, every_frame, speed
from livespot.commands.common import configured, said_if_slow
from livespot.commands.live import Printer, missing_display, watch
from livespot.config import Config
from livespot.errors import InputError, UsageError
from livespot.flow.warm import warm_up
from livespot.inference import Runner, open_runner, resolved_config
from livespot.replay import SessionSource, from_features, from_pictures, recorded_config, recorded_engine
from livespot.replay.settings import AsSet, ShippedEngines, settings_of
from livespot.replay.source import video_of
from livespot.review.ground_truth import read_truth, score_dict, score_lines, times_of_session, times_of_video
from livespot.session import SessionReader, is_session
from livespot.stream import Controller
from livespot.stream.stream import Stream
from livespot.types import Interval, Update

SAME, OTHER = "the same intervals as live, bit for bit", "not the intervals found live"


@dataclass(frozen=True, slots=True)
class _Task:
    """What is replayed, and how."""

    path: Path
    session: SessionReader | None
    config: Config
    truth: Sequence[Interval]
    as_json: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument("path", metavar="PATH", help="a session's folder, a video, or a folder of images")
    parser.add_argument(
        "--speed",
        type=speed,
        metavar="X|max",
        help="1 is real time (default: 1 in the window; headless as fast as it goes)",
    )
    parser.add_argument("--annotations", metavar="CSV", help="ground truth, to be shown and scored against")
    parser.add_argument(
        "--pixels", action="store_true", help="a session from its video instead of its logged features"
    )
    every_frame(parser)
    parser.add_argument(
        "--headless", action="store_true", help="no window: intervals, and the score at the end"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line on stdout (implies --headless)"
    )
    engine_options(parser)


def run(options: argparse.Namespace) -> int:
    """Replay until the end, until the window closes, or Ctrl-C."""
    path = Path(options.path)
    if not path.exists():
        raise InputError(f"{options.path}: no such video or session; check the path")
    if options.pixels and not is_session(path):
        raise UsageError(
            f"--pixels: {options.path} is no recorded session; a video is always replayed from its pictures"
        )
    # --pixels is a question with an answer in words; the window has no part in it.
    if not (options.headless or options.json or options.pixels or _no_window()):
        return _in_window(options)
    session = SessionReader(path) if is_session(path) else None
    task = _Task(path, session, _config(options, session), _truth(options, path, session), options.json)
    if session is not None:
        for problem in session.problems:
            print(f"livespot: {path}: {problem}", file=sys.stderr)
    if session is not None and options.speed is None:
        # The logged features are those of the frames that the live run described.
        return _again(task, options.pixels or task.config.grid != recorded_config(session).grid)
    return _played(task, options.speed)


def _config(options: argparse.Namespace, session: SessionReader | None) -> Config:
    given = configured(options)
    if session is None or options.config:
        return given
    recorded = recorded_config(session)
    if options.every_frame:
        recorded = replace(recorded, grid=replace(recorded.grid, every_frame=True))
    inference = replace(recorded.inference, engine=given.inference.engine)
    if options.model:
        inference = replace(inference, model=options.model, precision=given.inference.precision)
    if options.precision:
        inference = replace(inference, precision=options.precision)
    return replace(recorded, inference=inference)


def _truth(options: argparse.Namespace, path: Path, session: SessionReader | None) -> list[Interval]:
    if not options.annotations:
        return []
    if session is not None:
        name = str(session.info["source"]["name"] or session.info["name"])
        return read_truth(options.annotations, Path(name).name, times_of_session(session), session)
    if path.is_dir():
        return read_truth(options.annotations, path.name, lambda frame: frame / 30.0)
    return read_truth(options.annotations, path.name, times_of_video(path))


def _no_window() -> bool:
    lack = missing_display()
    if lack:
        print(f"livespot: {lack}; going on without a window (--headless)", file=sys.stderr)
    return bool(lack)


def _opener(task: _Task, speed: float | None) -> Any:
    def open_it(spec: str, config: Config, clock: Clock) -> FrameSource:
        source: FrameSource = SessionSource(task.session) if task.session else open_source(spec)
        return source if speed in (None, float("inf")) else PacedSource(source, clock, speed or 1.0)

    return open_it


def _in_window(options: argparse.Namespace) -> int:
    """Replay and review; what cannot be opened is said in the window, where another file can be chosen."""
    from livespot.gui.progress import Report
    from livespot.gui.review.app import run_review
    from livespot.review.orders import ReviewService
    from livespot.review.service import Opening, open_review

    config = configured(options)

    def opener(path: str, report: Report) -> ReviewService:
        annotations = options.annotations if path == options.path else ""
        return open_review(Opening(Path(path), config, annotations or "", bool(options.config)), report)

    return run_review(opener, options.path, speed=options.speed or 1.0)


def _played(task: _Task, speed: float | None) -> int:
    """The pictures through the live path, at a speed or as fast as it goes."""
    if task.session is not None:
        video_of(task.session)  # says why there is none before anything is loaded
    found: list[Interval] = []
    printer = _Keeper(task.as_json, found)
    engines = ShippedEngines(task.config.inference)

    def as_recorded(stream: Stream, runner: Runner) -> None:
        """Turn what was turned while the session was recorded."""
        if (session := task.session) is not None:
            settings = settings_of(session, task.config, runner)
            by_picture = not session.info["from_start"]
            stream.before_window = AsSet(settings, stream.spotting, engines, by_picture).before

    controller = Controller(task.config, lambda: (printer,), _opener(task, speed), prepare=as_recorded)
    with said_if_slow("preparing the engine and the flow kernels; the first start takes about a minute …"):
        stream = controller.run(str(task.path))
    try:
        watch(controller, stream, None, task.as_json)
    finally:
        controller.close()
        engines.close()
    if stream.error is not None:
        raise stream.error
    if stream.source.warning:
        print(f"livespot: {stream.source.warning}", file=sys.stderr)
    _finish(task, found, {})
    return 0


def _again(task: _Task, pixels: bool) -> int:
    """A session from its features, or from its pictures, on this thread."""
    session = task.session
    assert session is not None
    runner = open_runner(task.config.inference)
    if pixels:
        video_of(session)
    config = resolved_config(task.config, runner)
    if pixels:
        with said_if_slow("preparing the flow kernels; the first start takes about half a minute …"):
            warm_up(config.flow)
    with tqdm(desc=task.path.name, unit="frame", disable=None, leave=False) as bar:

        def progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        replay = from_pictures if pixels else from_features
        found = replay(session, config, runner, progress=progress)
    printer = Printer(task.as_json)
    for frame, time_s, values in zip(
        found.frames.tolist(), found.times_s.tolist(), found.curves, strict=True
    ):
        if task.as_json:
            printer.update(Update(frame, time_s, values))
    for _, gap in found.gaps:
        printer.gap(gap)
    printer.update(Update(None, None, None, (), tuple(found.intervals)))
    for problem in found.problems:
        print(f"livespot: {task.path}: {problem}", file=sys.stderr)
    same = list(session.intervals) == found.intervals
    extra = {
        "engine_as_recorded": runner.info.sha256 == recorded_engine(session),
        "intervals_as_live": same,
        "live_intervals": len(session.intervals),
    }
    if not task.as_json:
        differs = "" if extra["engine_as_recorded"] else ", by another engine than live"
        print(f"{SAME if same else OTHER} ({len(session.intervals)}){differs}; {runner.info.description}")
    _finish(task, found.intervals, extra)
    return 0


class _Keeper(Printer):
    """Prints, and keeps what it printed."""

    def __init__(self, as_json: bool, found: list[Interval]) -> None:
        super().__init__(as_json)
        self._found = found

    def update(self, update: Update) -> None:
        super().update(update)
        self._found.extend(update.confirmed)


def _finish(task: _Task, found: Sequence[Interval], extra: dict[str, Any]) -> None:
    if task.as_json:
        score = {"score": score_dict(task.truth, found)} if task.truth else {}
        print(json.dumps({"event": "end", "intervals": len(found), **extra, **score}), flush=True)
        return
    print(f"{len(found)} intervals")
    if task.truth:
        print(f"against {len(task.truth)} annotated expressions, IoU 0.5 or more:")
        for line in score_lines(task.truth, found):
            print(line)
