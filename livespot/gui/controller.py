"""What the window needs of the run behind it, and the threads through which it asks.

Opening a camera, changing the engine and looking for cameras can each take seconds; the window never waits for them,
and neither do the orders that must be immediate. There are three lanes (:class:`Lanes`), each a worker thread that
carries out its orders one after another; the window fetches what became of them at its next tick. A marker is set by a
direct call.
"""

from __future__ import annotations

import queue
import threading
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

from livespot.errors import UsageError
from livespot.snapshot import Picture, RunState, Snapshot
from livespot.types import ExpressionType, Interval

ACTIVE_STATES = (RunState.OPENING, RunState.RUNNING, RunState.RECONNECTING)
"""States in which the button says Stop."""

_TURN_S = 30.0
"""How long a start waits for a stop that was ordered before it."""


class LiveController(Protocol):
    """The stream as the window sees it: one snapshot at a time, and orders.

    ``snapshot`` is called from the window's thread about thirty times a second, and ``mark``, ``moment_s`` and the
    questions for pictures too: they return at once. The others are called from worker threads and may overlap;
    ``stop``, ``close``, ``record``, ``stop_recording`` and the thresholds wait for no ``start``, ``use_engine`` or
    ``sources`` that is under way. An order that cannot be carried out raises a
    :class:`~livespot.errors.LivespotError`, whose sentence the window shows.

    What has a body here is a default that a class gets by inheriting: no recording, no engine to choose from, no
    picture kept.
    """

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """The newest state of things: cheap, safe from any thread, never None."""
        ...

    @abstractmethod
    def start(self, source: str) -> None:
        """Open ``source`` (``demo``, ``auto``, ``0``, a URL, a path) and run; replaces a running stream."""
        ...

    @abstractmethod
    def stop(self) -> None:
        """End the run and its threads, or give up a start that is under way; does nothing when nothing runs."""
        ...

    def close(self) -> None:
        """End everything for ever; a start or an engine that is being loaded ends unused."""
        self.stop()

    @abstractmethod
    def sources(self) -> list[tuple[str, str]]:
        """What there is to choose from: (specification for :meth:`start`, label). May be slow."""
        ...

    def modes(self, source: str) -> list[tuple[int, int, float]]:
        """Sizes and rates that a camera of the last listing really gives: (width, height, fps); may be empty."""
        return []

    def use_mode(self, width: int, height: int, fps: float) -> None:
        """Ask the next camera that is opened for this size and rate."""
        return

    def record(self, folder: str, mode: str = "full", consent: str = "", name: str | None = None) -> object:
        """Record the running stream, or, when nothing runs, the next run from its first frame on.

        Parameters
        ----------
        folder : str
            Where the session's own folder is made.
        mode : {"full", "lossless", "features"}
        consent : str
            What the person recorded has agreed to.
        name : str, optional
            Of the session; by default the wall clock.
        """
        raise UsageError("recording: not possible here; open a camera with `livespot live`")

    def stop_recording(self) -> None:
        """Complete the session; does nothing when nothing is recorded."""
        return

    def moment_s(self) -> float:
        """Return the present moment on the time axis of the frames."""
        return 0.0

    def mark(self, label: str, time_s: float | None = None, wait_s: float = 1.0) -> bool:
        """Note a moment, by default the present one; it shows in the snapshot.

        True when it is also recorded, on the disk; ``wait_s`` is how long to wait for that.
        """
        return False

    def set_threshold(self, kind: ExpressionType, value: float) -> None:
        """Use ``value`` (0 … 1) as θ for apex candidates of one type from now on; the minimum score moves with it."""
        return

    def reset_thresholds(self) -> None:
        """Go back to the engine's own operating point."""
        return

    def baseline(self, seconds: float) -> None:
        """Watch a neutral face for ``seconds`` and raise thresholds to what this person needs; 0 cancels."""
        return

    def engines(self) -> list[tuple[str, str, bool]]:
        """What can compute: (name for :meth:`use_engine`, words, whether it can run here). May be slow."""
        return []

    def use_engine(self, name: str) -> None:
        """Go on with another engine or model, between two frames."""
        return

    def cancel_build(self) -> None:
        """Stop building a faster engine in the background; the present one goes on."""
        return

    def moment(self, time_s: float) -> Picture | None:
        """The kept picture nearest to ``time_s``, with landmarks; None when none within 0.5 s is kept."""
        return None

    def last_seconds(self, seconds: float) -> Sequence[Picture]:
        """The kept pictures of the last ``seconds``, oldest first, for the instant replay; costs up to 0.3 s."""
        return ()

    def pictures_of(self, interval: Interval) -> tuple[Picture | None, Picture | None, Picture | None]:
        """Onset, apex and offset of a confirmed interval, None where the picture is no longer kept."""
        return None, None, None

    def save_picture(self, path: str) -> None:
        """Write the newest picture to a PNG or JPEG file."""
        raise UsageError("picture: there is none to save yet; start a source first")


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
        self._waiting: queue.SimpleQueue[
            tuple[Callable[[], object], Callable[[object], None], threading.Event] | None
        ] = queue.SimpleQueue()
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

    def give(self, order: Callable[[], object], then: Callable[[object], None]) -> threading.Event:
        """Do ``order`` on the worker; :meth:`poll` hands its result to ``then`` in its caller's thread.

        The event is set as soon as the order is carried out.
        """
        self._pending += 1
        done = threading.Event()
        self._waiting.put((order, then, done))
        return done

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
            order, then, done = item
            try:
                self._done.put((then, order(), None))
            except Exception as error:  # carried to the window, which shows it
                self._done.put((then, None, error))
            done.set()


class Lanes:
    """The window's orders: what takes long, what must not wait for it, and the list of sources.

    Attributes
    ----------
    long : Orders
        Starts and engines, which open devices and load files.
    prompt : Orders
        Everything else: stop, recordings, thresholds.
    sources : Orders
        Looking for cameras.
    """

    def __init__(self) -> None:
        self.long, self.prompt = Orders("livespot-orders"), Orders("livespot-prompt")
        self.sources = Orders("livespot-sources")
        self._last_prompt = threading.Event()
        self._last_prompt.set()

    @property
    def all(self) -> tuple[Orders, Orders, Orders]:
        """Every lane."""
        return self.long, self.prompt, self.sources

    def give(self, order: Callable[[], object], then: Callable[[object], None]) -> None:
        """Carry out an order that must not wait."""
        self._last_prompt = self.prompt.give(order, then)

    def give_long(self, order: Callable[[], object], then: Callable[[object], None]) -> None:
        """Carry out an order that may take long, once the prompt ones given before it are carried out."""
        before = self._last_prompt

        def in_turn() -> object:
            before.wait(_TURN_S)
            return order()

        self.long.give(in_turn, then)

    def close(self, last: Callable[[], object], timeout_s: float) -> None:
        """Carry out a last order, which makes those under way end, and end the workers; a worker that hangs is left."""
        self.prompt.give(last, lambda _: None)
        self.prompt.close(timeout_s)
        for lane in (self.long, self.sources):
            lane.close(0.5)
