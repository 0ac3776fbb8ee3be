"""One time base: monotonic seconds since the session began.

Steps never ask for the time, it reaches them inside the packets. Only sources and stages hold a clock, and
tests hand them a :class:`ManualClock`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives seconds since its own start, never backwards."""

    def now_s(self) -> float:
        """Seconds since the session began."""
        ...


class MonotonicClock:
    """The real clock: ``time.perf_counter_ns`` from the moment of construction."""

    def __init__(self) -> None:
        self._start_ns = time.perf_counter_ns()

    def now_s(self) -> float:
        """Seconds since construction."""
        return (time.perf_counter_ns() - self._start_ns) * 1e-9


@dataclass(frozen=True, slots=True)
class StartTime:
    """Where the 0 s of a time axis lies on the computer's own clocks.

    Attributes
    ----------
    utc : str
        ISO 8601 in UTC with microseconds, ``2026-11-26T09:30:00.123456Z``.
    monotonic_s : float
        Reading of ``time.perf_counter`` (``CLOCK_MONOTONIC`` on Linux), in seconds.
    """

    utc: str
    monotonic_s: float

    def utc_at(self, time_s: float) -> str:
        """UTC of a time on the axis, in the form of :attr:`utc`."""
        return _utc_text(datetime.fromisoformat(self.utc) + timedelta(seconds=time_s))

    def later(self, seconds: float) -> StartTime:
        """The start of an axis whose 0 s is this one's ``seconds``."""
        return StartTime(self.utc_at(seconds), self.monotonic_s + seconds)


def start_time(age_s: float = 0.0) -> StartTime:
    """Read UTC and the monotonic clock together, for the moment ``age_s`` seconds ago."""
    utc, monotonic_s = datetime.now(UTC), time.perf_counter()
    return StartTime(_utc_text(utc - timedelta(seconds=age_s)), monotonic_s - age_s)


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now_s: float = 0.0) -> None:
        self._now_s = now_s

    def now_s(self) -> float:
        """The time it was last set to."""
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Move on by ``seconds``; going back is refused."""
        if seconds < 0:
            raise ValueError(f"a clock cannot go back ({seconds} s)")
        self._now_s += seconds
