"""A threshold that changes while the stream goes on."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_runner import FixedRunner

from livespot.config import Config, SpottingConfig
from livespot.pipeline import Spotting
from livespot.spotting import OnlineSpotter, SpottingParameters, spot_offline
from livespot.types import CURVES, ROIS, WINDOW_FRAMES, Gap, Window


def parameters(me: float, mae: float) -> SpottingParameters:
    return SpottingParameters.resolve(SpottingConfig(), {"ME": me, "MaE": mae}, 30.0)


def noise(frames: int = 400) -> np.ndarray:
    return np.random.default_rng(3).random((frames, len(CURVES))).astype(np.float32)


def confirmed(spotter: OnlineSpotter, rows: np.ndarray) -> list:
    return [p for row in rows for p in spotter.push(row).confirmed]


@pytest.mark.parametrize("kind", ["ME", "MaE"])
def test_set_before_the_first_frame_it_is_the_offline_spotter_s(kind):
    curves = noise()
    spotter = OnlineSpotter(parameters(0.5, 0.5))
    spotter.set_threshold(kind, 0.8)
    found = confirmed(spotter, curves) + list(spotter.finish().confirmed)
    wanted = parameters(0.8, 0.5) if kind == "ME" else parameters(0.5, 0.8)
    assert spotter.parameters == wanted
    assert sorted(found, key=str) == sorted(spot_offline(curves, wanted), key=str)


def test_set_to_what_it_is_changes_nothing():
    curves = noise()
    plain, touched = OnlineSpotter(parameters(0.6, 0.6)), OnlineSpotter(parameters(0.6, 0.6))
    for row in curves:
        touched.set_threshold("ME", 0.6)
        assert touched.push(row) == plain.push(row)
    assert touched.finish() == plain.finish()


def test_apex_candidates_from_then_on():
    curves = noise()
    spotter = OnlineSpotter(parameters(0.5, 0.5))
    found = confirmed(spotter, curves[:200])
    spotter.set_threshold("ME", 0.99)
    found += confirmed(spotter, curves[200:]) + list(spotter.finish().confirmed)
    late = [p for p in found if p.type == "ME" and p.apex >= 200]
    early = [p for p in found if p.type == "ME" and p.apex < 200]
    assert early and all(curves[p.apex, CURVES.index("me_apex")] > 0.99 for p in late)
    assert any(p.type == "MaE" for p in found)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_no_probability_is_refused(value):
    with pytest.raises(ValueError, match="threshold of ME"):
        OnlineSpotter(parameters(0.5, 0.5)).set_threshold("ME", value)
    with pytest.raises(ValueError, match="threshold of ME"):
        Spotting(Config(), FixedRunner()).set_threshold("ME", value)


class RowRunner(FixedRunner):
    """Gives rows in turn."""

    def __init__(self, rows: np.ndarray) -> None:
        self._rows = iter(rows)

    def infer(self, windows):
        return next(self._rows)


def window(index: int, rate_hz: float = 30.0) -> Window:
    features = np.zeros((WINDOW_FRAMES, ROIS, 2), np.float32)
    return Window(index, index, index / 30.0, rate_hz, features)


def test_the_pipeline_keeps_it_over_a_change_of_rate():
    curves = noise(300)
    spotting = Spotting(Config(), RowRunner(curves))
    spotting.set_threshold("ME", 1.0)
    spotting.set_threshold("MaE", 1.0)
    assert spotting.thresholds == {"ME": 1.0, "MaE": 1.0}
    for index in range(300):
        for update in spotting.step(window(index, 30.0 if index < 150 else 25.0)):
            assert update.confirmed == () and update.provisional == ()
    assert spotting.finish() == []


def test_another_engine_goes_on_between_two_windows_and_no_interval_spans_them():
    curves = noise(300)
    first, second = RowRunner(curves[:150]), RowRunner(curves[150:])
    spotting = Spotting(Config(), first)
    found = []
    for index in range(150):
        found += [i for u in spotting.step(window(index)) for i in u.confirmed]
    spotting.use_runner(second)
    assert spotting.runner is first
    for index in range(150, 300):
        found += [i for u in spotting.step(window(index)) for i in u.confirmed]
    assert spotting.runner is second
    found += [i for u in spotting.finish() for i in u.confirmed]
    assert found and not any(i.onset < 150 <= i.offset for i in found)
    assert spotting.step(Gap(11.0, "end")) == []
