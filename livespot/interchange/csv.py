"""``intervals.csv`` and ``curves.csv``.

Numbers are written with the fewest digits that read back as the same float32 (curves) or float64 (times,
scores).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livespot.interchange.tables import Row, read_table, write_table
from livespot.types import CURVES, EXPRESSION_TYPES, ExpressionType, Float32Array, Interval

INTERVAL_COLUMNS = (
    "type", "onset_frame", "apex_frame", "offset_frame", "onset_s", "apex_s", "offset_s", "score",
)  # fmt: skip
CURVE_COLUMNS = ("frame", "time_s", "face", *CURVES)


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
    """

    frames: NDArray[np.int64]
    times_s: NDArray[np.float64]
    curves: Float32Array


def write_intervals(path: str | Path, intervals: Iterable[Interval]) -> None:
    """Write ``intervals.csv``, sorted by onset.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    ordered = sorted(intervals, key=lambda i: (i.onset, i.offset, i.apex, i.type))
    write_table(path, INTERVAL_COLUMNS, (_interval_cells(interval) for interval in ordered))


def _interval_cells(interval: Interval) -> tuple[object, ...]:
    seconds = (interval.onset_s, interval.apex_s, interval.offset_s, interval.score)
    frames = (interval.onset, interval.apex, interval.offset)
    # float() and int(), because NumPy's own scalars need not print as plain numbers.
    return interval.type, *map(int, frames), *(repr(float(value)) for value in seconds)


def read_intervals(path: str | Path) -> list[Interval]:
    """Read ``intervals.csv``; further columns are ignored.

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
    return Interval(expression_type(row), onset, apex, offset, onset_s, apex_s, offset_s, row.real("score"))


def expression_type(row: Row) -> ExpressionType:
    """The cell ``type`` of a row."""
    value = row.text("type")
    if value not in EXPRESSION_TYPES:
        raise row.error(f"type expects MaE or ME, got {value!r}", "correct it")
    return value


def write_curves(path: str | Path, frames: ArrayLike, times_s: ArrayLike, curves: ArrayLike) -> None:
    """Write ``curves.csv``; cells are empty where there is no face.

    Parameters
    ----------
    path : str or Path
    frames : (n,) integers
        In the source's own frames.
    times_s : (n,) float64
    curves : (n, 10) float32
        In the order of :data:`livespot.types.CURVES`; a row is wholly NaN where there is no face.

    Raises
    ------
    ValueError
        When the shapes do not fit together, or a row is NaN or infinite in part.
    OutputError
        When it cannot be written.
    """
    numbers, seconds = np.asarray(frames, np.int64), np.asarray(times_s, np.float64)
    values = np.asarray(curves, np.float32)
    if numbers.ndim != 1 or seconds.shape != numbers.shape or values.shape != (len(numbers), len(CURVES)):
        raise ValueError(
            f"curves: expected (n,), (n,) and (n, {len(CURVES)}), "
            f"got {numbers.shape}, {seconds.shape} and {values.shape}"
        )
    finite = np.isfinite(values)
    if np.any(finite.any(axis=1) & ~finite.all(axis=1)) or not np.isfinite(seconds).all():
        raise ValueError("curves: a row must be finite or wholly NaN, and every time finite")
    blank = [""] * len(CURVES)
    write_table(
        path,
        CURVE_COLUMNS,
        (
            # str of a NumPy float32 is its shortest form; a Python float would print those of a float64.
            (number, repr(second), 1, *map(str, row)) if face else (number, repr(second), 0, *blank)
            for number, second, face, row in zip(
                numbers.tolist(),
                seconds.tolist(),
                np.asarray(finite.all(axis=1)).tolist(),
                values,
                strict=True,
            )
        ),
    )


def read_curves(path: str | Path) -> CurveTable:
    """Read ``curves.csv``; further columns are ignored.

    Raises
    ------
    InputError
        When it cannot be read, lacks a column, or a cell holds no number.
    """
    rows = read_table(path, CURVE_COLUMNS)
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
    )
