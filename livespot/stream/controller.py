"""Starts, replaces and stops streams on order, and answers with snapshots: what a window or a terminal holds on to."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from livespot.capture import FrameSource, VideoSource, is_url, list_cameras, open_camera, open_source
from livespot.capture.paced import PacedSource
from livespot.clock import Clock, MonotonicClock
from livespot.config import Config
from livespot.errors import LivespotError, UsageError
from livespot.flow.warm import warm_up
from livespot.inference import Runner, open_runner
from livespot.session import RecordMode, SessionWriter
from livespot.shipped_files import asset_path
from livespot.snapshot import RunState, Snapshot
from livespot.stream.recording import Recording, RecordOrder, RunFacts
from livespot.stream.sinks import MarkedSink, Sink, TimedSink
from livespot.stream.stream import Stream
from livespot.stream.view import View

DEMO = "demo"
MakeSinks = Callable[[], Sequence[Sink]]
Opener = Callable[[str, Config, Clock], FrameSource]


def open_live(spec: str, config: Config, clock: Clock) -> FrameSource:
    """Anything that can run live: ``demo``, a camera, a URL, or a recording played at its own pace.

    Raises
    ------
    InputError, CameraError
        When it cannot be opened.
    """
    if spec == DEMO:
        return PacedSource(VideoSource(asset_path("demo.mp4")), clock)
    if not is_url(spec) and Path(spec).exists() and not spec.startswith("/dev/"):
        return PacedSource(open_source(spec, config=config.capture, clock=clock), clock)
    return open_camera(spec, config=config.capture, clock=clock)


class Controller:
    """One stream at a time.

    Parameters
    ----------
    config : Config
    sinks : callable, optional
        Makes further sinks for each run; those that have a ``use_clock`` are told the run's clock.
    opener : callable, optional
        Opens the source of each run; by default :func:`open_live`.

    Notes
    -----
    ``snapshot`` may be called from any thread; ``start`` and ``stop`` from one thread at a time.
    """

    def __init__(self, config: Config, sinks: MakeSinks = tuple, opener: Opener = open_live) -> None:
        self._config = config
        self._make_sinks = sinks
        self._opener = opener
        self._runner: Runner | None = None
        self._stream: Stream | None = None
        self._view = View(config.stream.curve_seconds)
        self._state = RunState.IDLE
        self._message = ""
        self._clock = MonotonicClock()
        self._orders = threading.Lock()
        self._made: tuple[Sink, ...] = ()
        self.recording = Recording()
        """The session being written, its path and its alarm."""

    @property
    def stream(self) -> Stream | None:
        """The running or last stream."""
        return self._stream

    def start(self, source: str) -> None:
        """Open ``source`` and run; a running stream is replaced. A failure shows in the snapshot and is not raised."""
        with contextlib.suppress(LivespotError):  # kept as the snapshot's message
            self.run(source)

    def run(self, source: str) -> Stream:
        """The same, raising what goes wrong.

        Raises
        ------
        LivespotError
            The source or the engine cannot be opened.
        """
        with self._orders:
            self._end()
            self._state = RunState.STARTING
            try:
                self._message = "loading the engine"
                if self._runner is None:
                    runner = open_runner(self._config.inference)
                    runner.warm_up()
                    self._runner = runner
                self._message = "preparing the flow kernels (takes half a minute the first time)"
                warm_up(self._config.flow)
                self._message = f"opening {source}"
                clock = self._clock = MonotonicClock()
                opened = self._opener(source, self._config, clock)
            except LivespotError as error:
                self._state, self._message = RunState.FAILED, str(error)
                raise
            self._view = View(self._config.stream.curve_seconds)
            self._made = sinks = tuple(self._make_sinks())
            for sink in sinks:
                if isinstance(sink, TimedSink):
                    sink.use_clock(clock, opened.info.live)
            stream = Stream(opened, self._runner, self._config, [self._view, *sinks], clock)
            if self.recording.order is not None:
                try:
                    stream.attach(self._begin_recording(self.recording.order, stream, from_start=True))
                except LivespotError as error:
                    opened.close()
                    stream.vision.close()
                    self._state, self._message = RunState.FAILED, str(error)
                    raise
            self._stream = stream
            self._state, self._message = RunState.IDLE, ""
            self._stream.start()
            return self._stream

    def stop(self) -> None:
        """End the run and its threads; does nothing when nothing runs."""
        with self._orders:
            self._end()
            self._state, self._message = RunState.IDLE, ""

    def record(
        self, folder: str | Path, mode: RecordMode = "full", consent: str = "", name: str | None = None
    ) -> Path | None:
        """Record the running stream into a new session; when nothing runs, every run from its first frame on.

        Parameters
        ----------
        folder : str or Path
            Where the session's folder is made.
        mode : {"full", "lossless", "features"}
        consent : str
            What the person recorded has agreed to; empty is stored as "not stated".
        name : str, optional
            Of the session; by default the wall clock. A number is added when it is taken.

        Returns
        -------
        Path or None
            The session, or None when it waits for a run.

        Raises
        ------
        UsageError
            A recording runs already, or the name cannot be the name of a folder.
        OutputError
            The folder cannot be written.
        """
        with self._orders:
            if self.recording.writer is not None:
                raise UsageError(
                    f"{self.recording.path}: is being recorded; stop it before recording another"
                )
            order = RecordOrder(Path(folder), mode, consent, name)
            if self._stream is None:
                self.recording.order = order
                return None
            self._stream.attach(self._begin_recording(order, self._stream, from_start=False))
            return self.recording.path

    def stop_recording(self) -> None:
        """Complete the session and record nothing more; does nothing when nothing is recorded."""
        with self._orders:
            self.recording.order = None
            if self.recording.writer is not None and self._stream is not None:
                self._stream.detach(self.recording.writer)
                self.recording.end(self._stream.telemetry())

    def mark(self, label: str = "") -> bool:
        """Note this moment in the recording; False when nothing records or the disk does not answer.

        Sinks that have a ``marker`` are told in any case.
        """
        for sink in self._made:
            if isinstance(sink, MarkedSink):
                sink.marker(label)
        writer = self.recording.writer
        return writer is not None and writer.marker(label)

    def sources(self) -> list[tuple[str, str]]:
        """The demo and the cameras that are there: (specification, label)."""
        cameras = [
            (
                str(c.index),
                f"{c.name} ({c.width}×{c.height}, {c.fps:.0f} fps)" if c.width else f"{c.name} (in use)",
            )
            for c in list_cameras()
        ]
        return [(DEMO, "Demo clip"), *cameras]

    def snapshot(self) -> Snapshot:
        """The newest state of things."""
        stream, view = self._stream, self._view
        engine = "" if self._runner is None else self._runner.description
        if stream is None:
            return Snapshot(state=self._state, message=self._message, engine=engine)
        state = stream.state
        message = ""
        if state is RunState.FAILED:
            message = str(stream.error)
        elif state is RunState.RECONNECTING:
            message = f"{stream.source.info.name}: no picture, trying to get it back"
        else:
            message = self.recording.alarm or stream.vision.grid.warning or stream.source.warning
        return view.snapshot(
            state=state,
            message=message,
            source=stream.source.info,
            engine=engine,
            thresholds=dict(stream.spotting.thresholds),
            telemetry=stream.telemetry(),
        )

    def _begin_recording(self, order: RecordOrder, stream: Stream, from_start: bool) -> SessionWriter:
        assert self._runner is not None
        thresholds = dict(stream.spotting.thresholds)
        facts = RunFacts(stream.source.info, self._runner, thresholds, self._config, self._clock)
        return self.recording.begin(order, facts, from_start)

    def _end(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            # What failed in it was shown while it ran; the owner must be able to go on.
            with contextlib.suppress(Exception):
                stream.stop()
            self.recording.end(stream.telemetry())
