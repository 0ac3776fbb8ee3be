"""Scores that mean something, and the minimum scores of a rate of false alarms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livespot.config import SpottingConfig
from livespot.errors import ConfigError
from livespot.inference import EngineInfo
from livespot.spotting import SpottingParameters, spot_offline
from livespot.spotting.parameters import resolved_point
from livespot.spotting.scores import ScoreCalibration, min_scores_for
from livespot.types import CURVES

TABLE = {"ME": ((4.0, 0.1), (1.0, 0.3), (0.25, 0.7)), "MaE": ((4.0, 0.2), (1.0, 0.4), (0.25, 0.6))}


def engine(**known: object) -> EngineInfo:
    return EngineInfo("made up", "", "", {"ME": 0.3, "MaE": 0.4}, {"ME": 0.5, "MaE": 0.6}, **known)  # type: ignore[arg-type]


@given(*[st.floats(0.2, 5.0)] * 2, st.floats(-3.0, 3.0), *[st.floats(0.0, 1.0)] * 2)
def test_the_order_of_scores_stays_and_the_way_back_is_known(low, high, bias, one, other) -> None:
    calibration = ScoreCalibration(low, high, bias)
    less, more = sorted((one, other))
    assert 0.0 <= calibration.shown(less) <= calibration.shown(more) <= 1.0
    if 1e-3 < one < 0.99:
        assert calibration.raw(calibration.shown(one)) == pytest.approx(one, rel=1e-5)
    assert calibration.raw(0.0) == 0.0


def test_impossible_calibrations_are_refused() -> None:
    for values in ((0.0, 0.0, 1.0), (-1.0, 1.0, 0.0), (1.0, 1.0, float("nan"))):
        with pytest.raises(ValueError, match="score calibration"):
            ScoreCalibration(*values)


def test_the_score_that_decides_is_the_one_that_is_shown() -> None:
    curves = np.zeros((60, len(CURVES)), np.float32)
    for column, frame in enumerate((20, 26, 32)):
        curves[frame, column] = 0.8
    calibrations = {"ME": (2.0, 2.0, 0.5), "MaE": (1.0, 1.0, 0.0)}
    raw = float(np.float32(0.8)) ** 3
    shown = ScoreCalibration(2.0, 2.0, 0.5).shown(raw)

    def found(minimum: float) -> list[float]:
        point = SpottingParameters.resolve(
            SpottingConfig(), {"ME": 0.5, "MaE": 0.5}, 30.0, {"ME": minimum, "MaE": 0.0}, calibrations
        )
        return [p.score for p in spot_offline(curves, point)]

    assert found(0.0) == [shown]
    assert found(shown - 1e-6) == [shown]
    assert found(shown + 1e-6) == []
    assert abs(shown - raw) > 0.1


def test_a_rate_of_false_alarms_sets_the_minimum_scores() -> None:
    info = engine(alarm_table=TABLE)
    assert resolved_point(SpottingConfig(), info) == ({"ME": 0.3, "MaE": 0.4}, {"ME": 0.5, "MaE": 0.6})
    _, minimum = resolved_point(SpottingConfig(alarms_a_minute=2.0), info)
    assert minimum == {"ME": pytest.approx(0.3), "MaE": pytest.approx(0.4)}
    _, between = resolved_point(SpottingConfig(alarms_a_minute=1.0), info)
    assert between == {"ME": pytest.approx(0.5), "MaE": pytest.approx(0.5)}
    _, own = resolved_point(SpottingConfig(alarms_a_minute=1.0, me_min_score=0.05), info)
    assert own == {"ME": 0.05, "MaE": pytest.approx(0.5)}
    assert min_scores_for(100.0, TABLE) == {"ME": 0.1, "MaE": 0.2}
    assert min_scores_for(0.01, TABLE) == {"ME": 0.7, "MaE": 0.6}


@given(st.floats(0.01, 60.0), st.floats(0.01, 60.0))
def test_fewer_alarms_never_lower_a_minimum_score(one, other) -> None:
    fewer, more = sorted((one, other))
    for kind, score in min_scores_for(fewer, TABLE).items():
        assert score >= min_scores_for(more, TABLE)[kind] - 1e-12


def test_an_engine_without_a_table_says_so() -> None:
    with pytest.raises(ConfigError, match=r"brings no table of false alarms; set spotting\.me_min_score"):
        resolved_point(SpottingConfig(alarms_a_minute=1.0), engine())
    both = SpottingConfig(alarms_a_minute=1.0, me_min_score=0.1, mae_min_score=0.2)
    assert resolved_point(both, engine())[1] == {"ME": 0.1, "MaE": 0.2}
