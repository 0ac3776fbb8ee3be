"""What a spotter said of a measured video: intervals, curves, and how long it took to be sure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from livespot.config import Config
from livespot.evaluation.measured import Measured, known_at_s
from livespot.findings import Accumulator
from livespot.inference import Runner
from livespot.pipeline import Spotting
from livespot.types import CURVES, Float32Array, Gap, Interval


@dataclass(frozen=True, slots=True, eq=False)
class Spotted:
    """Of one video.

    Attributes
    ----------
    intervals : tuple of Interval
        By onset, in the source's frames.
    delays_s : tuple of float
        From an interval's offset to the moment it was confirmed, for those confirmed before the video ended.
    frames : (n,) int64
        Source frame of each row of the curves.
    curves : (n, 10) float32
        NaN where there is no face; n is 0 for spotters without probabilities.
    """

    intervals: tuple[Interval, ...]
    delays_s: tuple[float, ...] = ()
    frames: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    curves: Float32Array = field(default_factory=lambda: np.empty((0, len(CURVES)), np.float32))


def proposals_of(measured: Measured, config: Config, runner: Runner) -> tuple[Interval, ...]:
    """All intervals that are proposed, whatever their score: as :func:`spot_measured` with minimum scores of 0."""
    spotting = replace(config.spotting, me_min_score=0.0, mae_min_score=0.0, alarms_a_minute=None)
    return spot_measured(measured, replace(config, spotting=spotting), runner).intervals


def spot_measured(measured: Measured, config: Config, runner: Runner) -> Spotted:
    """Run an engine over windows; the same bits as :func:`livespot.spot` on the video.

    Raises
    ------
    EngineError
        When the engine fails.
    """
    spotting = Spotting(config, runner)
    found = Accumulator()
    delays: list[float] = []
    for item in measured.items:
        now_s = item.time_s if isinstance(item, Gap) else known_at_s(item)
        for update in spotting.step(item):
            found.update(update)
            delays.extend(now_s - interval.offset_s for interval in update.confirmed)
    for update in spotting.finish():
        found.update(update)
    whole = found.findings()
    return Spotted(tuple(whole.intervals_by_onset), tuple(delays), whole.frames, whole.curves)
