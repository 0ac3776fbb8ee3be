from __future__ import annotations

import csv
import os
import stat
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from made_up_movement import SMILE, movements

from livespot.clock import StartTime
from livespot.errors import InputError, OutputError
from livespot.interchange import (
    Annotation,
    read_annotations,
    read_curves,
    read_intervals,
    write_annotations,
    write_curves,
    write_intervals,
)
from livespot.interchange.atomic import replacing
from livespot.interchange.csv import CurveTable, GapRow
from livespot.interchange.tables import EXCEL_EU
from livespot.types import CURVES, Interval

reals = st.floats(allow_nan=False, allow_infinity=False)
kinds = st.sampled_from(["ME", "MaE"])
frames = st.integers(0, 10**9)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=12).map(
    str.strip
)


@st.composite
def intervals(draw):
    onset, apex, offset = sorted(draw(st.tuples(frames, frames, frames)))
    numbers = [draw(reals) for _ in range(4)]
    return Interval(draw(kinds), onset, apex, offset, *numbers, movement=draw(movements()))


@st.composite
def annotations(draw):
    onset, apex, offset = sorted(draw(st.tuples(frames, frames, frames)))
    return Annotation(draw(names), draw(names), onset, apex, offset, draw(kinds), draw(names))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("tables")


@settings(max_examples=50, deadline=None)
@given(st.lists(intervals(), max_size=6))
def test_intervals_survive_the_file(folder, written):
    write_intervals(folder / "intervals.csv", written)
    read = read_intervals(folder / "intervals.csv")
    assert sorted(map(repr, read)) == sorted(map(repr, written))
    assert [i.onset for i in read] == sorted(i.onset for i in written)


@settings(max_examples=50, deadline=None)
@given(st.lists(annotations(), max_size=6))
def test_annotations_survive_the_file(folder, written):
    write_annotations(folder / "annotations.csv", written)
    assert read_annotations(folder / "annotations.csv") == written


@settings(max_examples=50, deadline=None)
@given(st.data(), st.integers(0, 6))
def test_curves_survive_the_file_bit_for_bit(folder, data, n):
    finite = {"allow_nan": False, "allow_infinity": False}
    curves = data.draw(hnp.arrays(np.float32, (n, len(CURVES)), elements=st.floats(width=32, **finite)))
    curves[data.draw(hnp.arrays(np.bool_, n))] = np.nan
    numbers = data.draw(hnp.arrays(np.int64, n))
    times_s = data.draw(hnp.arrays(np.float64, n, elements=st.floats(**finite)))
    write_curves(folder / "curves.csv", CurveTable(numbers, times_s, curves))
    table = read_curves(folder / "curves.csv")
    for read, written in ((table.frames, numbers), (table.times_s, times_s), (table.curves, curves)):
        assert read.dtype == written.dtype
        assert read.shape == written.shape
        assert np.array_equal(np.nan_to_num(read), np.nan_to_num(written))
    assert np.array_equal(np.isnan(table.curves), np.isnan(curves))


def test_random_probabilities_survive_bit_for_bit(tmp_path):
    curves = np.random.default_rng(0).random((500, len(CURVES)), np.float32)
    write_curves(tmp_path / "c.csv", CurveTable(np.arange(500), np.arange(500) / 29.97, curves))
    table = read_curves(tmp_path / "c.csv")
    assert table.curves.tobytes() == curves.tobytes()
    assert table.times_s.tobytes() == (np.arange(500) / 29.97).tobytes()


def test_a_table_of_an_earlier_version_is_read(tmp_path):
    columns = "type,onset_frame,apex_frame,offset_frame,onset_s,apex_s,offset_s,score"
    (tmp_path / "old.csv").write_text(f"{columns}\nME,10,16,22,0.5,0.75,1.0,0.125\n")
    (found,) = read_intervals(tmp_path / "old.csv")
    assert repr(found) == repr(Interval("ME", 10, 16, 22, 0.5, 0.75, 1.0, 0.125)) and found.movement is None


