"""A session recorded before movement was measured: its intervals are described when it is read for an export."""

from __future__ import annotations

import csv

import numpy as np
from session_makers import interval, record

from livespot.cli import main
from livespot.movement import movement_of
from livespot.regions import PAPER
from livespot.review.export_source import gather
from livespot.session import SessionReader


def features_of(number):
    rng = np.random.default_rng(number)
    rng.random((68, 2), np.float32)
    return rng.normal(size=(17, 10, 2)).astype(np.float32)


def test_it_is_measured_from_the_features(tmp_path):
    path = record(tmp_path, 40, gap_at=50)
    with SessionReader(path) as session:
        assert [i.movement for i in session.intervals] == [None, None]
    expected = [
        movement_of(n - 5, n - 3, n, {n: features_of(n)}.get, 30.0, PAPER) for n in (7, 37)
    ]  # six frames lie in one window
    with gather(path) as gathered:
        found = gathered.results.intervals
        assert list(found) == [interval(7), interval(37)]
        assert [i.movement for i in found] == expected and expected[0].amplitude_px > 0
    assert main(["export", str(path), "--to", "csv", "--out", str(tmp_path / "out")]) == 0
    (table,) = (tmp_path / "out").rglob("intervals.csv")
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [row["movement"] for row in rows] == [m.words for m in expected]
    assert [float(row["amplitude_px"]) for row in rows] == [m.amplitude_px for m in expected]
