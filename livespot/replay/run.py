"""Whole sessions, analysed again on the caller's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from livespot.config import Config
from livespot.findings import Accumulator, Findings
from livespot.inference import Runner
from livespot.pipeline import Spotting, Vision
from livespot.replay.settings import AsSet, ShippedEngines, settings_of
from livespot.replay.source import SessionSource
from livespot.session import SessionReader
from livespot.types import Gap, Setting, Update, Window

Progress = Callable[[int, "int | None"], None]

_EVERY = 256  # rows between two words to whoever watches


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
) -> Findings:
    """Analyse a session again from its logged windows; the picture is not touched.

    With the engine and the configuration of the live run, curves and intervals have the same bits, also where
    thresholds or the engine were changed while it ran; only a session that was begun in the middle of a run lacks, for
    its first four seconds, what an engine's second stage saw before, which ``problems`` says. Another engine, another
    threshold or other durations give what they would have given. Costs the engine's time per window only.

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
    settings = settings_of(session, config, runner)
    reported = _reported(session.windows(), progress, session.window_count)
    return _found(reported, config, runner, settings, keep_features, problems=_lacking(session, runner))


def from_pictures(
    session: SessionReader,
    config: Config,
    runner: Runner,
    *,
    keep_features: bool = False,
    progress: Progress | None = None,
) -> Findings:
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
            settings = settings_of(session, config, runner)
            by_picture = not session.info["from_start"]
            reported = _reported(_windows(source, vision), progress, source.info.frames)
            return _found(
                reported, config, runner, settings, keep_features, by_picture=by_picture,
                problems=_lacking(session, runner),
            )  # fmt: skip
        finally:
            vision.close()


def _lacking(session: SessionReader, runner: Runner) -> list[str]:
    """What the second stage knew live and does not know from a session that was begun in the middle of a run."""
    second = runner.info.second_stage
    if second is None or session.info["from_start"]:
        return []
    return [
        f"begun in the middle of a run: the first {second.context_frames} rows are analysed without the frames before,"
        " which the second stage saw then"
    ]


def _windows(source: SessionSource, vision: Vision) -> Iterator[Window | Gap]:
    while (item := source.read()) is not None:
        yield from vision.step(item)
    yield from vision.finish()


def _found(
    items: Iterable[Window | Gap],
    config: Config,
    runner: Runner,
    settings: Sequence[Setting],
    keep_features: bool,
    *,
    by_picture: bool = False,
    problems: list[str],
) -> Findings:
    found = Accumulator(config.flow.layout, keep_features)

    def noted() -> Iterator[Window | Gap]:
        for item in items:
            found.window(item)
            yield item

    for update in updates_of(noted(), config, runner, settings, by_picture=by_picture, problems=problems):
        found.update(update)
    return found.findings(problems)


def _reported(
    items: Iterable[Window | Gap], progress: Progress | None, total: int | None
) -> Iterator[Window | Gap]:
    done = 0
    for item in items:
        done += isinstance(item, Window)
        if progress is not None and isinstance(item, Window) and done % _EVERY == 0:
            progress(done, total)
        yield item
