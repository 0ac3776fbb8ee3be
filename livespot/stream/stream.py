"""The wiring: capture → face → crop → flow → spotting, each on a thread, and one owner that starts and stops them.

The steps and their order are those of :mod:`livespot.pipeline`. Shutdown runs from upstream to downstream through the
same mailboxes, so what was captured is still analysed. A stage that fails stops the stream, and its own exception
reaches the owner.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from livespot.capture.source import FrameSource, SourceState
from livespot.clock import Clock, MonotonicClock
from livespot.config import Config
from livespot.inference import Runner
from livespot.pipeline import Look, Spotting, Step, Vision
from livespot.snapshot import RunState, Telemetry
from livespot.stream.mailbox import Mailbox
from livespot.stream.sinks import Listeners, Sink
from livespot.stream.source_reader import SourceReader
from livespot.stream.stage import Stage, Timed
from livespot.stream.telemetry import CAPTURE_TO_CONFIRMED, CAPTURE_TO_PROBABILITY, Board
from livespot.stream.watchdog import Watchdog
from livespot.types import HALF_WINDOW, CanonicalFace, Frame, Gap, Update, Window

_LOOK_S = 1.0

_log = logging.getLogger(__name__)


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
        self.source, self.config = source, config
        self.board = Board()
        self.clock = clock or MonotonicClock()
        self.spotting = Spotting(config, runner)  # first, since it may refuse the engine
        self.vision = Vision(config, source.info.fps, source.info.live)
        self.error: BaseException | None = None
        self.before_window: Callable[[Window | Gap], None] | None = None
        self._sinks = Listeners(sinks)
        self._done = threading.Event()
        self._stages = self._make_stages()
        self._reader = SourceReader(
            source,
            self.vision.to_grid,
            self._stages[0].inbox,
            self._sinks,
            self.board,
            self.clock,
            self._fail,
            tap,
            config.stream.stall_s,
        )
        progresses = [self._reader.progress, *(stage.progress for stage in self._stages)]
        self._watchdog = Watchdog(progresses, self._queues)

    def _make_stages(self) -> list[Stage[Any, Any]]:
        """A stage for each step behind the grid, and one for the spotting."""
        config = self.config.stream
        steps = self.vision.steps
        sizes = [config.queue_frames] * len(steps) + [4 * config.queue_frames]
        boxes: list[Mailbox[Timed[Any]]] = [Mailbox(size) for size in sizes]
        release = {"face": self.vision.close}  # by the thread that used the model
        return [
            *(
                Stage(
                    step.name,
                    self._watched(step),
                    step.finish,
                    inbox,
                    outbox,
                    self.board,
                    self._fail,
                    release.get(step.name, _nothing),
                    config.stall_s,
                )
                for step, inbox, outbox in zip(steps, boxes, boxes[1:], strict=False)
            ),
            Stage(
                "spotting",
                self._spot_one,
                self._spot_rest,
                boxes[-1],
                None,
                self.board,
                self._fail,
                self._done.set,
                config.stall_s,
            ),
        ]

    def start(self) -> None:
        """Start all threads; returns at once."""
        for stage in reversed(self._stages):
            stage.start()
        self._reader.start()

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
        self._reader.stop()
        join_s = self.config.stream.join_s
        try:
            self.source.close()
            if not self.wait(join_s):
                self._abort()
        finally:  # also when a stage's error is raised: no thread outlives its stream
            end_s = time.monotonic() + join_s
            left = [] if self._reader.join(join_s) else ["capture"]
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
        self._sinks.attach(sink)

    def detach(self, sink: Sink) -> None:
        """Take a listener away again."""
        self._sinks.detach(sink)

    @property
    def state(self) -> RunState:
        """The stream as a whole."""
        if self.error is not None:
            return RunState.FAILED
        if self._done.is_set():
            return RunState.ENDED
        if self.source.state is SourceState.LOST:
            return RunState.RECONNECTING
        return RunState.RUNNING if self._reader.heard else RunState.OPENING

    def telemetry(self) -> Telemetry:
        """Rates, drops, latencies and queues of this moment; percentiles of the last second while it runs."""
        for reason, lost in getattr(self.source, "losses", {}).items():
            self.board.dropped(reason, lost)
        self.board.dropped("more frames than ticks", self.vision.grid.surplus)
        return self.board.read(self._queues(), self._watchdog.stalled, exact=self.done)

    def _queues(self) -> dict[str, tuple[int, int]]:
        return {stage.name: (len(stage.inbox), stage.inbox.size) for stage in self._stages}

    def _watched(self, step: Step) -> Callable[[Any], Iterable[Any]]:
        """The step itself; with the crop's, sinks and counters are told of each face."""
        return self._tell_faces(step) if step.name == "crop" else step.step

    def _tell_faces(self, step: Step) -> Callable[[Any], Iterator[Look]]:
        def told(found: Any) -> Iterator[Look]:
            for look in step.step(found):
                if isinstance(look, CanonicalFace):
                    self.board.model_frame(self.clock.now_s(), look.landmarks is not None)
                    for sink in self._sinks:
                        sink.face(look)
                yield look

        return told

    def _spot_one(self, item: Window | Gap) -> Iterable[Update]:
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
        self._sinks.tell_setting(self.spotting.setting, changed=self.spotting.setting is not before)
        self._publish(updates)
        return ()

    def _spot_rest(self) -> Iterable[Update]:
        self._publish(self.spotting.finish())
        return ()

    def _publish(self, updates: Iterable[Update]) -> None:
        for update in updates:
            late_s = self.clock.now_s() - self._stages[-1].captured_s
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
        frames = HALF_WINDOW + self.spotting.runner.info.look_ahead_frames
        return frames * self.vision.grid.phases / self.vision.grid.rate_hz

    def _fail(self, error: BaseException) -> None:
        if self.error is None:
            self.error = error
        self._abort()

    def _abort(self) -> None:
        for stage in self._stages:
            stage.inbox.abort()
        self.source.close()
        self._done.set()


def _nothing() -> None:
    return
