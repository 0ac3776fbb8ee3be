"""What can be changed from one run to the next, and while one goes: configuration, engine, thresholds, baseline."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from livespot.config import Config
from livespot.errors import UsageError
from livespot.flow.warm import warm_up
from livespot.inference import Runner, resolved_config
from livespot.stream.engines import Engine, engine_choices, engine_config
from livespot.stream.run import Opening, Run
from livespot.stream.tuning import Point, Tuning, standing_point
from livespot.types import ExpressionType


class LiveSettings:
    """The configuration of the runs to come, with the engine, the thresholds and the baseline of the present one.

    Parameters
    ----------
    config : Config
    run : Run
        Tells which stream runs.
    note : callable
        Told in words of a change that a recording has to mention.

    Attributes
    ----------
    config : Config
        Of the next run, without the user's own thresholds.
    tuning : Tuning
        The user's own thresholds, and the baseline.

    Notes
    -----
    Every method may be called from any thread; they are described at
    :class:`~livespot.stream.controller.Controller`, which has the same.
    """

    def __init__(self, config: Config, run: Run, note: Callable[[str], None]) -> None:
        self.config, self.tuning = config, Tuning()
        self._run, self._note = run, note
        self._engine = Engine(lambda text: note(f"engine: {text}"))
        self._changing = threading.Lock()  # the configuration

    def prepare(self, opening: Opening) -> tuple[Runner, Config]:
        """Load the engine and compile the flow: what a run needs before its source; returns the run's configuration."""
        opening.say("loading the engine")
        runner = self._engine.loaded(self.config.inference)
        config = resolved_config(self.tuning.config(self.config, runner), runner)
        opening.say("preparing the flow kernels (takes half a minute the first time)")
        warm_up(config.flow)
        return runner, config

    def run_ended(self) -> None:
        """Give up what belonged to a run whose threads have ended."""
        self.tuning.cancel_baseline(None)
        self._engine.free_replaced()

    def close(self) -> None:
        """Free the engine."""
        self._engine.close()

    @property
    def runner(self) -> Runner | None:
        """The engine in use; None before the first run."""
        return self._engine.runner

    @property
    def standing(self) -> Point | None:
        """The operating point without the user's own: the configuration's, else the engine's; None without engine."""
        runner = self._engine.runner
        return None if runner is None else standing_point(self.config, runner)

    def use_mode(self, width: int, height: int, fps: float) -> None:
        """Ask the next camera that is opened for this size and rate."""
        with self._changing:
            capture = replace(self.config.capture, width=width, height=height, fps=fps or 30.0)
            self.config = replace(self.config, capture=capture)

    def set_threshold(self, kind: ExpressionType, value: float) -> None:
        """Use θ = ``value`` for one type."""
        live = self._run.live
        self.tuning.set(kind, value, None if live is None else live.spotting, self.standing)

    def reset_thresholds(self) -> None:
        """Go back to the standing operating point."""
        self.tuning.reset(self.standing, self._run.live)

    def baseline(self, seconds: float) -> None:
        """Watch a neutral face for ``seconds``, 0 cancels; raises UsageError when nothing runs."""
        live = self._run.live
        self.tuning.cancel_baseline(live)
        if seconds == 0.0:
            return
        if live is None:
            raise UsageError("neutral baseline: nothing runs; start a camera first")
        self.tuning.take_baseline(seconds, live, standing_point(self.config, live.spotting.runner))

    def engines(self) -> list[tuple[str, str, bool]]:
        """What can compute: (name for :meth:`use_engine`, words, whether it can run here)."""
        return engine_choices(self.config.inference)

    def use_engine(self, name: str) -> None:
        """Go on with another engine; raises LivespotError when it cannot be used, and the old one goes on."""
        inference = engine_config(name, self.config.inference)
        with self._run.undisturbed():
            runner = self._engine.open(inference)
            try:
                resolved_config(replace(self.config, inference=inference), runner)
                live = self._run.live
                spotting = None if live is None else live.spotting
                self._engine.take(runner, spotting)
            except BaseException:
                runner.close()
                raise
            with self._changing:
                self.config = replace(self.config, inference=inference)
            self.tuning.cancel_baseline(live)
            self.tuning.follow(standing_point(self.config, runner), spotting)
        self._note(f"engine: {runner.info.description}")

    def cancel_build(self) -> None:
        """Stop building a faster engine in the background."""
        self._engine.cancel_build()
