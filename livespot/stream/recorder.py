"""The recorder: taps the camera, keeps the last seconds before the press of Record, and writes the session.

::

    camera ──► Recorder.tap ──► session's log and encoder        (every frame that the source gave)
       └─────► mailbox ─► analysis ─► Recorder.face, window, …   (what the analysis got round to)

Nothing here waits for the disk, and the analysis is never asked: a frame that it is late for is in the video all the
same. While nothing is recorded, the last seconds wait in memory (:mod:`livespot.stream.preroll`).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from livespot.clock import Clock, MonotonicClock, StartTime
from livespot.config import SessionConfig
from livespot.session import SessionWriter
from livespot.snapshot import RecordingStatus, Telemetry
from livespot.stream.preroll import Preroll
from livespot.stream.record_facts import RecordOrder, RunFacts, described
from livespot.types import CanonicalFace, Frame, Gap, Setting, Update, Window

_LOOK_S = 1.0
"""How often the size on the disk is asked for."""


class Recorder:
    """Records runs, one session at a time. One object serves any number of runs.

    Parameters
    ----------
    config : SessionConfig

    Attributes
    ----------
    path : Path or None
        The newest session.
    start : StartTime or None
        UTC and the monotonic clock at its 0 s; None until its first frame.
    order : RecordOrder or None
        What is to be recorded of the runs to come.
    lost : dict
        What the newest session lacks, by reason; stays readable after its end.

    Notes
    -----
    :meth:`tap` is called by the source's thread, the sink's methods by the stages', the others by whoever gives orders.
    All return at once but :meth:`begin` and :meth:`end`, which make and complete files.
    """

    def __init__(self, config: SessionConfig) -> None:
        self.path: Path | None = None
        self.order: RecordOrder | None = None
        self._config = config
        self._lock = threading.Lock()
        self._clock: Clock = MonotonicClock()
        self._live = True
        self._writer: SessionWriter | None = None
        self._last: SessionWriter | None = None
        self._mode = ""
        self._began_s = self._looked_s = 0.0
        self._bytes = 0
        self._preroll = Preroll(config)
        self._newest = (0.0, 0.0)  # time of the newest item, and the clock when it came
        self._heard = False
        self._first_index: int | None = None  # of the session's first frame
        self._first_s = 0.0

    def begin_run(self, clock: Clock, live: bool) -> None:
        """Forget the run before; ``live``: the frames' times are this clock's."""
        with self._lock:
            self._clock, self._live = clock, live
            self._preroll.forget()
            self._newest, self._heard, self._first_index = (0.0, 0.0), False, None

    # --- what a run tells ---------------------------------------------------------------------------------------

    def tap(self, item: Frame | Gap) -> None:
        """Take a frame, or an interruption, as the source gave it; in order."""
        at_s = self._clock.now_s()
        with self._lock:
            self._newest, self._heard = (item.time_s, at_s), True
            if self._writer is not None:
                self._write(self._writer, item, at_s)
            else:
                self._preroll.keep(item, at_s)

    def frame(self, item: Frame | Gap) -> None:
        """Ignore what the analysis fetched: :meth:`tap` has had it already."""

    def face(self, face: CanonicalFace) -> None:
        """Take a model frame that was looked at."""
        at_s, index = self._clock.now_s(), face.frame.source_index

        def tell(writer: SessionWriter) -> None:
            if self._since(index):
                writer.face(face, at_s)

        self._tell(face.frame.time_s, tell)

    def window(self, window: Window) -> None:
        """Take a complete window."""

        def tell(writer: SessionWriter) -> None:
            if self._since(window.source_index):
                writer.window(window)

        self._tell(window.time_s, tell)

    def gap(self, gap: Gap) -> None:
        """Take an interruption as the analysis met it."""

        def tell(writer: SessionWriter) -> None:
            if self._first_index is not None and gap.time_s >= self._first_s:
                writer.gap(gap)

        self._tell(gap.time_s, tell)

    def setting(self, setting: Setting) -> None:
        """Take what intervals are spotted with from a window on."""
        with self._lock:
            self._preroll.note_setting(setting)
            if self._writer is not None:
                self._writer.setting(setting)

    def update(self, update: Update) -> None:
        """Take probabilities and intervals; intervals that ended before the session began are not part of it."""
        at_s = self._clock.now_s()

        def tell(writer: SessionWriter) -> None:
            mine = tuple(i for i in update.confirmed if self._since(i.offset))
            if update.frame is not None and self._since(update.frame):
                writer.update(replace(update, confirmed=mine), at_s)
            elif mine:
                writer.update(Update(None, None, None, (), mine), at_s)

        self._tell(self._newest[0] if update.time_s is None else update.time_s, tell)

    # --- what the user orders -----------------------------------------------------------------------------------

    def begin(self, order: RecordOrder, facts: RunFacts) -> Path:
        """Make a session, with the seconds before this moment; nothing may be being recorded.

        Raises
        ------
        UsageError, OutputError
            It cannot be made.
        """
        with self._lock:
            self._preroll.held = True  # what is kept now stays kept until it is handed over
            before_s, whole = self._preroll.seconds_before(self._newest[0]), self._preroll.whole
        try:
            writer = SessionWriter(
                order.folder,
                {**described(facts), "from_start": whole, "preroll_s": before_s},
                order.mode,
                consent=order.consent,
                name=order.name,
                clock=self._clock,
                queue_bytes=self._config.buffer_mb << 20,
            )
        except BaseException:
            self._preroll.held = False
            raise
        with self._lock:
            self._began_s = self._clock.now_s() - before_s
            self._looked_s, self._mode = -_LOOK_S, order.mode
            self.path, self._last, self._preroll.held = writer.path, writer, False
            self._first_index = None
            self._preroll.hand_over(writer, partial(self._write, writer))
            self._writer = writer
        return writer.path

    def end(self, telemetry: Telemetry | None = None) -> None:
        """Complete the session; does nothing when none is being written."""
        with self._lock:
            writer, self._writer = self._writer, None
            self._first_index = None
            self._preroll.begin_anew()
        if writer is not None:
            facts = {} if telemetry is None else {"drops": dict(telemetry.drops), "gaps": telemetry.gaps}
            writer.close(facts)

    def marker(self, label: str, time_s: float, wait_s: float = 0.0) -> bool:
        """Note a moment on the frames' time axis; True when it was on the disk within ``wait_s``."""
        writer = self._writer
        return writer is not None and writer.marker(label, time_s, wait_s)

    def moment_s(self) -> float:
        """Return the present moment on the frames' time axis, however late the analysis is: the stamp of a marker."""
        if self._live:
            return self._clock.now_s()
        time_s, at_s = self._newest
        return time_s + self._clock.now_s() - at_s if self._heard else 0.0

    # --- what there is to see -----------------------------------------------------------------------------------

    @property
    def writer(self) -> SessionWriter | None:
        """The session that is being written."""
        return self._writer

    @property
    def start(self) -> StartTime | None:
        """UTC and the monotonic clock at the newest session's 0 s."""
        return None if self._last is None else self._last.start

    @property
    def zero_s(self) -> float | None:
        """The newest session's 0 s on the frames' time axis."""
        return None if self._last is None else self._last.zero_s

    @property
    def alarm(self) -> str:
        """What the newest session loses, or lost, in words."""
        return "" if self._last is None else self._last.alarm

    @property
    def lost(self) -> dict[str, int]:
        """What the newest session lacks, by reason."""
        return {} if self._last is None else self._last.lost

    def status(self, now_s: float) -> RecordingStatus | None:
        """How the recording stands at ``now_s`` on the run's clock; None when nothing is recorded."""
        writer = self._writer
        if writer is None:
            return None
        if not self._looked_s <= now_s < self._looked_s + _LOOK_S:
            self._looked_s, self._bytes = now_s, _bytes_in(writer.path)
        return RecordingStatus(
            str(writer.path),
            self._mode,
            max(now_s - self._began_s, 0.0),
            self._bytes,
            writer.alarm,
            writer.counts.get("frames", 0),
            writer.lost,
        )

    # --- how it is written ------------------------------------------------------------------------------------------

    def _write(self, writer: SessionWriter, item: Frame | Gap, at_s: float) -> None:
        if isinstance(item, Frame) and self._first_index is None:
            self._first_index, self._first_s = item.index, item.time_s
        writer.frame(item, at_s)

    def _tell(self, time_s: float, tell: Callable[[SessionWriter], None]) -> None:
        with self._lock:
            if self._writer is not None:
                tell(self._writer)
            else:
                self._preroll.keep_packet(time_s, tell)

    def _since(self, index: int) -> bool:
        return self._first_index is not None and index >= self._first_index


def _bytes_in(folder: Path) -> int:
    with contextlib.suppress(OSError):
        return sum(file.stat().st_size for file in folder.iterdir())
    return 0
