"""``livespot spot``: recordings in, CSV and JSON out; resumable, several at once."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from livespot.api import spot
from livespot.batch.result_folders import owner_of, placed, recordings_in
from livespot.capture import STANDARD_INPUT, is_url
from livespot.capture.network import shown
from livespot.commands.arguments import count, csv_dialect, engine_options, every_frame, positive
from livespot.commands.common import configured, said_if_slow
from livespot.config import Config
from livespot.errors import InputError, LivespotError, OutputError, UsageError
from livespot.flow.warm import warm_up
from livespot.inference import Runner, open_runner, resolved_config
from livespot.interchange import read_summary, write_curves, write_features, write_intervals, write_summary
from livespot.interchange.atomic import writable_folder
from livespot.interchange.csv import CurveTable, GapRow
from livespot.interchange.tables import DIALECTS, STANDARD
from livespot.replay import recorded_config
from livespot.session import SessionReader, is_session
from livespot.stream.collect import SpotResult


@dataclass(frozen=True, slots=True)
class Job:
    """One recording and the folder of its results."""

    path: Path
    folder: Path
    fps: float | None
    features: bool
    as_recorded: bool = False  # a session, with the configuration of its live run
    dialect: str = STANDARD.name  # of the tables


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a video, a folder of images, or a folder of videos"
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="where DIR/STEM/intervals.csv and the others go"
    )
    parser.add_argument(
        "--jobs", type=count, default=1, metavar="N", help="recordings analysed at once (default: 1)"
    )
    parser.add_argument("--features", action="store_true", help="also write the SW-MRO windows, features.npz")
    parser.add_argument(
        "--fps",
        type=positive,
        metavar="F",
        help="frames that were really taken in a second: of a folder of images (default: 30), or of a video that plays"
        " slower or faster (default: its own rate)",
    )
    csv_dialect(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    parser.add_argument("--again", action="store_true", help="analyse anew what has results already")
    every_frame(parser)
    engine_options(parser)


def run(options: argparse.Namespace) -> int:
    """Analyse all recordings; the exit code is that of the first one that failed."""
    config = configured(options)
    out = writable_folder(Path(options.out))
    problems: list[tuple[Path, LivespotError]] = []
    jobs = _jobs(options, out, problems)
    if not jobs and problems:
        return problems[0][1].exit_code
    runner = open_runner(config.inference)
    config = resolved_config(config, runner)
    todo = []
    for job in jobs:
        if not options.again and _is_done(job, config, runner):
            _say(options.json, job, None, "done before")
        else:
            todo.append(job)
    if todo:
        with said_if_slow("preparing the flow kernels; the first start takes about half a minute …"):
            warm_up(config.flow)
    outcomes = (
        _one_by_one(todo, config, runner) if options.jobs == 1 else _side_by_side(todo, config, options.jobs)
    )
    for job, outcome in outcomes:
        if isinstance(outcome, LivespotError):
            problems.append((job.path, outcome))
            _tell(options.json, job.path, outcome)
        else:
            _say(options.json, job, outcome, "")
    return problems[0][1].exit_code if problems else 0


def analyse(job: Job, config: Config, runner: Runner, bar: bool = True) -> dict[str, Any]:
    """One recording to its folder of results; returns the summary."""
    with tqdm(desc=job.path.name, unit="frame", disable=None if bar else True, leave=False) as shown:

        def progress(done: int, total: int | None) -> None:
            shown.total = total
            shown.update(done - shown.n)

        used = None if job.as_recorded else config
        result = spot(
            job.path, fps=job.fps, config=used, runner=runner, features=job.features, progress=progress
        )
    known = {"path": str(job.path.resolve()), "stamp": _stamp(job.path), "csv": job.dialect}
    summary = result.summary | known
    _write(job, result, summary)
    return summary


def _write(job: Job, result: SpotResult, summary: dict[str, Any]) -> None:
    if (owner := owner_of(job.folder)) not in (None, job.path.resolve()):
        raise OutputError(
            f"{job.folder}: holds the results of {owner}, which another run wrote meanwhile; run the command again"
        )
    gaps = tuple(GapRow(gap["row"], gap["time_s"], gap["reason"]) for gap in summary["gaps"])
    rows = result.frames, result.times_s, result.curves, result.status, result.video_frames
    table = CurveTable(*rows, gaps, result.start)
    dialect = DIALECTS[job.dialect]
    write_intervals(job.folder / "intervals.csv", result.intervals, table, dialect)
    write_curves(job.folder / "curves.csv", table, dialect)
    if result.features is not None:
        write_features(
            job.folder / "features.npz", result.features, result.frames, result.times_s, result.regions
        )
    # Last: a folder with a summary is complete.
    write_summary(job.folder / "summary.json", summary)


Outcome = dict[str, Any] | LivespotError


def _one_by_one(jobs: Sequence[Job], config: Config, runner: Runner) -> Iterator[tuple[Job, Outcome]]:
    for job in jobs:
        try:
            yield job, analyse(job, config, runner)
        except LivespotError as error:
            yield job, error


def _side_by_side(jobs: Sequence[Job], config: Config, workers: int) -> Iterator[tuple[Job, Outcome]]:
    # Spawned, not forked: ONNX Runtime has threads that do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, max(len(jobs), 1)), mp_context=context) as pool:
        waiting: dict[Future[Outcome], Job] = {pool.submit(_in_worker, job, config): job for job in jobs}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            # Ctrl-C reaches them by itself, SIGTERM only this process; what they have not finished has no summary yet.
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


_worker_runner: list[Runner] = []


def _in_worker(job: Job, config: Config) -> Outcome:
    try:
        if not _worker_runner:
            _worker_runner.append(open_runner(config.inference))
        return analyse(job, config, _worker_runner[0], bar=False)
    except LivespotError as error:
        return error


def _jobs(options: argparse.Namespace, out: Path, problems: list[tuple[Path, LivespotError]]) -> list[Job]:
    paths: list[Path] = []
    for given in options.paths:
        try:
            _check_local(given)
            paths += recordings_in(Path(given), out)
        except (InputError, UsageError) as error:
            problems.append((Path(given), error))
            _tell(options.json, Path(given), error)
    jobs = []
    for item in placed(paths, out):
        if is_session(item.path) and (refused := _refused_of_sessions(options, item.path)) is not None:
            problems.append((item.path, refused))
            _tell(options.json, item.path, refused)
            continue
        if item.note:
            print(f"livespot: {item.path}: {item.note}; these go to {item.folder}", file=sys.stderr)
        as_recorded = not options.config and is_session(item.path)
        jobs.append(Job(item.path, item.folder, options.fps, options.features, as_recorded, options.csv))
    return jobs


def _check_local(given: str) -> None:
    """Raise :class:`UsageError` for an address or the standard input: results need a recording with an end."""
    if is_url(given):
        raise UsageError(
            f"{shown(given)}: is an address, expected a file or a folder; download it first,"
            " or watch it with `livespot live --camera ADDRESS`"
        )
    if given == STANDARD_INPUT:
        raise UsageError(
            "-: a video cannot be read from the standard input, expected a file or a folder;"
            " write it to a file first (./- for a file of this name)"
        )


def _refused_of_sessions(options: argparse.Namespace, path: Path) -> UsageError | None:
    """What makes no sense for a session, whose features and times are those of its recording."""
    if options.every_frame:
        return UsageError(
            f"--every-frame: {path} is a session, its features are what they were recorded as;"
            " use livespot replay --pixels --every-frame"
        )
    if options.fps is not None:
        return UsageError(
            f"--fps: {path} is a session, its times are those of the recording; leave --fps out"
        )
    return None


def _stamp(path: Path) -> list[int]:
    """Tells whether a recording is still the one that was analysed."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    stats = [file.stat() for file in files]
    return [len(stats), sum(s.st_size for s in stats), max((s.st_mtime_ns for s in stats), default=0)]


