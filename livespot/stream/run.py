"""One run at a time, with named states.

::

    state      what happens                        next state
    ---------  ----------------------------------  ----------
    idle       start                               opening
    opening    everything is open                  running
    opening    something cannot be opened          failed
    opening    stop, or Ctrl-C                     idle
    opening    another start                       opening   (what the first one opens is closed again)
    running    the source has ended                ended
    running    a stage, or the source, has failed  failed
    running    stop                                idle
    running    start                               opening   (the running stream is ended first)
    ended      start / stop                        opening / idle
    failed     start / stop                        opening / idle

Nothing else changes the state. :meth:`Run.stop` waits for no opening: it takes effect at once, and what is still being
opened is closed by the thread that opens it. Each stream has a thread that supervises it, completes what depends on it
when it ends, for whatever reason, and only then says so.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from enum import StrEnum

from livespot.errors import UsageError
from livespot.snapshot import RunState
from livespot.stream.stream import Stream

_LOOK_S = 1.0

_log = logging.getLogger(__name__)


class State(StrEnum):
    """Where the run stands."""

    IDLE = "idle"
    OPENING = "opening"
    RUNNING = "running"
    ENDED = "ended"
    FAILED = "failed"


class Cancelled(UsageError):
    """A start was given up because of a stop or of another start."""


class Opening:
    """A start that is under way; whoever opens asks between two steps whether it is still wanted.

    Attributes
    ----------
    message : str
        What is being done.
    """

    def __init__(self) -> None:
        self.message = ""
        self._cancelled = threading.Event()

    def say(self, text: str) -> None:
        """Note what is being done now, unless the start was given up.

        Raises
        ------
        Cancelled
            The start was given up.
        """
        self.check()
        self.message = text

    def check(self) -> None:
        """Raise :class:`Cancelled` when the start was given up."""
        if self._cancelled.is_set():
            raise Cancelled("the start was given up: the run was stopped meanwhile")

    def cancel(self) -> None:
        """Give the start up."""
        self._cancelled.set()


class Run:
    """Starts, supervises and ends streams, one at a time; see the module for its states.

    Parameters
    ----------
    ended : callable
        Told each stream once when its threads have ended, or when it was made and never started; from the supervising
        or the starting thread.

    Notes
    -----
    Every method may be called from any thread.
    """

    def __init__(self, ended: Callable[[Stream], None]) -> None:
        self._tell_ended = ended
        self._lock = threading.Lock()  # of the attributes below; held for moments only
        self._exclusive = threading.RLock()  # of what takes long: opening, exchanging an engine
        self._state = State.IDLE
        self._failure = ""
        self._opening: Opening | None = None
        self._stream: Stream | None = None
        self._supervised: threading.Thread | None = None
        self._closed = False
        self._shown = RunState.RUNNING

    # --- what there is to see -------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """Where the run stands."""
        return self._state

    @property
    def stream(self) -> Stream | None:
        """The stream that runs, or that ran last and was not stopped; None while idle or opening."""
        return self._stream

    @property
    def live(self) -> Stream | None:
        """The stream that runs, None when none does or it has just ended by itself."""
        with self._lock:
            stream = self._stream if self._state is State.RUNNING else None
        return None if stream is None or stream.done else stream

    @property
    def uses_source(self) -> bool:
        """Whether a source is open, being opened, or not quite closed yet."""
        with self._lock:
            supervised = self._supervised
            return self._opening is not None or (supervised is not None and supervised.is_alive())

    @property
    def shown_state(self) -> RunState:
        """The state as a viewer sees it."""
        with self._lock:
            if self._state is not State.RUNNING or self._stream is None:
                return RunState(self._state.value)
            if not self._stream.done:  # else it is being completed, and looks as it did
                self._shown = self._stream.state
            return self._shown

    @property
    def message(self) -> str:
        """What is being opened, or why the run failed; empty when there is nothing to say."""
        with self._lock:
            if self._opening is not None:
                return self._opening.message
            error = None if self._stream is None else self._stream.error
            if self._failure or error is None:
                return self._failure
            return str(error) or type(error).__name__  # it shows as failed before it is completed

    # --- what can be ordered --------------------------------------------------------------------------------

    def start(self, open_stream: Callable[[Opening], Stream]) -> Stream:
        """End what runs, have a stream opened, and start it.

        Parameters
        ----------
        open_stream : callable
            Makes the stream, or raises with nothing left open.

        Raises
        ------
        Cancelled
            The run was stopped, or started again, meanwhile.
        Exception
            Whatever ``open_stream`` raises; the run has failed with it.
        """
        opening = self._begin()
        with self._exclusive:
            try:
                opening.check()
                stream = open_stream(opening)
            except BaseException as error:
                self._give_up(opening, error)
                raise
            return self._go(opening, stream)

    def stop(self) -> None:
        """End the run; returns when its threads have ended, but waits for nothing that is being opened."""
        with self._lock:
            if self._opening is not None:
                self._opening.cancel()
                self._opening = None
            self._state, self._failure = State.IDLE, ""
        self._end()

    def close(self) -> None:
        """Stop, and refuse every later start."""
        with self._lock:
            self._closed = True
        self.stop()

    @contextlib.contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Hold off every start for as long as this lasts; a stop takes effect all the same."""
        with self._exclusive:
            yield

    # --- how it is done -------------------------------------------------------------------------------------

    def _begin(self) -> Opening:
        with self._lock:
            if self._closed:
                raise UsageError("this run is closed; make another one")
            if self._opening is not None:
                self._opening.cancel()
            opening = self._opening = Opening()
            self._state, self._failure = State.OPENING, ""
        self._end()
        return opening

    def _end(self) -> None:
        """End the present stream and wait for its supervising thread."""
        with self._lock:
            stream, self._stream = self._stream, None
            supervised = self._supervised
        if stream is not None:
            with contextlib.suppress(Exception):  # what failed in it was shown while it ran
                stream.stop()
        if supervised is not None and supervised is not threading.current_thread():
            supervised.join()

    def _give_up(self, opening: Opening, error: BaseException) -> None:
        with self._lock:
            if self._opening is not opening:
                return
            self._opening = None
            if isinstance(error, Exception):
                self._state, self._failure = State.FAILED, str(error) or type(error).__name__
            else:  # Ctrl-C
                self._state = State.IDLE

    def _go(self, opening: Opening, stream: Stream) -> Stream:
        supervised = threading.Thread(
            target=self._supervise, args=(stream,), name="livespot run", daemon=True
        )
        try:
            with self._lock:
                opening.check()
                stream.start()
                supervised.start()
                self._opening, self._stream, self._supervised = None, stream, supervised
                self._state, self._shown = State.RUNNING, RunState.RUNNING
        except BaseException as error:
            stream.discard()
            self._tell_ended(stream)
            self._give_up(opening, error)
            raise
        return stream

    def _supervise(self, stream: Stream) -> None:
        failure: BaseException | None = None
        try:
            while not stream.wait(_LOOK_S):
                pass
        except BaseException as error:
            failure = error
        with contextlib.suppress(BaseException):  # the same error again
            stream.stop()
        try:
            self._tell_ended(stream)
        except Exception as error:
            _log.exception("what depends on the run could not be completed")
            failure = failure or error
        with self._lock:
            if self._stream is not stream or self._state is not State.RUNNING:
                return  # stopped, or another one is being opened
            self._state = State.ENDED if failure is None else State.FAILED
            self._failure = "" if failure is None else str(failure) or type(failure).__name__
