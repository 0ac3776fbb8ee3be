"""The tables of a whole batch."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from livespot.batch.combined import COLUMNS, RECORDING_COLUMNS, subject_of, write_combined
from livespot.errors import InputError
from livespot.interchange import write_intervals
from livespot.interchange.tables import EXCEL_EU
from livespot.types import Interval

FOUND = {
    "s01/video": [Interval("ME", 10, 16, 22, 0.5, 0.75, 1.0, 0.125), Interval("MaE", 30, 40, 60, 1.0, 1.5, 2.0, 0.5)],
    "s02/video": [],
    "other": [Interval("ME", 1, 2, 3, 0.25, 0.5, 0.75, 0.5)],
}  # fmt: skip


@pytest.fixture
def out(tmp_path: Path) -> Path:
    root = tmp_path / "results"
    for name, intervals in FOUND.items():
        write_intervals(root / name / "intervals.csv", intervals)
        path = tmp_path / "study" / f"{name if '/' in name else 's03/' + name}.mp4"
        known = {"path": str(path), "fps": 60.0, "model_rate_hz": 30.0, "length_s": 12.5, "frames": 375}
        (root / name / "summary.json").write_text(json.dumps(known | {"face_share": 1.0}))
    write_intervals(root / "half" / "intervals.csv", [])  # its analysis was cut off: there is no summary
    (root / "foreign").mkdir()
    (root / "foreign" / "summary.json").write_text("[]")
    return root


def rows(path: Path, **options: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, **options))


def test_every_interval_with_its_subject_rate_and_lengths(out, tmp_path):
    table, recordings = write_combined(out)
    found = rows(table)
    assert tuple(found[0]) == COLUMNS
    seen = [(row["subject"], row["recording"], row["type"], row["onset_frame"]) for row in found]
    assert seen == [
        ("s03", "other", "ME", "1"),
        ("s01", "s01/video", "ME", "10"),
        ("s01", "s01/video", "MaE", "30"),
    ]
    assert {(row["fps"], row["model_rate_hz"], row["recording_s"]) for row in found} == {
        ("60.0", "30.0", "12.5")
    }
    assert [row["length_s"] for row in found] == ["0.5", "0.5", "1.0"]
    assert found[0]["path"] == str(tmp_path / "study" / "s03" / "other.mp4")
    listed = rows(recordings)
    assert tuple(listed[0]) == RECORDING_COLUMNS
    assert [(row["recording"], row["MaE"], row["ME"], row["error"]) for row in listed] == [
        ("other", "0", "1", ""), ("s01/video", "1", "1", ""), ("s02/video", "0", "0", ""),
    ]  # fmt: skip


def test_another_place_of_the_subject_another_dialect_and_what_failed(out, tmp_path):
    bad = tmp_path / "study" / "s04" / "bad.mp4"
    errors = {bad: InputError(f"{bad}: is empty (0 bytes); copy it again")}
    table, recordings = write_combined(out, r"/s(\d+)/", EXCEL_EU, errors)
    assert {row["subject"] for row in rows(table, delimiter=";")} == {"01", "03"}
    assert rows(table, delimiter=";")[0]["length_s"] == "0,5"
    last = rows(recordings, delimiter=";")[-1]
    assert (last["subject"], last["recording"], last["MaE"]) == ("04", "bad.mp4", "")
    assert "is empty (0 bytes)" in last["error"]


@pytest.mark.parametrize(
    ("pattern", "subject"),
    [
        ("", "day 1"),
        (r"s\d+", "s07"),
        (r"/(s\d+)/", "s07"),
        (r"(x)?(?P<subject>s\d+)", "s07"),
        ("nothing", ""),
    ],
)
def test_where_the_subject_stands(pattern, subject):
    assert subject_of(Path("/study/s07/day 1/video.mp4"), pattern) == subject
