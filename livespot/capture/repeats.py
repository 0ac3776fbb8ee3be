"""Pictures that are bit for bit the one before.

A sensor's noise makes every picture different. An identical one comes from a driver that repeats the last picture after
an unplug, from a virtual camera that doubles a slower one, or from a film brought to a higher rate. In files it may be
meant: a screen recording or slides stand still.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from livespot.types import Image

_STRIDE_PX = 16  # a sparse look first: it tells nearly all different pictures apart in 10 µs
_JUDGED = 60  # newest pictures in which a pattern is looked for
_LEAST_REPEATS = 6  # of a pattern, before it is one
_LONGEST_CYCLE = 6  # pictures; a pulldown from 24 to 30 repeats every fifth


class Repeats:
    """Counts pictures that repeat the one before, and finds the pattern in which they come.

    Attributes
    ----------
    seen, repeated : int
        Pictures looked at; those among them that repeat the one before.
    """

    def __init__(self) -> None:
        self._last: Image | None = None
        self._newest: deque[bool] = deque(maxlen=_JUDGED)
        self.seen = 0
        self.repeated = 0

    def is_repeat(self, image: Image) -> bool:
        """Take the next picture; whether it is the one before, bit for bit."""
        last, self._last = self._last, image
        same = (
            last is not None
            and last.shape == image.shape
            and np.array_equal(last[::_STRIDE_PX, ::_STRIDE_PX], image[::_STRIDE_PX, ::_STRIDE_PX])
            and np.array_equal(last, image)
        )
        if same:
            self._last = last  # the older one may be shared with others already
        self.seen += 1
        self.repeated += same
        self._newest.append(same)
        return same

    @property
    def cycle(self) -> int:
        """Length of the cycle in which exactly one picture is a repeat: 2 when every picture is doubled, 0: no cycle.

        Judged by the newest sixty pictures; stretches that stand still make no cycle.
        """
        return cycle_of(list(self._newest))


def cycle_of(repeats: list[bool]) -> int:
    """Length of the cycle in which exactly one picture is a repeat; 0 when there is none.

    Examples
    --------
    >>> cycle_of([False, True] * 8), cycle_of([False, False, False, False, True] * 8), cycle_of([True] * 60)
    (2, 5, 0)
    """
    places = np.flatnonzero(repeats)
    if len(places) < _LEAST_REPEATS:
        return 0
    steps = np.diff(places)
    cycle = int(np.median(steps))
    if not 2 <= cycle <= _LONGEST_CYCLE:
        return 0
    return cycle if float(np.mean(steps == cycle)) >= 0.8 else 0


def repeats_text(cycle: int, repeated: int, seen: int, rate_hz: float) -> str:
    """One line for the user about doubled pictures; ``rate_hz`` is that of the different ones, 0.0: unknown."""
    often = {0: "some pictures", 2: "every picture"}.get(cycle, f"one picture in {cycle - 1}")
    really = f": really {rate_hz:.3g} pictures a second" if rate_hz > 0 else ""
    return f"{often} came twice ({repeated} of {seen} repeat the one before and were left out){really}"
