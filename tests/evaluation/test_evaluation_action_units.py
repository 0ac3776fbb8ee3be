"""How often candidates hold, against pairs judged by hand and against faces that move as the table says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up_movement import SMILE

from livespot.evaluation.action_units import (
    annotated_units,
    score_annotated,
    score_found,
    score_pair,
)
from livespot.evaluation.labelled import LabelledVideo
from livespot.evaluation.matching import Counts
from livespot.evaluation.measured import Measured
from livespot.interchange import Annotation
from livespot.movement.patterns import HALF_PATTERNS
from livespot.regions import FACE
from livespot.types import Interval, Window


def test_annotations_are_read_as_they_are_written():
    assert annotated_units("L10+12") == {(10,): "L", (12,): ""}
    assert annotated_units("AU4, 7B") == {(4,): "", (7,): ""}
    assert annotated_units("25+26+45") == {(16, 25, 26, 27): ""}  # alike; a blink is no unit of the table
    assert annotated_units("") == {}


def test_a_pair_is_judged_unit_by_unit():
    movement = replace(SMILE, action_units=("12", "L14/20", "4"))
    found = score_pair("6+12+R20", movement)
    assert found.intervals == found.first_right == 1
    assert found.by_unit == {
        "6": Counts(0, 0, 1),
        "12": Counts(1, 0, 0),
        "14/20": Counts(1, 0, 0),
        "4": Counts(0, 1, 0),
    }
    assert (found.sides_right, found.sides) == (1, 2)  # 20 was on the other side
    assert found.total == Counts(2, 1, 1)
    assert (found + found).total == Counts(4, 2, 2) and (found + found).sides == 4
    assert score_pair("", movement).intervals == 0
    assert score_pair("12", replace(SMILE, action_units=())).total == Counts(0, 0, 1)


def moving(unit, onset, apex, offset, frames=120):
    """Windows of a face of which one unit rises to 3 px and falls again, on the person's right."""
    half = np.array([HALF_PATTERNS[unit].get(name, (0.0, 0.0)) for name in FACE.names])
    course = 3.0 * np.interp(np.arange(frames), [onset, apex, offset], [0, 1, 0])[:, None, None] * half
    index = np.clip(np.arange(frames)[:, None] + np.arange(-8, 9), 0, frames - 1)
    features = (course[index] - course[index][:, :1]).astype(np.float32)
    windows = tuple(Window(n, 2 * n, n / 30, 30.0, features[n]) for n in range(frames))
    return Measured(windows, 60.0, 2, FACE.name)


@pytest.mark.parametrize("unit", [1, 4, 12, 7])
def test_annotated_intervals_are_measured_in_the_sources_own_frames(unit):
    truth = (
        Annotation("p", "v", 80, 100, 140, "MaE", f"R{unit}"),
        Annotation("p", "v", 200, 205, 210, "ME", ""),
    )
    found = score_annotated(LabelledVideo(Path("v.mp4"), "p", "calm", truth), moving(unit, 40, 50, 70))
    assert (found.intervals, found.first_right, found.sides_right, found.sides) == (1, 1, 1, 1)
    assert found.by_unit[str(unit)] == Counts(1, 0, 0)


def test_detections_are_judged_where_they_match():
    truth = (Annotation("p", "v", 80, 100, 140, "MaE", "12"),)
    right = Interval("MaE", 82, 100, 140, 1.4, 1.7, 2.3, 0.5, movement=replace(SMILE, action_units=("12",)))
    far = replace(right, onset=300, apex=320, offset=340)
    assert score_found(truth, (far, right)).total == Counts(1, 0, 0)
    assert score_found(truth, (far,)).intervals == 0
    assert score_found(truth, (replace(right, movement=None),)).intervals == 0
