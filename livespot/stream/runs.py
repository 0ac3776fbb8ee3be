"""Starts, replaces and stops streams on order, records them, and answers with snapshots."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from livespot.clock import MonotonicClock
from livespot.config import Config
from livespot.errors import LivespotError, UsageError
from livespot.flow.warm import warm_up
from livespot.inference import Runner, open_live_runner, resolved_config
from livespot.session import RECORD_MODES
from livespot.snapshot import Marker, RunState, Snapshot, Telemetry
from livespot.stream.opening import Opener, open_live
from livespot.stream.recorder import Recorder, RecordOrder, RunFacts
from livespot.stream.sinks import MarkedSink, Sink, TimedSink
from livespot.stream.stream import Stream
from livespot.stream.telemetry import LossMeter
from livespot.stream.view import RunStatus, View
from livespot.stream.words import build_share, engine_words, message_of

BUSY_HZ = 2.0
"""Frames lost in a second from which on the user is told."""

MakeSinks = Callable[[], Sequence[Sink]]


class Runs:
    """One stream at a time.

    Parameters
    ----------
    config : Config
    sinks : callable, optional
        Makes further sinks for each run; those that have a ``use_clock`` are told the run's clock.
    opener : callable, optional
        Opens the source of each run; by default :func:`livespot.stream.opening.open_live`.

    Notes
    -----
    ``snapshot`` may be called from any thread; the orders from one thread at a time.
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
        self._losses = LossMeter()
        self.recording = Recorder(config.session)
        """Taps every run; the session being written, its path and its alarm."""

    @property
    def stream(self) -> Stream | None:
        """The running or last stream."""
        return self._stream

    # --- a run ----------------------------------------------------------------------------------------------

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
                self._stream = self._opened(source)
            except LivespotError as error:
                self._state, self._message = RunState.FAILED, str(error)
                raise
            self._state, self._message = RunState.IDLE, ""
            self._stream.start()
            return self._stream

    def stop(self) -> None:
        """End the run and its threads; does nothing when nothing runs. What was found stays in the snapshot."""
        with self._orders:
            self._end()
            self._state, self._message = RunState.IDLE, ""

    def _opened(self, source: str) -> Stream:
        self._message = "loading the engine"
        if self._runner is None:
            self._runner = self._warm_runner(self._config)
        config = resolved_config(self._run_config(), self._runner)
        self._message = "preparing the flow kernels (takes half a minute the first time)"
        warm_up(config.flow)
        self._message = f"opening {source}"
        clock = self._clock = MonotonicClock()
        opened = self._opener(source, self._config, clock)
        self._view = View(self._config.stream.curve_seconds, config.flow.layout)
        self._made = tuple(self._make_sinks())
        for sink in self._made:
            if isinstance(sink, TimedSink):
                sink.use_clock(clock, opened.info.live)
        self.recording.begin_run(clock, opened.info.live)
        sinks: list[Sink] = [self._view, self.recording, *self._own_sinks(), *self._made]
        stream = Stream(opened, self._runner, config, sinks, clock, self.recording.tap)
        self._prepared(stream, self._runner)
        if self.recording.order is not None:
            try:
                self._begin_recording(self.recording.order, stream)
            except LivespotError:
                opened.close()
                stream.vision.close()
                raise
        return stream

    def _end(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            # What failed in it was shown while it ran; the owner must be able to go on.
            with contextlib.suppress(Exception):
                stream.stop()
            self.recording.end(stream.telemetry())
        self._run_ended()

    def _run_config(self) -> Config:
        """What a subclass wants a run to have."""
        return self._config

    def _prepared(self, stream: Stream, runner: Runner) -> None:
        """A subclass's last word before a stream starts."""

    def _own_sinks(self) -> Sequence[Sink]:
        """A subclass's further listeners to the run that begins."""
        return ()

    def _run_ended(self) -> None:
        """A subclass's end of a run."""

    # --- recording and markers ------------------------------------------------------------------------------

    def record(
        self, folder: str | Path, mode: str = "full", consent: str = "", name: str | None = None
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
            A recording runs already, the name cannot be the name of a folder, or there is no such mode.
        OutputError
            The folder cannot be written.
        """
        if mode not in RECORD_MODES:
            raise UsageError(f"recording mode {mode}: unknown; expected one of {', '.join(RECORD_MODES)}")
        with self._orders:
            if self.recording.writer is not None:
                raise UsageError(
                    f"{self.recording.path}: is being recorded; stop it before recording another"
                )
            order = RecordOrder(Path(folder), mode, consent, name)
            if self._stream is None or self._stream.state in (RunState.FINISHED, RunState.FAILED):
                self.recording.order = order
                return None
            return self._begin_recording(order, self._stream)

    def stop_recording(self) -> None:
        """Complete the session and record nothing more; does nothing when nothing is recorded."""
        with self._orders:
            self.recording.order = None
            if self.recording.writer is not None and self._stream is not None:
                self.recording.end(self._stream.telemetry())

    def mark(self, label: str = "", time_s: float | None = None) -> bool:
        """Note a moment in snapshot and recording; False when nothing records or the disk does not answer.

        Sinks that have a ``marker`` are told in any case.

        Parameters
        ----------
        label : str
        time_s : float, optional
            On the time axis of the frames; by default this moment.
        """
        moment_s = self.recording.moment_s() if time_s is None else time_s
        for sink in self._made:
            if isinstance(sink, MarkedSink):
                sink.marker(label, moment_s)
        return self.note(label, moment_s)

    def note(self, label: str, time_s: float) -> bool:
        """The same for a marker of another program, with its own time on the axis of the frames; no sink is told."""
        self._view.add_marker(Marker(time_s, label))
        return self.recording.marker(label, time_s, wait_s=1.0)

    def _begin_recording(self, order: RecordOrder, stream: Stream) -> Path:
        assert self._runner is not None
        spotting = stream.spotting
        point = dict(spotting.thresholds), dict(spotting.min_scores)
        config = resolved_config(self._run_config(), self._runner)
        facts = RunFacts(stream.source.info, self._runner.info, *point, config)
        return self.recording.begin(order, facts)

    def _warning(self, stream: Stream) -> str:
        warning = stream.vision.grid.warning or stream.source.warning
        lost_hz = self._losses.rate_hz(self._clock.now_s(), int(getattr(stream.source, "dropped", 0)))
        if lost_hz >= BUSY_HZ:  # the camera is not to blame for a low rate
            return (
                f"this computer is too busy: {lost_hz:.0f} frames a second are lost; close other programs, "
                "or choose a smaller picture"
            )
        return warning

    def _note_setting(self, text: str) -> None:
        """A recording must say what was changed while it ran; the timeline need not."""
        self.recording.marker(text, self.recording.moment_s())

    def _warm_runner(self, config: Config) -> Runner:
        """The configured engine, run once; a faster one may be built while it runs."""
        runner = open_live_runner(
            config.inference, on_change=lambda text: self._note_setting(f"engine: {text}")
        )
        runner.warm_up()
        return runner

    # --- what there is to see -------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The newest state of things."""
        return self._view.snapshot(self._status())

    def _status(self) -> RunStatus:
        stream = self._stream
        engine = "" if self._runner is None else engine_words(self._runner)
        recording = self.recording.status(self._clock.now_s())
        if stream is None:
            return RunStatus(
                self._state,
                self._message,
                None,
                engine,
                {},
                Telemetry(),
                recording=recording,
                engine_build=build_share(self._runner),
            )
        state = stream.state
        return RunStatus(
            state=state,
            message=message_of(stream, state) or self.recording.alarm or self._warning(stream),
            source=stream.source.info,
            engine=engine,
            thresholds=dict(stream.spotting.thresholds),
            telemetry=stream.telemetry(),
            recording=recording,
            engine_build=build_share(self._runner),
        )