def _is_done(job: Job, config: Config, runner: Runner) -> bool:
    summary_path = job.folder / "summary.json"
    wanted = [job.folder / "features.npz"] if job.features else []
    if not job.path.exists() or not all(path.is_file() for path in (summary_path, *wanted)):
        return False
    try:
        summary = read_summary(summary_path)
    except LivespotError:
        return False
    same_source = summary.get("path") == str(job.path.resolve()) and summary.get("stamp") == _stamp(job.path)
    same_engine = summary.get("engine", {}).get("sha256") == runner.info.sha256
    same_tables = summary.get("csv", STANDARD.name) == job.dialect
    if not (same_source and same_engine and same_tables):
        return False
    if job.as_recorded:
        with SessionReader(job.path) as session:
            config = resolved_config(recorded_config(session), runner)
    return bool(summary.get("config") == json.loads(json.dumps(config.as_dict())))


def _say(as_json: bool, job: Job, summary: dict[str, Any] | None, note: str) -> None:
    if as_json:
        found = {
            key: (summary or {}).get(key)
            for key in ("frames", "face_share", "intervals", "frames_per_second")
        }
        print(json.dumps({"path": str(job.path), "out": str(job.folder), "note": note, **found}), flush=True)
        return
    if summary is None:
        print(f"{job.path.name}: {note}, {job.folder}")
        return
    counts = summary["intervals"]
    print(
        f"{job.path.name}: {counts.get('MaE', 0)} MaE, {counts.get('ME', 0)} ME in {summary['frames']} frames"
        f" ({summary['frames_per_second']:.0f} a second); face in {summary['face_share']:.1%} → {job.folder}"
    )
    missing = ", ".join(f"{n} {state}" for state, n in summary["frames_without_face"].items())
    if missing:
        print(f"  frames that could not be measured: {missing}", file=sys.stderr)
    for text in summary["warnings"]:
        print(f"  {text}", file=sys.stderr)


def _tell(as_json: bool, path: Path, error: LivespotError) -> None:
    if as_json:
        print(json.dumps({"path": str(path), "error": str(error)}), flush=True)
    print(f"livespot: {' '.join(str(error).split())}", file=sys.stderr)
