"""The first stage of a stream: reads the source, and hands the model frames that the grid makes of it on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from livespot.capture.source import FrameSource, SourceState
from livespot.clock import Clock
from livespot.pipeline import Tick
from livespot.stream.mailbox import Closed, Mailbox
from livespot.stream.sinks import Sink
from livespot.stream.stage import Timed
from livespot.stream.telemetry import Board
from livespot.stream.watchdog import Phase, Progress
from livespot.types import Frame, Gap

_SOURCE_S = 30.0
"""How long a source may take for a frame before it counts as stalled: a live one notices a loss by itself."""


class SourceReader:
    """A thread that reads a source until it ends or is stopped, and closes it.

    Parameters
    ----------
    source : FrameSource
    to_grid : callable
        A camera frame to model frames (:meth:`livespot.pipeline.Vision.to_grid`).
    ticks : Mailbox
        Gets them.
    sinks : iterable of Sink
        Told of each camera frame.
    board : Board
    clock : Clock
    on_error : callable
        Told the first exception, from this thread.
    tap : callable or None
        Given every frame and gap that the source makes.
    stall_s : float
        How long handing a frame over may take before the watchdog reports it.

    Attributes
    ----------
    progress : Progress
        What the thread is doing, for the watchdog.
    heard : bool
        Whether the source gave anything yet.
    """

    def __init__(
        self,
        source: FrameSource,
        to_grid: Callable[[Frame | Gap], Iterable[Tick]],
        ticks: Mailbox[Timed[Tick]],
        sinks: Iterable[Sink],
        board: Board,
        clock: Clock,
        on_error: Callable[[BaseException], None],
        tap: Callable[[Frame | Gap], None] | None,
        stall_s: float,
    ) -> None:
        self.heard = False
        self._source, self._to_grid, self._ticks = source, to_grid, ticks
        self._sinks, self._board, self._clock = sinks, board, clock
        self._on_error, self._tap = on_error, tap
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="livespot capture", daemon=True)
        self.progress = Progress(
            "capture",
            waits_in_vain=lambda: source.state is SourceState.OPEN,
            room=lambda: not ticks.full,
            limit_s=max(stall_s, _SOURCE_S),
        )

    def start(self) -> None:
        """Begin reading; a source with a thread of its own is tapped there."""
        use_tap = getattr(self._source, "use_tap", None)
        if self._tap is not None and use_tap is not None:
            use_tap(self._tap)
            self._tap = None
        self._thread.start()

    def stop(self) -> None:
        """Read nothing more; returns at once."""
        self._stopping.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread; False when it is still at work."""
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self.progress.thread = threading.get_ident()
        try:
            while not self._stopping.is_set() and (item := self._read()) is not None:
                self.progress.enter(Phase.WORKING)
                self._take(item)
            self._ticks.end()
        except Closed:
            pass
        except BaseException as error:
            self._on_error(error)
        finally:
            self.progress.enter(Phase.ENDED)
            self._source.close()

    def _read(self) -> Frame | Gap | None:
        self.progress.enter(Phase.WAITING)
        return self._source.read()

    def _take(self, item: Frame | Gap) -> None:
        if self._tap is not None:
            self._tap(item)
        captured_s = item.time_s if self._source.info.live else self._clock.now_s()
        self.heard = True
        if isinstance(item, Frame):
            self._board.camera_frame(captured_s)
        for sink in self._sinks:
            sink.frame(item)
        for tick in self._to_grid(item):
            self.progress.enter(Phase.HANDING_OVER)
            self._ticks.put(Timed(tick, captured_s))
