"""What one run consists of besides its stream: its clock, and who listens to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from livespot.capture import FrameSource
from livespot.clock import Clock, MonotonicClock
from livespot.config import Config
from livespot.inference import Runner
from livespot.stream.picture_buffer import PictureBuffer
from livespot.stream.recorder import Recorder
from livespot.stream.sinks import MarkedSink, Sink, TimedSink
from livespot.stream.stream import Stream
from livespot.stream.view import View

MakeSinks = Callable[[], Sequence[Sink]]


@dataclass(frozen=True, slots=True)
class Parts:
    """The clock and the listeners of one run.

    Attributes
    ----------
    view : View
        For snapshots.
    pictures : PictureBuffer or None
        Small pictures of the last minute, where they are wanted.
    others : tuple of Sink
        Whatever the owner of the controller has added.
    clock : Clock
    """

    view: View
    pictures: PictureBuffer | None = None
    others: tuple[Sink, ...] = ()
    clock: Clock = field(default_factory=MonotonicClock)

    def tell_marker(self, label: str, time_s: float) -> None:
        """Tell the sinks that want to know of markers, with the time on the axis of the frames."""
        for sink in self.others:
            if isinstance(sink, MarkedSink):
                sink.marker(label, time_s)

    def close(self) -> None:
        """End the thread that packs pictures; what is kept stays readable."""
        if self.pictures is not None:
            self.pictures.close()


def assembled(
    open_source: Callable[[Clock], FrameSource],
    runner: Runner,
    config: Config,
    recorder: Recorder,
    make_sinks: MakeSinks,
    keep_pictures: bool,
    then: Callable[[Stream, Parts], None],
) -> Stream:
    """Open a source and build the stream over it, not started yet.

    When anything fails, ``then`` included, all that was opened is closed again.

    Parameters
    ----------
    open_source : callable
        Given the run's clock.
    runner, config
        See :class:`Stream`.
    recorder : Recorder
        Taps the source and listens to the stream, so that a recording can begin with the seconds before its order.
    make_sinks : callable
        Makes the owner's sinks; those that have a ``use_clock`` are told the clock.
    keep_pictures : bool
    then : callable
        What remains to be done with the stream and its parts.
    """
    clock = MonotonicClock()
    with contextlib.ExitStack() as undo:
        source = open_source(clock)
        undo.callback(source.close)
        others = tuple(make_sinks())
        pictures = PictureBuffer() if keep_pictures else None
        parts = Parts(View(config.stream.curve_seconds, config.flow.layout), pictures, others, clock)
        undo.callback(parts.close)
        for sink in parts.others:
            if isinstance(sink, TimedSink):
                sink.use_clock(clock, source.info.live)
        recorder.begin_run(clock, source.info.live)
        own: list[Sink] = [parts.view, recorder, *([] if pictures is None else [pictures])]
        stream = Stream(source, runner, config, [*own, *parts.others], clock, recorder.tap)
        undo.callback(stream.vision.close)
        then(stream, parts)
        undo.pop_all()
    return stream
