from __future__ import annotations

import sys

import numpy as np
import pytest
from made_up_movement import SMILE

from livespot.errors import InputError, UsageError
from livespot.interchange.csv import CurveTable
from livespot.interchange.parquet import read_parquet, write_parquet
from livespot.types import CURVES, Interval

INTERVALS = [
    Interval("ME", 3, 7, 12, 0.1, 7 / 30, 0.4, 0.123456789012345),
    Interval("MaE", 20, 40, 70, 2 / 3, 4 / 3, 7 / 3, 1e-9, movement=SMILE),
]


def table() -> CurveTable:
    values = np.random.default_rng(0).random((9, len(CURVES)), np.float32)
    values[4] = np.nan
    return CurveTable(np.arange(9) * 2, np.arange(9) / 29.97, values)


@pytest.mark.parametrize("intervals", [INTERVALS, []])
def test_what_is_written_is_read_back(tmp_path, intervals):
    pytest.importorskip("pyarrow", reason="the extra [parquet] is not installed")
    written = write_parquet(tmp_path, intervals, table())
    assert [path.name for path in written] == ["intervals.parquet", "curves.parquet"]
    found, curves = read_parquet(tmp_path)
    assert found == intervals and [i.movement for i in found] == [i.movement for i in intervals]
    assert np.array_equal(curves.curves, table().curves, equal_nan=True)
    assert np.array_equal(curves.frames, table().frames)
    assert np.array_equal(curves.times_s, table().times_s)


def test_what_is_no_parquet_is_said(tmp_path):
    pytest.importorskip("pyarrow", reason="the extra [parquet] is not installed")
    with pytest.raises(InputError, match=r"intervals\.parquet"):
        read_parquet(tmp_path)
    (tmp_path / "intervals.parquet").write_text("no table")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_parquet(tmp_path)


def test_without_pyarrow_the_cure_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(UsageError, match=r"livespot\[parquet\]"):
        write_parquet(tmp_path, INTERVALS, table())
