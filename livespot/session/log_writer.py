"""Writes the two logs of a session, ``log.bin`` and ``features.bin``, from a thread of its own.

Rows and events wait in memory for a few tenths of a second; when an interval or a marker is among them they are written
at once. A disk that refuses is tried again, and what it has not taken waits in memory up to a limit; nothing is raised.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from livespot.session.create import note_start
from livespot.session.files import BACKLOG_BYTES, GrowingFile
from livespot.session.header import Info
from livespot.session.packing import Row, in_records, rows_in_records
from livespot.session.records import FEATURES_FILE, LOG_FILE, Kind, encode_json

FLUSH_S = 0.15
"""What a kill can cost of the log."""

_LOG_ROWS = (Kind.FRAMES, Kind.TICKS, Kind.LANDMARKS, Kind.CURVES)


class LogWriter:
    """Takes rows and events from any thread; the order within a kind is kept.

    Parameters
    ----------
    folder : Path
        The session's.
    after_write : callable
        Called by the writing thread after each round, so that trouble can be noted.

    Notes
    -----
    Every method returns at once, except :meth:`wait_for` and :meth:`close`.
    """

    def __init__(self, folder: Path, after_write: Callable[[], None]) -> None:
        self._folder, self._after_write = folder, after_write
        self._log, self._features = GrowingFile(folder / LOG_FILE), GrowingFile(folder / FEATURES_FILE)
        self._changed = threading.Condition()
        self._rows: dict[int, list[bytes]] = {kind: [] for kind in _LOG_ROWS}
        self._events: list[bytes] = []
        self._windows: list[Row] = []
        self._start_due: Info | None = None
        self._pending_bytes = self._overflow = 0
        self._urgent = self._closed = False
        self._asked = self._written = 0  # urgent events given, and written
        self._thread = threading.Thread(target=self._work, name="livespot session log", daemon=True)

    def begin(self) -> None:
        """Start writing."""
        self._thread.start()

    def row(self, kind: int, row: bytes) -> None:
        """Add a row of fixed size to the log."""
        self._add(len(row), lambda: self._rows[kind].append(row))

    def window(self, row: Row) -> None:
        """Add a row, or a whole record, to the features."""
        self._add(len(row[1]), lambda: self._windows.append(row))

    def event(self, kind: int, value: dict[str, Any], urgent: bool = False) -> int:
        """Add a JSON record to the log; the number is what :meth:`wait_for` waits for, of urgent ones."""
        record = encode_json(kind, value)
        with self._changed:
            if self._closed:
                return self._asked + 1
            self._events.append(record)
            if urgent:
                self._asked += 1
                self._urgent = True
                self._changed.notify_all()
            return self._asked

    def start(self, origin: Info) -> None:
        """Have the session's 0 s written into ``session.json`` too."""
        self._start_due = origin

    def wait_for(self, number: int, timeout_s: float) -> bool:
        """Wait until an urgent event is on the disk; False when it still waits in memory."""
        with self._changed:
            return self._changed.wait_for(lambda: self._written >= number, timeout_s)

    @property
    def fault(self) -> str:
        """Why a file cannot be written at this moment; empty when both can."""
        return self._log.fault or self._features.fault

    @property
    def lost_bytes(self) -> int:
        """What neither disk nor memory took."""
        return self._overflow + self._log.lost_bytes + self._features.lost_bytes

    def close(self, timeout_s: float) -> None:
        """Write what waits and close the files; what comes later is ignored."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _add(self, size: int, append: Callable[[], None]) -> None:
        with self._changed:
            if self._closed:
                return
            if self._pending_bytes + size > BACKLOG_BYTES:
                self._overflow += size
                return
            self._pending_bytes += size
            append()

    def _work(self) -> None:
        unsynced = False
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._urgent or self._closed, FLUSH_S)
                last, asked = self._closed, self._asked
                unsynced, self._urgent = unsynced or self._urgent, False
                log, features = self._packed_log(), in_records(self._windows)
                self._windows, self._pending_bytes = [], 0
                start, self._start_due = self._start_due, None
            if start is not None:
                note_start(self._folder, start)
            # The windows first: what an interval was found in is there when the interval is.
            self._features.write(features)
            if self._log.write(log) and (not unsynced or self._log.sync()):
                unsynced = False
                with self._changed:
                    self._written = asked
                    self._changed.notify_all()
            if last:
                self._features.close()
                self._log.close()
                return
            self._after_write()

    def _packed_log(self) -> bytes:
        parts = []
        for kind, rows in self._rows.items():
            parts += rows_in_records(kind, rows)
            rows.clear()
        parts += self._events
        self._events = []
        return b"".join(parts)
