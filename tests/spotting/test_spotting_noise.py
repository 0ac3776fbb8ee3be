"""The bar that a noisy picture raises."""

from __future__ import annotations

import numpy as np
from made_up_runner import FixedRunner

from livespot.config import Config, SpottingConfig
from livespot.pipeline import Spotting
from livespot.spotting.noise import picture_noise_px, raised_bar
from livespot.types import CURVES, Window

VALUES = np.linspace(0.05, 0.95, 10, dtype=np.float32)
APEXES = [CURVES.index("me_apex"), CURVES.index("mae_apex")]


def test_below_the_floor_not_a_bit_changes() -> None:
    for noise in (None, np.full(10, 0.08, np.float32), np.full(10, np.nan, np.float32)):
        assert raised_bar(VALUES, noise, 0.08, 2.0) is VALUES
    assert raised_bar(VALUES, np.full(10, 9.0, np.float32), 0.08, 0.0) is VALUES


def test_above_it_the_odds_of_the_apexes_alone_fall() -> None:
    lowered = raised_bar(VALUES, np.full(10, 0.24, np.float32), 0.08, 2.0)
    others = [k for k in range(10) if k not in APEXES]
    assert np.array_equal(lowered[others], VALUES[others])
    odds = VALUES / (1 - VALUES)
    assert np.allclose((lowered / (1 - lowered))[APEXES], odds[APEXES] / 9.0, rtol=1e-4)


def test_certainty_and_impossibility_stay() -> None:
    ends = np.zeros(10, np.float32)
    ends[APEXES[0]] = 1.0
    assert np.array_equal(raised_bar(ends, np.full(10, 1.0, np.float32), 0.08, 2.0), ends)


def test_movement_of_some_regions_is_not_the_pictures_noise() -> None:
    noise = np.full(24, 0.03, np.float32)
    noise[:10] = 2.0
    assert picture_noise_px(noise) < 0.04


def test_the_spotting_step_shows_the_curve_that_decides() -> None:
    features = np.zeros((17, 10, 2), np.float32)
    quiet, noisy = (
        Window(0, 0, 0.0, 30.0, features, noise_px=np.full(10, n, np.float32)) for n in (0.01, 0.3)
    )
    raw = FixedRunner().infer(features)
    for window, config, changed in (
        (quiet, Config(), False),
        (noisy, Config(), True),
        (noisy, Config(spotting=SpottingConfig(noise_slope=0.0)), False),
    ):
        shown = Spotting(config, FixedRunner()).step(window)[-1].probabilities
        assert shown is not None
        assert (shown[APEXES] < raw[APEXES]).all() if changed else np.array_equal(shown, raw)
