"""Tables of a whole batch: every interval of every recording below a folder, and every recording with its counts.

``all_intervals.csv`` has a row for each interval: subject and recording, what ``intervals.csv`` says, how long it
lasts, and rate and length of its recording. A recording without an interval has no row there, but one in
``all_recordings.csv``, so that zeros can be counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livespot.errors import LivespotError
from livespot.interchange import read_intervals, read_summary
from livespot.interchange.csv import INTERVAL_COLUMNS, MOVEMENT_COLUMNS, movement_cells
from livespot.interchange.tables import STANDARD, Dialect, write_table
from livespot.types import Interval

ALL_INTERVALS, ALL_RECORDINGS = "all_intervals.csv", "all_recordings.csv"

_OF_RECORDING = ("fps", "model_rate_hz", "recording_s", "path")
COLUMNS = ("subject", "recording", *INTERVAL_COLUMNS, "length_s", *_OF_RECORDING, *MOVEMENT_COLUMNS)
RECORDING_COLUMNS = ("subject", "recording", "MaE", "ME", "frames", "face_share", *_OF_RECORDING, "error")


@dataclass(frozen=True, slots=True)
class _Analysed:
    """A folder of results."""

    name: str
    path: Path
    summary: Mapping[str, Any]
    intervals: Sequence[Interval]


def subject_of(path: Path, pattern: str = "") -> str:
    r"""Who is seen in a recording.

    Parameters
    ----------
    path : Path
        Of the recording.
    pattern : str
        A regular expression that is looked for in the whole path, written with ``/``; its group ``subject``, or else
        its first group, or else all of it is the subject. Empty: the name of the folder that the recording lies in.

    Examples
    --------
    >>> subject_of(Path("/study/s07/day1.mp4")), subject_of(Path("/study/s07/day1.mp4"), r"/s(\d+)/")
    ('s07', '07')
    """
    if not pattern:
        return path.parent.name
    found = re.search(pattern, path.as_posix())
    if found is None:
        return ""
    groups = found.groupdict()
    return groups.get("subject") or (found[1] if found.lastindex else found[0]) or ""


def write_combined(
    out: Path,
    pattern: str = "",
    dialect: Dialect = STANDARD,
    errors: Mapping[Path, LivespotError] | None = None,
) -> tuple[Path, Path]:
    """Write both tables of everything that lies complete below ``out``.

    Parameters
    ----------
    out : Path
    pattern : str
        See :func:`subject_of`.
    dialect : Dialect
    errors : mapping of Path to LivespotError, optional
        Recordings that could not be analysed, for the table of recordings.

    Raises
    ------
    OutputError
        When they cannot be written.
    """
    analysed = list(_analysed(out))
    rows = [_interval_row(found, interval, pattern) for found in analysed for interval in found.intervals]
    write_table(out / ALL_INTERVALS, COLUMNS, rows, dialect)
    listed = [_recording_row(found, pattern) for found in analysed]
    blank = [""] * (len(RECORDING_COLUMNS) - 4)
    for path, error in (errors or {}).items():
        whole = path.resolve()
        listed.append(
            (subject_of(whole, pattern), path.name, *blank, str(whole), " ".join(str(error).split()))
        )
    write_table(out / ALL_RECORDINGS, RECORDING_COLUMNS, listed, dialect)
    return out / ALL_INTERVALS, out / ALL_RECORDINGS


def _analysed(out: Path) -> Iterator[_Analysed]:
    for file in sorted(out.rglob("summary.json")):
        try:
            summary, intervals = read_summary(file), read_intervals(file.parent / "intervals.csv")
        except LivespotError:  # not one of ours
            continue
        if isinstance(told := summary.get("path"), str):
            yield _Analysed(file.parent.relative_to(out).as_posix(), Path(told), summary, intervals)


def _interval_row(found: _Analysed, interval: Interval, pattern: str) -> tuple[object, ...]:
    frames = interval.onset, interval.apex, interval.offset
    seconds = interval.onset_s, interval.apex_s, interval.offset_s, interval.score
    length_s = interval.offset_s - interval.onset_s
    return (
        subject_of(found.path, pattern), found.name, interval.type, *frames, *map(repr, seconds), repr(length_s),
        *_recording_cells(found), *movement_cells(interval.movement),
    )  # fmt: skip


def _recording_row(found: _Analysed, pattern: str) -> tuple[object, ...]:
    counts = [sum(interval.type == kind for interval in found.intervals) for kind in ("MaE", "ME")]
    seen = found.summary.get("frames", ""), found.summary.get("face_share", "")
    return subject_of(found.path, pattern), found.name, *counts, *seen, *_recording_cells(found), ""


def _recording_cells(found: _Analysed) -> tuple[object, ...]:
    known = (found.summary.get(name, "") for name in ("fps", "model_rate_hz", "length_s"))
    return *known, str(found.path)
