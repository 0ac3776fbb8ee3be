"""What was turned while a session was recorded, turned again at the same window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from livespot.config import Config, InferenceConfig
from livespot.errors import LivespotError
from livespot.inference import Runner, open_runner
from livespot.inference.precisions import engine_of
from livespot.pipeline import Spotting
from livespot.replay.recorded import recorded_config
from livespot.session import SessionReader
from livespot.types import EXPRESSION_TYPES, Gap, Setting, Window

FindEngine = Callable[[Setting], "Runner | None"]


def settings_of(session: SessionReader, config: Config, runner: Runner) -> tuple[Setting, ...]:
    """The session's settings when it is replayed as it was recorded; none for another engine or operating point."""
    settings = session.settings
    same_engine = bool(settings) and settings[0].sha256 == runner.info.sha256
    recorded = recorded_config(session)
    same_stages = config.inference.second_stage == recorded.inference.second_stage
    if not same_engine or not same_stages or config.spotting != recorded.spotting:
        return ()
    return tuple(settings)


class AsSet:
    """Gives a spotting stage each setting before the window where the live run had it.

    Parameters
    ----------
    settings : sequence of Setting
    spotting : Spotting
    engines : callable, optional
        Finds the engine of a setting; None, or without this, the engine stays, and :attr:`problems` says so.
    by_picture : bool
        The windows are made from the pictures again, so that their own numbers may begin elsewhere.

    Attributes
    ----------
    problems : list of str
    """

    def __init__(
        self,
        settings: Sequence[Setting],
        spotting: Spotting,
        engines: FindEngine = lambda setting: None,
        by_picture: bool = False,
    ) -> None:
        self.problems: list[str] = []
        self._left = deque(settings)
        self._spotting = spotting
        self._engines = engines
        self._sha256 = spotting.runner.info.sha256
        self._by_picture = by_picture

    def before(self, item: Window | Gap) -> None:
        """To be called before each item is stepped."""
        while self._left and isinstance(item, Window) and self._due(self._left[0], item):
            self._use(self._left.popleft())

    def _due(self, setting: Setting, window: Window) -> bool:
        if self._by_picture:
            return window.source_index >= setting.source_index
        return window.index >= setting.model_index

    def _use(self, setting: Setting) -> None:
        spotting = self._spotting
        if setting.restarts or setting.sha256 != self._sha256:
            runner = self._runner_of(setting)
            if setting.restarts:
                spotting.use_runner(runner)
            else:
                spotting.swap_runner(runner)
        self._sha256 = setting.sha256
        for kind in EXPRESSION_TYPES:
            spotting.set_threshold(kind, setting.thresholds[kind], setting.min_scores[kind])

    def _runner_of(self, setting: Setting) -> Runner:
        present = self._spotting.runner
        found = present if setting.sha256 == present.info.sha256 else self._engines(setting)
        if found is None:
            self.problems.append(
                f"at {setting.time_s:.1f} s engine {setting.engine} ({setting.sha256[:12]}…) took over,"
                f" which is not here: replayed by {present.info.name} from there on"
            )
        return found or present


class ShippedEngines:
    """Finds the engines of settings among the shipped ones; to be closed.

    Parameters
    ----------
    config : InferenceConfig
        On what they run.
    """

    def __init__(self, config: InferenceConfig) -> None:
        self._config = config
        self._open: dict[str, Runner | None] = {}

    def __call__(self, setting: Setting) -> Runner | None:
        """The engine with that digest, or None."""
        if setting.sha256 not in self._open:
            self._open[setting.sha256] = self._found(setting)
        return self._open[setting.sha256]

    def close(self) -> None:
        """Free them."""
        for runner in self._open.values():
            if runner is not None:
                runner.close()
        self._open.clear()

    def _found(self, setting: Setting) -> Runner | None:
        with suppress(LivespotError):
            model, precision = engine_of(setting.sha256, setting.engine, self._config.model)
            runner = open_runner(replace(self._config, model=model, precision=precision))
            if runner.info.sha256 == setting.sha256:
                return runner
            runner.close()
        return None
