"""``results.json``: one file with everything that is known of a recording, for programs that read JSON.

::

    {"format": "livespot results", "version": 1, "name": …, "meta": {…},
     "intervals": [{"type", "onset", "apex", "offset", "onset_s", "apex_s", "offset_s", "score",
                    "movement": {"words", "amplitude_px", "asymmetry", "onset_speed_px_s", "offset_speed_px_s",
                                 "action_units": […]} where it was measured}, …],
     "curves": {"columns": [ten names], "frames": […], "times_s": […], "values": [[ten numbers] or null, …],
                "status": […], "video_frames": […] or null, "gaps": [{"row", "time_s", "reason"}, …]},
     "start": {"utc", "monotonic_s"} or null, at 0 s,
     "markers": [{"time_s", "label"}, …], "gaps": [{"time_s", "label", "end_s"}, …], "truth": [intervals],
     "review": [{"interval", "decision", "reviewer", "at", "comment"}, …],
     "video": path or null, "video_start_s": seconds, "video_speed": factor}

A row of values is null where there is no face; ``status`` says why. The intervals found also have
``onset_video_frame`` and so on: their frames in the recording's own video, null where it has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from livespot.clock import StartTime
from livespot.errors import InputError
from livespot.interchange.atomic import replacing
from livespot.interchange.csv import CurveTable, GapRow
from livespot.interchange.results import (
    REVIEW_DECISIONS,
    Judged,
    Note,
    Results,
    interval_dict,
    interval_of,
)
from livespot.interchange.summary import plain
from livespot.types import CURVES, Float32Array, Interval

FORMAT = "livespot results"
VERSION = 1


def write_results(path: str | Path, results: Results) -> None:
    """Write ``results.json``.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    curves = results.curves
    document = {
        "format": FORMAT,
        "version": VERSION,
        "name": results.name,
        "meta": plain(results.meta),
        "intervals": [_with_places(interval, curves) for interval in results.intervals],
        "start": None
        if curves.start is None
        else {"utc": curves.start.utc, "monotonic_s": curves.start.monotonic_s},
        "curves": {
            "columns": list(CURVES),
            "frames": curves.frames.tolist(),
            "times_s": curves.times_s.tolist(),
            "values": [_row(row) for row in curves.curves],
            "status": list(curves.status),
            "video_frames": None if curves.video_frames is None else curves.video_frames.tolist(),
            "gaps": [
                {"row": gap.row, "time_s": float(gap.time_s), "reason": gap.reason} for gap in curves.gaps
            ],
        },
        "markers": _notes(results.markers),
        "gaps": _notes(results.gaps),
        "truth": [interval_dict(interval) for interval in results.truth],
        "review": [judged_dict(judged) for judged in results.review],
        "video": None if results.video is None else str(results.video),
        "video_start_s": results.video_start_s,
        "video_speed": results.video_speed,
    }
    with replacing(path) as handle:
        json.dump(document, handle, allow_nan=False, separators=(",", ":"))
        handle.write("\n")


def read_results(path: str | Path) -> Results:
    """Read ``results.json``.

    Raises
    ------
    InputError
        When the file cannot be read, is not JSON, is another format or a newer version, or holds something
        that is no interval.
    """
    file = Path(path)
    cure = "export it again with `livespot export --to json`"
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror or error}); check the path") from error
    except ValueError as error:
        raise InputError(f"{file}: is not JSON ({error}); {cure}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(f"{file}: is not a results.json of livespot; {cure}")
    if document.get("version") != VERSION:
        raise InputError(
            f"{file}: is of version {document.get('version')}, this livespot reads {VERSION}; install a newer one"
        )
    try:
        return _results(document)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{file}: {what}; {cure}") from error


def judged_dict(judged: Judged) -> dict[str, Any]:
    """Plain values by name."""
    return {
        "interval": interval_dict(judged.interval),
        "decision": judged.decision,
        "reviewer": judged.reviewer,
        "at": judged.at,
        "comment": judged.comment,
    }


def judged_of(value: Any) -> Judged:
    """Back from :func:`judged_dict`; raises :class:`ValueError` or :class:`KeyError` for anything else."""
    if not isinstance(value, dict):
        raise ValueError(f"expected a decision, got {value!r}")
    if value["decision"] not in REVIEW_DECISIONS:
        raise ValueError(f"decision expects one of {', '.join(REVIEW_DECISIONS)}, got {value['decision']!r}")
    texts = (str(value[name]) for name in ("reviewer", "at", "comment"))
    return Judged(interval_of(value["interval"]), value["decision"], *texts)


def _results(document: dict[str, Any]) -> Results:
    table = document["curves"]
    if table["columns"] != list(CURVES):
        raise ValueError(
            f"curves have the columns {', '.join(map(str, table['columns']))}, expected {', '.join(CURVES)}"
        )
    frames, times_s = np.array(table["frames"], np.int64), np.array(table["times_s"], np.float64)
    values = np.full((len(frames), len(CURVES)), np.nan, np.float32)
    if not len(table["values"]) == len(times_s) == len(frames):
        raise ValueError("curves have columns of different lengths")
    for row, given in enumerate(table["values"]):
        if given is not None:
            values[row] = given
    video, places, start = document["video"], table.get("video_frames"), document.get("start")
    about = CurveTable(
        frames,
        times_s,
        values,
        tuple(map(str, table.get("status", ()))),
        None if places is None else np.array(places, np.int64),
        tuple(
            GapRow(int(gap["row"]), float(gap["time_s"]), str(gap["reason"])) for gap in table.get("gaps", ())
        ),
        None if start is None else StartTime(str(start["utc"]), float(start["monotonic_s"])),
    )
    return Results(
        name=str(document["name"]),
        intervals=tuple(map(interval_of, document["intervals"])),
        curves=about,
        meta=document["meta"],
        markers=_read_notes(document["markers"]),
        gaps=_read_notes(document["gaps"]),
        truth=tuple(map(interval_of, document["truth"])),
        review=tuple(map(judged_of, document["review"])),
        video=None if video is None else Path(video),
        video_start_s=float(document["video_start_s"]),
        video_speed=float(document.get("video_speed", 1.0)),
    )


def _row(row: Float32Array) -> list[float] | None:
    # The fewest digits that read back as the same float32, which float(value) would not print.
    return [float(str(value)) for value in row] if np.isfinite(row).all() else None


def _notes(notes: Iterable[Note]) -> list[dict[str, Any]]:
    return [
        {"time_s": float(note.time_s), "label": note.label}
        | ({} if note.end_s is None else {"end_s": float(note.end_s)})
        for note in notes
    ]


def _read_notes(values: Iterable[Any]) -> tuple[Note, ...]:
    return tuple(
        Note(float(value["time_s"]), str(value["label"]), float(value["end_s"]) if "end_s" in value else None)
        for value in values
    )


def _with_places(interval: Interval, curves: CurveTable) -> dict[str, Any]:
    places = {part: curves.video_frame_of(getattr(interval, part)) for part in ("onset", "apex", "offset")}
    return interval_dict(interval) | {f"{part}_video_frame": place for part, place in places.items()}
