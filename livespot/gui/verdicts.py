"""Which of the intervals shown are right, false alarms or missed, by the measure of MEGC 2021."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from livespot.evaluation import match
from livespot.types import Interval


class Verdict(Enum):
    """Of an interval found (TP, FP) or true (TP, FN); each has a shape, in :func:`timeline_bars.paint_verdict`."""

    RIGHT = "right"
    FALSE = "false alarm"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Verdicts on what was found and on the ground truth; an interval not decided yet is in neither."""

    found: dict[Interval, Verdict] = field(default_factory=dict)
    truth: dict[Interval, Verdict] = field(default_factory=dict)

    def counts(self) -> tuple[int, int, int]:
        """TP, FP, FN."""
        found = list(self.found.values())
        missed = sum(verdict is Verdict.MISSED for verdict in self.truth.values())
        return found.count(Verdict.RIGHT), found.count(Verdict.FALSE), missed


def judge(truth: Sequence[Interval], found: Sequence[Interval], decided_s: float) -> Verdicts:
    """Match by frames; an interval still missing counts as missed once it ended before ``decided_s``."""
    pairs = match(truth, found)
    right, known = {pair.detection for pair in pairs}, {pair.truth for pair in pairs}
    of_found = {item: Verdict.RIGHT if i in right else Verdict.FALSE for i, item in enumerate(found)}
    of_truth = {
        item: Verdict.RIGHT if i in known else Verdict.MISSED
        for i, item in enumerate(truth)
        if i in known or item.offset_s < decided_s
    }
    return Verdicts(of_found, of_truth)
