"""From the frames of 200 fps sources to about 30 fps: by every 7th frame, and by IAENet's three of twenty.

The live program and SpotFormer take every 7th frame of SAMM-LV (28.57 fps). IAENet takes frames 0, 6 and 13 of each 20,
which is 30 fps exactly, and leaves intervals of more than 4 s out (METHOD: IAENet, section 4.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from livespot.interchange import Annotation


@dataclass(frozen=True, slots=True)
class RateRule:
    """Which frames of a source are kept.

    Attributes
    ----------
    name : str
    period : int
        Source frames after which the choice repeats.
    kept : tuple of int
        Those kept of each period, rising, from 0.
    longest_s : float or None
        Longer intervals are left out.
    """

    name: str
    period: int
    kept: tuple[int, ...]
    longest_s: float | None = None

    def source_frame(self, number: int) -> int:
        """Source frame of a kept frame's number."""
        turn, place = divmod(number, len(self.kept))
        return turn * self.period + self.kept[place]

    def number(self, source_frame: int) -> int:
        """Number of the kept frame that shows a source frame: the last kept one that is not behind it."""
        turn, rest = divmod(source_frame, self.period)
        return turn * len(self.kept) + sum(place <= rest for place in self.kept) - 1

    def rate_hz(self, source_hz: float) -> float:
        """Rate of the kept frames."""
        return source_hz * len(self.kept) / self.period

    def annotations(self, rows: Iterable[Annotation], source_hz: float) -> list[Annotation]:
        """The rows in kept frames, without those that are longer than :attr:`longest_s`."""
        return [
            replace(
                row, onset=self.number(row.onset), apex=self.number(row.apex), offset=self.number(row.offset)
            )
            for row in rows
            if self.longest_s is None or (row.offset - row.onset + 1) / source_hz <= self.longest_s
        ]


EVERY_FRAME = RateRule("source", 1, (0,))
EVERY_7TH = RateRule("every-7th", 7, (0,))
THREE_OF_20 = RateRule("3-of-20", 20, (0, 6, 13), longest_s=4.0)
RATE_RULES = {rule.name: rule for rule in (EVERY_FRAME, EVERY_7TH, THREE_OF_20)}
