"""Opens a recorded session, whole or broken, without ever changing it.

Everything that passed its CRC is there; what did not is named in :attr:`SessionReader.problems`. Small things are in
memory after opening (a two-hour session takes 75 MB); the landmarks and the SW-MRO windows are read when they
are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livespot.errors import SessionError
from livespot.regions import LAYOUTS
from livespot.session.contents import (
    Curves,
    GapSpan,
    gap_mark_of,
    gap_spans,
    interval_of,
    landmark_rows,
    marker_of,
    objects_in_session_time,
    rows_in_session_time,
    setting_of,
)
from livespot.session.header import HEADER_FILE, chosen_header, is_session, origin
from livespot.session.records import (
    FEATURES_FILE,
    FEATURES_MAGIC,
    LOG_FILE,
    LOG_MAGIC,
    VIDEO_FILE,
    Kind,
    face_state,
)
from livespot.session.scan import Scan, scan, stored
from livespot.session.window_log import WindowLog
from livespot.types import FaceState, Float32Array, Gap, Reason, Window, row_status


class SessionReader:
    """A recorded session.

    Parameters
    ----------
    path : str or Path
        The folder ``NAME.livespot``.

    Attributes
    ----------
    path : Path
    info : dict
        ``session.json`` in the newest version's form, every key present: name, mode, consent, started, from_start,
        source, video, engine, thresholds, min_scores, config, versions, regions (FORMAT.md).
    layout : RegionLayout
        The regions whose motion the windows hold: the paper's where the header names none.
    problems : list of str
        What could not be read, one sentence each; empty for a whole session.
    ended : bool
        Whether the recording was ended in order, and not by a kill or a full disk.
    start : StartTime or None
        UTC and the monotonic clock at the session's 0 s; None for sessions of version 1.
    zero_s : float
        The frames' own time (of the run that was recorded) at the session's 0 s. It is taken off every time that this
        reader gives, so that all of them count from the beginning of the recording; 0.0 for sessions of version 1.
    frames : (n,) structured
        Camera frames in order: source_index, time_s, video_frame (-1: its picture is not in the video), fate
        (:class:`livespot.session.records.Fate`), at_s (when the recorder got it).
    ticks : (n,) structured
        Model frames that the face stage looked at: model_index, source_index, time_s, rate_hz, state (index into
        :data:`livespot.session.records.FACE_STATES`), at_s.
    intervals : list of Interval
        As they were confirmed live, in that order.
    markers : list of Marker
    settings : list of Setting
        What intervals were spotted with, in the order in which it was changed; the first holds for the first window.
        Empty in sessions of older writers.
    gaps : list of GapMark
        As the spotting stage met them.
    source_gaps : list of GapMark
        As they came from the source, between camera frames.
    alarms : list of str
        What the recorder could not keep.

    Raises
    ------
    SessionError
        When there is no such folder, it is no session, it belongs to a newer format, or nothing in it can be read.

    Examples
    --------
    >>> with SessionReader("lab/anna.livespot") as session:  # doctest: +SKIP
    ...     for item in session.windows():
    ...         updates = spotting.step(item)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._name = str(path)
        if not self.path.exists():
            raise SessionError(f"{self._name}: no such session; check the path")
        if not is_session(self.path):
            raise SessionError(
                f"{self._name}: is no recorded session (expected a folder with {HEADER_FILE} and {LOG_FILE});"
                " check the path"
            )
        self.problems: list[str] = []
        log = self._scanned(LOG_FILE, LOG_MAGIC)
        features = self._scanned(FEATURES_FILE, FEATURES_MAGIC)
        self.info = chosen_header(self.path, log, features, self.problems)
        if self.info["regions"] not in LAYOUTS:
            raise SessionError(
                f"{self._name}: was recorded with the regions {self.info['regions']!r}, this livespot measures "
                f"{', '.join(LAYOUTS)}; update livespot"
            )
        self.layout = LAYOUTS[self.info["regions"]]
        self.zero_s, self.start = origin(self.info, log)
        self._windows = WindowLog(self.path, features, self.layout, self.zero_s)
        self.problems += self._windows.problems
        self.frames = rows_in_session_time(log, Kind.FRAMES, self.zero_s)
        self.ticks = rows_in_session_time(log, Kind.TICKS, self.zero_s)
        self._curve_rows = rows_in_session_time(log, Kind.CURVES, self.zero_s)
        self._landmark_index = log.index
        made = partial(objects_in_session_time, log, zero_s=self.zero_s, problems=self.problems)
        self.intervals = made(Kind.INTERVAL, interval_of)
        self.markers = made(Kind.MARKER, marker_of)
        self.settings = made(Kind.SETTING, setting_of)
        self.gaps = made(Kind.GAP, gap_mark_of)
        self.source_gaps = made(Kind.SOURCE_GAP, gap_mark_of)
        self.alarms = [str(value.get("text", "")) for value in log.objects(Kind.ALARM)]
        self.stopped = next(iter(log.objects(Kind.STOP)), {})
        self.ended = bool(log.payloads.get(Kind.STOP))
        if not self.ended:
            self.problems.append(
                "the recording was not ended in order; up to a second before its end can be missing"
            )
        self._count()
        self.video_path = self._video()

    @property
    def complete(self) -> bool:
        """Whether the recording was ended in order and every byte of it is good."""
        return self.ended and not self.problems

    @property
    def mode(self) -> str:
        """``full``, ``lossless`` or ``features``."""
        return str(self.info["mode"])

    @property
    def duration_s(self) -> float:
        """From the first camera frame to the last."""
        times = self.frames["time_s"]
        return float(times[-1] - times[0]) if len(times) else 0.0

    @property
    def face_states(self) -> list[FaceState]:
        """The face state of each row of :attr:`ticks`."""
        return [face_state(code) for code in self.ticks["state"].tolist()]

    @cached_property
    def landmarks(self) -> Float32Array:
        """(n, 68, 2) float32, px of the camera picture, one row per row of :attr:`ticks`; NaN where there is no face.

        Read when first asked for: 120 MB for two hours.

        Raises
        ------
        SessionError
            When ``log.bin`` is no longer there.
        """
        payloads = stored(self.path / LOG_FILE, self._landmark_index)
        return landmark_rows(self.ticks["model_index"], (payload for _, payload in payloads))

    @property
    def probabilities(self) -> Float32Array:
        """(n, 10) float32: the values of :meth:`curves`."""
        return np.ascontiguousarray(self._curve_rows["values"])

    def curves(self) -> Curves:
        """The curves as they were shown live."""
        rows = self._curve_rows
        numbers = np.ascontiguousarray(rows["source_index"])
        return Curves(
            frames=numbers,
            video_frames=self.video_frames(numbers),
            times_s=np.ascontiguousarray(rows["time_s"]),
            values=np.ascontiguousarray(rows["values"]),
        )

    @property
    def window_count(self) -> int:
        """How many windows :meth:`windows` will give."""
        return len(self._windows)

    def gap_spans(self) -> list[GapSpan]:
        """Where the curves are broken, as the spotting stage met it."""
        models, times_s = self.ticks["model_index"], self._curve_rows["time_s"]
        found = []
        for gap in self.gaps:
            tick = int(np.searchsorted(models, gap.after, side="right"))
            # Rows are found by the time of the first model frame after the gap: a killed writer leaves fewer of them.
            row = (
                int(np.searchsorted(times_s, self.ticks["time_s"][tick]))
                if tick < len(models)
                else len(times_s)
            )
            found.append((row, gap.time_s, gap.reason))
        return gap_spans(np.asarray(times_s, np.float64), found)

    def video_frames(self, numbers: ArrayLike) -> NDArray[np.int64]:
        """The place in the session's own video of each source frame, from 0; -1 where the video has no picture."""
        frames, wanted = self.frames, np.asarray(numbers, np.int64)
        if not len(frames):
            return np.full(wanted.shape, -1, np.int64)
        rows = np.searchsorted(frames["source_index"], wanted).clip(max=len(frames) - 1)
        found: NDArray[np.int64] = np.where(
            frames["source_index"][rows] == wanted, frames["video_frame"][rows], -1
        )
        return found

    def status(self, times_s: ArrayLike, measured: ArrayLike) -> tuple[str, ...]:
        """What the rows at these model frames' times are (:func:`livespot.types.row_status`)."""
        found = []
        for time_s, there in zip(np.asarray(times_s).tolist(), np.asarray(measured).tolist(), strict=True):
            state, held = self._states_by_time.get(time_s, (FaceState.NO_FACE, False))
            found.append(row_status(None if there else Reason.of_face(state), bool(held)))
        return tuple(found)

    @cached_property
    def _states_by_time(self) -> dict[float, tuple[FaceState, bool]]:
        """State of the face and whether the picture was held, by the windows' times; one pass over the features."""
        found = self._windows.states()
        if not found:  # version 1: what the face stage saw
            held = (np.diff(self.ticks["source_index"], prepend=-1) == 0).tolist()
            found.update(
                zip(self.ticks["time_s"].tolist(), zip(self.face_states, held, strict=True), strict=True)
            )
        return found

    def windows(self) -> Iterator[Window | Gap]:
        """All windows and gaps exactly as the spotting stage met them, in order.

        Where windows were lost to damage, a gap stands in their place.

        Raises
        ------
        SessionError
            When ``features.bin`` is no longer there.
        """
        return iter(self._windows)

    def source_items(self) -> Iterator[tuple[int, Gap | None]]:
        """Camera frames and the source's gaps in order: (row of :attr:`frames`, None) or (-1, gap)."""
        gaps = list(self.source_gaps)
        numbers = self.frames["source_index"].tolist()
        for row, number in enumerate(numbers):
            while gaps and gaps[0].after < number:
                yield -1, Gap(gaps[0].time_s, gaps.pop(0).reason)
            yield row, None
        for gap in gaps:
            yield -1, Gap(gap.time_s, gap.reason)

    def close(self) -> None:
        """Let go of what is held; no file stays open in between, so nothing can fail here."""
        for name in ("landmarks", "_states_by_time"):
            self.__dict__.pop(name, None)

    def __enter__(self) -> SessionReader:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _scanned(self, name: str, magic: bytes) -> Scan:
        try:
            found = scan(self.path / name, magic)
        except FileNotFoundError:
            found = Scan(problems=[f"{name}: missing"])
        except OSError as error:
            found = Scan(problems=[f"{name}: cannot be read ({error.strerror or error})"])
        self.problems += found.problems
        return found

    def _count(self) -> None:
        """Compare with what the writer had counted: records that are gone from the end leave no other trace."""
        counts = self.stopped.get("counts")
        found = {"frames": len(self.frames), "ticks": len(self.ticks), "windows": self.window_count}
        for what, held in found.items():
            written = counts.get(what, 0) if isinstance(counts, dict) else held
            if written != held:
                self.problems.append(f"{held} of {written} {what} can be read")

    def _video(self) -> Path | None:
        if self.mode == "features":
            return None
        path = self.path / VIDEO_FILE
        try:
            size = path.stat().st_size
        except OSError:
            self.problems.append(f"{VIDEO_FILE}: missing")
            return None
        if size == 0:
            if bool((self.frames["video_frame"] >= 0).any()):
                self.problems.append(f"{VIDEO_FILE}: is empty")
            return None
        return path
