"""Whole sessions, analysed again on the caller's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livespot.config import Config
from livespot.inference import Runner
from livespot.pipeline import Spotting, Vision
from livespot.regions import RegionLayout
from livespot.replay.settings import AsSet, ShippedEngines, settings_of
from livespot.replay.source import SessionSource
from livespot.session import SessionReader
from livespot.types import CURVES, WINDOW_FRAMES, Float32Array, Gap, Interval, Setting, Update, Window

Progress = Callable[[int, "int | None"], None]

_EVERY = 256  # rows between two words to whoever watches


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """What a session gives when it is analysed again.

    Attributes
    ----------
    intervals : list of Interval
        In the order in which they were confirmed.
    frames : (n,) int64
        Source frame of each row.
    times_s : (n,) float64
    curves : (n, 10) float32
        In the order of :data:`livespot.types.CURVES`; NaN where there is no face.
    features : (n, 17, R, 2) float32 or None
        The windows when they were asked for; NaN where there is no face.
    gaps : list of (row, Gap)
        Each with the number of rows before it.
    problems : list of str
        Why it cannot be what the live run gave, as far as that is known.
    """

    intervals: list[Interval]
    frames: NDArray[np.int64]
    times_s: NDArray[np.float64]
    curves: Float32Array
    features: Float32Array | None
    gaps: list[tuple[int, Gap]]
    problems: list[str] = field(default_factory=list)


def updates_of(
    items: Iterable[Window | Gap],
    config: Config,
    runner: Runner,
    settings: Sequence[Setting] = (),
    *,
    by_picture: bool = False,
    problems: list[str] | None = None,
) -> Iterator[Update]:
    """Windows and gaps to updates, as the spotting stage of the live run makes them.

    Parameters
    ----------
    items, config, runner
    settings : sequence of Setting
        What was turned meanwhile; see :class:`livespot.replay.settings.AsSet`, also for ``by_picture``.
    problems : list of str, optional
        Gets what could not be turned again.
    """
    spotting, others = Spotting(config, runner), ShippedEngines(config.inference)
    turned = AsSet(settings, spotting, others, by_picture)
    try:
        for item in items:
            turned.before(item)
            yield from spotting.step(item)
        yield from spotting.finish()
    finally:
        others.close()
        if problems is not None:
            problems += turned.problems


def from_features(
    session: SessionReader,
    config: Config,
    runner: Runner,
    *,
    keep_features: bool = False,
    progress: Progress | None = None,
) -> Replayed:
    """Analyse a session again from its logged windows; the picture is not touched.

    With the engine and the configuration of the live run, curves and intervals have the same bits, also where
    thresholds or the engine were changed while it ran; another engine, another threshold or other durations give what
    they would have given. Costs the engine's time per window only.

    Parameters
    ----------
    session : SessionReader
    config : Config
        Only ``spotting`` matters here; :func:`~livespot.replay.recorded_config` gives the live run's.
    runner : Runner
    keep_features : bool
    progress : callable, optional
        Called now and then with (rows done, rows in all).

    Raises
    ------
    SessionError
        When the features are no longer there.
    EngineError
        When the engine fails.
    """
    collected = _Collected(keep_features, progress, session.window_count)
    return collected.run(session.windows(), config, runner, settings_of(session, config, runner), False)


def from_pictures(
    session: SessionReader,
    config: Config,
    runner: Runner,
    *,
    keep_features: bool = False,
    progress: Progress | None = None,
) -> Replayed:
    """Analyse a session again from its video, with the times that were logged.

    From a lossless session curves and intervals have the same bits as the live ones, where the recorder kept every
    picture; lossy compression changes them a little (it moves landmarks by a third of a pixel).

    Raises
    ------
    SessionError
        When the session was recorded without a picture.
    InputError
        When the video cannot be read.
    EngineError
        When the engine fails.
    """
    with SessionSource(session) as source:
        vision = Vision(config, source.info.fps, source.was_live)
        try:
            collected = _Collected(keep_features, progress, source.info.frames)
            settings = settings_of(session, config, runner)
            by_picture = not session.info["from_start"]
            return collected.run(_windows(source, vision), config, runner, settings, by_picture)
        finally:
            vision.close()


def _windows(source: SessionSource, vision: Vision) -> Iterator[Window | Gap]:
    while (item := source.read()) is not None:
        yield from vision.step(item)
    yield from vision.finish()


class _Collected:
    def __init__(self, keep_features: bool, progress: Progress | None, total: int | None) -> None:
        self._progress = progress
        self._total = total
        self._features: list[Float32Array | None] | None = [] if keep_features else None
        self._gaps: list[tuple[int, Gap]] = []
        self._rows: list[Update] = []
        self._intervals: list[Interval] = []

    def run(
        self,
        items: Iterable[Window | Gap],
        config: Config,
        runner: Runner,
        settings: Sequence[Setting],
        by_picture: bool,
    ) -> Replayed:
        problems: list[str] = []
        noted = self._noted(items)
        for update in updates_of(noted, config, runner, settings, by_picture=by_picture, problems=problems):
            if update.frame is not None:
                self._rows.append(update)
            self._intervals.extend(update.confirmed)
        values = [row.probabilities for row in self._rows]
        return Replayed(
            intervals=self._intervals,
            frames=np.array([row.frame for row in self._rows], np.int64),
            times_s=np.array([row.time_s for row in self._rows], np.float64),
            curves=np.array(values, np.float32).reshape(-1, len(CURVES)),
            features=None if self._features is None else stacked(self._features, config.flow.layout),
            gaps=self._gaps,
            problems=problems,
        )

    def _noted(self, items: Iterable[Window | Gap]) -> Iterator[Window | Gap]:
        done = 0
        for item in items:
            if isinstance(item, Gap):
                self._gaps.append((done, item))
            else:
                done += 1
                if self._features is not None:
                    self._features.append(item.features)
                if self._progress is not None and done % _EVERY == 0:
                    self._progress(done, self._total)
            yield item


def stacked(windows: Iterable[Float32Array | None], layout: RegionLayout) -> Float32Array:
    """Windows of a layout's regions as one array (n, 17, R, 2) float32, NaN for those without a face."""
    blank = np.full((WINDOW_FRAMES, len(layout), 2), np.nan, np.float32)
    rows = [blank if window is None else window for window in windows]
    return np.array(rows, np.float32).reshape(-1, *blank.shape)
