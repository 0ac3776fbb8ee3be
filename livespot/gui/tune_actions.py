"""Orders of the live window that concern sensitivity, baseline and engine."""

from __future__ import annotations

from dataclasses import replace

from livespot.gui.controller import LiveController
from livespot.gui.ports import RunPort
from livespot.gui.tunebar import BASELINE_S
from livespot.snapshot import RunState, Snapshot
from livespot.types import ExpressionType

NUDGE = 0.02
"""Of a key press, in probability."""


class TuneActions:
    """Thresholds, baseline and engine for one window.

    Parameters
    ----------
    window : RunPort
    """

    def __init__(self, window: RunPort) -> None:
        self._window = window

    @property
    def _controller(self) -> LiveController:
        return self._window.controller

    def begin(self) -> None:
        """Use the thresholds that the user has set before."""
        for kind, value in self._window.preferences.thresholds.items():
            self._order_threshold(kind, value)

    def follow(self, before: Snapshot | None, snapshot: Snapshot) -> None:
        """Say that the baseline is taken, that a faster engine is being built, and how that ended."""
        building = before is not None and before.engine_build is not None
        if building != (snapshot.engine_build is not None):
            self._build_changed(snapshot)
        if before is not None and before.baseline_left_s > 0.0 and snapshot.baseline_left_s == 0.0:
            self._baseline_done(before, snapshot)

    def show_tuning(self, shown: bool) -> None:
        """Show or hide sliders, baseline and engine."""
        panels, window = self._window.panels, self._window
        panels.toolbar.tune_button.setChecked(shown)
        if shown and not panels.tunebar.engine.count():
            window.order_long(self._controller.engines, self._show_engines)
        panels.show_tuning(shown)
        panels.tunebar.show_snapshot(window.snapshot)
        if window.preferences.tuning != shown:
            window.prefer(replace(window.preferences, tuning=shown))

    def _show_engines(self, engines: object) -> None:
        if isinstance(engines, list):
            self._window.panels.tunebar.show_engines(engines)

    def set_threshold(self, kind: str, value: float) -> None:
        """Use a threshold from now on, and at the next start."""
        window = self._window
        thresholds = {**window.preferences.thresholds, kind: value}
        window.preferences = replace(
            window.preferences, thresholds=thresholds
        )  # stored when the window closes
        self._order_threshold(kind, value)

    def _order_threshold(self, kind: str, value: float) -> None:
        known: ExpressionType = "ME" if kind == "ME" else "MaE"
        self._window.order(lambda: self._controller.set_threshold(known, value))

    def nudge(self, kind: str, by: float) -> None:
        """A little more or less sensitive."""
        shown = self._window.snapshot.thresholds.get(kind)
        if shown is not None:
            value = min(max(shown + by, 0.01), 0.99)
            self.set_threshold(kind, value)
            way = "more" if by < 0 else "less"
            self._window.panels.banner.say(f"{kind} {way} sensitive: threshold {value:.2f}.", seconds=3)

    def reset_thresholds(self) -> None:
        """Go back to the engine's own thresholds."""
        self._window.prefer(replace(self._window.preferences, thresholds={}))
        self._window.order(self._controller.reset_thresholds)

    def toggle_baseline(self) -> None:
        """Begin the neutral baseline, or cancel it."""
        self.baseline(0.0 if self._window.snapshot.baseline_left_s else BASELINE_S)

    def baseline(self, seconds: float) -> None:
        """Watch a neutral face for a while."""
        self._window.order(lambda: self._controller.baseline(seconds))
        if seconds:
            words = f"Neutral baseline: look at the camera without any expression for {seconds:.0f} s."
            self._window.panels.banner.say(words, [("Cancel", lambda: self.baseline(0.0))], seconds=seconds)

    def _baseline_done(self, before: Snapshot, snapshot: Snapshot) -> None:
        if before.baseline_left_s > 0.5 or snapshot.state is not RunState.RUNNING:
            return  # cancelled
        values = dict(snapshot.thresholds)
        self._window.preferences = replace(self._window.preferences, thresholds=values)
        words = ", ".join(f"{kind} {value:.2f}" for kind, value in values.items())
        raised = any(v > snapshot.engine_thresholds.get(k, v) for k, v in values.items())
        told = "are now" if raised else "need no change:"
        self._window.panels.banner.say(
            f"Neutral baseline taken; the thresholds {told} {words}.",
            [("Reset to engine defaults", self.reset_thresholds)] if raised else (),
            seconds=20,
        )

    def _build_changed(self, snapshot: Snapshot) -> None:
        banner = self._window.panels.banner
        if snapshot.engine_build is None:
            banner.say(f"The engine is {snapshot.engine}.", seconds=8)
            return
        banner.say(
            "A faster engine is being built for this computer; the present one goes on meanwhile.",
            [("Cancel the build", lambda: self._window.order(self._controller.cancel_build))],
        )

    def use_engine(self, name: str) -> None:
        """Go on with another engine."""
        self._window.panels.banner.say("Loading the engine; the old one goes on until then …")
        self._window.order_long(
            lambda: self._controller.use_engine(name),
            lambda _: self._window.panels.banner.say(
                f"Now computing with {self._controller.snapshot().engine}.", seconds=8
            ),
        )
