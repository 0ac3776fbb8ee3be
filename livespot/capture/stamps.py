"""When a live frame was taken, from when it arrived.

Wi-Fi, USB and a busy computer deliver frames late and several at a time: three every 100 ms are a steady 30 fps camera.
What is known is how many frames came and that none can arrive before it was taken. So the frames of the last one and a
half seconds are numbered, and of all straight lines below their arrivals the one is taken that is highest in the middle
of them (an edge of the lower convex hull; S. B. Moon, P. Skelly and D. Towsley, "Estimation and removal of clock skew
from network delay measurements", INFOCOM 1999, solve the same problem): only punctual frames touch it. A frame's stamp
is the line's value at its number. The rate is the line's slope: counts over time, never one interval.

A number can only be trusted if no frame was lost inside the camera. A frame that comes more than 3/4 of a period later
than the line says is either held up, then others follow at its heels, or some before it were lost, then the next one
comes a period later. Only such a frame is held back until the next one arrives, at the longest for half a period
(17 ms at 30 fps); all others cost no delay. A stamp is never later than the arrival and never falls.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

_WINDOW_S = 1.5
_LEAST_FRAMES = 6  # before a line can be fitted
_LEAST_S = 0.25
_LATE = 0.75  # periods after the line; earlier is jitter
_AT_ONCE = 0.5  # periods: a frame that follows sooner was held up together with the one before
_STEP = 1.4  # periods since the frame before: less is no hole
_SETTLED_S = 0.4  # late for so long without one punctual frame: the line is what is wrong
_LOST_SHARE = 0.12  # more holes than this among the frames: it is a slower camera, not a losing one
_RISE_S = 1e-6  # stamps rise at least by this


class ArrivalStamps:
    """Step: time of arrival to time of the picture, for one live source.

    Parameters
    ----------
    fps : float
        Nominal rate; 0.0 when unknown, then arrivals are taken as they are until six frames have come.

    Attributes
    ----------
    lost : int
        Frames that never arrived, by the times of the others.
    """

    def __init__(self, fps: float = 0.0) -> None:
        self._nominal_s = 1.0 / fps if fps > 0 else 0.0
        self._numbers: deque[int] = deque()
        self._arrivals: deque[float] = deque()
        self._lost_before: deque[int] = deque()
        self._line = (self._nominal_s, 0.0)  # period in s (0.0: unknown), time of number 0
        self._waiting_s: float | None = None
        self._last_s = -float("inf")
        self.lost = 0

    @property
    def rate_hz(self) -> float:
        """Frames per second by count over the last seconds; the nominal rate until that is known, 0.0 without one."""
        return 1.0 / self._line[0] if self._line[0] > 0 else 0.0

    @property
    def wait_until_s(self) -> float | None:
        """When the frame that is held back has waited long enough; None when none is."""
        if self._waiting_s is None:
            return None
        period_s = self._line[0]
        # From then on the next frame would be late too, whenever it comes.
        return max(self._waiting_s + _AT_ONCE * period_s, self._due_s(2) + _LATE * period_s)

    def push(self, arrival_s: float) -> list[float]:
        """Take the next frame's arrival; the stamps that are certain now, oldest first: none, one or two."""
        stamps = []
        if (waiting_s := self._waiting_s) is not None:
            limit_s = self.wait_until_s
            if limit_s is not None and arrival_s >= limit_s:
                stamps = self.flush()
            else:
                self._waiting_s = None
                return [self._numbered(waiting_s), self._numbered(arrival_s)]
        period_s = self._line[0]
        after_a_hole = bool(self._arrivals) and arrival_s - self._arrivals[-1] > _STEP * period_s > 0
        if after_a_hole and arrival_s - self._due_s(1) > _LATE * period_s:
            self._waiting_s = arrival_s
            return stamps
        return [*stamps, self._numbered(arrival_s)]

    def flush(self) -> list[float]:
        """Stamp the frame that is held back, if there is one: nothing followed, so frames before it were lost."""
        if self._waiting_s is None:
            return []
        arrival_s, self._waiting_s = self._waiting_s, None
        return [self._numbered(arrival_s, round((arrival_s - self._due_s(1)) / self._line[0]))]

    def reset(self) -> None:
        """Begin to number anew after an interruption; the period is kept, stamps go on rising."""
        self._nominal_s = self._line[0]
        self._line = (self._nominal_s, 0.0)
        for known in (self._numbers, self._arrivals, self._lost_before):
            known.clear()
        self._waiting_s = None

    def _due_s(self, ahead: int) -> float:
        """When the frame so many numbers after the newest should come."""
        period_s, base_s = self._line
        return base_s + (self._numbers[-1] + ahead) * period_s

    def _numbered(self, arrival_s: float, lost: int = 0) -> float:
        self._numbers.append((self._numbers[-1] if self._numbers else -1) + 1 + lost)
        self._arrivals.append(arrival_s)
        self._lost_before.append(lost)
        self.lost += lost
        while self._arrivals[0] < arrival_s - _WINDOW_S:
            for known in (self._numbers, self._arrivals, self._lost_before):
                known.popleft()
        self._mend()
        self._fit()
        period_s, base_s = self._line
        line_s = base_s + self._numbers[-1] * period_s if period_s > 0 else arrival_s
        self._last_s = max(min(line_s, arrival_s), min(self._last_s + _RISE_S, arrival_s))
        return self._last_s

    def _mend(self) -> None:
        """Correct the numbers where later arrivals prove them wrong."""
        period_s = self._line[0]
        if period_s <= 0 or len(self._numbers) < 2:
            return
        holes = sum(1 for lost in self._lost_before if lost)
        if holes > _LOST_SHARE * max(len(self._numbers), 4 * _LEAST_FRAMES):
            self._count_anew()
            return
        late_s = self._arrivals[-1] - self._due_s(0)
        if late_s < -_AT_ONCE * period_s and holes:  # came too early: nothing was lost at the last hole
            self._shift_back(round(-late_s / period_s))
        elif late_s > _LATE * period_s:
            self._mend_if_settled()

    def _mend_if_settled(self) -> None:
        """Late for long without one punctual frame: frames were lost inside a burst, or the camera is slower now."""
        period_s, base_s = self._line
        since_s = self._arrivals[-1] - _SETTLED_S
        newest = [(n, a) for n, a in zip(self._numbers, self._arrivals, strict=True) if a >= since_s]
        least_s = min(a - base_s - n * period_s for n, a in newest)
        if self._arrivals[0] >= since_s or least_s <= _LATE * period_s:
            return
        steps = np.diff([a for _, a in newest]) / period_s
        if np.all((steps > _AT_ONCE) & (steps < _STEP)):
            self._count_anew()
            return
        more = round(least_s / period_s)
        self._numbers[-1] += more
        self._lost_before[-1] += more
        self.lost += more

    def _shift_back(self, count: int) -> None:
        place = max(i for i, lost in enumerate(self._lost_before) if lost)
        count = min(count, self._lost_before[place])
        self._lost_before[place] -= count
        self.lost -= count
        for i in range(place, len(self._numbers)):
            self._numbers[i] -= count

    def _count_anew(self) -> None:
        """Number the newest arrivals one after the other: the camera has become slower."""
        newest = list(self._arrivals)[-2 * _LEAST_FRAMES :]
        self.lost -= sum(self._lost_before)
        self._numbers, self._arrivals = deque(range(len(newest))), deque(newest)
        self._lost_before = deque([0] * len(newest))
        self._nominal_s = 0.0

    def _fit(self) -> None:
        """The line below the arrivals: of all that have none below them, the one that is highest in the middle."""
        numbers, arrivals = list(self._numbers), list(self._arrivals)
        period_s = self._nominal_s
        if len(numbers) >= _LEAST_FRAMES and arrivals[-1] - arrivals[0] >= _LEAST_S:
            period_s = _slope_below(numbers, arrivals)
        lags = (arrival - number * period_s for number, arrival in zip(numbers, arrivals, strict=True))
        self._line = (max(period_s, 0.0), min(lags) if period_s > 0 else 0.0)


def _slope_below(numbers: Sequence[int], arrivals: Sequence[float]) -> float:
    """Slope of the edge of the lower convex hull over the middle of the numbers.

    Frames that were held up lie above the hull and have no say, however many they are; those that touch it at both ends
    hold its slope.
    """
    hull: list[tuple[int, float]] = []
    for number, arrival in zip(numbers, arrivals, strict=True):
        while len(hull) > 1:
            (first, first_s), (second, second_s) = hull[-2], hull[-1]
            if (second_s - first_s) * (number - first) < (arrival - first_s) * (second - first):
                break
            hull.pop()
        hull.append((number, arrival))
    middle = (numbers[0] + numbers[-1]) / 2
    (first, first_s), (second, second_s) = next(
        (edge for edge in pairwise(hull) if edge[1][0] >= middle), (hull[-2], hull[-1])
    )
    return (second_s - first_s) / (second - first)
