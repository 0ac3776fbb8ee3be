"""The last seconds of a run that is not being recorded, kept in memory so that a recording can begin with them.

Frames are kept as they are, uncompressed, because lossless sessions must begin with exact pictures too: 55 MB for two
seconds at 640×480.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from livespot.config import SessionConfig
from livespot.session import SessionWriter
from livespot.types import Frame, Gap, Setting

_KEPT_PACKETS = 20_000
"""Packets of the analysis that wait with the frames: far more than ten seconds of them."""

_KEPT_SETTINGS = 1000
"""Settings that are remembered while nothing is recorded; a threshold being dragged makes thirty in a second."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A packet of the analysis: its time, and how it reaches a writer."""

    time_s: float
    tell: Callable[[SessionWriter], None]


class Preroll:
    """Frames, packets of the analysis, and settings from before a recording. For one thread at a time.

    Parameters
    ----------
    config : SessionConfig
        Says how many seconds are kept, in how much memory at most.

    Attributes
    ----------
    whole : bool
        Whether no frame of the run was let go yet, so that a recording that begins now holds all of it.
    held : bool
        Whether frames are kept beyond the seconds of the configuration: while a session is being made.
    """

    def __init__(self, config: SessionConfig) -> None:
        self.whole, self.held = True, False
        self._config = config
        self._frames: deque[tuple[Frame | Gap, float]] = deque()
        self._bytes = 0
        self._packets: deque[_Waiting] = deque(maxlen=_KEPT_PACKETS)
        self._settings: list[Setting] = []

    def forget(self) -> None:
        """Forget everything: another run begins."""
        self._drop()
        self._settings = []
        self.whole = True

    def seconds_before(self, now_s: float) -> float:
        """How much there is, up to ``now_s`` on the frames' axis."""
        first = next((item for item, _ in self._frames if isinstance(item, Frame)), None)
        return 0.0 if first is None else now_s - first.time_s

    def keep(self, item: Frame | Gap, at_s: float) -> None:
        """Keep what the source gave at ``at_s`` of the clock; let go of what is too old or too much."""
        self._frames.append((item, at_s))
        self._bytes += _size(item)
        if self.held:
            return
        oldest_s, most = item.time_s - self._config.preroll_s, self._config.buffer_mb << 20
        while self._frames and (
            self._frames[0][0].time_s < oldest_s or self._bytes > most or self._config.preroll_s == 0.0
        ):
            gone, _ = self._frames.popleft()
            self._bytes -= _size(gone)
            self.whole = False
        first_s = self._frames[0][0].time_s if self._frames else item.time_s
        while self._packets and self._packets[0].time_s < first_s:
            self._packets.popleft()

    def keep_packet(self, time_s: float, tell: Callable[[SessionWriter], None]) -> None:
        """Keep a packet of the analysis as the call that tells a writer of it."""
        if self._config.preroll_s > 0.0 or self.held:
            self._packets.append(_Waiting(time_s, tell))

    def note_setting(self, setting: Setting) -> None:
        """Remember a setting, also while a session is being written."""
        self._settings = [*self._settings[-_KEPT_SETTINGS:], setting]

    def begin_anew(self) -> None:
        """A recording has ended: the newest setting still holds, and the run is no longer whole."""
        self._settings = self._settings[-1:]
        self.whole = False

    def hand_over(self, writer: SessionWriter, write: Callable[[Frame | Gap, float], None]) -> None:
        """Give a new session everything, in order.

        Parameters
        ----------
        writer : SessionWriter
        write : callable
            Writes a frame or gap and when it came.
        """
        for item, at_s in self._frames:
            write(item, at_s)
        first = next((item.index for item, _ in self._frames if isinstance(item, Frame)), None)
        # What held for the first window, and what was changed since.
        held = [s for s in self._settings if first is None or s.source_index <= first][-1:]
        later = [s for s in self._settings if first is not None and s.source_index > first]
        for setting in [*held, *later]:
            writer.setting(setting)
        for packet in self._packets:
            packet.tell(writer)
        self._drop()

    def _drop(self) -> None:
        self._frames.clear()
        self._packets.clear()
        self._bytes = 0


def _size(item: Frame | Gap) -> int:
    return item.image.nbytes if isinstance(item, Frame) else 0
