"""Writes a session while it is live: a sink of the stream, with threads of its own, which the analysis never waits for.

Each sink method packs a row and leaves it in a list; one thread writes the lists a few times a second, at once when an
interval or a marker is among them; another encodes pictures (:mod:`livespot.session.video`). No failure of the disk
or the encoder is raised: it shows in :attr:`SessionWriter.alarm` and in the log.

Rows carry the times of the frames as they come, on the axis of the run. Where the session's 0 s lies on that axis is
noted with its first frame.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

from livespot.clock import Clock, MonotonicClock, StartTime, start_time
from livespot.session.create import create_session, note_start, start_dict
from livespot.session.files import BACKLOG_BYTES, GrowingFile
from livespot.session.header import Info
from livespot.session.packing import (
    Row,
    curve_row,
    frame_row,
    in_records,
    interval_object,
    landmark_row,
    rows_in_records,
    setting_object,
    tick_row,
    window_row,
)
from livespot.session.records import FEATURES_FILE, LOG_FILE, VIDEO_FILE, Fate, Kind, encode_json
from livespot.session.video import QUEUE_BYTES, VideoTrack, choose_encoding
from livespot.types import CanonicalFace, Frame, Gap, Setting, Update, Window

RecordMode = Literal["full", "lossless", "features"]
RECORD_MODES: tuple[RecordMode, ...] = get_args(RecordMode)

FLUSH_S = 0.15
"""What a kill can cost of the log."""

_CLOSE_S = 10.0
_LOG_ROWS = (Kind.FRAMES, Kind.TICKS, Kind.LANDMARKS, Kind.CURVES)


class SessionWriter:
    """Records what a stream does; has the methods of a stream's sink.

    Parameters
    ----------
    folder : str or Path
        Where the session's folder is made; made itself when missing.
    info : dict
        What is known of the run: ``source`` (name, kind, width, height, fps, live), ``engine``, ``thresholds``,
        ``min_scores``, ``config``, ``from_start`` (whether it began with the run). See FORMAT.md.
    mode : {"full", "lossless", "features"}
        Compressed picture, exact picture, or none at all. Landmarks and SW-MRO windows are kept in every mode.
    consent : str
        What the person recorded has agreed to; empty is stored as "not stated".
    name : str, optional
        Of the session; by default the wall clock.
    clock : Clock, optional
        The stream's.
    queue_bytes : int
        Memory that pictures which wait for the encoder may take.

    Attributes
    ----------
    path : Path
        The session's folder.
    zero_s : float or None
        The frames' own time at the session's 0 s: that of the first frame, or gap; None until it came.
    start : StartTime or None
        UTC and the monotonic clock at that moment.

    Raises
    ------
    UsageError
        The name cannot be the name of a folder.
    OutputError
        The folder cannot be written, or a session of that name exists.
    """

    def __init__(
        self,
        folder: str | Path,
        info: Info,
        mode: RecordMode = "full",
        *,
        consent: str = "",
        name: str | None = None,
        clock: Clock | None = None,
        queue_bytes: int = QUEUE_BYTES,
    ) -> None:
        self._clock = clock or MonotonicClock()
        self.zero_s: float | None = None
        self.start: StartTime | None = None
        source = info.get("source", {})
        self._live = bool(source.get("live", False))
        width, height = int(source.get("width", 0)), int(source.get("height", 0))
        encoding = None if mode == "features" else choose_encoding(mode, width, height)
        video = encoding and {"codec": encoding.codec, "pixel_format": encoding.pixel_format}
        self.path = create_session(Path(folder), {**info, "mode": mode, "video": video}, consent, name)
        self._log = GrowingFile(self.path / LOG_FILE)
        self._features = GrowingFile(self.path / FEATURES_FILE)
        self._video = (
            VideoTrack(self.path / VIDEO_FILE, encoding, width, height, queue_bytes) if encoding else None
        )
        self._no_encoder = mode != "features" and encoding is None
        self._counts: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._rows: dict[int, list[bytes]] = {kind: [] for kind in _LOG_ROWS}
        self._events: list[bytes] = []
        self._windows: list[Row] = []
        self._start_due: Info | None = None
        self._pending_bytes = 0
        self._overflow = 0
        self._urgent = self._closing = self._closed = False
        self._asked = self._written = 0  # urgent orders given, and answered
        self._said: set[str] = set()
        self._last_frame = self._last_window = -1
        self._last_time_s, self._last_at_s = 0.0, self._clock.now_s()
        self._thread = threading.Thread(target=self._work, name="livespot session log", daemon=True)
        self._thread.start()

    # What the stream calls, from its own threads.

    def frame(self, item: Frame | Gap, at_s: float | None = None) -> None:
        """A camera frame, or an interruption, came from the source at ``at_s`` of the clock, by default now."""
        at_s = self._clock.now_s() if at_s is None else at_s
        if self.zero_s is None:
            self._begin(item.time_s, at_s)
        if isinstance(item, Gap):
            self._event(
                Kind.SOURCE_GAP, {"time_s": item.time_s, "reason": item.reason, "after": self._last_frame}
            )
            return
        fate, number = Fate.NO_PICTURES if not self._no_encoder else Fate.STOPPED, -1
        if self._video is not None:
            fate, number = self._video.offer(item.image, item.time_s)
        self._last_frame, self._last_time_s, self._last_at_s = item.index, item.time_s, at_s
        self._counts["frames"] += 1
        self._row(Kind.FRAMES, frame_row(item, number, fate, at_s))

    def _begin(self, zero_s: float, at_s: float) -> None:
        """Note where the session's 0 s lies; a live source's times are the clock's, a recorded one's its own."""
        self.zero_s = zero_s
        self.start = start_time(self._clock.now_s() - (zero_s if self._live else at_s))
        origin = start_dict(self.start, zero_s)
        self._event(Kind.ORIGIN, origin)
        self._start_due = origin

    def face(self, face: CanonicalFace, at_s: float | None = None) -> None:
        """A model frame was looked at."""
        self._counts["ticks"] += 1
        self._row(Kind.TICKS, tick_row(face, self._clock.now_s() if at_s is None else at_s))
        if face.landmarks is not None:
            self._row(Kind.LANDMARKS, landmark_row(face.frame.index, face.landmarks))

    def window(self, window: Window) -> None:
        """A window is complete."""
        row = window_row(window)
        self._last_window = window.index
        self._counts["windows"] += 1
        self._add(len(row[1]), lambda: self._windows.append(row))

    def gap(self, gap: Gap) -> None:
        """The stream was interrupted."""
        self._counts["gaps"] += 1
        value = {"time_s": float(gap.time_s), "reason": gap.reason, "after": self._last_window}
        record = encode_json(Kind.WINDOW_GAP, value)
        self._add(len(record), lambda: self._windows.append((Kind.WINDOW_GAP, record)))
        self._event(Kind.GAP, value)

    def setting(self, setting: Setting) -> None:
        """What intervals are spotted with from a window on."""
        self._event(Kind.SETTING, setting_object(setting), urgent=True)

    def update(self, update: Update, at_s: float | None = None) -> None:
        """Probabilities and intervals."""
        if update.frame is not None and update.time_s is not None and update.probabilities is not None:
            known_s = self._clock.now_s() if at_s is None else at_s
            self._row(Kind.CURVES, curve_row(update.frame, update.time_s, known_s, update.probabilities))
        for interval in update.confirmed:
            self._counts["intervals"] += 1
            self._event(Kind.INTERVAL, interval_object(interval), urgent=True)

    # What the user calls.

    def marker(self, label: str, time_s: float | None = None, wait_s: float = 1.0) -> bool:
        """Mark a moment.

        Parameters
        ----------
        label : str
        time_s : float, optional
            On the time axis of the frames; by default now.
        wait_s : float
            How long to wait for the disk.

        Returns
        -------
        bool
            True when it is on the disk; False when it still waits in memory, and :attr:`alarm` says why.
        """
        if time_s is None:
            time_s = self._last_time_s + self._clock.now_s() - self._last_at_s
        self._counts["markers"] += 1
        number = self._event(Kind.MARKER, {"label": str(label)[:4096], "time_s": float(time_s)}, urgent=True)
        with self._changed:
            return self._changed.wait_for(lambda: self._written >= number, wait_s)

    @property
    def alarm(self) -> str:
        """What is being lost at this moment, or was, in words; empty when all is well."""
        parts = self._alarms()
        return f"recording: {'; '.join(parts)}" if parts else ""

    def _alarms(self) -> list[str]:
        """Each kind of trouble in words, with its count."""
        parts = []
        if fault := self._log.fault or self._features.fault:
            parts.append(f"the log cannot be written ({fault}), it waits in memory")
        if lost := self._lost():
            parts.append(f"{lost} bytes of the log are lost")
        if self._no_encoder:
            parts.append("no picture is recorded (FFmpeg has no encoder)")
        elif self._video is not None and self._video.fault:
            parts.append(f"no picture is recorded any more ({self._video.fault})")
        elif self._video is not None and self._video.left_out:
            parts.append(f"{self._video.left_out} pictures left out, the encoder is behind")
        return parts

    @property
    def lost(self) -> dict[str, int]:
        """What the recording lacks, by reason: pictures, and bytes of the log."""
        lost = {} if self._video is None else self._video.lost
        if self._no_encoder and self._counts["frames"]:
            lost["FFmpeg has no encoder"] = self._counts["frames"]
        if count := self._lost():
            lost["bytes of the log that the disk did not take"] = count
        return lost

    @property
    def counts(self) -> dict[str, int]:
        """What was taken so far: frames, ticks, windows, gaps, intervals, markers."""
        return dict(self._counts)

    def close(self, summary: dict[str, Any] | None = None) -> None:
        """End the session in order: the encoder is emptied, the end is noted, the files are closed.

        Parameters
        ----------
        summary : dict, optional
            Noted with the end, such as the drops by reason; plain JSON values.
        """
        with self._changed:
            if self._closing:
                return
            self._closing = True
        if self._video is not None:
            self._video.close(_CLOSE_S)
            self._counts["pictures"] = self._video.encoded
            self._counts["pictures_left_out"] = self._video.left_out
        self._say_alarms()
        ending = {"at_s": self._clock.now_s(), "counts": self.counts, "lost": self.lost, **(summary or {})}
        self._event(Kind.STOP, ending, urgent=True)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(_CLOSE_S)

    # The writing thread.

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
                note_start(self.path, start)
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
            self._say_alarms()

    def _packed_log(self) -> bytes:
        parts = []
        for kind, rows in self._rows.items():
            parts += rows_in_records(kind, rows)
            rows.clear()
        parts += self._events
        self._events = []
        return b"".join(parts)

    def _say_alarms(self) -> None:
        """Note each kind of trouble once in the log; how much was lost is counted at the end."""
        for text in self._alarms():
            kind = re.sub(r"\d+", "", text)  # a count that grows is the same trouble
            if kind not in self._said:
                self._said.add(kind)
                self._event(Kind.ALARM, {"text": f"recording: {text}", "at_s": self._clock.now_s()})

    def _row(self, kind: int, row: bytes) -> None:
        self._add(len(row), lambda: self._rows[kind].append(row))

    def _add(self, size: int, append: Callable[[], None]) -> None:
        with self._changed:
            if self._closed:
                return
            if self._pending_bytes + size > BACKLOG_BYTES:
                self._overflow += size
                return
            self._pending_bytes += size
            append()

    def _event(self, kind: int, value: dict[str, Any], urgent: bool = False) -> int:
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

    def _lost(self) -> int:
        return self._overflow + self._log.lost_bytes + self._features.lost_bytes
