"""An interval's times are those of the frames it names, at a wandering rate and where pictures were held."""

from __future__ import annotations

import numpy as np
from made_up_runner import FixedRunner

from livespot.config import Config, SpottingConfig
from livespot.pipeline import Spotting
from livespot.types import Window


class Reading(FixedRunner):
    """Reads the probabilities from the window itself."""

    def infer(self, windows):
        return np.ascontiguousarray(windows[0, :, 0])


def test_each_frame_of_an_interval_has_its_own_time_also_where_a_picture_was_held():
    rng = np.random.default_rng(0)
    spotting = Spotting(Config(spotting=SpottingConfig(me_min_score=0.0, mae_min_score=0.0)), Reading())
    time_s, frame, time_of, found = 0.0, -1, {}, []
    for index in range(900):
        held = index % 4 == 3
        time_s += rng.uniform(0.02, 0.05)  # a rate between 20 and 50 frames per second
        if not held:
            frame += int(rng.integers(1, 3))
            time_of[frame] = time_s
        features = rng.random((17, 10, 2)).astype(np.float32)
        for update in spotting.step(Window(index, frame, time_s, 30.0, features, held=held)):
            found += update.confirmed
    found += [interval for update in spotting.finish() for interval in update.confirmed]
    assert len(found) > 20
    for interval in found:
        for part in ("onset", "apex", "offset"):
            assert getattr(interval, f"{part}_s") == time_of[getattr(interval, part)], (part, interval)
