"""All that a window, or a command, can ask of live runs: a façade over run, engine, recorder, tuning and pictures."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from livespot.capture import FrameSource
from livespot.clock import Clock
from livespot.config import Config
from livespot.errors import LivespotError
from livespot.inference import Runner
from livespot.snapshot import Marker, Picture, Snapshot, Telemetry
from livespot.stream.assembly import MakeSinks, Parts, assembled
from livespot.stream.live_settings import LiveSettings
from livespot.stream.messages import build_share, engine_words, stream_message
from livespot.stream.opening import DEMO, Cameras, Opener, camera_words, open_live
from livespot.stream.picture_buffer import KeptPictures, Trio, write_picture
from livespot.stream.record_orders import RecordOrders
from livespot.stream.recorder import Recorder
from livespot.stream.run import Opening, Run
from livespot.stream.stream import Stream
from livespot.stream.telemetry import LossMeter
from livespot.stream.view import RunStatus, View
from livespot.types import ExpressionType, Interval

Prepare = Callable[[Stream, Runner], None]


class Controller:
    """One run at a time, with engine, thresholds and camera to choose, recordings, and pictures to look at again.

    Parameters
    ----------
    config : Config
    sinks : callable, optional
        Makes further sinks for each run; those that have a ``use_clock`` are told the run's clock.
    opener : callable, optional
        Opens the source of each run; by default :func:`livespot.stream.opening.open_live`.
    keep_pictures : bool
        Whether to keep small pictures of the last minute and of events, for a window to show again.
    prepare : callable, optional
        Given each stream and its engine before the stream starts.

    Attributes
    ----------
    recording : Recorder
        Taps every run; the session being written, its path, its alarm and what it lost.

    Notes
    -----
    Every method may be called from any thread. What takes long (:meth:`start`, :meth:`run`, :meth:`use_engine`,
    :meth:`sources`) holds nothing that :meth:`snapshot`, :meth:`stop`, :meth:`mark`, :meth:`record`,
    :meth:`stop_recording` and the thresholds would have to wait for.
    """

    def __init__(
        self,
        config: Config,
        sinks: MakeSinks = tuple,
        opener: Opener = open_live,
        keep_pictures: bool = False,
        prepare: Prepare | None = None,
    ) -> None:
        self._make_sinks, self._opener, self._prepare = sinks, opener, prepare
        self._keep_pictures = keep_pictures
        self._run = Run(self._run_ended)
        self._set = LiveSettings(config, self._run, self._note_setting)
        self._cameras = Cameras()
        self._parts, self._losses = Parts(View(config.stream.curve_seconds)), LossMeter()
        self.recording = Recorder(config.session)
        self._orders = RecordOrders(self.recording)

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
            The engine or the source cannot be opened, or the run was stopped meanwhile.
        """
        return self._run.start(lambda opening: self._opened(source, opening))

    def stop(self) -> None:
        """End the run and its threads, or give up a start; what was found stays in the snapshot."""
        self._run.stop()

    def close(self) -> None:
        """End everything for ever: the run, what is being opened, and the engine."""
        self._run.close()
        self._set.close()

    @property
    def stream(self) -> Stream | None:
        """The stream that runs, or that ended by itself."""
        return self._run.stream

    def _opened(self, source: str, opening: Opening) -> Stream:
        runner, config = self._set.prepare(opening)
        opening.say(f"opening {source}")
        self._cameras.leave_alone()

        def open_source(clock: Clock) -> FrameSource:
            return self._opener(source, self._set.config, clock)

        def then(stream: Stream, parts: Parts) -> None:
            opening.check()
            if self._prepare is not None:
                self._prepare(stream, runner)
            self._orders.stream_opened(stream)
            self._parts = parts

        return assembled(
            open_source, runner, config, self.recording, self._make_sinks, self._keep_pictures, then
        )

    def _run_ended(self, stream: Stream) -> None:
        """Complete what depends on a stream, once its threads have ended; see :class:`Run`."""
        self._orders.stream_ended(stream)
        self._set.run_ended()
        self._parts.close()

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
        return self._orders.record(Path(folder), mode, consent, name)

    def stop_recording(self) -> None:
        """Complete the session and record nothing more; does nothing when nothing is recorded."""
        self._orders.stop()

    def moment_s(self) -> float:
        """Return the present moment on the time axis of the frames: what a marker is stamped with."""
        return self.recording.moment_s()

    def mark(self, label: str = "", time_s: float | None = None, wait_s: float = 1.0) -> bool:
        """Note a moment in snapshot and recording, and tell the sinks that have a ``marker``.

        Parameters
        ----------
        label : str
        time_s : float, optional
            On the time axis of the frames; by default the moment of the call.
        wait_s : float
            How long to wait for the disk.

        Returns
        -------
        bool
            True when the marker is in a recording, on the disk.
        """
        moment_s = self.moment_s() if time_s is None else time_s
        self._parts.tell_marker(label, moment_s)
        return self.note(label, moment_s, wait_s)

    def note(self, label: str, time_s: float, wait_s: float = 1.0) -> bool:
        """The same for a marker of another program; no sink is told."""
        self._parts.view.add_marker(Marker(time_s, label))
        return self.recording.marker(label, time_s, wait_s)

    def _note_setting(self, text: str) -> None:
        """A recording must say what was changed while it ran; the timeline need not."""
        self.recording.marker(text, self.moment_s())

    # --- what can be turned ---------------------------------------------------------------------------------

    def sources(self) -> list[tuple[str, str]]:
        """The demo and the cameras that are there: (specification, label)."""
        cameras = self._cameras.look(lambda: self._run.uses_source)
        in_use = self._run.uses_source
        return [(DEMO, "Demo clip"), *((str(c.index), camera_words(c, in_use)) for c in cameras)]

    def modes(self, source: str) -> list[tuple[int, int, float]]:
        """Sizes and rates of a camera of the last listing: (width, height, fps)."""
        return self._cameras.modes(source)

    def use_mode(self, width: int, height: int, fps: float) -> None:
        """Ask the next camera that is opened for this size and rate."""
        self._set.use_mode(width, height, fps)

    def set_threshold(self, kind: ExpressionType, value: float) -> None:
        """Be as sensitive to one type as θ = ``value`` says, in this run and the next ones; a recording notes it.

        The minimum score moves with it (:mod:`livespot.spotting.sensitivity`).
        """
        self._set.set_threshold(kind, value)

    def reset_thresholds(self) -> None:
        """Go back to the operating point of configuration or engine; a baseline that is being taken is given up."""
        self._set.reset_thresholds()

    def baseline(self, seconds: float) -> None:
        """Watch a neutral face for ``seconds``, then raise the thresholds to what it asks; 0 cancels.

        Raises
        ------
        UsageError
            When nothing runs.
        """
        self._set.baseline(seconds)

    def engines(self) -> list[tuple[str, str, bool]]:
        """What can compute: (name for :meth:`use_engine`, words, whether it can run here)."""
        return self._set.engines()

    def use_engine(self, name: str) -> None:
        """Go on with another engine or model, between two frames; the old one runs until the new one is warm.

        A baseline that is being taken is given up: it would mix two engines.

        Raises
        ------
        LivespotError
            It cannot be loaded, or was made for other features than are measured; the old one goes on.
        """
        self._set.use_engine(name)

    def cancel_build(self) -> None:
        """Stop building a faster engine in the background; the present one goes on."""
        self._set.cancel_build()

    # --- what there is to see -------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The newest state of things."""
        return self._parts.view.snapshot(self._status())

    def _status(self) -> RunStatus:
        run, runner, standing = self._run, self._set.runner, self._set.standing
        state, message, stream, live = run.shown_state, run.message, run.stream, run.live
        now_s = self._parts.clock.now_s()
        if stream is not None and not message:
            lost_hz = self._losses.rate_hz(now_s, int(getattr(stream.source, "dropped", 0)))
            message = stream_message(stream, state, self.recording.alarm, lost_hz)
        chosen = {} if standing is None else {**standing.thresholds, **self._set.tuning.own}
        return RunStatus(
            state=state,
            message=message,
            source=None if stream is None else stream.source.info,
            engine="" if runner is None else engine_words(runner),
            thresholds=chosen if live is None else dict(live.spotting.thresholds),
            telemetry=Telemetry() if stream is None else stream.telemetry(),
            engine_thresholds={} if standing is None else dict(standing.thresholds),
            recording=self.recording.status(now_s),
            baseline_left_s=self._set.tuning.baseline_left_s,
            engine_build=build_share(runner),
        )

    def moment(self, time_s: float) -> Picture | None:
        """The kept picture nearest to ``time_s``."""
        return None if self._parts.pictures is None else self._parts.pictures.moment(time_s)

    def last_seconds(self, seconds: float) -> Sequence[Picture]:
        """The kept pictures of the last ``seconds``, oldest first; each is unpacked when it is asked for."""
        return (
            KeptPictures(()) if self._parts.pictures is None else self._parts.pictures.last_seconds(seconds)
        )

    def pictures_of(self, interval: Interval) -> Trio:
        """Onset, apex and offset of a confirmed interval."""
        return (
            (None, None, None) if self._parts.pictures is None else self._parts.pictures.pictures_of(interval)
        )

    def save_picture(self, path: str | Path) -> None:
        """Write the newest picture, as the camera gave it, to a PNG or JPEG file.

        Raises
        ------
        UsageError
            There is no picture yet, or the file's name ends in neither.
        OutputError
            The file cannot be written.
        """
        write_picture(self._parts.view.newest, Path(path))