def test_what_the_files_look_like(tmp_path):
    interval = Interval("ME", 10, 16, 22, 0.5, 0.75, 1.0, 0.125, movement=SMILE)
    later = Interval("MaE", 30, 40, 50, 1.0, 1.5, 2.0, 0.5)
    write_intervals(tmp_path / "intervals.csv", [later, interval])
    assert (tmp_path / "intervals.csv").read_bytes() == (
        b"type,onset_frame,apex_frame,offset_frame,onset_s,apex_s,offset_s,score,"
        b"onset_video_frame,apex_video_frame,offset_video_frame,onset_utc,onset_monotonic_s,"
        b"movement,amplitude_px,asymmetry,onset_speed_px_s,offset_speed_px_s,action_units\n"
        b'ME,10,16,22,0.5,0.75,1.0,0.125,,,,,,"lip corners up and out, left more than right; cheeks up",'
        b"2.5,0.12,31.25,17.75,L12+6+14/20\n"
        b"MaE,30,40,50,1.0,1.5,2.0,0.5,,,,,,,,,,,\n"
    )
    curves = np.full((2, 10), np.nan, np.float32)
    curves[0] = 0.1
    start = StartTime("2026-11-26T09:30:00.000000Z", 100.0)
    numbers, times_s = np.array([0, 7]), np.array([0.0, 0.25])
    rows = ("held", "no face"), np.array([3, -1]), (GapRow(1, 0.125, "the cable  was pulled"),)
    table = CurveTable(numbers, times_s, curves, *rows, start)
    write_curves(tmp_path / "curves.csv", table)
    assert (tmp_path / "curves.csv").read_bytes() == (
        b"frame,time_s,face,me_onset,me_apex,me_offset,me_none,me_expression,"
        b"mae_onset,mae_apex,mae_offset,mae_none,mae_expression,status,video_frame,utc,monotonic_s\n"
        b"0,0.0,1,0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.1,held,3,2026-11-26T09:30:00.000000Z,100.000000\n"
        b"0,0.125,0,,,,,,,,,,,gap: the cable was pulled,,2026-11-26T09:30:00.125000Z,100.125000\n"
        b"7,0.25,0,,,,,,,,,,,no face,,2026-11-26T09:30:00.250000Z,100.250000\n"
    )
    read = read_curves(tmp_path / "curves.csv")
    assert read.status == table.status and read.start == start and read.video_frames.tolist() == [3, -1]
    assert read.gaps == (GapRow(1, 0.125, "the cable was pulled"),)
    assert read.gap_spans() == [(0.0, 0.25, "the cable was pulled")]
    write_intervals(tmp_path / "known.csv", [Interval("ME", 0, 0, 7, 0.0, 0.0, 0.25, 0.5)], table)
    assert (tmp_path / "known.csv").read_text().splitlines()[1] == (
        "ME,0,0,7,0.0,0.0,0.25,0.5,3,3,,2026-11-26T09:30:00.000000Z,100.000000,,,,,,"
    )
    write_annotations(tmp_path / "a.csv", [Annotation("s1", "v1", 1, 2, 3, "ME", "4+7,12")])
    write_annotations(tmp_path / "lines.csv", [Annotation("s\r1", "v\n1", 1, 2, 3, "ME")])
    assert (tmp_path / "lines.csv").read_text().endswith("au\ns 1,v 1,1,2,3,ME,\n")
    assert (tmp_path / "a.csv").read_text() == (
        'subject,video,onset_frame,apex_frame,offset_frame,type,au\ns1,v1,1,2,3,ME,"4+7,12"\n'
    )


def test_spreadsheet_file_with_byte_order_mark_and_other_column_order(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"\xef\xbb\xbftype, video,subject,note,onset_frame,apex_frame,offset_frame,au\r\n"
        b"MaE , v,s,x,1,2,3,\r\n,,,,,,,\r\n"
    )
    assert read_annotations(path) == [Annotation("s", "v", 1, 2, 3, "MaE", "")]


