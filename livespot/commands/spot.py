"""``livespot spot``: recordings in, CSV and JSON out; resumable, several at once."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from livespot.batch.combined import write_combined
from livespot.batch.job import Job, Outcome, analyse, is_done
from livespot.batch.result_folders import placed, recordings_in
from livespot.batch.workers import one_after_the_other, side_by_side
from livespot.capture import STANDARD_INPUT, is_url
from livespot.capture.network import shown
from livespot.commands.arguments import count, csv_dialect, engine_options, every_frame, positive
from livespot.commands.common import configured, said_if_slow
from livespot.config import Config
from livespot.errors import InputError, LivespotError, UsageError
from livespot.flow.warm import warm_up
from livespot.inference import Runner, open_runner, resolved_config
from livespot.interchange.atomic import writable_folder
from livespot.interchange.tables import DIALECTS
from livespot.session import is_session


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
        "--subject-from",
        default="",
        metavar="REGEX",
        help="where in a recording's path its subject stands, for all_intervals.csv: '/(s[0-9]+)/' (default: the name"
        " of the folder that it lies in)",
    )
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
    subject_from = _pattern(options.subject_from)
    out = writable_folder(Path(options.out))
    problems: list[tuple[Path, LivespotError]] = []
    jobs = _jobs(options, out, problems)
    if not jobs and problems:
        return problems[0][1].exit_code
    runner = open_runner(config.inference)
    config = resolved_config(config, runner)
    todo = []
    for job in jobs:
        if not options.again and is_done(job, config, runner):
            _say(options.json, job, None, "done before")
        else:
            todo.append(job)
    if todo:
        with said_if_slow("preparing the flow kernels; the first start takes about half a minute …"):
            warm_up(config.flow)
    outcomes = (
        one_after_the_other(todo, config, runner, _with_bar)
        if options.jobs == 1
        else side_by_side(todo, config, options.jobs, tell=_warn)
    )
    try:
        for job, outcome in outcomes:
            if isinstance(outcome, LivespotError):
                problems.append((job.path, outcome))
                _tell(options.json, job.path, outcome)
            else:
                _say(options.json, job, outcome, "")
    finally:  # of an interrupted batch too: what is finished is in the tables
        outcomes.close()
        write_combined(out, subject_from, DIALECTS[options.csv], dict(problems))
    return problems[0][1].exit_code if problems else 0


def _with_bar(job: Job, config: Config, runner: Runner) -> Outcome:
    """Analyse, with a progress bar where there is a terminal."""
    with tqdm(desc=job.path.name, unit="frame", disable=None, leave=False) as bar:

        def progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return analyse(job, config, runner, progress)


def _pattern(text: str) -> str:
    """A regular expression, or :class:`UsageError`."""
    try:
        re.compile(text)
    except re.error as error:
        raise UsageError(
            f"--subject-from: {text!r} is no regular expression ({error}); try '/(s[0-9]+)/'"
        ) from None
    return text


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


def _say(as_json: bool, job: Job, summary: dict[str, Any] | None, note: str) -> None:
    if as_json:
        found = {
            key: (summary or {}).get(key)
            for key in ("frames", "face_share", "intervals", "frames_per_second")
        }
        told = {"path": str(job.path), "out": str(job.folder), "note": note, **found}
        print(json.dumps({"event": "result", **told}), flush=True)
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


def _warn(text: str) -> None:
    print(f"livespot: {text}", file=sys.stderr, flush=True)


def _tell(as_json: bool, path: Path, error: LivespotError) -> None:
    if as_json:
        print(json.dumps({"event": "error", "path": str(path), "error": str(error)}), flush=True)
    print(f"livespot: {' '.join(str(error).split())}", file=sys.stderr)
