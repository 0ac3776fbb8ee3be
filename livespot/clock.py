"""One time base: monotonic seconds since the session began.

Steps never ask for the time, it reaches them inside the packets. Only sources and stages hold a clock, and
tests hand them a :class:`ManualClock`.
"""

from __future__ import annotations

import time
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
