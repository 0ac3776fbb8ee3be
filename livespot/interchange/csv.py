"""``intervals.csv`` and ``curves.csv``.

Numbers are written with the fewest digits that read back as the same float32 (curves) or float64 (times,
scores). Behind the columns of the first version stand: the frames counted in the recording's own video, what each row
is (``status``), and the computer's clocks, as ISO 8601 in UTC and as seconds of ``time.perf_counter``; a cell is empty
where it is not known. Last stands what moved (:class:`livespot.types.Movement`), empty where that was not measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livespot.clock import StartTime
from livespot.interchange.tables import STANDARD, Dialect, Row, read_table, write_table
from livespot.types import CURVES, EXPRESSION_TYPES, ExpressionType, Float32Array, Interval, Movement

INTERVAL_COLUMNS = (
    "type", "onset_frame", "apex_frame", "offset_frame", "onset_s", "apex_s", "offset_s", "score",
)  # fmt: skip
VIDEO_COLUMNS = ("onset_video_frame", "apex_video_frame", "offset_video_frame")
ONSET_CLOCKS = ("onset_utc", "onset_monotonic_s")
MOVEMENT_COLUMNS = (
    "movement", "amplitude_px", "asymmetry", "onset_speed_px_s", "offset_speed_px_s", "action_units",
)  # fmt: skip
CURVE_COLUMNS = ("frame", "time_s", "face", *CURVES)
ROW_COLUMNS = ("status", "video_frame")
CLOCKS = ("utc", "monotonic_s")
GAP = "gap: "
"""What ``status`` begins with in a row that stands for a stretch without a stream."""


@dataclass(frozen=True, slots=True)
class GapRow:
    """A stretch without a stream: ``row`` rows lie before it, it was noticed at ``time_s``, ``reason`` says why."""

    row: int
    time_s: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class CurveTable:
    """What ``curves.csv`` holds, one row per model frame.

    Attributes
    ----------
    frames : (n,) int64
        In the source's own frames.
    times_s : (n,) float64
    curves : (n, 10) float32
        In the order of :data:`livespot.types.CURVES`; a row is NaN where there is no face.
    status : tuple of str
        What each row is (:func:`livespot.types.row_status`); empty when only the curves are known.
    video_frames : (n,) int64 or None
        Each row's picture in the recording's own video, from 0; -1 where it has none. None: there is no such video.
    gaps : tuple of GapRow
        Stretches without a stream, between the rows.
    start : StartTime or None
        UTC and the monotonic clock at 0 s.
    """

    frames: NDArray[np.int64]
    times_s: NDArray[np.float64]
    curves: Float32Array
    status: tuple[str, ...] = ()
    video_frames: NDArray[np.int64] | None = None
    gaps: tuple[GapRow, ...] = ()
    start: StartTime | None = None

    def video_frame_of(self, frame: int) -> int | None:
        """The place in the recording's own video of the source frame of a row; None where it has none."""
        if self.video_frames is None or not len(self.frames):
            return None
        row = min(int(np.searchsorted(self.frames, frame)), len(self.frames) - 1)
        found = int(self.video_frames[row])
        return found if self.frames[row] == frame and found >= 0 else None

    def gap_spans(self) -> list[tuple[float, float, str]]:
        """(start, end, reason) of each gap in seconds: from the row before it to the row behind it."""
        times_s = self.times_s
        spans: list[tuple[float, float, str]] = []
        for gap in self.gaps:
            start_s = float(times_s[gap.row - 1]) if 0 < gap.row <= len(times_s) else gap.time_s
            end_s = float(times_s[gap.row]) if gap.row < len(times_s) else max(gap.time_s, start_s)
            spans.append((start_s, end_s, gap.reason))
        return spans


