"""θ and the minimum score as one sensitivity."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from livespot.config import Config
from livespot.spotting.sensitivity import min_score_at
from livespot.stream.tuning import Tuning

probability = st.floats(0.01, 0.99)


@given(probability, probability)
def test_at_the_engine_s_own_threshold_it_is_the_engine_s_own(threshold, least):
    assert min_score_at(threshold, threshold, least) == least


@given(probability, probability, probability, probability)
def test_it_rises_with_the_threshold_and_stays_a_score(first, second, own, least):
    low, high = sorted((first, second))
    assert 0.0 <= min_score_at(low, own, least) <= min_score_at(high, own, least) < 1.0


def test_without_a_minimum_score_there_is_none():
    assert min_score_at(0.9, 0.5, 0.0) == 0.0


@given(st.floats(0.1, 0.9), st.floats(0.1, 0.9), st.floats(0.05, 0.5))
def test_curves_as_much_lower_as_the_threshold_still_reach_it(value, own, least):
    """An interval that just reached the score does so again when its three log-odds are shifted by those of θ."""

    def moved(p):
        odds = p / (1 - p) * (value / (1 - value)) / (own / (1 - own))
        return odds / (1 + odds)

    assert math.isclose(moved(least ** (1 / 3)) ** 3, min_score_at(value, own, least), rel_tol=1e-9)


def test_the_user_s_sensitivity_goes_into_the_configuration_of_the_next_run():
    from made_up_runner import FixedRunner

    class Gated(FixedRunner):
        min_scores = {"ME": 0.2, "MaE": 0.3}  # noqa: RUF012

    tuning = Tuning()
    tuning.set("ME", 0.3, None, None)
    spotting = tuning.config(Config(), Gated()).spotting
    assert spotting.me_apex_threshold == 0.3 and round(spotting.me_min_score, 3) == 0.053
    assert spotting.mae_apex_threshold is None and spotting.mae_min_score is None
