"""The parts of a report: pictures, arrows, words. Whole reports of real sessions are in tests/replay."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from livespot.cv import cv2
from livespot.interchange.csv import CurveTable
from livespot.interchange.motion import motion_between, needed_windows
from livespot.interchange.pictures import blurred, enlarged_motion, face_box, similarity
from livespot.interchange.report import MOST_PICTURED, write_report
from livespot.interchange.report_notes import doubts, quality_notes
from livespot.interchange.report_svg import arrows_svg, clock, curves_svg, thinned
from livespot.interchange.results import Note, Results
from livespot.regions import PAPER, drawn_centres
from livespot.types import CURVES, Interval

SPOTTED = Interval("ME", 60, 66, 72, 2.0, 2.2, 2.4, 0.5)


@pytest.fixture
def points():
    """68 landmarks on an ellipse, the eyes and the nose bridge where they belong."""
    angle = np.linspace(0, 2 * np.pi, 68, endpoint=False)
    made = np.stack([100 + 50 * np.cos(angle), 100 + 60 * np.sin(angle)], 1).astype(np.float32)
    made[36:42] = [[70 + 5 * k, 85] for k in range(6)]
    made[42:48] = [[105 + 5 * k, 85] for k in range(6)]
    made[27:31] = [[100, 85 + 6 * k] for k in range(4)]
    return made


@pytest.fixture
def image():
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 2.5)


def results(rows=300, **more):
    curves = np.full((rows, len(CURVES)), 0.1, np.float32)
    table = CurveTable(np.arange(rows), np.arange(rows) / 30, curves)
    return Results("r", (SPOTTED,), table, **more)


def test_blur_leaves_a_mean_of_each_cell_and_nothing_outside(image, points):
    hidden = blurred(image, points, "face")
    x0, y0, x1, y1 = 50, 40, 150, 160
    assert len(np.unique(hidden[y0:y1, x0:x1].reshape(-1, 3), axis=0)) <= 36
    np.testing.assert_array_equal(hidden[:, :8], image[:, :8])
    eyes = blurred(image, points, "eyes")
    assert (eyes[80:90, 70:130] != image[80:90, 70:130]).any()
    np.testing.assert_array_equal(eyes[120:], image[120:])
    assert blurred(image, points, "none") is image


@pytest.mark.parametrize("shift", [-500, 500])
def test_a_face_outside_the_picture_is_no_error(image, points, shift):
    np.testing.assert_array_equal(blurred(image, points + shift, "face"), image)


def test_the_similarity_brings_points_onto_each_other(points):
    turn = cv2.getRotationMatrix2D((40, 70), 12, 1.1)
    moved = (points @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    np.testing.assert_allclose(similarity(points, moved), turn, atol=1e-4)


def test_enlarged_motion_moves_the_same_way_but_farther(image, points):
    rows, columns = np.mgrid[0:200, 0:200].astype(np.float32)
    bump = 1.5 * np.exp(-((rows - 130) ** 2 + (columns - 100) ** 2) / 400)
    apex = cv2.remap(image, columns, rows + bump, cv2.INTER_CUBIC)  # something moves up
    box = face_box(points, image)
    enlarged, times = enlarged_motion(image, points, apex, points, box)
    assert 1.0 < times <= 8.0
    assert enlarged.shape[1] == 240
    still, most = enlarged_motion(image, points, image, points, box)
    assert most == 8.0 and still.shape == enlarged.shape


def test_motion_is_put_together_from_windows():
    rng = np.random.default_rng(3)
    windows = {n: rng.normal(size=(17, 10, 2)).astype(np.float32) for n in (108, 124)}
    np.testing.assert_array_equal(motion_between(100, 106, windows), windows[108][6])
    np.testing.assert_allclose(
        motion_between(100, 120, windows), windows[108][16] + windows[124][4], rtol=1e-6
    )
    assert motion_between(100, 140, windows) is None
    assert motion_between(5, 5, {}).tolist() == [[0.0, 0.0]] * 10
    assert needed_windows(0, 16) == [(8, 16)]


def test_thinning_keeps_peaks_and_gaps():
    values = np.full(50_000, 0.1, np.float32)
    values[31_234], values[7_000] = 0.9, np.nan
    times, kept = thinned(np.arange(50_000) / 30, values)
    assert len(times) == len(kept) == 1200
    assert np.nanmax(kept) == np.float32(0.9)
    assert np.isnan(kept).sum() == 1


def test_drawings_are_well_formed_xml(points):
    full = results(
        markers=(Note(1.0, "<b>&"),),
        gaps=(Note(3.0, 'a "gap"'),),
        truth=(SPOTTED,),
        meta={"thresholds": {"ME": 0.4}},
    )
    drawing = ET.fromstring(curves_svg(full, "ME", 0.0, 10.0, "a < b"))
    classes = [element.get("class") for element in drawing.iter()]
    assert {"me apex", "me expression", "bar me program", "bar me truth", "gap", "marker", "level"} <= set(
        classes
    )
    motion = np.full((10, 2), 0.5, np.float32)
    motion[3] = np.nan
    arrows = ET.fromstring(
        arrows_svg(points, drawn_centres(points, PAPER), motion, 10.0, (0, 0, 200, 200), None, 240)
    )
    assert sum(element.get("class") == "arrow" for element in arrows.iter()) == 9


def test_what_speaks_against_an_interval_is_said(points):
    assert doubts(SPOTTED, results(), points, points) == []
    assert "interrupted" in doubts(SPOTTED, results(gaps=(Note(2.7, "x"),)))[0]
    lost = results()
    lost.curves.curves[80] = np.nan
    assert "face was lost" in doubts(SPOTTED, lost)[0]
    said = doubts(SPOTTED, results(), points, points + np.float32([8, 0]))
    assert said == ["The head moved between onset and apex, which can look like a movement of the face."]
    assert "turned or came nearer" in doubts(SPOTTED, results(), points, points * np.float32(1.1))[-1]
    other = replace(results(), intervals=(SPOTTED, replace(SPOTTED, type="MaE", offset=120)))
    assert "overlaps an interval of type MaE" in doubts(SPOTTED, other)[0]


def test_quality_is_said_in_words():
    meta = {
        "face_share": 0.5, "frames_without_face": {"no face": 150}, "drops": {"too late": 4, "other": 0},
        "model_rate_hz": 15.0, "warnings": ["the disk was full"],
    }  # fmt: skip
    said = " ".join(quality_notes(results(meta=meta, gaps=tuple(Note(float(n), "cut") for n in range(7)))))
    expected = ("only 50.0%", "150 frames no face", "4 too late", "At 15.0 frames", "the disk was full.")
    for words in (*expected, "7 times", "and 2 more"):
        assert words in said
    assert "other" not in said


def test_a_report_of_nothing_and_of_very_much(tmp_path):
    write_report(tmp_path / "none.html", Results("<nothing>"))
    page = (tmp_path / "none.html").read_text(encoding="utf-8")
    assert "No interval was found" in page and "&lt;nothing&gt;" in page
    many = tuple(replace(SPOTTED, onset=n, apex=n + 500, offset=n + 1000) for n in range(MOST_PICTURED + 3))
    write_report(tmp_path / "many.html", replace(results(), intervals=many))
    assert "3 intervals of lower score are shown without pictures" in (tmp_path / "many.html").read_text(
        "utf-8"
    )


@pytest.mark.parametrize(
    ("time_s", "step_s", "text"),
    [(3723.5, 0.1, "1:02:03.5"), (59.996, 0.01, "1:00.00"), (5.0, 5, "0:05"), (65.25, 0.01, "1:05.25")],
)
def test_times_read_like_a_clock(time_s, step_s, text):
    assert clock(time_s, step_s) == text
