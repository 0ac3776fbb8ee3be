"""What the user may turn while it runs: thresholds, a personal baseline, the engine."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from livespot.config import Config
from livespot.errors import UsageError
from livespot.inference import Runner
from livespot.pipeline import Spotting
from livespot.spotting.baseline import NeutralBaseline
from livespot.spotting.parameters import resolved_point
from livespot.spotting.sensitivity import min_score_at
from livespot.stream.sinks import QuietSink
from livespot.stream.stream import Stream
from livespot.types import EXPRESSION_TYPES, ExpressionType, Update


class Tuning:
    """The user's own sensitivity, as a θ by type: it holds for the running stream and for those to come.

    Notes
    -----
    Every method may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a baseline that completes belongs to the spotting stage's thread
        self._chosen: dict[str, float] = {}  # by the user
        self._personal: dict[str, float] = {}  # by the newest baseline, in place of these
        self._baseline: BaselineTaker | None = None

    @property
    def own(self) -> dict[str, float]:
        """θ by type, of the types that the user, or a baseline, has set."""
        return self._chosen | self._personal

    @property
    def baseline_left_s(self) -> float:
        """Seconds of a neutral face still wanted; 0.0 when no baseline is being taken."""
        baseline = self._baseline
        return 0.0 if baseline is None else baseline.left_s

    def config(self, config: Config, runner: Runner) -> Config:
        """The configuration with the user's thresholds in it, and the minimum scores that go with them."""
        spotting, standing = config.spotting, standing_point(config, runner)
        for kind, value in self.own.items():
            minimum = standing.min_score(kind, value)
            if kind == "ME":
                spotting = replace(spotting, me_apex_threshold=value, me_min_score=minimum)
            else:
                spotting = replace(spotting, mae_apex_threshold=value, mae_min_score=minimum)
        return replace(config, spotting=spotting)

    def set(
        self, kind: ExpressionType, value: float, spotting: Spotting | None, standing: Point | None
    ) -> None:
        """Use ``value`` for one type from now on, and the minimum score that goes with it.

        Raises
        ------
        UsageError
            When there is no such type, or the value is no probability.
        """
        if kind not in EXPRESSION_TYPES or not (math.isfinite(value) and 0.0 <= value <= 1.0):
            raise UsageError(
                f"threshold of {kind}: expected ME or MaE and a value from 0 to 1, got {value!r}"
            )
        with self._lock:
            self._chosen[kind] = float(value)
            self._personal.pop(kind, None)
            if spotting is not None and standing is not None:
                spotting.set_threshold(kind, float(value), standing.min_score(kind, float(value)))

    def reset(self, standing: Point | None, stream: Stream | None) -> None:
        """Go back to the standing operating point; a baseline that is being taken is given up."""
        with self._lock:
            self.cancel_baseline(stream)
            self._chosen.clear()
            self._personal.clear()
            if standing is not None and stream is not None:
                self.follow(standing, stream.spotting)

    def follow(self, standing: Point, spotting: Spotting | None) -> None:
        """Take over an engine's operating point; for the types that the user has set, only what goes with it."""
        with self._lock:
            own = self.own
            for kind in EXPRESSION_TYPES:
                if spotting is not None and kind in standing.thresholds:
                    value = own.get(kind, standing.thresholds[kind])
                    spotting.set_threshold(kind, value, standing.min_score(kind, value))

    def take_baseline(self, seconds: float, stream: Stream, standing: Point) -> None:
        """Begin to watch a neutral face in a running stream.

        The thresholds rise to what the face asks; they never fall below the configured ones, the engine's or the user's
        own. Only what an earlier baseline has set is given up for the new one.

        Raises
        ------
        UsageError
            When ``seconds`` is no length.
        """
        if not (math.isfinite(seconds) and 0.0 < seconds <= 600.0):
            raise UsageError(f"baseline: expected a length from 0 to 600 s, got {seconds!r}")
        grid, spotting = stream.vision.grid, stream.spotting

        def done(taker: BaselineTaker) -> None:
            with self._lock:
                if self._baseline is not taker:
                    return  # given up meanwhile
                self._baseline = None
                stream.detach(taker)
                self._personal = taker.baseline.personal({**standing.thresholds, **self._chosen})
                self.follow(standing, spotting)

        with self._lock:
            self.cancel_baseline(stream)
            self._baseline = BaselineTaker(NeutralBaseline(seconds), lambda: grid.rate_hz, done)
            stream.attach(self._baseline)

    def cancel_baseline(self, stream: Stream | None) -> None:
        """Give up the baseline that is being taken; ``stream`` is the one that still runs."""
        with self._lock:
            taker, self._baseline = self._baseline, None
            if taker is not None:
                taker.finished = True
                if stream is not None:
                    stream.detach(taker)


class BaselineTaker(QuietSink):
    """A sink that shows the curves to a baseline and says when it has seen enough."""

    def __init__(
        self,
        baseline: NeutralBaseline,
        rate_hz: Callable[[], float],
        done: Callable[[BaselineTaker], None],
    ) -> None:
        self.baseline = baseline
        self._rate_hz = rate_hz
        self._done = done
        self.finished = False

    @property
    def left_s(self) -> float:
        """Seconds of a neutral face still wanted."""
        return 0.0 if self.finished else self.baseline.left_s

    def update(self, update: Update) -> None:
        """Take one row."""
        if self.finished or update.probabilities is None:
            return
        self.baseline.push(update.probabilities, self._rate_hz() or 30.0)
        if self.baseline.complete:
            self.finished = True
            self._done(self)


@dataclass(frozen=True, slots=True)
class Point:
    """An operating point.

    Attributes
    ----------
    thresholds, min_scores : dict
        θ of the apex curve and minimum score, by type.
    """

    thresholds: dict[str, float]
    min_scores: dict[str, float]

    def min_score(self, kind: str, value: float) -> float:
        """The minimum score at another θ of the same point; see :mod:`livespot.spotting.sensitivity`."""
        return min_score_at(value, self.thresholds.get(kind, value), self.min_scores.get(kind, 0.0))


def standing_point(config: Config, runner: Runner) -> Point:
    """The operating point without the user's own: the configuration's, else the engine's."""
    return Point(*resolved_point(config.spotting, runner.info))
