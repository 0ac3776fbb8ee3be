"""``intervals.parquet`` and ``curves.parquet``: typed columns for pandas, R, DuckDB; needs the extra ``[parquet]``.

The columns are those of the CSV files, ``utc`` as a time stamp. Reading back gives the same values, bit for bit; a row
without a face has nulls, and each stretch without a stream is a row, as in ``curves.csv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from livespot.errors import InputError, UsageError
from livespot.interchange.atomic import replacing
from livespot.interchange.csv import GAP, MOVEMENT_COLUMNS, CurveTable, curve_rows, joined_units, split_units
from livespot.types import CURVES, Interval, Movement

_MOVEMENT_NUMBERS = MOVEMENT_COLUMNS[1:-1]
_INTERVAL_COLUMNS = ("type", "onset", "apex", "offset", "onset_s", "apex_s", "offset_s", "score")


def _arrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed; pip install 'livespot[parquet]', or export csv"
        ) from error
    return pyarrow


def write_parquet(folder: str | Path, intervals: Sequence[Interval], table: CurveTable) -> list[Path]:
    """Write both files into ``folder``.

    Raises
    ------
    UsageError
        When pyarrow is missing.
    OutputError
        When they cannot be written.
    """
    arrow = _arrow()
    columns = {name: [getattr(interval, name) for interval in intervals] for name in _INTERVAL_COLUMNS}
    types = [arrow.string(), *[arrow.int64()] * 3, *[arrow.float64()] * 4]
    found = arrow.table({
        **{
            name: arrow.array(columns[name], kind)
            for name, kind in zip(_INTERVAL_COLUMNS, types, strict=True)
        },
        **{
            f"{part}_video_frame": arrow.array(
                [table.video_frame_of(getattr(interval, part)) for interval in intervals], arrow.int64()
            )
            for part in ("onset", "apex", "offset")
        },
        **_clocks(arrow, table, [interval.onset_s for interval in intervals], "onset_"),
        **_movement_columns(arrow, [interval.movement for interval in intervals]),
    })  # fmt: skip
    curves = arrow.table(_curve_columns(arrow, table))
    written = []
    for name, content in (("intervals", found), ("curves", curves)):
        path = Path(folder) / f"{name}.parquet"
        with replacing(path, binary=True) as file:
            arrow.parquet.write_table(content, file)
        written.append(path)
    return written


def _movement_columns(arrow: Any, movements: Sequence[Movement | None]) -> dict[str, Any]:
    """Those of ``intervals.csv``; null where it was not measured."""
    words = [None if m is None else m.words for m in movements]
    units = [None if m is None else joined_units(m.action_units) for m in movements]
    return {
        "movement": arrow.array(words, arrow.string()),
        **{
            name: arrow.array([None if m is None else getattr(m, name) for m in movements], arrow.float64())
            for name in _MOVEMENT_NUMBERS
        },
        "action_units": arrow.array(units, arrow.string()),
    }


def _movements(found: Any) -> list[Movement | None]:
    if not set(MOVEMENT_COLUMNS) <= set(found.column_names):
        return [None] * int(found.num_rows)
    return [_movement(row) for row in found.select(list(MOVEMENT_COLUMNS)).to_pylist()]


def _movement(row: dict[str, Any]) -> Movement | None:
    if row["movement"] is None:
        return None
    units = split_units(row["action_units"] or "")
    return Movement.of({**row, "words": row["movement"], "action_units": units})


def _curve_columns(arrow: Any, table: CurveTable) -> dict[str, Any]:
    cells = list(curve_rows(table))
    gaps = np.array([str(cell[-4]).startswith(GAP.strip()) for cell in cells], bool)
    values = np.full((len(cells), len(CURVES)), np.nan, np.float32)
    values[~gaps] = table.curves
    missing = np.isnan(values).any(axis=1)
    times_s = [float(str(cell[1])) for cell in cells]
    video = [None if cell[-3] == "" else int(str(cell[-3])) for cell in cells]
    return {
        "frame": arrow.array([cell[0] for cell in cells], arrow.int64()),
        "time_s": arrow.array(times_s, arrow.float64()),
        **{name: arrow.array(values[:, k], mask=missing) for k, name in enumerate(CURVES)},
        "status": arrow.array([str(cell[-4]) for cell in cells], arrow.string()),
        "video_frame": arrow.array(video, arrow.int64()),
        **_clocks(arrow, table, times_s, ""),
    }


def _clocks(arrow: Any, table: CurveTable, times_s: Sequence[float], prefix: str) -> dict[str, Any]:
    start = table.start
    utc = [None if start is None else datetime.fromisoformat(start.utc_at(t)) for t in times_s]
    monotonic_s = [None if start is None else start.monotonic_s + t for t in times_s]
    return {
        f"{prefix}utc": arrow.array(utc, arrow.timestamp("us", "UTC")),
        f"{prefix}monotonic_s": arrow.array(monotonic_s, arrow.float64()),
    }


def read_parquet(folder: str | Path) -> tuple[list[Interval], CurveTable]:
    """Read both files back.

    Raises
    ------
    UsageError
        When pyarrow is missing.
    InputError
        When a file is missing, is not Parquet, or lacks a column.
    """
    arrow = _arrow()
    tables = []
    for name in ("intervals", "curves"):
        path = Path(folder) / f"{name}.parquet"
        try:
            tables.append(arrow.parquet.read_table(path))
        except (OSError, arrow.ArrowException) as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{path}: cannot be read as Parquet ({reason}); export it again") from error
    found, curves = tables
    lacks = sorted(set(_INTERVAL_COLUMNS) - set(found.column_names))
    lacks += sorted({"frame", "time_s", *CURVES} - set(curves.column_names))
    if lacks:
        raise InputError(
            f"{folder}: the Parquet files lack the columns {', '.join(lacks)}; export them again"
        )
    rows_found = found.select(list(_INTERVAL_COLUMNS)).to_pylist()
    intervals = [
        Interval(**row, movement=movement)
        for row, movement in zip(rows_found, _movements(found), strict=True)
    ]
    if "status" in curves.column_names:
        rows = [not str(text).startswith(GAP.strip()) for text in curves["status"].to_pylist()]
        curves = curves.filter(arrow.array(rows, arrow.bool_()))
    values = np.empty((curves.num_rows, len(CURVES)), np.float32)
    for k, name in enumerate(CURVES):
        values[:, k] = curves[name].to_numpy()
    times_s = curves["time_s"].to_numpy().astype(np.float64)
    return intervals, CurveTable(curves["frame"].to_numpy().astype(np.int64), times_s, values)
