"""Where a player stands: play, pause, speed, step, seek and loop over the frames' own times. The clock comes in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
LEAST_SPEED, MOST_SPEED = 0.1, 8.0
_SHORTEST_LOOP_S = 0.03


class Transport:
    """A position in a recording that moves with a clock while it plays.

    Parameters
    ----------
    times_s : (n,) float64
        Times of the frames, never falling, n ≥ 1.

    Attributes
    ----------
    playing : bool
    speed : float
        0.1 to 8.
    loop : (start_s, end_s) or None
    """

    def __init__(self, times_s: NDArray[np.float64]) -> None:
        self._times = times_s
        self.playing = False
        self.speed = 1.0
        self.loop: tuple[float, float] | None = None
        self._position_s = self.start_s
        self._last_now_s: float | None = None

    @property
    def start_s(self) -> float:
        """Time of the first frame."""
        return float(self._times[0])

    @property
    def end_s(self) -> float:
        """Time of the last frame."""
        return float(self._times[-1])

    @property
    def position_s(self) -> float:
        """Where it stands."""
        return self._position_s

    @property
    def place(self) -> int:
        """Place of the frame on show."""
        return max(int(np.searchsorted(self._times, self._position_s + 1e-9, side="right")) - 1, 0)

    def advance(self, now_s: float) -> int:
        """Move on to the clock's ``now_s`` when playing; returns the place."""
        before, self._last_now_s = self._last_now_s, now_s
        if not self.playing or before is None:
            return self.place
        self._position_s += self.speed * max(now_s - before, 0.0)
        if self.loop is not None:
            start_s, end_s = self.loop
            if self._position_s > end_s:
                self._position_s = start_s + (self._position_s - end_s) % (end_s - start_s)
        elif self._position_s >= self.end_s:
            self._position_s, self.playing = self.end_s, False
        return self.place

    def play(self, now_s: float) -> None:
        """Go; from the end, from the beginning again; in a loop, from inside of it."""
        self.playing, self._last_now_s = True, now_s
        if self.loop is not None:
            if not self.loop[0] <= self._position_s <= self.loop[1]:
                self._position_s = self.loop[0]
        elif self._position_s >= self.end_s:
            self._position_s = self.start_s

    def pause(self) -> None:
        """Stand on the frame on show."""
        self.playing = False
        self._position_s = max(float(self._times[self.place]), self.start_s)

    def seek(self, time_s: float) -> None:
        """Stand at ``time_s``, inside the recording."""
        self._position_s = min(max(time_s, self.start_s), self.end_s)

    def to_place(self, place: int) -> None:
        """Stand on the frame at a place, exactly."""
        self._position_s = float(self._times[min(max(place, 0), len(self._times) - 1)])

    def step(self, frames: int) -> None:
        """Pause, and go so many frames on or back."""
        self.playing = False
        self.to_place(self.place + frames)

    def set_speed(self, speed: float) -> None:
        """Within :data:`LEAST_SPEED` and :data:`MOST_SPEED`."""
        self.speed = min(max(speed, LEAST_SPEED), MOST_SPEED)

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Repeat a stretch, or nothing; one that is shorter than a frame is none."""
        if loop is not None:
            start_s, end_s = max(min(loop), self.start_s), min(max(loop), self.end_s)
            loop = (start_s, end_s) if end_s - start_s >= _SHORTEST_LOOP_S else None
        self.loop = loop
