"""What the user may turn while it runs: thresholds, a personal baseline, the engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from livespot.config import Config
from livespot.errors import UsageError
from livespot.inference import Runner
from livespot.pipeline import Spotting
from livespot.spotting.baseline import NeutralBaseline
from livespot.stream.sinks import QuietSink
from livespot.types import EXPRESSION_TYPES, ExpressionType, Update


class Tuning:
    """The user's own thresholds: they hold for the running stream and for those to come.

    Attributes
    ----------
    own : dict
        θ by type, of the types that the user has set.
    """

    def __init__(self) -> None:
        self.own: dict[str, float] = {}
        self.baseline: BaselineTaker | None = None

    def config(self, config: Config) -> Config:
        """The configuration with the user's thresholds in it."""
        spotting = config.spotting
        return replace(
            config,
            spotting=replace(
                spotting,
                me_apex_threshold=self.own.get("ME", spotting.me_apex_threshold),
                mae_apex_threshold=self.own.get("MaE", spotting.mae_apex_threshold),
            ),
        )

    def set(self, kind: ExpressionType, value: float, spotting: Spotting | None) -> None:
        """Use ``value`` for one type from now on.

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
        if spotting is not None:
            spotting.set_threshold(kind, float(value))

    def reset(self, config: Config, runner: Runner | None, spotting: Spotting | None) -> None:
        """Back to the operating point of the engine, or of the configuration where it sets one."""
        self.own.clear()
        self.baseline = None
        if spotting is not None and runner is not None:
            standing = standing_thresholds(config, runner)
            for kind in EXPRESSION_TYPES:
                if kind in standing:
                    spotting.set_threshold(kind, standing[kind])

    def follow(self, standing: Mapping[str, float], spotting: Spotting | None) -> None:
        """Take over another engine's operating point for the types that the user has not set."""
        for kind in EXPRESSION_TYPES:
            if spotting is not None and kind in standing and kind not in self.own:
                spotting.set_threshold(kind, standing[kind])

    def take_baseline(
        self, seconds: float, rate_hz: Callable[[], float], spotting: Spotting
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
            personal = baseline.personal(spotting.runner.thresholds)
            for kind in EXPRESSION_TYPES:
                self.set(kind, personal[kind], spotting)

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


def standing_thresholds(config: Config, runner: Runner) -> dict[str, float]:
    """The operating point without the user's own: the configuration's, else the engine's."""
    given: dict[str, float | None] = {
        "ME": config.spotting.me_apex_threshold,
        "MaE": config.spotting.mae_apex_threshold,
    }
    made: dict[str, float] = {}
    for kind, value in given.items():
        standing = runner.thresholds.get(kind) if value is None else value
        if standing is not None:
            made[kind] = float(standing)
    return made
