"""Orders to record: given while a stream runs they hold for it, given while none does for every run to come."""

from __future__ import annotations

import threading
from pathlib import Path

from livespot.errors import UsageError
from livespot.session import RECORD_MODES
from livespot.stream.record_facts import RecordOrder, RunFacts
from livespot.stream.recorder import Recorder
from livespot.stream.stream import Stream


class RecordOrders:
    """Begins and ends the sessions of runs.

    Parameters
    ----------
    recorder : Recorder
        Writes them.

    Notes
    -----
    Every method may be called from any thread; none waits for anything but the files of a session.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._lock = threading.Lock()
        self._stream: Stream | None = None  # the one that can be recorded

    def record(self, folder: Path, mode: str, consent: str, name: str | None) -> Path | None:
        """Record the running stream, or note the order; see :meth:`livespot.stream.controller.Controller.record`."""
        if mode not in RECORD_MODES:
            raise UsageError(f"recording mode {mode}: unknown; expected one of {', '.join(RECORD_MODES)}")
        with self._lock:
            if self._recorder.writer is not None:
                raise UsageError(
                    f"{self._recorder.path}: is being recorded; stop it before recording another"
                )
            order = RecordOrder(folder, mode, consent, name)
            if self._stream is None or self._stream.done:  # a stream that has ended is not the next one
                self._recorder.order = order
                return None
            return self._begin(order, self._stream)

    def stop(self) -> None:
        """Complete the session and forget the order; does nothing when there is neither."""
        with self._lock:
            self._recorder.order = None
            if self._recorder.writer is not None and self._stream is not None:
                self._recorder.end(self._stream.telemetry())

    def stream_opened(self, stream: Stream) -> None:
        """Record a stream that is about to start when that was ordered; an order that comes later holds at once.

        Raises
        ------
        OutputError
            The session cannot be made.
        """
        with self._lock:
            if self._recorder.order is not None:
                self._begin(self._recorder.order, stream)
            self._stream = stream

    def stream_ended(self, stream: Stream) -> None:
        """Complete the session of a stream whose threads have ended."""
        with self._lock:
            if self._stream is stream:
                self._stream = None
            self._recorder.end(stream.telemetry())

    def _begin(self, order: RecordOrder, stream: Stream) -> Path:
        spotting = stream.spotting
        point = dict(spotting.thresholds), dict(spotting.min_scores)
        facts = RunFacts(stream.source.info, spotting.runner.info, *point, stream.config)
        return self._recorder.begin(order, facts)
