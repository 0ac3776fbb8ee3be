"""``intervals.parquet`` and ``curves.parquet``: typed columns for pandas, R, DuckDB; needs the extra ``[parquet]``.

The columns are those of the CSV files. Reading back gives the same values, bit for bit; a row without a face has nulls.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from livespot.errors import InputError, UsageError
from livespot.interchange.atomic import replacing
from livespot.interchange.csv import CurveTable
from livespot.types import CURVES, Interval

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
        name: arrow.array(columns[name], kind)
        for name, kind in zip(_INTERVAL_COLUMNS, types, strict=True)
    })  # fmt: skip
    missing = np.isnan(table.curves).any(axis=1)
    curves = arrow.table({
        "frame": arrow.array(table.frames),
        "time_s": arrow.array(table.times_s),
        **{name: arrow.array(table.curves[:, k], mask=missing) for k, name in enumerate(CURVES)},
    })  # fmt: skip
    written = []
    for name, content in (("intervals", found), ("curves", curves)):
        path = Path(folder) / f"{name}.parquet"
        with replacing(path, binary=True) as file:
            arrow.parquet.write_table(content, file)
        written.append(path)
    return written


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
    intervals = [Interval(**row) for row in found.select(list(_INTERVAL_COLUMNS)).to_pylist()]
    values = np.empty((curves.num_rows, len(CURVES)), np.float32)
    for k, name in enumerate(CURVES):
        values[:, k] = curves[name].to_numpy()
    times_s = curves["time_s"].to_numpy().astype(np.float64)
    return intervals, CurveTable(curves["frame"].to_numpy().astype(np.int64), times_s, values)
