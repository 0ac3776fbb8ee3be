"""A step with a thread of its own: named states, one inbox, one outbox, the first error.

The same object can be stepped by hand in a test: :meth:`Stage.handle` and :meth:`Stage.flush` are what the
thread calls.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from livespot.stream.mailbox import Closed, Mailbox
from livespot.stream.telemetry import Board
from livespot.stream.watchdog import Phase, Progress

In = TypeVar("In")
Out = TypeVar("Out")


class StageState(StrEnum):
    """Where a stage stands."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Timed(Generic[In]):
    """A packet with the time at which the camera frame that brought it was captured, on the stream's clock."""

    item: In
    captured_s: float


class Stage(Generic[In, Out]):
    """Takes packets from an inbox, hands what its step makes of them to an outbox.

    Parameters
    ----------
    name : str
        As shown in telemetry and thread lists.
    step : callable
        One packet to any number of packets, none of them None; each is handed on before the next is asked for.
    flush : callable
        What is still owed when the inbox has ended.
    inbox, outbox : Mailbox
        ``outbox`` None: the last stage.
    board : Board
        Where the step's latency is noted.
    on_error : callable
        Told the first exception, from this stage's thread.
    release : callable
        Called last in the stage's thread, whatever happened.
    stall_s : float
        How long the stage may stand still before the watchdog reports it.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[In], Iterable[Out]],
        flush: Callable[[], Iterable[Out]],
        inbox: Mailbox[Timed[In]],
        outbox: Mailbox[Timed[Out]] | None,
        board: Board,
        on_error: Callable[[BaseException], None],
        release: Callable[[], None] = lambda: None,
        stall_s: float = 8.0,
    ) -> None:
        self.name = name
        self.state = StageState.READY
        self.inbox = inbox
        self._step = step
        self._flush = flush
        self._outbox = outbox
        self._board = board
        self._on_error = on_error
        self._release = release
        self.captured_s = 0.0
        self.progress = Progress(
            name,
            waits_in_vain=lambda: len(inbox) > 0,
            room=lambda: outbox is None or not outbox.full,
            limit_s=stall_s,
        )
        self._thread = threading.Thread(target=self._run, name=f"livespot {name}", daemon=True)

    def start(self) -> None:
        """Begin working."""
        self.state = StageState.RUNNING
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread; False when it is still at work. A stage that asks for itself is not waited for."""
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(max(timeout_s, 0.0))
        return not self._thread.is_alive()

    def handle(self, packet: Timed[In]) -> None:
        """Work on one packet."""
        self.progress.enter(Phase.WORKING)
        self.captured_s = packet.captured_s
        began = time.perf_counter()
        made = iter(self._step(packet.item))
        waited_s = 0.0
        while (item := next(made, None)) is not None:  # a step may have work left behind its last packet
            done = time.perf_counter()
            self._pass_on((item,))
            waited_s += time.perf_counter() - done
        self._board.latency(self.name, time.perf_counter() - began - waited_s)

    def flush(self) -> None:
        """Hand on what is still owed, and end the outbox."""
        self.progress.enter(Phase.WORKING)
        self._pass_on(self._flush())
        if self._outbox is not None:
            self._outbox.end()

    def _pass_on(self, made: Iterable[Out]) -> None:
        for item in made:
            if self._outbox is not None:
                self.progress.enter(Phase.HANDING_OVER)
                self._outbox.put(Timed(item, self.captured_s))
                self.progress.enter(Phase.WORKING)

    def _next(self) -> Timed[In] | None:
        self.progress.enter(Phase.WAITING)
        return self.inbox.get()

    def _run(self) -> None:
        self.progress.thread = threading.get_ident()
        try:
            while (packet := self._next()) is not None:
                self.handle(packet)
            self.flush()
            self.state = StageState.DONE
        except Closed:
            self.state = StageState.DONE
        except BaseException as error:
            self.state = StageState.FAILED
            self._on_error(error)
        finally:
            self.progress.enter(Phase.ENDED)
            try:
                self._release()
            except BaseException as error:
                self.state = StageState.FAILED
                self._on_error(error)
