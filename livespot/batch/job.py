"""One recording of a batch: its analysis into a folder of results, and whether an earlier run has made them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livespot.api import spot
from livespot.batch.result_folders import owner_of
from livespot.config import Config
from livespot.errors import LivespotError, OutputError
from livespot.inference import Runner, resolved_config
from livespot.interchange import read_summary, write_curves, write_features, write_intervals, write_summary
from livespot.interchange.csv import CurveTable, GapRow
from livespot.interchange.tables import DIALECTS, STANDARD
from livespot.replay import recorded_config
from livespot.session import SessionReader
from livespot.stream.collect import SpotResult

Outcome = dict[str, Any] | LivespotError
"""The summary of a recording, or why there is none."""

Progress = Callable[[int, "int | None"], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One recording and the folder of its results.

    Attributes
    ----------
    path, folder : Path
    fps : float or None
        Frames that were really taken in a second; None: a video's own rate, 30 for images.
    features : bool
        Whether the windows are written too.
    as_recorded : bool
        A session, with the configuration of its live run.
    dialect : str
        Of the tables, a name in :data:`livespot.interchange.tables.DIALECTS`.
    """

    path: Path
    folder: Path
    fps: float | None
    features: bool
    as_recorded: bool = False
    dialect: str = STANDARD.name


def analyse(job: Job, config: Config, runner: Runner, progress: Progress | None = None) -> dict[str, Any]:
    """Analyse one recording into its folder of results; returns the summary.

    Raises
    ------
    InputError
        The recording cannot be used.
    OutputError
        The results cannot be written.
    EngineError
        The engine fails.
    """
    used = None if job.as_recorded else config
    result = spot(job.path, fps=job.fps, config=used, runner=runner, features=job.features, progress=progress)
    seconds = float(result.times_s[-1] - result.times_s[0]) + 1.0 / result.summary["model_rate_hz"]
    known = {
        "path": str(job.path.resolve()),
        "stamp": _stamp(job.path),
        "csv": job.dialect,
        "length_s": seconds,
    }
    summary = result.summary | known
    _write(job, result, summary)
    return summary


def is_done(job: Job, config: Config, runner: Runner) -> bool:
    """Whether the folder holds the results of this very recording, engine, configuration and kind of table."""
    summary_path = job.folder / "summary.json"
    wanted = [job.folder / "features.npz"] if job.features else []
    if not job.path.exists() or not all(path.is_file() for path in (summary_path, *wanted)):
        return False
    try:
        summary = read_summary(summary_path)
    except LivespotError:
        return False
    same_source = summary.get("path") == str(job.path.resolve()) and summary.get("stamp") == _stamp(job.path)
    known, wanted_engine = summary.get("engine", {}), runner.info.facts()
    same_engine = all(known.get(key) == wanted_engine.get(key) for key in ("sha256", "second_stage"))
    same_tables = summary.get("csv", STANDARD.name) == job.dialect
    if not (same_source and same_engine and same_tables):
        return False
    if job.as_recorded:
        with SessionReader(job.path) as session:
            config = resolved_config(recorded_config(session), runner)
    return bool(summary.get("config") == json.loads(json.dumps(config.as_dict())))


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


def _stamp(path: Path) -> list[int]:
    """Tells whether a recording is still the one that was analysed."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    stats = [file.stat() for file in files]
    return [len(stats), sum(s.st_size for s in stats), max((s.st_mtime_ns for s in stats), default=0)]
