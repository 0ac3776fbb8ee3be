"""Writes a session while it is live: a sink of the stream, with threads of its own, which the analysis never waits for.

Each sink method packs a row and leaves it with the log's thread (:mod:`livespot.session.log_writer`); another encodes
pictures (:mod:`livespot.session.video`). No failure of the disk or the encoder is raised: it shows in
:attr:`SessionWriter.alarm` and in the log.

Rows carry the times of the frames as they come, on the axis of the run. Where the session's 0 s lies on that axis is
noted with its first frame.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any, Literal, get_args

from livespot.clock import Clock, MonotonicClock, StartTime, start_time
from livespot.session.create import create_session, start_dict
from livespot.session.header import Info
from livespot.session.log_writer import LogWriter
from livespot.session.packing import (
    curve_row,
    frame_row,
    interval_object,
    landmark_row,
    setting_object,
    tick_row,
    window_row,
)
from livespot.session.records import VIDEO_FILE, Fate, Kind, encode_json
from livespot.session.video import QUEUE_BYTES, VideoTrack, choose_encoding
from livespot.types import CanonicalFace, Frame, Gap, Setting, Update, Window

RecordMode = Literal["full", "lossless", "features"]
RECORD_MODES: tuple[RecordMode, ...] = get_args(RecordMode)

_CLOSE_S = 10.0


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
        self._video = (
            VideoTrack(self.path / VIDEO_FILE, encoding, width, height, queue_bytes) if encoding else None
        )
        self._no_encoder = mode != "features" and encoding is None
        self._counts: Counter[str] = Counter()
        self._closing = threading.Lock()  # held for good by the first to close
        self._said: set[str] = set()
        self._last_frame = self._last_window = -1
        self._last_time_s, self._last_at_s = 0.0, self._clock.now_s()
        self._log = LogWriter(self.path, self._say_alarms)
        self._log.begin()

    # What the stream calls, from its own threads.

    def frame(self, item: Frame | Gap, at_s: float | None = None) -> None:
        """A camera frame, or an interruption, came from the source at ``at_s`` of the clock, by default now."""
        at_s = self._clock.now_s() if at_s is None else at_s
        if self.zero_s is None:
            self._begin(item.time_s, at_s)
        if isinstance(item, Gap):
            self._log.event(
                Kind.SOURCE_GAP, {"time_s": item.time_s, "reason": item.reason, "after": self._last_frame}
            )
            return
        fate, number = Fate.NO_PICTURES if not self._no_encoder else Fate.STOPPED, -1
        if self._video is not None:
            fate, number = self._video.offer(item.image, item.time_s)
        self._last_frame, self._last_time_s, self._last_at_s = item.index, item.time_s, at_s
        self._counts["frames"] += 1
        self._log.row(Kind.FRAMES, frame_row(item, number, fate, at_s))

    def _begin(self, zero_s: float, at_s: float) -> None:
        """Note where the session's 0 s lies; a live source's times are the clock's, a recorded one's its own."""
        self.zero_s = zero_s
        self.start = start_time(self._clock.now_s() - (zero_s if self._live else at_s))
        origin = start_dict(self.start, zero_s)
        self._log.event(Kind.ORIGIN, origin)
        self._log.start(origin)

    def face(self, face: CanonicalFace, at_s: float | None = None) -> None:
        """A model frame was looked at."""
        self._counts["ticks"] += 1
        self._log.row(Kind.TICKS, tick_row(face, self._clock.now_s() if at_s is None else at_s))
        if face.landmarks is not None:
            self._log.row(Kind.LANDMARKS, landmark_row(face.frame.index, face.landmarks))

    def window(self, window: Window) -> None:
        """A window is complete."""
        row = window_row(window)
        self._last_window = window.index
        self._counts["windows"] += 1
        self._log.window(row)

    def gap(self, gap: Gap) -> None:
        """The stream was interrupted."""
        self._counts["gaps"] += 1
        value = {"time_s": float(gap.time_s), "reason": gap.reason, "after": self._last_window}
        record = encode_json(Kind.WINDOW_GAP, value)
        self._log.window((Kind.WINDOW_GAP, record))
        self._log.event(Kind.GAP, value)

    def setting(self, setting: Setting) -> None:
        """What intervals are spotted with from a window on."""
        self._log.event(Kind.SETTING, setting_object(setting), urgent=True)

    def update(self, update: Update, at_s: float | None = None) -> None:
        """Probabilities and intervals."""
        if update.frame is not None and update.time_s is not None and update.probabilities is not None:
            known_s = self._clock.now_s() if at_s is None else at_s
            self._log.row(Kind.CURVES, curve_row(update.frame, update.time_s, known_s, update.probabilities))
        for interval in update.confirmed:
            self._counts["intervals"] += 1
            self._log.event(Kind.INTERVAL, interval_object(interval), urgent=True)

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
        number = self._log.event(
            Kind.MARKER, {"label": str(label)[:4096], "time_s": float(time_s)}, urgent=True
        )
        return self._log.wait_for(number, wait_s)

    @property
    def alarm(self) -> str:
        """What is being lost at this moment, or was, in words; empty when all is well."""
        parts = self._alarms()
        return f"recording: {'; '.join(parts)}" if parts else ""

    def _alarms(self) -> list[str]:
        """Each kind of trouble in words, with its count."""
        parts = []
        if fault := self._log.fault:
            parts.append(f"the log cannot be written ({fault}), it waits in memory")
        if lost := self._log.lost_bytes:
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
        if count := self._log.lost_bytes:
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
        if not self._closing.acquire(blocking=False):
            return
        if self._video is not None:
            self._video.close(_CLOSE_S)
            self._counts["pictures"] = self._video.encoded
            self._counts["pictures_left_out"] = self._video.left_out
        if self._log.lost_bytes:
            self._said.clear()  # what was said while the disk took nothing may be among what was lost
        self._say_alarms()
        ending = {"at_s": self._clock.now_s(), "counts": self.counts, "lost": self.lost, **(summary or {})}
        self._log.event(Kind.STOP, ending, urgent=True)
        self._log.close(_CLOSE_S)

    def _say_alarms(self) -> None:
        """Note each kind of trouble once in the log; how much was lost is counted at the end."""
        for text in self._alarms():
            kind = re.sub(r"\d+", "", text)  # a count that grows is the same trouble
            if kind not in self._said:
                self._said.add(kind)
                self._log.event(Kind.ALARM, {"text": f"recording: {text}", "at_s": self._clock.now_s()})