def write_intervals(
    path: str | Path,
    intervals: Iterable[Interval],
    table: CurveTable | None = None,
    dialect: Dialect = STANDARD,
) -> None:
    """Write ``intervals.csv``, sorted by onset.

    Parameters
    ----------
    path : str or Path
    intervals : iterable of Interval
    table : CurveTable, optional
        The same recording's curves, for the frames of its video and its clocks.
    dialect : Dialect

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    ordered = sorted(intervals, key=lambda i: (i.onset, i.offset, i.apex, i.type))
    columns = (*INTERVAL_COLUMNS, *VIDEO_COLUMNS, *ONSET_CLOCKS, *MOVEMENT_COLUMNS)
    write_table(path, columns, (_interval_cells(interval, table) for interval in ordered), dialect)


def _interval_cells(interval: Interval, table: CurveTable | None) -> tuple[object, ...]:
    seconds = (interval.onset_s, interval.apex_s, interval.offset_s, interval.score)
    frames = (interval.onset, interval.apex, interval.offset)
    # float() and int(), because NumPy's own scalars need not print as plain numbers.
    known = (interval.type, *map(int, frames), *(repr(float(value)) for value in seconds))
    places = [None if table is None else table.video_frame_of(frame) for frame in frames]
    video = ("" if place is None else place for place in places)
    clocks = clock_cells(None if table is None else table.start, interval.onset_s)
    return *known, *video, *clocks, *movement_cells(interval.movement)


def movement_cells(movement: Movement | None) -> tuple[str, ...]:
    """The cells of :data:`MOVEMENT_COLUMNS`; empty where the movement was not measured."""
    if movement is None:
        return ("",) * len(MOVEMENT_COLUMNS)
    numbers = (repr(float(getattr(movement, name))) for name in MOVEMENT_COLUMNS[1:-1])
    return movement.words, *numbers, joined_units(movement.action_units)


def joined_units(units: Iterable[str]) -> str:
    """Action units as one text, as annotations write them: ``1+2+L14/20``."""
    return "+".join(units)


def split_units(text: str) -> tuple[str, ...]:
    """Back from :func:`joined_units`."""
    return tuple(text.split("+")) if text else ()


def clock_cells(start: StartTime | None, time_s: float) -> tuple[str, str]:
    """UTC and the monotonic clock at a time, as the cells of :data:`CLOCKS`; empty when they are not known."""
    if start is None:
        return "", ""
    return start.utc_at(float(time_s)), f"{start.monotonic_s + float(time_s):.6f}"


def read_intervals(path: str | Path) -> list[Interval]:
    """Read ``intervals.csv``, of this or an earlier version; columns that are not known are ignored.

    Raises
    ------
    InputError
        When it cannot be read, lacks a column, or a line holds no interval.
    """
    return [_interval(row) for row in read_table(path, INTERVAL_COLUMNS)]


def _interval(row: Row) -> Interval:
    onset, apex, offset = (row.integer(f"{name}_frame") for name in ("onset", "apex", "offset"))
    if not onset <= apex <= offset:
        raise row.error(
            f"expected onset ≤ apex ≤ offset, got {onset}, {apex}, {offset}", "correct the frames"
        )
    onset_s, apex_s, offset_s = (row.real(f"{name}_s") for name in ("onset", "apex", "offset"))
    score, movement = row.real("score"), _movement(row)
    return Interval(
        expression_type(row), onset, apex, offset, onset_s, apex_s, offset_s, score, movement=movement
    )


def _movement(row: Row) -> Movement | None:
    """None where it was not measured, or the table is of an earlier version."""
    if not all(row.has(name) for name in MOVEMENT_COLUMNS) or not row.text("movement"):
        return None
    numbers = {name: row.real(name) for name in MOVEMENT_COLUMNS[1:-1]}
    units = split_units(row.text("action_units"))
    return Movement.of({"words": row.text("movement"), **numbers, "action_units": units})


def expression_type(row: Row) -> ExpressionType:
    """The cell ``type`` of a row."""
    value = row.text("type")
    if value not in EXPRESSION_TYPES:
        raise row.error(f"type expects MaE or ME, got {value!r}", "correct it")
    return value


def write_curves(path: str | Path, table: CurveTable, dialect: Dialect = STANDARD) -> None:
    """Write ``curves.csv``; cells are empty where there is no face.

    Each stretch without a stream is a row too, with ``face`` 0, no probabilities, the frame before it and its reason.

    Raises
    ------
    ValueError
        When the shapes do not fit together, or a row is NaN or infinite in part.
    OutputError
        When it cannot be written.
    """
    numbers, seconds = np.asarray(table.frames, np.int64), np.asarray(table.times_s, np.float64)
    values = np.asarray(table.curves, np.float32)
    if numbers.ndim != 1 or seconds.shape != numbers.shape or values.shape != (len(numbers), len(CURVES)):
        raise ValueError(
            f"curves: expected (n,), (n,) and (n, {len(CURVES)}), "
            f"got {numbers.shape}, {seconds.shape} and {values.shape}"
        )
    finite = np.isfinite(values)
    if np.any(finite.any(axis=1) & ~finite.all(axis=1)) or not np.isfinite(seconds).all():
        raise ValueError("curves: a row must be finite or wholly NaN, and every time finite")
    write_table(path, (*CURVE_COLUMNS, *ROW_COLUMNS, *CLOCKS), curve_rows(table), dialect)


def curve_rows(table: CurveTable) -> Iterator[tuple[object, ...]]:
    """Give the cells of ``curves.csv``, gaps in their places."""
    blank = [""] * len(CURVES)
    numbers = np.asarray(table.frames, np.int64).tolist()
    faces = np.asarray(np.isfinite(table.curves).all(axis=1)).tolist()
    statuses = table.status or tuple("ok" if face else "no face" for face in faces)
    places = [-1] * len(numbers) if table.video_frames is None else table.video_frames.tolist()
    gaps = list(table.gaps)
    for row, (number, second) in enumerate(zip(numbers, np.asarray(table.times_s).tolist(), strict=True)):
        while gaps and gaps[0].row <= row:
            yield _gap_cells(gaps.pop(0), numbers, table.start)
        # str of a NumPy float32 is its shortest form; a Python float would print those of a float64.
        values = list(map(str, table.curves[row])) if faces[row] else blank
        place = "" if places[row] < 0 else places[row]
        clocks = clock_cells(table.start, second)
        yield number, repr(float(second)), int(faces[row]), *values, statuses[row], place, *clocks
    for gap in gaps:
        yield _gap_cells(gap, numbers, table.start)


def _gap_cells(gap: GapRow, numbers: list[int], start: StartTime | None) -> tuple[object, ...]:
    number = numbers[min(max(gap.row - 1, 0), len(numbers) - 1)] if numbers else 0
    blank, reason = [""] * len(CURVES), " ".join(gap.reason.split())
    return number, repr(float(gap.time_s)), 0, *blank, f"{GAP}{reason}", "", *clock_cells(start, gap.time_s)


def read_curves(path: str | Path) -> CurveTable:
    """Read ``curves.csv``, of this or an earlier version; columns that are not known are ignored.

    Raises
    ------
    InputError
        When it cannot be read, lacks a column, or a cell holds no number.
    """
    lines = read_table(path, CURVE_COLUMNS)
    rows: list[Row] = []
    gaps: list[GapRow] = []
    for line in lines:
        status = line.text("status") if line.has("status") else ""
        if status.startswith(GAP.strip()):
            gaps.append(GapRow(len(rows), line.real("time_s"), status.removeprefix(GAP.strip()).strip()))
        else:
            rows.append(line)
    curves = np.full((len(rows), len(CURVES)), np.nan, np.float32)
    for i, row in enumerate(rows):
        face = row.text("face")
        if face not in ("0", "1"):
            raise row.error(f"face expects 1 or 0, got {face!r}", "correct it")
        if face == "1":
            curves[i] = [row.real(name) for name in CURVES]
    return CurveTable(
        frames=np.array([row.integer("frame") for row in rows], np.int64),
        times_s=np.array([row.real("time_s") for row in rows], np.float64),
        curves=curves,
        status=tuple(row.text("status") for row in rows) if rows and rows[0].has("status") else (),
        video_frames=_places(rows),
        gaps=tuple(gaps),
        start=_start(lines),
    )


def _places(rows: list[Row]) -> NDArray[np.int64] | None:
    if not rows or not rows[0].has("video_frame"):
        return None
    places = [row.integer("video_frame") if row.text("video_frame") else -1 for row in rows]
    return np.array(places, np.int64) if max(places) >= 0 else None


def _start(lines: list[Row]) -> StartTime | None:
    """UTC and the monotonic clock at 0 s, from the first line."""
    if not lines or not all(lines[0].has(name) and lines[0].text(name) for name in CLOCKS):
        return None
    first, time_s = lines[0], lines[0].real("time_s")
    try:
        return StartTime(first.text("utc"), first.real("monotonic_s")).later(-time_s)
    except ValueError:
        raise first.error(f"utc expects a date and time, got {first.text('utc')!r}", "correct it") from None
