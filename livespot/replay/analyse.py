"""Analyses of a recording for a player: from its pictures while it is being watched, or again from its windows.

Everything runs on the caller's thread. ``progress`` is called often enough that an exception raised in it ends the work
within a quarter of a second: that is how a job is cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np

from livespot.config import Config
from livespot.inference import Runner
from livespot.pipeline import Spotting, Vision
from livespot.regions import RegionLayout
from livespot.replay.of_video import KEPT_WINDOWS, FileRecording
from livespot.replay.recording import Analysis, Faces, Recording
from livespot.replay.settings import AsSet, FindEngine, ShippedEngines
from livespot.session import gap_spans
from livespot.types import (
    CURVES,
    CanonicalFace,
    FaceState,
    Float32Array,
    Frame,
    Gap,
    Interval,
    Setting,
    Update,
    Window,
)

Progress = Callable[[int, "int | None"], None]
Publish = Callable[[Analysis, Faces], None]

_EVERY = 16  # windows between two words to whoever watches
_PUBLISH_S = 1.0


def operating_point(
    config: Config, thresholds: Mapping[str, float], least_scores: Mapping[str, float]
) -> Config:
    """``config`` with these θ and least scores; a type that is not named keeps the engine's own."""
    return replace(
        config,
        spotting=replace(
            config.spotting,
            me_apex_threshold=thresholds.get("ME"),
            mae_apex_threshold=thresholds.get("MaE"),
            me_min_score=least_scores.get("ME"),
            mae_min_score=least_scores.get("MaE"),
        ),
    )


def least_scores(config: Config, runner: Runner) -> dict[str, float]:
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
    faces = _SeenFaces(config.flow.layout)
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
        used = known = _Known(runner, recording.base)
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
    read: Callable[[], Frame | Gap | None], vision: Vision, faces: _SeenFaces
) -> Iterator[Window | Gap]:
    while (item := read()) is not None:
        yield from vision.step(item, faces.look)
    yield from vision.finish()


class _SeenFaces:
    """Grows row by row; :meth:`made` gives arrays."""

    def __init__(self, layout: RegionLayout) -> None:
        self._layout = layout
        self._numbers: list[int] = []
        self._times: list[float] = []
        self._states: list[FaceState] = []
        self._points: list[Float32Array] = []
        self._motion_frames: list[int] = []
        self._motion: list[Float32Array] = []
        self._no_points = np.full((68, 2), np.nan, np.float32)
        self._no_motion = np.full((len(layout), 2), np.nan, np.float32)

    def look(self, item: CanonicalFace | Gap) -> None:
        if isinstance(item, Gap):
            return
        if self._numbers and item.frame.source_index <= self._numbers[-1]:
            return  # a tick that was bridged by holding a picture
        self._numbers.append(item.frame.source_index)
        self._times.append(item.frame.time_s)
        self._states.append(item.state)
        self._points.append(self._no_points if item.landmarks is None else item.landmarks.points)

    def window(self, item: Window | Gap) -> None:
        if isinstance(item, Window):
            self._motion_frames.append(item.source_index)
            self._motion.append(self._no_motion if item.features is None else item.features[-1])

    def made(self) -> Faces:
        return Faces(
            numbers=np.array(self._numbers, np.int64),
            times_s=np.array(self._times, np.float64),
            states=tuple(self._states),
            points=np.array(self._points, np.float32).reshape(-1, 68, 2),
            motion_frames=np.array(self._motion_frames, np.int64),
            motion=np.array(self._motion, np.float32).reshape(-1, len(self._layout), 2),
            layout=self._layout,
        )


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
        self._least_scores = least_scores(config, runner)
        self._runner = runner
        self._progress = progress
        self._rows: list[Update] = []
        self._intervals: list[Interval] = []
        self.gaps: list[tuple[int, float, str]] = []  # rows before it, its time, its reason
        self._done = 0

    def step(self, item: Window | Gap, total: int | None) -> None:
        if isinstance(item, Gap):
            self.gaps.append((self._done, item.time_s, item.reason))
        else:
            self._done += 1
            if self._progress is not None and self._done % _EVERY == 0:
                self._progress(self._done, total)
        self._turned.before(item)
        self._take(self._spotting.step(item))

    def finished(self) -> Analysis:
        self._take(self._spotting.finish())
        return self.analysis(complete=True)

    def analysis(self, *, complete: bool) -> Analysis:
        thresholds = dict(self._thresholds)
        words = ", ".join(f"θ {kind} {value:.2f}" for kind, value in thresholds.items())
        return Analysis(
            name=f"{self._runner.info.name}, {words}" if words else self._runner.info.name,
            engine=self._runner.info.description,
            sha256=self._runner.info.sha256,
            thresholds=thresholds,
            least_scores=self._least_scores,
            frames=np.array([row.frame for row in self._rows], np.int64),
            times_s=np.array([row.time_s for row in self._rows], np.float64),
            curves=np.array([row.probabilities for row in self._rows], np.float32).reshape(-1, len(CURVES)),
            intervals=tuple(sorted(self._intervals, key=lambda i: (i.onset, i.offset, i.type))),
            complete=complete,
            settings=self._settings,
        )

    def _take(self, updates: Iterable[Update]) -> None:
        for update in updates:
            if update.frame is not None:
                self._rows.append(update)
            self._intervals.extend(update.confirmed)


class _Known:
    """A runner that gives again what it gave before; rows that are not known are computed."""

    def __init__(self, runner: Runner, before: Analysis) -> None:
        self._runner = runner
        self._rows = {number: row for row, number in enumerate(before.frames.tolist())}
        self._curves = before.curves
        self._row: int | None = None
        self.info = runner.info

    def watch(self, items: Iterable[Window | Gap]) -> Iterator[Window | Gap]:
        for item in items:
            self._row = self._rows.get(item.source_index) if isinstance(item, Window) else None
            # What was noted has had its bar raised by the noise already.
            known = self._row is not None and bool(np.isfinite(self._curves[self._row]).all())
            yield replace(item, noise_px=None) if isinstance(item, Window) and known else item

    def warm_up(self) -> None:
        return

    def infer(self, windows: Float32Array) -> Float32Array:
        if self._row is not None and np.isfinite(self._curves[self._row]).all():
            return np.array(self._curves[self._row], np.float32)
        return self._runner.infer(windows)

    def close(self) -> None:
        return
