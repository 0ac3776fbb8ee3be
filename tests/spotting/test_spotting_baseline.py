from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livespot.spotting.baseline import HIGHEST, MARGIN, NeutralBaseline
from livespot.types import CURVES

ENGINE = {"ME": 0.6, "MaE": 0.5}


def row(me: float = 0.1, mae: float = 0.1) -> np.ndarray:
    values = np.full(len(CURVES), 0.05, np.float32)
    values[CURVES.index("me_apex")], values[CURVES.index("mae_apex")] = me, mae
    return values


def test_it_is_complete_after_so_many_seconds_of_face():
    baseline = NeutralBaseline(1.0)
    for _ in range(29):
        baseline.push(row(), 30.0)
    assert not baseline.complete and baseline.left_s == pytest.approx(1 / 30)
    baseline.push(np.full(len(CURVES), np.nan, np.float32), 30.0)  # nobody there: does not count
    assert not baseline.complete
    baseline.push(row(), 30.0)
    assert baseline.complete and baseline.left_s == 0.0
    baseline.push(row(me=0.99), 30.0)  # too late to matter
    assert baseline.personal(ENGINE) == ENGINE


def test_a_calm_face_leaves_the_engine_s_thresholds():
    baseline = NeutralBaseline(1.0)
    for _ in range(30):
        baseline.push(row(), 30.0)
    assert baseline.personal(ENGINE) == ENGINE


def test_a_restless_face_raises_only_what_it_disturbs():
    baseline = NeutralBaseline(1.0)
    for _ in range(30):
        baseline.push(row(me=0.7), 30.0)
    assert baseline.personal(ENGINE) == {"ME": pytest.approx(0.7 + MARGIN), "MaE": 0.5}


def test_without_any_face_nothing_changes():
    assert NeutralBaseline(1.0).personal(ENGINE) == ENGINE


@given(
    st.lists(st.floats(0.0, 1.0, width=32), min_size=1, max_size=60),
    st.floats(0.0, 1.0),
)
def test_never_below_the_engine_never_above_the_highest_it_may_ask(apexes, engine):
    baseline = NeutralBaseline(10.0)
    for value in apexes:
        baseline.push(row(me=value), 30.0)
    made = baseline.personal({"ME": engine})["ME"]
    assert engine <= made <= max(engine, HIGHEST)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_length_is_refused(seconds):
    with pytest.raises(ValueError, match="seconds"):
        NeutralBaseline(seconds)


def test_impossible_rows_are_refused():
    baseline = NeutralBaseline(1.0)
    with pytest.raises(ValueError, match="shape"):
        baseline.push(np.zeros(9, np.float32), 30.0)
    with pytest.raises(ValueError, match="rate"):
        baseline.push(row(), 0.0)
