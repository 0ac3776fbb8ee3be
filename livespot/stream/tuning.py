"""What the user may turn while it runs: thresholds, a personal baseline, the engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from livespot.config import Config
from livespot.errors import UsageError
from livespot.inference import Runner
from livespot.pipeline import Spotting
from livespot.spotting.baseline import NeutralBaseline
from livespot.spotting.parameters import resolved_point
from livespot.spotting.sensitivity import least_score_at
from livespot.stream.sinks import QuietSink
from livespot.types import EXPRESSION_TYPES, ExpressionType, Update


class Tuning:
    """The user's own sensitivity, as a θ by type: it holds for the running stream and for those to come.

    Attributes
    ----------
    own : dict
        θ by type, of the types that the user has set.
    """

    def __init__(self) -> None:
        self.own: dict[str, float] = {}
        self.baseline: BaselineTaker | None = None

    def config(self, config: Config, runner: Runner) -> Config:
        """The configuration with the user's thresholds in it, and the least scores that go with them."""
        spotting, standing = config.spotting, standing_point(config, runner)
        for kind, value in self.own.items():
            least = standing.least(kind, value)
            if kind == "ME":
                spotting = replace(spotting, me_apex_threshold=value, me_min_score=least)
            else:
                spotting = replace(spotting, mae_apex_threshold=value, mae_min_score=least)
        return replace(config, spotting=spotting)

    def set(
        self, kind: ExpressionType, value: float, spotting: Spotting | None, standing: Point | None
    ) -> None:
        """Use ``value`` for one type from now on, and the least score that goes with it.

        Raises
        ------
        UsageError
            When there is no such type, or the value is no probability.
        """
        if kind not in EXPRESSION_TYPES or not (math.isfinite(value) and 0.0 <= value <= 1.0):
            raise UsageError(
                f"threshold of {kind}: expected ME or MaE and a value from 0 to 1, got {value!r}"
            )
        self.own[kind] = float(value)
        if spotting is not None and standing is not None:
            spotting.set_threshold(kind, float(value), standing.least(kind, float(value)))

    def reset(self, config: Config, runner: Runner | None, spotting: Spotting | None) -> None:
        """Back to the operating point of the engine, or of the configuration where it sets one."""
        self.own.clear()
        self.baseline = None
        if spotting is not None and runner is not None:
            self.follow(standing_point(config, runner), spotting)

    def follow(self, standing: Point, spotting: Spotting | None) -> None:
        """Take over an engine's operating point; for the types that the user has set, only what goes with it."""
        for kind in EXPRESSION_TYPES:
            if spotting is not None and kind in standing.thresholds:
                value = self.own.get(kind, standing.thresholds[kind])
                spotting.set_threshold(kind, value, standing.least(kind, value))

    def take_baseline(
        self, seconds: float, rate_hz: Callable[[], float], spotting: Spotting, config: Config
    ) -> BaselineTaker:
        """Begin to watch a neutral face; the caller attaches what comes back to the stream.

        Raises
        ------
        UsageError
            When ``seconds`` is no length.
        """
        if not (math.isfinite(seconds) and 0.0 < seconds <= 600.0):
            raise UsageError(f"baseline: expected a length from 0 to 600 s, got {seconds!r}")

        def done(baseline: NeutralBaseline) -> None:
            personal = baseline.personal(spotting.runner.info.thresholds)
            standing = standing_point(config, spotting.runner)
            for kind in EXPRESSION_TYPES:
                self.set(kind, personal[kind], spotting, standing)

        self.baseline = BaselineTaker(NeutralBaseline(seconds), rate_hz, done)
        return self.baseline


class BaselineTaker(QuietSink):
    """A sink that shows the curves to a baseline and says when it has seen enough."""

    def __init__(
        self,
        baseline: NeutralBaseline,
        rate_hz: Callable[[], float],
        done: Callable[[NeutralBaseline], None],
    ) -> None:
        self._baseline = baseline
        self._rate_hz = rate_hz
        self._done = done
        self.finished = False

    @property
    def left_s(self) -> float:
        """Seconds of a neutral face still wanted."""
        return 0.0 if self.finished else self._baseline.left_s

    def update(self, update: Update) -> None:
        """Take one row."""
        if self.finished or update.probabilities is None:
            return
        self._baseline.push(update.probabilities, self._rate_hz() or 30.0)
        if self._baseline.complete:
            self.finished = True
            self._done(self._baseline)


@dataclass(frozen=True, slots=True)
class Point:
    """An operating point.

    Attributes
    ----------
    thresholds, min_scores : dict
        θ of the apex curve and least score, by type.
    """

    thresholds: dict[str, float]
    min_scores: dict[str, float]

    def least(self, kind: str, value: float) -> float:
        """The least score at another θ of the same point; see :mod:`livespot.spotting.sensitivity`."""
        return least_score_at(value, self.thresholds.get(kind, value), self.min_scores.get(kind, 0.0))


def standing_point(config: Config, runner: Runner) -> Point:
    """The operating point without the user's own: the configuration's, else the engine's."""
    return Point(*resolved_point(config.spotting, runner.info))
