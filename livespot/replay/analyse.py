"""Analyses of a recording for a player: from its pictures while it is being watched, or again from its windows.

Everything runs on the caller's thread. ``progress`` is called often enough that an exception raised in it ends the work
within a quarter of a second: that is how a job is cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter

from livespot.config import Config
from livespot.findings import Accumulator
from livespot.inference import Runner
from livespot.pipeline import Spotting, Vision
from livespot.replay.known import KnownProbabilities
from livespot.replay.of_video import KEPT_WINDOWS, FileRecording
from livespot.replay.recording import Analysis, Faces, Recording
from livespot.replay.seen_faces import SeenFaces
from livespot.replay.settings import AsSet, FindEngine, ShippedEngines
from livespot.session import gap_spans
from livespot.types import (
    Frame,
    Gap,
    Setting,
    Update,
    Window,
)

Progress = Callable[[int, "int | None"], None]
Publish = Callable[[Analysis, Faces], None]

_EVERY = 16  # windows between two words to whoever watches
_PUBLISH_S = 1.0


def operating_point(
    config: Config, thresholds: Mapping[str, float], min_scores: Mapping[str, float]
) -> Config:
    """``config`` with these θ and minimum scores; a type that is not named keeps the engine's own."""
    return replace(
        config,
        spotting=replace(
            config.spotting,
            me_apex_threshold=thresholds.get("ME"),
            mae_apex_threshold=thresholds.get("MaE"),
            me_min_score=min_scores.get("ME"),
            mae_min_score=min_scores.get("MaE"),
        ),
    )


def min_scores(config: Config, runner: Runner) -> dict[str, float]:
    """What :class:`~livespot.pipeline.Spotting` will use: the configured ones, else the engine's."""
    own = {"ME": config.spotting.me_min_score, "MaE": config.spotting.mae_min_score}
    known = dict(runner.info.min_scores)
    return {kind: known.get(kind, 0.0) if value is None else value for kind, value in own.items()}


def analyse_pictures(
    recording: FileRecording,
    config: Config,
    runner: Runner,
    *,
    progress: Progress | None = None,
    publish: Publish | None = None,
) -> Analysis:
    """Analyse a video from its pictures; landmarks, motion and windows are kept in the recording.

    Parameters
    ----------
    recording : FileRecording
        Gets ``faces`` and ``kept`` at the end, and what could not be read in ``problems``.
    config : Config
    runner : Runner
    progress : callable, optional
        Called with (model frames done, frames declared or None).
    publish : callable, optional
        Given what there is so far about once a second, so that a player can show it.

    Raises
    ------
    InputError
        The file cannot be read.
    EngineError
        The engine fails.
    """
    collected = _Collected(config, runner, progress)
    faces = SeenFaces(config.flow.layout)
    kept: list[Window | Gap] = []
    with recording.source() as source:
        vision = Vision(config, source.info.fps)
        stride_total = recording.info.frames
        try:
            last = perf_counter()
            for item in _measured(source.read, vision, faces):
                collected.step(item, stride_total)
                faces.window(item)
                if len(kept) <= KEPT_WINDOWS:
                    kept.append(item)
                if publish is not None and perf_counter() - last > _PUBLISH_S:
                    publish(collected.analysis(complete=False), faces.made())
                    last = perf_counter()
        finally:
            vision.close()
        recording.note(source.warning)
        recording.note(vision.grid.warning)
        recording.note(vision.grid.held_text)
    recording.kept = kept if len(kept) <= KEPT_WINDOWS else None
    recording.kept_flow = config.flow
    recording.faces = faces.made()
    found = collected.finished()
    spans = gap_spans(found.times_s, collected.gaps)
    recording.gaps = tuple((gap.start_s, gap.end_s, gap.reason) for gap in spans)
    return found


def analyse_windows(
    recording: Recording,
    config: Config,
    runner: Runner,
    *,
    progress: Progress | None = None,
    settings: Sequence[Setting] = (),
) -> Analysis:
    """Analyse again from the logged or kept windows, by any engine; costs the engine's time per window only.

    Where the same engine already ran (:attr:`Analysis.sha256`), its probabilities are taken instead of being
    computed again: the same bits, and no time at all.

    Parameters
    ----------
    recording, config, runner, progress
    settings : sequence of Setting
        What is to be turned under way, at which windows: those of :attr:`Analysis.settings` to analyse a session as it
        was recorded.

    Raises
    ------
    EngineError
        When the engine fails.
    SessionError
        When the windows are no longer there.
    ValueError
        When the recording keeps no windows.
    """
    items = recording.windows()
    if items is None:
        raise ValueError(f"{recording.path}: keeps no windows")
    used: Runner = runner
    base = recording.base
    one_engine = {base.sha256, *(setting.sha256 for setting in base.settings)} == {runner.info.sha256}
    if base.complete and one_engine:
        used = known = KnownProbabilities(runner, recording.base)
        items = known.watch(items)
    others = ShippedEngines(config.inference)
    collected = _Collected(config, used, progress, settings, others)
    total = recording.window_count
    try:
        for item in items:
            collected.step(item, total)
        return collected.finished()
    finally:
        others.close()


def _measured(
    read: Callable[[], Frame | Gap | None], vision: Vision, faces: SeenFaces
) -> Iterator[Window | Gap]:
    while (item := read()) is not None:
        yield from vision.step(item, faces.look)
    yield from vision.finish()


class _Collected:
    def __init__(
        self,
        config: Config,
        runner: Runner,
        progress: Progress | None,
        settings: Sequence[Setting] = (),
        engines: FindEngine = lambda setting: None,
    ) -> None:
        self._spotting = Spotting(config, runner)
        self._settings = tuple(settings)
        self._thresholds = settings[0].thresholds if settings else dict(self._spotting.thresholds)
        self._turned = AsSet(settings, self._spotting, engines)
        self._min_scores = min_scores(config, runner)
        self._runner = runner
        self._progress = progress
        self._found = Accumulator(config.flow.layout)

    @property
    def gaps(self) -> list[tuple[int, float, str]]:
        """Rows before each gap, its time, its reason."""
        return [(row, gap.time_s, gap.reason) for row, gap in self._found.findings().gaps]

    def step(self, item: Window | Gap, total: int | None) -> None:
        self._found.window(item)
        done = len(self._found) + 1
        if isinstance(item, Window) and self._progress is not None and done % _EVERY == 0:
            self._progress(done, total)
        self._turned.before(item)
        self._take(self._spotting.step(item))

    def finished(self) -> Analysis:
        self._take(self._spotting.finish())
        return self.analysis(complete=True)

    def analysis(self, *, complete: bool) -> Analysis:
        thresholds, found = dict(self._thresholds), self._found.findings()
        words = ", ".join(f"θ {kind} {value:.2f}" for kind, value in thresholds.items())
        return Analysis(
            name=f"{self._runner.info.name}, {words}" if words else self._runner.info.name,
            engine=self._runner.info.description,
            sha256=self._runner.info.sha256,
            thresholds=thresholds,
            min_scores=self._min_scores,
            frames=found.frames,
            times_s=found.times_s,
            curves=found.curves,
            intervals=tuple(found.intervals_by_onset),
            complete=complete,
            settings=self._settings,
        )

    def _take(self, updates: Iterable[Update]) -> None:
        for update in updates:
            self._found.update(update)
