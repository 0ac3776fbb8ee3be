"""Which intervals, gaps and no-face spans a stretch of time shows; shared by curves and timeline."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from livespot.snapshot import Snapshot
from livespot.types import Interval

RECENT = 256
"""Confirmed intervals looked through per repaint: 30 s hold fewer, and a day of them slows no tick."""

GAP_S = 0.5
"""A pause this long between two rows of curves is a gap of the stream, not jitter of its rate."""


def newest_s(snapshot: Snapshot) -> float:
    """The time at the right edge of everything that scrolls: that of the newest picture or curve row."""
    times = [0.0]
    if snapshot.frame is not None:
        times.append(snapshot.frame.time_s)
    if len(snapshot.curve_times_s):
        times.append(float(snapshot.curve_times_s[-1]))
    return max(times)


def visible(intervals: Sequence[Interval], start_s: float, end_s: float) -> list[Interval]:
    """Those of the newest :data:`RECENT` that touch ``[start_s, end_s]``, in their order."""
    return [i for i in intervals[-RECENT:] if i.offset_s >= start_s and i.onset_s <= end_s]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with ``face``, with ``none`` or, as ``gap``, without any stream."""

    kind: Literal["face", "none", "gap"]
    start_s: float
    end_s: float


class FaceHistory:
    """Remembers when there was a face, beyond the few seconds that a snapshot carries.

    Parameters
    ----------
    keep_s : float
        Older spans are forgotten.
    """

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._spans: deque[Span] = deque()
        self._last_s = -np.inf

    @property
    def spans(self) -> tuple[Span, ...]:
        """Oldest first; each begins where the one before it ends."""
        return tuple(self._spans)

    def add(self, snapshot: Snapshot) -> None:
        """Take in the rows that are newer than those seen; a time that runs backwards is a new run."""
        times = snapshot.curve_times_s
        if len(times) == 0:
            if snapshot.frame is None:
                self.clear()
            return
        if float(times[-1]) < self._last_s:
            self.clear()
        first = int(np.searchsorted(times, self._last_s, side="right"))
        present = np.asarray(np.isfinite(snapshot.curves[first:]).any(axis=1))
        for time_s, face in zip(times[first:].tolist(), present.tolist(), strict=True):
            self._extend(time_s, bool(face))
        while self._spans and self._spans[0].end_s < self._last_s - self._keep_s:
            self._spans.popleft()

    def clear(self) -> None:
        """Forget everything."""
        self._spans.clear()
        self._last_s = -np.inf

    def _extend(self, time_s: float, face: bool) -> None:
        kind: Literal["face", "none"] = "face" if face else "none"
        start_s = self._last_s if self._spans else time_s
        if self._spans and time_s - self._last_s > GAP_S:
            self._spans.append(Span("gap", self._last_s, time_s))
            start_s = time_s
        if self._spans and self._spans[-1].kind == kind:
            start_s = self._spans.pop().start_s
        self._spans.append(Span(kind, start_s, time_s))
        self._last_s = time_s