HEADER = "subject,video,onset_frame,apex_frame,offset_frame,type,au\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "columns subject, video, onset_frame, apex_frame, offset_frame, type, au missing, got an empty"),
        ("subject,video,onset_frame,apex_frame,type\n", "columns offset_frame, au missing"),
        (HEADER + "s,v,1,2,3,ME,\ns,v,30,20,10,ME,\n", "line 3: interval is reversed: onset 30"),
        (HEADER + "s,v,1,9,3,ME,\n", "line 2: apex 9 lies outside of 1 to 3"),
        (HEADER + "s,v,-1,2,3,ME,\n", "line 2: frames count from 0"),
        (HEADER + "s,v,1,two,3,ME,\n", "line 2: apex_frame expects a whole number, got 'two'"),
        (HEADER + "s,v,1,,3,ME,\n", "line 2: apex_frame expects a whole number, got ''"),
        (HEADER + "s,v,1,2,3,2,\n", "line 2: type expects MaE or ME, got '2'"),
        (HEADER + "s,v,1,2,3\n", "line 2: expected 7 cells, got 5"),
        (HEADER + 's,"v,1,2,3,ME,\n', "is not a table of comma-separated text"),
    ],
)  # fmt: skip
def test_wrong_annotations_are_named(tmp_path, text, message):
    path = tmp_path / "truth.csv"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_annotations(path)
    assert str(error.value).startswith(str(path))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_wrong_curves_and_intervals_are_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("frame,time_s,face," + ",".join(CURVES) + "\n0,0.0,1" + ",0.5" * 9 + ",x\n")
    with pytest.raises(InputError, match="line 2: mae_expression expects a number, got 'x'"):
        read_curves(path)
    path.write_text("frame,time_s,face," + ",".join(CURVES) + "\n0,0.0,yes" + ",0.5" * 10 + "\n")
    with pytest.raises(InputError, match="line 2: face expects 1 or 0"):
        read_curves(path)
    path.write_text(
        "type,onset_frame,apex_frame,offset_frame,onset_s,apex_s,offset_s,score\nME,9,8,7,0,0,0,0\n"
    )
    with pytest.raises(InputError, match="line 2: expected onset ≤ apex ≤ offset, got 9, 8, 7"):
        read_intervals(path)


def test_missing_or_binary_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_annotations(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match="not a table"):
        read_curves(tmp_path / "b.csv")


def test_shapes_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="expected"):
        write_curves(tmp_path / "c.csv", CurveTable(np.arange(2), np.zeros(1), np.zeros((2, 10))))
    part = np.zeros((1, 10))
    part[0, 3] = np.nan
    with pytest.raises(ValueError, match="wholly NaN"):
        write_curves(tmp_path / "c.csv", CurveTable(np.arange(1), np.zeros(1), part))
    with pytest.raises(ValueError, match="reversed"):
        Annotation("s", "v", 3, 2, 1, "ME")
    assert list(tmp_path.iterdir()) == []


def test_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as handle:
        handle.write("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folders_are_made_and_an_impossible_target_is_named(tmp_path):
    write_intervals(tmp_path / "a" / "b" / "intervals.csv", [])
    assert read_intervals(tmp_path / "a" / "b" / "intervals.csv") == []
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot be written .*; choose a folder"):
        write_intervals(tmp_path / "file" / "intervals.csv", [])
    (tmp_path / "dir").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        write_intervals(tmp_path / "dir", [])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "dir", "file"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_unwritable_folder_is_named(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            write_intervals(tmp_path / "intervals.csv", [])
    finally:
        tmp_path.chmod(stat.S_IRWXU)


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_files_get_the_usual_permissions():
    with tempfile.TemporaryDirectory() as name:
        usual, ours = Path(name) / "usual", Path(name) / "ours"
        usual.write_text("")
        with replacing(ours) as handle:
            handle.write("")
        assert usual.stat().st_mode == ours.stat().st_mode


def test_a_spreadsheet_with_decimal_commas_gets_its_own_tables_and_they_read_back_to_the_bit(tmp_path):
    curves = np.random.default_rng(1).random((40, len(CURVES)), np.float32)
    curves[7] = np.nan
    curves[8] = np.float32(1e-7)
    table = CurveTable(
        np.arange(40), np.arange(40) / 29.97, curves, start=StartTime("2026-11-26T09:30:00.000000Z", 100.0)
    )
    intervals = [Interval("ME", 10, 16, 22, 0.5, 0.75, 1.0, 0.125)]
    write_intervals(tmp_path / "i.csv", intervals, table, EXCEL_EU)
    write_curves(tmp_path / "c.csv", table, EXCEL_EU)
    data = (tmp_path / "i.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbftype;onset_frame;apex_frame;offset_frame;onset_s")
    assert data.endswith(
        b"\r\nME;10;16;22;0,5;0,75;1,0;0,125;;;;2026-11-26T09:30:00.500000Z;100,500000;;;;;;\r\n"
    )
    with (tmp_path / "c.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter=";"))
    assert [row["me_apex"] for row in rows][:7] == [str(v).replace(".", ",") for v in curves[:7, 1]]
    read = read_curves(tmp_path / "c.csv")
    assert read.curves.tobytes() == curves.tobytes() and read.times_s.tobytes() == table.times_s.tobytes()
    assert read.start == table.start and read_intervals(tmp_path / "i.csv") == intervals
