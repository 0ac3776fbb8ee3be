"""What the window needs of the world behind it, and the one thread through which it asks.

Opening a camera, closing one and looking for cameras can each take seconds; the window never waits for them.
Orders run one after another on a worker thread, and the window fetches what became of them at its next tick.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from livespot.snapshot import RunState, Snapshot

ACTIVE_STATES = (RunState.STARTING, RunState.RUNNING, RunState.RECONNECTING)
"""States in which the button says Stop."""


class LiveController(Protocol):
    """The stream as the window sees it: one snapshot at a time, and three orders.

    ``snapshot`` is called from the window's thread about thirty times a second; the others from worker
    threads, and ``sources`` may overlap with the others.
    """

    def snapshot(self) -> Snapshot:
        """The newest state of things: cheap, safe from any thread, never None."""
        ...

    def start(self, source: str) -> None:
        """Open ``source`` (``demo``, ``auto``, ``0``, a URL, a path) and run; replaces a running stream."""
        ...

    def stop(self) -> None:
        """End the run and its threads; does nothing when nothing runs."""
        ...

    def sources(self) -> list[tuple[str, str]]:
        """What there is to choose from: (specification for :meth:`start`, label). May be slow."""
        ...


class Orders:
    """A worker thread that carries out orders in turn.

    Parameters
    ----------
    name : str
        Of the thread.

    Notes
    -----
    Used from one thread. The worker is a daemon: an order that hangs in a driver keeps no program alive.
    """

    def __init__(self, name: str) -> None:
        self._waiting: queue.SimpleQueue[tuple[Callable[[], object], Callable[[object], None]] | None]
        self._waiting = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Callable[[object], None], object, Exception | None]] = (
            queue.SimpleQueue()
        )
        self._pending = 0
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether an order has not been answered yet."""
        return self._pending > 0

    def give(self, order: Callable[[], object], then: Callable[[object], None]) -> None:
        """Do ``order`` on the worker; :meth:`poll` hands its result to ``then`` in its caller's thread."""
        self._pending += 1
        self._waiting.put((order, then))

    def poll(self) -> None:
        """Deliver what has been carried out; an order's exception is raised here, one per call."""
        while True:
            try:
                then, result, error = self._done.get_nowait()
            except queue.Empty:
                return
            self._pending -= 1
            if error is not None:
                raise error
            then(result)

    def close(self, timeout_s: float) -> bool:
        """Finish the orders given so far and end the worker; False when it hangs after ``timeout_s``."""
        self._waiting.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            order, then = item
            try:
                self._done.put((then, order(), None))
            except Exception as error:  # carried to the window, which shows it
                self._done.put((then, None, error))
