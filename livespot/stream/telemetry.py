"""How the stream is doing: rates, drops by reason, stage latencies, from capture to probability and to confirmation."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from livespot.snapshot import LatencyStats, Telemetry

_LATENCIES = 1800  # one minute at 30 per second
_RATE_FRAMES = 60
_PERCENTILES_S = 1.0

CAPTURE_TO_PROBABILITY = "capture to probability"
CAPTURE_TO_CONFIRMED = "capture to confirmed"


class RateMeter:
    """Events per second over the last two seconds or so."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_RATE_FRAMES)

    def tick(self, time_s: float) -> None:
        """Note an event."""
        self._times.append(time_s)

    @property
    def rate_hz(self) -> float:
        """0.0 until two events were seen."""
        times = list(self._times)
        if len(times) < 2 or times[-1] <= times[0]:
            return 0.0
        return (len(times) - 1) / (times[-1] - times[0])


class LossMeter:
    """Frames lost per second over the last seconds, from a counter that only grows."""

    SECONDS = 3.0

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def rate_hz(self, now_s: float, lost: int) -> float:
        """Take the counter as it stands at ``now_s``; 0.0 until a second was seen."""
        if self._seen and (now_s < self._seen[-1][0] or lost < self._seen[-1][1]):
            self._seen.clear()  # another run
        self._seen.append((now_s, lost))
        while self._seen[0][0] < now_s - self.SECONDS:
            self._seen.popleft()
        first_s, first = self._seen[0]
        return (lost - first) / (now_s - first_s) if now_s - first_s >= 1.0 else 0.0


class Board:
    """Counters that all stages write to and any thread reads; memory is bounded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latencies: dict[str, deque[float]] = {}
        self._totals: dict[str, float] = {}
        self._drops: dict[str, int] = {}
        self._camera = RateMeter()
        self._model = RateMeter()
        self._frames = 0
        self._faces = 0
        self._gaps = 0
        self._stats: dict[str, LatencyStats] = {}
        self._summed_s = float("-inf")

    def latency(self, name: str, seconds: float) -> None:
        """Note how long a stage took, or the whole path from the capture."""
        with self._lock:
            self._latencies.setdefault(name, deque(maxlen=_LATENCIES)).append(seconds * 1e3)
            self._totals[name] = self._totals.get(name, 0.0) + seconds

    def camera_frame(self, time_s: float) -> None:
        """A frame was read from the source."""
        with self._lock:
            self._camera.tick(time_s)

    def model_frame(self, time_s: float, face: bool) -> None:
        """A tick of the grid was looked at."""
        with self._lock:
            self._model.tick(time_s)
            self._frames += 1
            self._faces += face

    def gap(self) -> None:
        """The stream was interrupted."""
        with self._lock:
            self._gaps += 1

    def dropped(self, reason: str, total: int) -> None:
        """So many frames were lost for this reason, in all."""
        with self._lock:
            if total:
                self._drops[reason] = total

    def totals_s(self) -> dict[str, float]:
        """Seconds spent in each stage since the start; paths over several stages are left out."""
        with self._lock:
            return {name: total for name, total in self._totals.items() if " to " not in name}

    def read(
        self, queues: Mapping[str, tuple[int, int]], stalled: str = "", exact: bool = False
    ) -> Telemetry:
        """Everything at once.

        Percentiles are computed outside the lock and once a second, unless ``exact`` asks for those of this moment: a
        window asks thirty times a second, and no stage must wait for it.
        """
        with self._lock:
            due = exact or time.monotonic() - self._summed_s >= _PERCENTILES_S
            values = {name: list(kept) for name, kept in self._latencies.items()} if due else {}
            known = Telemetry(
                camera_fps=self._camera.rate_hz,
                model_fps=self._model.rate_hz,
                frames=self._frames,
                frames_with_face=self._faces,
                drops=dict(self._drops),
                gaps=self._gaps,
                queues=dict(queues),
                stalled=stalled,
            )
        if due:
            self._stats = {name: _stats(kept) for name, kept in values.items()}
            self._summed_s = time.monotonic()
        return replace(known, latencies=dict(self._stats))


def _stats(values_ms: list[float]) -> LatencyStats:
    p50, p95, p99 = np.percentile(values_ms, [50, 95, 99])
    return LatencyStats(float(p50), float(p95), float(p99), len(values_ms))
