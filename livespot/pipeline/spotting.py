"""Windows to probabilities to intervals: the engine, then the online spotter.

Engine and thresholds may be changed from another thread; the change takes hold with the next window. An engine with a
second stage describes a window some frames later (:mod:`livespot.pipeline.probabilities`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from livespot.config import Config
from livespot.inference import Runner, check_made_for
from livespot.movement import movement_of
from livespot.pipeline.probabilities import Described, Probabilities
from livespot.spotting import OnlineSpotter, SpotterUpdate, SpottingParameters
from livespot.spotting.noise import raised_bar
from livespot.spotting.parameters import check_point, resolved_point
from livespot.types import (
    CURVES,
    ExpressionType,
    Float32Array,
    Gap,
    Interval,
    Proposal,
    Reason,
    Setting,
    Update,
    Window,
)

_KEPT_FRAMES = 4096
"""At 30 Hz: model frames whose source number, time and features (13 MB) are remembered for intervals still open."""


@dataclass(frozen=True, slots=True)
class _Stamp:
    source_index: int
    time_s: float
    rate_hz: float
    features: Float32Array | None


class Spotting:
    """Windows to updates: the runner, then the online spotter.

    Parameters
    ----------
    config : Config
    runner : Runner
        Owned by the caller.

    Attributes
    ----------
    thresholds, min_scores : dict
        θ and minimum score by type, as ordered last.
    setting : Setting or None
        What the newest window was spotted with, and since when; another object only when that has changed.

    Raises
    ------
    ConfigError
        When the engine was made for other regions or another alignment than those that are measured.
    """

    def __init__(self, config: Config, runner: Runner) -> None:
        self._measured = config.flow.settled()
        check_made_for(self._measured, runner)
        self._config = config.spotting
        self._runner = runner
        self._orders: deque[Callable[[Window], bool]] = deque()
        self._spotter: OnlineSpotter | None = None
        self._probabilities = Probabilities(config.grid)
        self._owed: list[Update] = []  # of windows that waited when another engine took over
        self._later: dict[int, list[tuple[ExpressionType, float, float | None]]] = {}
        """By window: the thresholds that hold from it on, where windows before it still wait."""
        self._rate_hz = 0.0
        self._first = 0  # model frame number that the spotter counts as 0
        self._stamps: dict[int, _Stamp] = {}
        self._order: deque[int] = deque()
        self.thresholds, self.min_scores = resolved_point(self._config, runner.info)
        self.setting: Setting | None = None

    def set_threshold(self, kind: ExpressionType, threshold: float, min_score: float | None = None) -> None:
        """Use another θ for the apex candidates of one type, from the next window on; from any thread.

        Parameters
        ----------
        kind : {"ME", "MaE"}
        threshold : float
            0 … 1.
        min_score : float, optional
            Of the proposals that such a candidate makes; by default it stays.

        Raises
        ------
        ValueError
            When one is no probability.
        """
        check_point(kind, threshold, min_score)
        self.thresholds = {**self.thresholds, kind: threshold}
        if min_score is not None:
            self.min_scores = {**self.min_scores, kind: min_score}
        self._orders.append(partial(self._apply_threshold, kind, threshold, min_score))

    def use_runner(self, runner: Runner) -> None:
        """Go on with another engine from the next window on; from any thread.

        The thresholds stay, the minimum scores become the new engine's. The caller closes the old runner once
        :attr:`runner` is the new one.

        Raises
        ------
        ConfigError
            When it was made for other regions or another alignment; then nothing changes.
        """
        check_made_for(self._measured, runner)
        self._orders.append(partial(self._apply_runner, runner))

    def swap_runner(self, runner: Runner) -> None:
        """Go on with the same engine computed by another file from the next window on; nothing starts anew.

        For a replay: live, a :class:`~livespot.inference.swap.SwapRunner` does so by itself.
        """
        self._runner = runner

    @property
    def runner(self) -> Runner:
        """The engine in use."""
        return self._runner

    def _apply_threshold(
        self, kind: ExpressionType, threshold: float, min_score: float | None, window: Window
    ) -> bool:
        known = self._config
        if kind == "ME":
            least = known.me_min_score if min_score is None else min_score
            self._config = replace(known, me_apex_threshold=threshold, me_min_score=least)
        else:
            least = known.mae_min_score if min_score is None else min_score
            self._config = replace(known, mae_apex_threshold=threshold, mae_min_score=least)
        if self._spotter is not None and self._probabilities.waiting:
            self._later.setdefault(window.index, []).append((kind, threshold, min_score))
        elif self._spotter is not None:
            self._spotter.set_threshold(kind, threshold, min_score)
        return False

    def _apply_runner(self, runner: Runner, window: Window) -> bool:
        # Before the runner changes: whoever ordered it frees the one before as soon as it has.
        self._owed += self._flush()
        self._runner = runner
        self.min_scores = resolved_point(self._config, runner.info)[1]
        # Probabilities of two engines do not belong into one interval: a new spotter, as after a change of rate.
        self._rate_hz = 0.0
        return True

    def _obey(self, window: Window) -> None:
        """Carry out what was ordered since the window before, and note what holds from this one on."""
        if self.setting is not None and not self._orders:
            return
        restarts = False
        while self._orders:
            restarts |= self._orders.popleft()(window)
        # Not what was ordered last: an order may have come in behind those that were carried out.
        runner = self._runner
        point = resolved_point(self._config, runner.info)
        self.setting = Setting(
            window.index,
            window.source_index,
            window.time_s,
            *point,
            runner.info.name,
            runner.info.sha256,
            restarts,
        )

    def step(self, item: Window | Gap) -> list[Update]:
        """Probabilities and intervals for one window; a gap may confirm intervals, with no frame of its own."""
        if isinstance(item, Gap):
            owed = self._flush()
            update = self._spotter.break_segment() if self._spotter else SpotterUpdate((), ())
            broken = [self._update(None, None, update, Reason.INTERRUPTED)] if update.confirmed else []
            return [*owed, *broken]
        self._obey(item)
        updates, self._owed = self._owed, []
        if self._spotter is None or item.rate_hz != self._rate_hz:
            updates += self.finish()
            self._spotter = self._new_spotter(item.rate_hz)
            self._rate_hz = item.rate_hz
            self._first = item.index
        self._remember(item)
        if item.features is None:
            updates += self._flush()
            updates.append(self._push(item, None))
        else:
            updates += self._pushed(self._probabilities.step(item, self._runner))
        self._note_runner(item)
        return updates

    def _new_spotter(self, rate_hz: float) -> OnlineSpotter:
        info = self._runner.info
        minimum = resolved_point(self._config, info)[1]
        return OnlineSpotter(
            SpottingParameters.resolve(
                self._config, self.thresholds, rate_hz, minimum, info.score_calibrations
            )
        )

    def _flush(self) -> list[Update]:
        """The updates of the windows that waited for others behind them, which will not come."""
        return self._pushed(self._probabilities.flush())

    def _pushed(self, described: Iterable[Described]) -> list[Update]:
        return [self._push(each.window, each.values) for each in described]

    def _push(self, window: Window, values: Float32Array | None) -> Update:
        assert self._spotter is not None  # since the first window
        for order in self._later.pop(window.index, ()):
            self._spotter.set_threshold(*order)
        if values is not None:
            config = self._config
            values = raised_bar(values, window.noise_px, config.noise_floor_px, config.noise_slope)
        return self._update(window, values, self._spotter.push(values))

    def _note_runner(self, window: Window) -> None:
        """A runner may have exchanged what computes it just before this window (:mod:`livespot.inference.swap`)."""
        known, sha256 = self.setting, self._runner.info.sha256
        if known is not None and known.sha256 != sha256:
            self.setting = replace(
                known,
                model_index=window.index,
                source_index=window.source_index,
                time_s=window.time_s,
                sha256=sha256,
                # An exchange with the very window that began anew is part of that.
                restarts=known.restarts and known.model_index == window.index,
            )

    def finish(self) -> list[Update]:
        """Close the last segment."""
        if self._spotter is None:
            return []
        owed = self._flush()
        update = self._spotter.finish()
        self._spotter = None
        ended = [self._update(None, None, update, Reason.ENDED)] if update.confirmed else []
        return [*owed, *ended]

    def _remember(self, window: Window) -> None:
        # A model frame that repeats the picture before it has a later time of its own; an interval that names this
        # picture's frame tells the time of the frame.
        before = self._stamps.get(window.index - 1)
        held = before is not None and before.source_index == window.source_index
        time_s = before.time_s if held and before is not None else window.time_s
        self._stamps[window.index] = _Stamp(window.source_index, time_s, window.rate_hz, window.features)
        self._order.append(window.index)
        if len(self._order) > _KEPT_FRAMES * max(window.rate_hz / 30.0, 1.0):
            del self._stamps[self._order.popleft()]

    def _update(
        self,
        window: Window | None,
        values: Float32Array | None,
        update: SpotterUpdate,
        reason: Reason | None = None,
    ) -> Update:
        if window is not None and values is None:
            values = np.full(len(CURVES), np.nan, np.float32)
            reason = Reason.of_face(window.state)
        return Update(
            frame=None if window is None else window.source_index,
            time_s=None if window is None else window.time_s,
            probabilities=values,
            provisional=self._intervals(update.provisional),
            confirmed=tuple(self._with_movement(proposal) for proposal in update.confirmed),
            reason=reason,
            held=window is not None and window.held,
        )

    def _intervals(self, proposals: Iterable[Proposal]) -> tuple[Interval, ...]:
        return tuple(self._interval(proposal) for proposal in proposals)

    def _with_movement(self, proposal: Proposal) -> Interval:
        """A confirmed interval, with what moved where every window of it is there."""
        onset, apex, offset = (self._first + n for n in (proposal.onset, proposal.apex, proposal.offset))
        rate_hz = self._stamps[onset].rate_hz
        movement = movement_of(onset, apex, offset, self._features_at, rate_hz, self._measured.layout)
        return replace(self._interval(proposal), movement=movement)

    def _features_at(self, index: int) -> Float32Array | None:
        stamp = self._stamps.get(index)
        return None if stamp is None else stamp.features

    def _interval(self, proposal: Proposal) -> Interval:
        onset, apex, offset = (
            self._stamps[self._first + n] for n in (proposal.onset, proposal.apex, proposal.offset)
        )
        return Interval(
            type=proposal.type,
            onset=onset.source_index,
            apex=apex.source_index,
            offset=offset.source_index,
            onset_s=onset.time_s,
            apex_s=apex.time_s,
            offset_s=offset.time_s,
            score=proposal.score,
        )
