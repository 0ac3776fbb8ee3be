"""Rates counted over time, and times that cannot be right."""

from __future__ import annotations

from collections import deque

_OVER_S = 1.0
_LEAST_FRAMES = 8
_AGREE = 1.08  # the two halves of the time counted; else the rate is just changing
_BACKWARD_S = 1.0  # falling back further begins anew
_MENTIONED = 5  # steps of a thousandfold length before a wrong unit is suspected
_UNITS = ((1e3, "milliseconds"), (1e6, "microseconds"), (1e9, "nanoseconds"))


class RateCount:
    """Frames per second from numbers and times over the last second; single intervals say nothing.

    Frames are counted by their numbers, so that those which the analysis was too slow for count too.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float]] = deque()

    def add(self, index: int, time_s: float) -> None:
        """Note a frame's number and time, later than the one before."""
        self._seen.append((index, time_s))
        while len(self._seen) > 2 and self._seen[1][1] <= time_s - _OVER_S:
            self._seen.popleft()

    def clear(self) -> None:
        """Begin anew after an interruption."""
        self._seen.clear()

    @property
    def rate_hz(self) -> float:
        """0.0 until a second and eight frames were seen, and while the rate is just changing."""
        if len(self._seen) < _LEAST_FRAMES or self._seen[-1][1] - self._seen[0][1] < _OVER_S:
            return 0.0
        (first, first_s), (last, last_s) = self._seen[0], self._seen[-1]
        middle, middle_s = min(self._seen, key=lambda seen: abs(seen[1] - (first_s + last_s) / 2))
        early_hz, late_hz = (middle - first) / (middle_s - first_s), (last - middle) / (last_s - middle_s)
        if late_hz <= 0 or not 1 / _AGREE < early_hz / late_hz < _AGREE:
            return 0.0
        return (last - first) / (last_s - first_s)


class TimeFaults:
    """Counts times that stand still, fall back or are not in seconds.

    Attributes
    ----------
    standing, back, jumps_back : int
        Frames with the time of the one before; with an earlier one; and those among these that begin anew.
    """

    def __init__(self) -> None:
        self.standing = 0
        self.back = 0
        self.jumps_back = 0
        self._steps = 0
        self._long = dict.fromkeys(_UNITS, 0)
        self._long_step_s = 0.0
        self._fps = 0.0

    def step(self, step_s: float, fps: float) -> float | None:
        """Take the next step in time at a nominal rate.

        Returns
        -------
        float or None
            None when the step goes forward. Else the frame must be left out (0.0), or begins anew so many seconds
            further back.
        """
        self._steps += 1
        if step_s > 0:
            for unit in _UNITS:
                if 0.5 < step_s * fps / unit[0] < 2.0:
                    self._long[unit] += 1
                    self._long_step_s, self._fps = step_s, fps
            return None
        if step_s == 0:
            self.standing += 1
            return 0.0
        self.back += 1
        if step_s >= -_BACKWARD_S:
            return 0.0
        self.jumps_back += 1
        return -step_s

    @property
    def text(self) -> str:
        """One line with all counts; empty when no time was wrong."""
        parts = []
        if self.standing:
            parts.append(f"{self.standing} frames have the time of the one before and were left out")
        if small := self.back - self.jumps_back:
            parts.append(f"{small} frames have an earlier time than the one before and were left out")
        if self.jumps_back:
            parts.append(f"the time jumps back {self.jumps_back} times by more than {_BACKWARD_S:g} s")
        for unit, count in self._long.items():
            if count >= _MENTIONED and 2 * count > self._steps:
                step = f"{count} of {self._steps} steps are about {self._long_step_s:.4g} s at {self._fps:.4g} fps"
                parts.append(f"the times seem to be {unit[1]}: {step}; give seconds")
        return "; ".join(parts)
