from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livespot.config import SpottingConfig
from livespot.errors import ConfigError
from livespot.spotting import SpottingParameters, spot_offline
from livespot.spotting.nms import overlaps, suppress
from livespot.spotting.parameters import half_range_frames
from livespot.types import CURVES, Float32Array, Proposal

THRESHOLDS = {"ME": 0.5, "MaE": 0.4}


def resolve(rate_hz: float = 30.0, **changes: float) -> SpottingParameters:
    config = SpottingConfig(**{"mae_average_frames": 59.0, **changes})  # as in the authors' configuration
    return SpottingParameters.resolve(config, THRESHOLDS, rate_hz)


def blank(frames: int) -> Float32Array:
    return np.zeros((frames, len(CURVES)), np.float32)


def me(curves: Float32Array, onset: int, apex: int, offset: int, p: float = 0.9) -> Float32Array:
    for column, frame in enumerate((onset, apex, offset)):
        curves[frame, column] = p
    return curves


def spans(proposals: list[Proposal]) -> list[tuple[int, int, int]]:
    return [(p.onset, p.apex, p.offset) for p in proposals]


def test_durations_at_30_hz_are_the_authors():
    parameters = resolve()
    assert (parameters.me.near, parameters.me.far) == (2, 8)
    assert (parameters.mae.near, parameters.mae.far) == (8, 29)


@pytest.mark.parametrize(
    ("rate_hz", "expected"),
    [
        (60.0, (5, 16, 16, 59)),
        (200 / 7, (2, 7, 7, 28)),
        (25.0, (2, 6, 6, 24)),
        (15.0, (1, 4, 4, 15)),
        (1.0, (1, 1, 1, 1)),
    ],
)
def test_durations_scale_with_the_model_rate(rate_hz, expected):
    p = resolve(rate_hz)
    assert (p.me.near, p.me.far, p.mae.near, p.mae.far) == expected


@given(st.floats(0.1, 300.0), st.floats(1.0, 300.0))
def test_half_range_is_a_whole_frame_at_least(duration, rate_hz):
    frames = half_range_frames(duration, rate_hz)
    assert frames >= 1
    assert frames == max(1, int(round(duration * rate_hz / 30.0) / 2))


def test_half_range_is_the_same_just_under_30_fps():
    assert half_range_frames(16.0, 29.97) == half_range_frames(16.0, 30.0) == 8


def test_threshold_of_the_configuration_goes_before_the_engines():
    parameters = resolve(me_apex_threshold=0.7)
    assert (parameters.me.threshold, parameters.mae.threshold) == (0.7, 0.4)


@pytest.mark.parametrize(
    ("changes", "rate_hz", "names"),
    [
        ({}, 0.0, "model rate"),
        ({}, float("nan"), "model rate"),
        ({"me_apex_threshold": 1.5}, 30.0, "spotting.me_apex_threshold"),
        ({"mae_minimum_frames": 70.0}, 30.0, "spotting.mae_minimum_frames"),
        ({"max_overlap": -0.1}, 30.0, "spotting.max_overlap"),
    ],
)
def test_impossible_parameters_are_named(changes, rate_hz, names):
    with pytest.raises(ConfigError, match=names):
        resolve(rate_hz, **changes)


def test_missing_threshold_is_named():
    with pytest.raises(ConfigError, match=r"spotting\.mae_apex_threshold"):
        SpottingParameters.resolve(SpottingConfig(), {"ME": 0.5}, 30.0)


def test_one_expression():
    (found,) = spot_offline(me(blank(40), 14, 20, 26), resolve())
    assert found.type == "ME"
    assert spans([found]) == [(14, 20, 26)]
    p = float(np.float32(0.9))
    assert found.score == p * p * p


def test_threshold_is_exclusive_and_compared_as_float64():
    curves = me(blank(40), 14, 20, 26)
    curves[20, 1] = 0.5
    assert spot_offline(curves, resolve()) == []
    curves[20, 1] = np.float32(0.1)  # is 0.100000001…
    assert spot_offline(curves, resolve(me_apex_threshold=0.1)) != []


def test_range_ends_are_inclusive_and_nothing_beyond_counts():
    curves = me(me(blank(60), 12, 20, 28), 11, 20, 29, p=1.0)
    assert spans(spot_offline(curves, resolve())) == [(12, 20, 28)]
    curves = me(me(blank(60), 18, 20, 22), 19, 20, 21, p=1.0)
    assert spans(spot_offline(curves, resolve())) == [(18, 20, 22)]


def test_first_maximum_wins():
    curves = me(me(blank(60), 14, 20, 25), 16, 20, 27)
    assert spans(spot_offline(curves, resolve())) == [(14, 20, 25)]


def test_onset_must_be_likelier_beginning_than_end_and_the_reverse():
    curves = me(blank(40), 14, 20, 26)
    curves[14, 2] = 0.9  # ending is as likely
    assert spot_offline(curves, resolve()) == []
    curves = me(blank(40), 14, 20, 26)
    curves[26, 0] = 0.9
    assert spot_offline(curves, resolve()) == []


def test_ranges_are_cut_to_the_segment():
    curves = me(blank(40), 14, 20, 26)
    curves[26, 2] = 0.2
    curves[24, 2] = 0.1
    assert spans(spot_offline(curves[:26], resolve())) == [(14, 20, 24)]
    assert spot_offline(curves[:22], resolve()) == []  # the offset range is cut away wholly
    assert spot_offline(curves[19:], resolve()) == []  # the onset range
    curves[17] = np.nan
    assert spot_offline(curves, resolve()) == []
    curves[17] = 0.0
    assert spot_offline(curves, resolve(), breaks=[17]) == []
    assert spans(spot_offline(curves, resolve(), breaks=[14, 27])) == [(14, 20, 26)]


def test_values_beyond_one_are_cut():
    (found,) = spot_offline(me(blank(40), 14, 20, 26, p=1.0000001), resolve())
    assert found.score == 1.0


def test_nms_keeps_the_better_and_ties_go_to_the_earlier_apex():
    low, high = Proposal("ME", 10, 15, 20, 0.3), Proposal("ME", 11, 16, 21, 0.4)
    assert suppress([low, high], 0.5) == [high]
    tie = Proposal("ME", 11, 16, 21, 0.3)
    assert suppress([tie, low], 0.5) == [low]


def test_nms_conflict_is_strictly_above_the_limit():
    a, b = Proposal("ME", 0, 3, 8, 0.9), Proposal("ME", 3, 6, 11, 0.5)
    assert a.iou(b) == 0.5
    assert suppress([a, b], 0.5) == [a, b]
    assert suppress([a, b], 0.49) == [a]


@given(*[st.integers(0, 30)] * 4, st.floats(0.0, 1.0))
def test_overlaps_is_the_iou_of_proposals(a, b, c, d, limit):
    first, second = Proposal("ME", min(a, b), a, max(a, b), 0.1), Proposal("ME", min(c, d), c, max(c, d), 0.1)
    assert overlaps(first.onset, first.offset, second, limit) == (first.iou(second) > limit)


def test_both_types_do_not_suppress_each_other():
    curves = me(blank(80), 34, 40, 46)
    curves[30, 5], curves[40, 6], curves[50, 7] = 0.9, 0.9, 0.9
    assert [p.type for p in spot_offline(curves, resolve())] == ["MaE", "ME"]


def test_nothing_in_nothing_out_and_wrong_shape():
    assert spot_offline(blank(0), resolve()) == []
    with pytest.raises(ValueError, match="curves"):
        spot_offline(np.zeros((4, 9), np.float32), resolve())
