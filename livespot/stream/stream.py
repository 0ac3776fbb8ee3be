"""The wiring: capture → face → crop → flow → spotting, each on a thread, and one owner that starts and stops them.

Shutdown runs from upstream to downstream through the same mailboxes, so what was captured is still
analysed. A stage that fails stops the stream, and its own exception reaches the owner.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from livespot.capture.source import FrameSource, SourceState
from livespot.clock import Clock, MonotonicClock
from livespot.config import Config
from livespot.inference import Runner
from livespot.pipeline import Spotting, Vision
from livespot.snapshot import RunState, Telemetry
from livespot.stream.mailbox import Closed, Mailbox
from livespot.stream.sinks import SettingSink, Sink
from livespot.stream.stage import Stage, Timed
from livespot.stream.telemetry import CAPTURE_TO_CONFIRMED, CAPTURE_TO_PROBABILITY, Board
from livespot.stream.watchdog import Phase, Progress, Watchdog
from livespot.types import HALF_WINDOW, CanonicalFace, FaceFrame, Frame, Gap, ModelFrame, Update, Window

_LOOK_S = 1.0
_SOURCE_S = 30.0
"""How long a source may take for a frame before it counts as stalled: a live one notices a loss by itself."""

_log = logging.getLogger(__name__)

Tick = ModelFrame | Gap
Found = FaceFrame | Gap
Look = CanonicalFace | Gap
Measured = Window | Gap


class Stream:
    """One run over one source.

    Parameters
    ----------
    source : FrameSource
        Owned from here on: closed when the stream ends.
    runner : Runner
        Stays the caller's; used from the spotting thread only.
    config : Config
    sinks : sequence of Sink
    clock : Clock, optional
        The session's; live sources stamp with the same one.
    tap : callable, optional
        Given every frame and gap that the source makes, also what the analysis is late for: in the source's own thread
        where it has a ``use_tap``, else when it is read.

    Attributes
    ----------
    before_window : callable or None
        Called by the spotting stage with each window and gap before it is stepped; to be set before the start.
    """

    def __init__(
        self,
        source: FrameSource,
        runner: Runner,
        config: Config,
        sinks: Sequence[Sink] = (),
        clock: Clock | None = None,
        tap: Callable[[Frame | Gap], None] | None = None,
    ) -> None:
        self.source = source
        self._tap = tap
        self.board = Board()
        self.spotting = Spotting(config, runner)  # first, since it may refuse the engine
        self.vision = Vision(config, source.info.fps, source.info.live)
        self.error: BaseException | None = None
        self.before_window: Callable[[Window | Gap], None] | None = None
        self.config = config
        self._sinks = tuple(sinks)
        self._attaching = threading.Lock()
        self.clock = clock or MonotonicClock()
        self._stopping = threading.Event()
        self._done = threading.Event()
        self._capturing = threading.Thread(target=self._capture, name="livespot capture", daemon=True)
        self._newest_s = 0.0
        self._newcomers = True
        size, stall_s = config.stream.queue_frames, config.stream.stall_s
        self._ticks: Mailbox[Timed[Tick]] = Mailbox(size)
        self._found: Mailbox[Timed[Found]] = Mailbox(size)
        self._looks: Mailbox[Timed[Look]] = Mailbox(size)
        self._measured: Mailbox[Timed[Measured]] = Mailbox(4 * size)
        self._face: Stage[Tick, Found] = Stage(
            "face",
            lambda tick: (self.vision.find_face(tick),),
            lambda: (),
            self._ticks,
            self._found,
            self.board,
            self._fail,
            self.vision.close,
            stall_s,
        )
        self._crop: Stage[Found, Look] = Stage(
            "crop",
            self._cut_out,
            lambda: (),
            self._found,
            self._looks,
            self.board,
            self._fail,
            stall_s=stall_s,
        )
        self._flow: Stage[Look, Measured] = Stage(
            "flow",
            self.vision.measure,
            self.vision.finish,
            self._looks,
            self._measured,
            self.board,
            self._fail,
            stall_s=stall_s,
        )
        self._spot: Stage[Measured, Update] = Stage(
            "spotting",
            self._spot_one,
            self._spot_rest,
            self._measured,
            None,
            self.board,
            self._fail,
            self._done.set,
            stall_s,
        )
        self._stages = (self._face, self._crop, self._flow, self._spot)
        self._reading = Progress(
            "capture",
            waits_in_vain=lambda: self.source.state is SourceState.OPEN,
            room=lambda: not self._ticks.full,
            limit_s=max(stall_s, _SOURCE_S),
        )
        progresses = [self._reading, *(stage.progress for stage in self._stages)]
        self._watchdog = Watchdog(progresses, self._queues)

    def start(self) -> None:
        """Start all threads; returns at once."""
        use_tap = getattr(self.source, "use_tap", None)
        if self._tap is not None and use_tap is not None:
            use_tap(self._tap)
            self._tap = None
        for stage in reversed(self._stages):
            stage.start()
        self._capturing.start()

    def discard(self) -> None:
        """Let go of everything without having started."""
        self.source.close()
        self.vision.close()
        self._done.set()

    def stop(self) -> None:
        """Close the source, let what was captured run through, and wait for the threads, upstream to downstream.

        Takes twice ``stream.join_s`` at most; a thread that hangs in a driver or a library is left behind and named in
        the log.

        Raises
        ------
        BaseException
            The first error of any stage.
        """
        self._stopping.set()
        join_s = self.config.stream.join_s
        try:
            self.source.close()
            if not self.wait(join_s):
                self._abort()
        finally:  # also when a stage's error is raised: no thread outlives its stream
            end_s = time.monotonic() + join_s
            if self._capturing.ident is not None and self._capturing is not threading.current_thread():
                self._capturing.join(join_s)
            left = ["capture"] if self._capturing.is_alive() else []
            left += [stage.name for stage in self._stages if not stage.join(end_s - time.monotonic())]
            if left:
                report = self._watchdog.report(set(left))
                _log.warning("still at work after %.0f s: %s\n%s", join_s, ", ".join(left), report)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the source has ended and everything is analysed; False when time ran out first.

        A stream that stops advancing meanwhile is reported in the log, with the stage that stands still.

        Raises
        ------
        BaseException
            The first error of any stage.
        """
        end_s = float("inf") if timeout_s is None else time.monotonic() + timeout_s
        while not (done := self._done.wait(min(max(end_s - time.monotonic(), 0.0), _LOOK_S))):
            self._watchdog.look()
            if time.monotonic() >= end_s:
                break
        if self.error is not None:
            raise self.error
        return done

    @property
    def done(self) -> bool:
        """Whether everything is analysed, or a stage has failed."""
        return self._done.is_set()

    @property
    def stalled(self) -> str:
        """Which stage has stopped advancing, in words; empty when none has."""
        return self._watchdog.stalled

    def attach(self, sink: Sink) -> None:
        """Add a listener to the running stream; it hears everything from the next packet on."""
        with self._attaching:
            self._sinks = (*self._sinks, sink)
        self._newcomers = True

    def detach(self, sink: Sink) -> None:
        """Take a listener away again."""
        with self._attaching:
            self._sinks = tuple(known for known in self._sinks if known is not sink)

    @property
    def state(self) -> RunState:
        """The stream as a whole."""
        if self.error is not None:
            return RunState.FAILED
        if self._done.is_set():
            return RunState.ENDED
        if self.source.state is SourceState.LOST:
            return RunState.RECONNECTING
        return RunState.RUNNING if self._newest_s > 0.0 else RunState.OPENING

    def telemetry(self) -> Telemetry:
        """Rates, drops, latencies and queues of this moment; percentiles of the last second while it runs."""
        for reason, lost in getattr(self.source, "losses", {}).items():
            self.board.dropped(reason, lost)
        self.board.dropped("more frames than ticks", self.vision.grid.surplus)
        return self.board.read(self._queues(), self._watchdog.stalled, exact=self.done)

    def _queues(self) -> dict[str, tuple[int, int]]:
        return {stage.name: (len(stage.inbox), stage.inbox.size) for stage in self._stages}

    def _capture(self) -> None:
        self._reading.thread = threading.get_ident()
        try:
            while not self._stopping.is_set() and (item := self._read()) is not None:
                self._reading.enter(Phase.WORKING)
                if self._tap is not None:
                    self._tap(item)
                captured_s = item.time_s if self.source.info.live else self.clock.now_s()
                self._newest_s = max(self.clock.now_s(), 1e-9)
                if isinstance(item, Frame):
                    self.board.camera_frame(captured_s)
                for sink in self._sinks:
                    sink.frame(item)
                for tick in self.vision.to_grid(item):
                    self._reading.enter(Phase.HANDING_OVER)
                    self._ticks.put(Timed(tick, captured_s))
            self._ticks.end()
        except Closed:
            pass
        except BaseException as error:
            self._fail(error)
        finally:
            self._reading.enter(Phase.ENDED)
            self.source.close()

    def _read(self) -> Frame | Gap | None:
        self._reading.enter(Phase.WAITING)
        return self.source.read()

    def _cut_out(self, found: Found) -> Iterable[Look]:
        look = self.vision.cut_out(found)
        if isinstance(look, CanonicalFace):
            self.board.model_frame(self.clock.now_s(), look.landmarks is not None)
            for sink in self._sinks:
                sink.face(look)
        yield look

    def _spot_one(self, item: Measured) -> Iterable[Update]:
        if isinstance(item, Gap):
            self.board.gap()
        for sink in self._sinks:
            if isinstance(item, Gap):
                sink.gap(item)
            else:
                sink.window(item)
        if self.before_window is not None:
            self.before_window(item)
        before = self.spotting.setting
        updates = self.spotting.step(item)
        self._tell_setting(changed=self.spotting.setting is not before)
        self._publish(updates)
        return ()

    def _tell_setting(self, changed: bool) -> None:
        setting = self.spotting.setting
        if setting is None or not (changed or self._newcomers):
            return
        self._newcomers = False  # first, so that whoever attaches meanwhile is told with the next window
        for sink in self._sinks:
            if isinstance(sink, SettingSink):
                sink.setting(setting)

    def _spot_rest(self) -> Iterable[Update]:
        self._publish(self.spotting.finish())
        return ()

    def _publish(self, updates: Iterable[Update]) -> None:
        for update in updates:
            late_s = self.clock.now_s() - self._spot.captured_s
            if update.frame is not None:
                self.board.latency(CAPTURE_TO_PROBABILITY, late_s)
            if update.time_s is not None:
                for interval in update.confirmed:
                    # The offset frame was captured so long before the frame that brought this update.
                    since_offset_s = update.time_s - interval.offset_s + self._look_ahead_s()
                    self.board.latency(CAPTURE_TO_CONFIRMED, late_s + since_offset_s)
            for sink in self._sinks:
                sink.update(update)

    def _look_ahead_s(self) -> float:
        return HALF_WINDOW * self.vision.grid.phases / self.vision.grid.rate_hz

    def _fail(self, error: BaseException) -> None:
        if self.error is None:
            self.error = error
        self._abort()

    def _abort(self) -> None:
        for stage in self._stages:
            stage.inbox.abort()
        self.source.close()
        self._done.set()
