"""Measures of online detection: misses at a given rate of false alarms, onsets as points, limits of a rate.

They are taken over all intervals that the spotter proposes, each with its score, so that the operating point does not
enter: what leaves is what any minimum score would give.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from livespot.evaluation.matching import MIN_IOU, Expression, iou
from livespot.types import EXPRESSION_TYPES, ExpressionType

ALARM_RATES = (1.0, 4.0)
"""False alarms a minute at which the share of misses is told."""

TOLERANCES_S = (0.1, 0.25, 0.5, 0.75, 1.0)
"""How far a detected onset may lie from the true one."""

CONFIDENCE = 0.95

_Rising = Callable[[float], float]


class Scored(Expression, Protocol):
    """A detection with its score."""

    @property
    def score(self) -> float:
        """0 to 1."""

    @property
    def onset_s(self) -> float:
        """Time of the first frame."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One video: what is true, when it begins, all that was proposed, and for how long it was watched."""

    truth: Sequence[Expression]
    onsets_s: Sequence[float]
    proposals: Sequence[Scored]
    minutes: float


@dataclass(frozen=True, slots=True)
class OnlineScore:
    """Of one type over a set.

    Attributes
    ----------
    misses : dict of float to float or None
        By false alarms a minute: share of the annotated expressions that no proposal matches, at the lowest minimum
        score that gives no more alarms. A false alarm is a proposal that matches none.
    onset_precision : dict of float to float or None
        By tolerance in seconds: average precision of the onsets as points.
    """

    misses: dict[float, float | None]
    onset_precision: dict[float, float | None]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "miss_rate_at_alarms_per_minute": {f"{rate:g}": value for rate, value in self.misses.items()},
            "onset_average_precision_at_s": {f"{s:g}": value for s, value in self.onset_precision.items()},
        }


def score_online(videos: Sequence[Proposed]) -> dict[ExpressionType, OnlineScore]:
    """Both measures for each type."""
    return {
        kind: OnlineScore(
            {rate: miss_rate(videos, kind, rate) for rate in ALARM_RATES},
            {tolerance: onset_precision(videos, kind, tolerance) for tolerance in TOLERANCES_S},
        )
        for kind in EXPRESSION_TYPES
    }


def miss_rate(videos: Sequence[Proposed], kind: ExpressionType, alarms_per_minute: float) -> float | None:
    """Share of the expressions of a type that are missed at a rate of false alarms; None where there are none.

    Proposals are taken by score, the best first; each is right when it overlaps an expression of its type that is not
    yet found by :data:`~livespot.evaluation.matching.MIN_IOU`, else a false alarm. Those of one score go together.
    """
    expected = sum(item.type == kind for video in videos for item in video.truth)
    if not expected:
        return None
    allowed = alarms_per_minute * sum(video.minutes for video in videos)
    found = alarms = most = 0
    judged = _judged(videos, kind)
    for place, (score, right) in enumerate(judged):
        found, alarms = found + right, alarms + (not right)
        last_of_score = place + 1 == len(judged) or judged[place + 1][0] != score
        if last_of_score and alarms <= allowed:
            most = found
        if alarms > allowed:
            break
    return 1.0 - most / expected


def _judged(videos: Sequence[Proposed], kind: ExpressionType) -> list[tuple[float, bool]]:
    """(score, whether right) of all proposals of a type, the best first."""
    ranked = sorted(
        ((p.score, v, p) for v, video in enumerate(videos) for p in video.proposals if p.type == kind),
        key=lambda item: (-item[0], item[1], item[2].onset, item[2].offset),
    )
    used: set[tuple[int, int]] = set()
    judged: list[tuple[float, bool]] = []
    for score, v, proposal in ranked:
        near = [
            (iou(item, proposal), -t)
            for t, item in enumerate(videos[v].truth)
            if item.type == kind and (v, t) not in used
        ]
        best, place = max(near, default=(0.0, 0))
        right = best >= MIN_IOU
        if right:
            used.add((v, -place))
        judged.append((score, right))
    return judged


def onset_precision(videos: Sequence[Proposed], kind: ExpressionType, tolerance_s: float) -> float | None:
    """Point-level average precision of the onsets of a type; None where there are none.

    Shou et al., Online Detection of Action Start in Untrimmed, Streaming Videos (ECCV 2018): proposals are taken by
    score, the best first; each is right when its onset lies within the tolerance of a true one of its type that is
    not yet taken, the nearest first. The mean over the true onsets of the precision at each right one.
    """
    expected = sum(item.type == kind for video in videos for item in video.truth)
    if not expected:
        return None
    ranked = sorted(
        (
            (p.score, v, p.onset_s)
            for v, video in enumerate(videos)
            for p in video.proposals
            if p.type == kind
        ),
        key=lambda item: (-item[0], item[1], item[2]),
    )
    used: set[tuple[int, int]] = set()
    right, total = 0, 0.0
    for rank, (_, v, onset_s) in enumerate(ranked, 1):
        video = videos[v]
        free = [
            (abs(true_s - onset_s), t)
            for t, (item, true_s) in enumerate(zip(video.truth, video.onsets_s, strict=True))
            if item.type == kind and (v, t) not in used
        ]
        apart_s, place = min(free, default=(math.inf, 0))
        if apart_s <= tolerance_s + 1e-9:
            used.add((v, place))
            right += 1
            total += right / rank
    return total / expected


def poisson_limits(count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Exact limits (Garwood, 1936) of the mean of a Poisson variable of which ``count`` was seen.

    Examples
    --------
    >>> [round(limit, 2) for limit in poisson_limits(0)], [round(limit, 2) for limit in poisson_limits(10)]
    ([0.0, 3.69], [4.8, 18.39])
    """
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if count == 0 else _solved(lambda mean: 1.0 - _at_most(count - 1, mean), tail, count)
    return low, _solved(lambda mean: 1.0 - _at_most(count, mean), 1.0 - tail, count)


def _at_most(count: int, mean: float) -> float:
    """Probability of ``count`` or fewer."""
    logs = (k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(count + 1))
    return min(math.fsum(map(math.exp, logs)), 1.0)


def _solved(rising: _Rising, value: float, count: int) -> float:
    """The mean at which a rising function has a value, by bisection."""
    low, high = 1e-12, 10.0 + 2.0 * count + 10.0 * math.sqrt(count + 1.0)
    for _ in range(100):
        middle = (low + high) / 2.0
        low, high = (middle, high) if rising(middle) < value else (low, middle)
    return (low + high) / 2.0
