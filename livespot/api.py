"""What Python programs call: :func:`spot` for a recording, :class:`Spotter` frame by frame. Same steps, same bits."""

from __future__ import annotations

import contextlib
import math
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self, cast

import numpy as np

from livespot.capture import IMAGES_FPS, ArraySource, FrameSource, open_source
from livespot.capture.array import as_bgr, check_size, checked_fps
from livespot.config import Config
from livespot.errors import InputError, TimeWarning, UsageError
from livespot.inference import Runner, open_runner, resolved_config
from livespot.pipeline import Spotting, Vision
from livespot.replay import from_features, recorded_config, session_summary
from livespot.session import SessionReader, is_session
from livespot.stream.collect import Collector, SpotResult, result_of, stream_summary
from livespot.stream.stream import Stream
from livespot.types import (
    HALF_WINDOW,
    WINDOW_FRAMES,
    Frame,
    Gap,
    Image,
    ModelFrame,
    Reason,
    Update,
    Window,
)

Progress = Callable[[int, "int | None"], None]


class Spotter:
    """Frame by frame, with no thread of its own.

    Parameters
    ----------
    fps : float
        Nominal rate of the pictures that will be pushed.
    config : Config, optional
    runner : Runner, optional
        A loaded engine to share; by default the configured one is loaded and owned.

    Examples
    --------
    >>> spotter = Spotter(fps=30.0)  # doctest: +SKIP
    >>> for n, image in enumerate(images):  # doctest: +SKIP
    ...     update = spotter.push(image, n / 30.0)
    ...     print(update.frame, update.confirmed)
    """

    def __init__(self, fps: float, *, config: Config | None = None, runner: Runner | None = None) -> None:
        fps = checked_fps(fps)
        given = config or Config()
        self._runner = runner or open_runner(given.inference)
        self._config = resolved_config(given, self._runner)
        self._vision = Vision(self._config, fps)
        self._spotting = Spotting(self._config, self._runner)
        self._fps = fps
        self._due: deque[tuple[int, Update]] = deque()  # (model frame that makes it due, update)
        self._pushed = 0
        self._shape: tuple[int, ...] | None = None
        self._finished = False
        self._busy = threading.Lock()

    @property
    def warning(self) -> str:
        """What was odd about the times so far, with counts, in one line; empty when nothing was.

        :meth:`finish` gives it as a Python warning too.
        """
        return self._vision.grid.irregularities

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Free the face model without asking for what is still owed; may be repeated."""
        with self._alone("close"):
            if not self._finished:
                self._finished = True
                self._vision.close()

    @contextlib.contextmanager
    def _alone(self, what: str) -> Iterator[None]:
        """Refuse a call while another thread is inside one: the models are for one thread at a time."""
        if not self._busy.acquire(blocking=False):
            raise UsageError(
                f"Spotter.{what}: another thread is using this Spotter; give each thread its own"
            )
        try:
            yield
        finally:
            self._busy.release()

    def push(self, image: Image, time_s: float | None = None) -> Update:
        """Analyse one picture.

        Parameters
        ----------
        image : (height, width, 3) uint8
            BGR, or (height, width) grey.
        time_s : float, optional
            Presentation time; by default the pictures follow each other at ``fps``.

        Returns
        -------
        Update
            Describes the model frame eight before this one, which is when its window is complete, or with a second
            stage as many more frames before as that looks ahead; ``frame`` is None until then, and for pictures that
            the model rate leaves out. Where ticks were bridged, several frames can fall due at once: the last is
            returned, the others are its ``earlier``. Its ``reason`` says why there are no probabilities.

        Raises
        ------
        InputError
            The picture is no such array, or its size is not that of the first.
        UsageError
            ``time_s`` is no finite number, the Spotter is finished or closed, or another thread is using it.
        """
        with self._alone("push"):
            if self._finished:
                raise UsageError(
                    "Spotter.push: this Spotter is finished; make a new one for another recording"
                )
            return self._push(image, time_s)

    def _push(self, image: Image, time_s: float | None) -> Update:
        at_s = self._pushed / self._fps if time_s is None else _checked_time(time_s)
        frame = Frame(self._pushed, at_s, as_bgr(image, f"picture {self._pushed}"))
        if self._shape is None:
            check_size(f"picture {self._pushed}", frame.image.shape[1], frame.image.shape[0])
            self._shape = frame.image.shape
        if frame.image.shape != self._shape:
            (height, width), (first_h, first_w) = frame.image.shape[:2], self._shape[:2]
            raise InputError(
                f"picture {self._pushed}: is {width}x{height} px, but the first is {first_w}x{first_h}; "
                "all must be of one size"
            )
        self._pushed += 1
        grid = self._vision.grid
        faults = grid.faults.standing + grid.faults.back
        ready: list[Update] = []
        ticks = self._vision.to_grid(frame)
        for tick in ticks:
            for item in self._vision.step_tick(tick):
                # After a lost face eight windows come at once; they are handed out at the pace of the pictures.
                due = item.index + HALF_WINDOW * self._vision.grid.phases if isinstance(item, Window) else 0
                self._due.extend((due, update) for update in self._spotting.step(item))
            newest = tick.index if isinstance(tick, ModelFrame) else 0
            while self._due and self._due[0][0] <= newest:
                ready.append(self._due.popleft()[1])
        if not ready:
            late = grid.faults.standing + grid.faults.back > faults
            if any(isinstance(tick, Gap) for tick in ticks):
                reason = Reason.INTERRUPTED
            elif ticks:
                reason = Reason.WARMING_UP
            else:
                reason = Reason.TIME_STANDS_STILL if late else Reason.BETWEEN_TICKS
            return Update(None, None, None, reason=reason)
        return replace(ready[-1], earlier=tuple(ready[:-1])) if len(ready) > 1 else ready[0]

    def finish(self) -> list[Update]:
        """End the recording: the frames and intervals still owed.

        Warns
        -----
        TimeWarning
            Once, with counts, when times stood still, fell back, or were not in seconds.

        Raises
        ------
        UsageError
            It was finished or closed before, or another thread is using it.
        """
        with self._alone("finish"):
            if self._finished:
                raise UsageError("Spotter.finish: this Spotter is finished already")
            self._finished = True
            rest = self._rest()
        if faults := self._vision.grid.faults.text:
            warnings.warn(f"Spotter.push: {faults}", TimeWarning, stacklevel=2)
        return rest

    def _rest(self) -> list[Update]:
        rest = [update for _, update in self._due]
        self._due.clear()
        for window in self._vision.finish():
            rest.extend(self._spotting.step(window))
        rest.extend(self._spotting.finish())
        self._vision.close()
        return rest


def _checked_time(time_s: float) -> float:
    number = isinstance(time_s, int | float | np.number) and not isinstance(time_s, bool)
    if not number or not math.isfinite(time_s):
        raise UsageError(f"time_s: expected a finite number of seconds, got {time_s!r}")
    return float(time_s)


def spot(
    source: str | Path | FrameSource | Iterable[Image],
    *,
    fps: float | None = None,
    config: Config | None = None,
    runner: Runner | None = None,
    features: bool = False,
    progress: Progress | None = None,
) -> SpotResult:
    """Spot macro- and micro-expressions in a whole recording.

    Decoding, face, flow and spotting run on threads of their own; the results are those of
    :class:`Spotter`, bit for bit.

    Parameters
    ----------
    source : str, Path, FrameSource or iterable of (height, width, 3) uint8
        A video, a folder of images, a recorded session (from its logged features), or BGR pictures.
    fps : float, optional
        Frames that were really taken in a second: of a video that plays slower or faster than that, or of pictures,
        which have no rate of their own. By default a video's own rate, and 30 for pictures. Not for sessions.
    config : Config, optional
        By default the standard one; for a session, the one it was recorded with.
    runner : Runner, optional
        A loaded engine to share; by default the configured one is loaded.
    features : bool
        Keep the SW-MRO windows too.
    progress : callable, optional
        Called with (model frames done, frames declared or None) about ten times a second.

    Raises
    ------
    InputError
        The source cannot be used, or is shorter than one window.
    UsageError
        ``fps`` is not a positive number, or was given for a session.
    EngineError
        The engine cannot be loaded or fails.
    """
    if isinstance(source, (str, Path)) and is_session(source):
        if fps is not None:
            raise UsageError(
                f"fps: {source} is a session, its times are those of the recording; leave fps out"
            )
        return _spot_session(source, config, runner, features, progress)
    config = config or Config()
    runner = runner or open_runner(config.inference)
    config = resolved_config(config, runner)
    opened = _opened(source, fps)
    collected = Collector(features, config.flow.layout)
    began = time.perf_counter()
    stream = Stream(opened, runner, config, [collected])
    stream.start()
    try:
        while not stream.wait(0.1):
            if progress is not None:
                progress(len(collected), opened.info.frames)
    finally:
        stream.stop()
    seconds = time.perf_counter() - began
    found = collected.findings()
    _check_length(opened.info.name, len(found.frames))
    summary = stream_summary(stream, config, runner, collected, found, seconds)
    return result_of(
        found, summary, config.flow.layout, found.frames if opened.info.kind == "video" else None
    )


def _check_length(name: str, rows: int) -> None:
    if rows < WINDOW_FRAMES:
        raise InputError(
            f"{name}: {rows} frames at the model rate, a window takes {WINDOW_FRAMES};"
            " give a longer recording (0.6 s at least)"
        )


def _spot_session(
    path: str | Path, config: Config | None, runner: Runner | None, features: bool, progress: Progress | None
) -> SpotResult:
    with SessionReader(path) as session:
        config = config or recorded_config(session)
        runner = runner or open_runner(config.inference)
        config = resolved_config(config, runner)
        began = time.perf_counter()
        found = from_features(session, config, runner, keep_features=features, progress=progress)
        seconds = time.perf_counter() - began
        _check_length(str(path), len(found.frames))
        # The session knows what each row was, also one of version 1, whose windows do not say.
        status = session.status(found.times_s, np.isfinite(found.curves).all(axis=1))
        return result_of(
            replace(found, status=status),
            session_summary(session, config, runner, found, seconds),
            config.flow.layout,
            session.video_frames(found.frames) if session.video_path is not None else None,
            session.start,
        )


def _opened(source: str | Path | FrameSource | Iterable[Image], fps: float | None) -> FrameSource:
    if isinstance(source, (str, Path)):
        return open_source(source, fps=fps)
    if hasattr(source, "read") and hasattr(source, "info"):
        return cast(FrameSource, source)
    return ArraySource(source, IMAGES_FPS if fps is None else fps)
