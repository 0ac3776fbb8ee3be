"""The recorder: taps the camera, keeps the last seconds before the press of Record, and writes the session.

::

    camera ──► Recorder.tap ──► session's log and encoder        (every frame that the source gave)
       └─────► mailbox ─► analysis ─► Recorder.face, window, …   (what the analysis got round to)

Nothing here waits for the disk, and the analysis is never asked: a frame that it is late for is in the video all the
same. While nothing is recorded, the frames of the last ``preroll_s`` seconds wait in memory as they are, uncompressed,
because lossless sessions must begin with exact pictures too: 55 MB for two seconds at 640×480.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from livespot.clock import Clock, MonotonicClock, StartTime
from livespot.config import Config, SessionConfig
from livespot.inference import EngineInfo
from livespot.session import RecordMode, SessionWriter
from livespot.session.create import check_target
from livespot.snapshot import RecordingStatus, Telemetry
from livespot.types import CanonicalFace, Frame, Gap, Setting, SourceInfo, Update, Window

_LOOK_S = 1.0
"""How often the size on the disk is asked for."""

_KEPT_PACKETS = 20_000
"""Packets of the analysis that wait with the pre-roll: far more than ten seconds of them."""

_KEPT_SETTINGS = 1000
"""Settings that are remembered while nothing is recorded; a threshold being dragged makes thirty in a second."""


@dataclass(frozen=True, slots=True)
class RecordOrder:
    """Where and how to record; checked when it is made.

    Raises
    ------
    UsageError
        The name cannot be the name of a folder.
    OutputError
        The folder cannot be written.
    """

    folder: Path
    mode: RecordMode
    consent: str
    name: str | None

    def __post_init__(self) -> None:
        check_target(self.folder, self.name)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a session says of the run it was recorded from."""

    source: SourceInfo
    engine: EngineInfo
    thresholds: Mapping[str, float]
    min_scores: Mapping[str, float]
    config: Config


@dataclass(frozen=True, slots=True)
class _Late:
    """A packet of the analysis that came while nothing was recorded: its time, and how it reaches a writer."""

    time_s: float
    tell: Callable[[SessionWriter], None]


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
        self._kept: deque[tuple[Frame | Gap, float]] = deque()
        self._kept_bytes = 0
        self._packets: deque[_Late] = deque(maxlen=_KEPT_PACKETS)
        self._settings: list[Setting] = []
        self._newest = (0.0, 0.0)  # time of the newest item, and the clock when it came
        self._heard = self._starting = False
        self._whole = True  # no frame of the run was let go yet
        self._first_index: int | None = None  # of the session's first frame
        self._first_s = 0.0

    def begin_run(self, clock: Clock, live: bool) -> None:
        """Forget the run before; ``live``: the frames' times are this clock's."""
        with self._lock:
            self._clock, self._live = clock, live
            self._forget()

    # --- what a run tells ---------------------------------------------------------------------------------------

    def tap(self, item: Frame | Gap) -> None:
        """Take a frame, or an interruption, as the source gave it; in order."""
        at_s = self._clock.now_s()
        with self._lock:
            self._newest = (item.time_s, at_s)
            if self._writer is not None:
                self._write(self._writer, item, at_s)
            else:
                self._keep(item, at_s)

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
            self._settings = [*self._settings[-_KEPT_SETTINGS:], setting]
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
            self._starting = True  # what is kept now stays kept until it is handed over
            first = next((item for item, _ in self._kept if isinstance(item, Frame)), None)
            before_s = 0.0 if first is None else self._newest[0] - first.time_s
            whole = self._whole
        try:
            writer = SessionWriter(
                order.folder,
                {**_described(facts), "from_start": whole, "preroll_s": before_s},
                order.mode,
                consent=order.consent,
                name=order.name,
                clock=self._clock,
                queue_bytes=self._config.buffer_mb << 20,
            )
        except BaseException:
            self._starting = False
            raise
        with self._lock:
            self._began_s = self._clock.now_s() - before_s
            self._looked_s, self._mode = -_LOOK_S, order.mode
            self.path, self._last, self._starting = writer.path, writer, False
            self._hand_over(writer)
            self._writer = writer
        return writer.path

    def end(self, telemetry: Telemetry | None = None) -> None:
        """Complete the session; does nothing when none is being written."""
        with self._lock:
            writer, self._writer = self._writer, None
            self._first_index, self._whole = None, False
            self._settings = self._settings[-1:]  # it still holds
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

    # --- the seconds before -------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._kept.clear()
        self._packets.clear()
        self._settings = []
        self._kept_bytes, self._newest, self._heard = 0, (0.0, 0.0), False
        self._whole, self._first_index = True, None

    def _keep(self, item: Frame | Gap, at_s: float) -> None:
        self._heard = True
        self._kept.append((item, at_s))
        self._kept_bytes += _size(item)
        if self._starting:
            return
        oldest_s, most = item.time_s - self._config.preroll_s, self._config.buffer_mb << 20
        while self._kept and (
            self._kept[0][0].time_s < oldest_s or self._kept_bytes > most or self._config.preroll_s == 0.0
        ):
            gone, _ = self._kept.popleft()
            self._kept_bytes -= _size(gone)
            self._whole = False
        first_s = self._kept[0][0].time_s if self._kept else item.time_s
        while self._packets and self._packets[0].time_s < first_s:
            self._packets.popleft()

    def _hand_over(self, writer: SessionWriter) -> None:
        """Give a new session what was kept: its first frame is the session's 0 s."""
        self._first_index = None
        for item, at_s in self._kept:
            self._write(writer, item, at_s)
        self._tell_settings(writer)
        for packet in self._packets:
            packet.tell(writer)
        self._kept.clear()
        self._kept_bytes = 0
        self._packets.clear()

    def _tell_settings(self, writer: SessionWriter) -> None:
        """Tell what held for the first window, and what was changed since."""
        first = self._first_index
        held = [s for s in self._settings if first is None or s.source_index <= first][-1:]
        later = [s for s in self._settings if first is not None and s.source_index > first]
        for setting in [*held, *later]:
            writer.setting(setting)

    def _write(self, writer: SessionWriter, item: Frame | Gap, at_s: float) -> None:
        self._heard = True
        if isinstance(item, Frame) and self._first_index is None:
            self._first_index, self._first_s = item.index, item.time_s
        writer.frame(item, at_s)

    def _tell(self, time_s: float, tell: Callable[[SessionWriter], None]) -> None:
        with self._lock:
            if self._writer is not None:
                tell(self._writer)
            elif self._config.preroll_s > 0.0 or self._starting:
                self._packets.append(_Late(time_s, tell))

    def _since(self, index: int) -> bool:
        return self._first_index is not None and index >= self._first_index


def _size(item: Frame | Gap) -> int:
    return item.image.nbytes if isinstance(item, Frame) else 0


def _bytes_in(folder: Path) -> int:
    with contextlib.suppress(OSError):
        return sum(file.stat().st_size for file in folder.iterdir())
    return 0


def _described(facts: RunFacts) -> dict[str, Any]:
    source, engine = facts.source, facts.engine
    return {
        "source": {
            "name": source.name,
            "kind": source.kind,
            "width": source.width,
            "height": source.height,
            "fps": float(source.fps),
            "live": source.live,
        },
        "engine": {"name": engine.name, "description": engine.description, "sha256": engine.sha256},
        "thresholds": {kind: float(value) for kind, value in facts.thresholds.items()},
        "min_scores": {kind: float(value) for kind, value in facts.min_scores.items()},
        "config": facts.config.as_dict(),
        "regions": facts.config.flow.layout.name,
    }
