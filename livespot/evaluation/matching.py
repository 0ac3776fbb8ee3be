"""The measure of MEGC 2021: which detections are right, and how many.

What enters are the ground truth and the detections of each video, as anything with ``type``, ``onset`` and
``offset`` (:class:`~livespot.types.Proposal`, :class:`~livespot.types.Interval`, annotations), both in the
same frames; what leaves are counts per type and over both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from livespot.types import EXPRESSION_TYPES, ExpressionType

MIN_IOU = 0.5
"""A detection is right from this IoU on, that value included."""


class Expression(Protocol):
    """An interval of one type, inclusive at both ends."""

    @property
    def type(self) -> ExpressionType:
        """``"ME"`` or ``"MaE"``."""

    @property
    def onset(self) -> int:
        """First frame."""

    @property
    def offset(self) -> int:
        """Last frame."""


def iou(a: Expression, b: Expression) -> float:
    """Intersection over union in frames, of the inclusive intervals; types are not looked at."""
    shared = min(a.offset, b.offset) - max(a.onset, b.onset) + 1
    if shared <= 0:
        return 0.0
    return shared / (a.offset - a.onset + b.offset - b.onset + 2 - shared)


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives, false negatives; counts add up with ``+``."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float:
        """TP / (TP + FP); 0 where nothing was detected."""
        return self.tp / (self.tp + self.fp) if self.tp else 0.0

    @property
    def recall(self) -> float:
        """TP / (TP + FN); 0 where nothing was there."""
        return self.tp / (self.tp + self.fn) if self.tp else 0.0

    @property
    def f1(self) -> float:
        """2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall; 0 without a true positive."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp else 0.0

    def as_dict(self) -> dict[str, float]:
        """Counts and ratios by name."""
        ratios = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {"tp": self.tp, "fp": self.fp, "fn": self.fn, **ratios}


@dataclass(frozen=True, slots=True)
class Match:
    """A detection and the ground truth it was counted for, as places in the two lists given."""

    truth: int
    detection: int
    iou: float


@dataclass(frozen=True, slots=True)
class SpottingScore:
    """The measure over a data set; ``overall`` pools the counts of both types."""

    me: Counts
    mae: Counts

    @property
    def overall(self) -> Counts:
        """Both types together."""
        return self.me + self.mae

    def __add__(self, other: SpottingScore) -> SpottingScore:
        return SpottingScore(self.me + other.me, self.mae + other.mae)

    def as_dict(self) -> dict[str, dict[str, float]]:
        """``{"MaE": …, "ME": …, "overall": …}``, each as :meth:`Counts.as_dict`."""
        return {"MaE": self.mae.as_dict(), "ME": self.me.as_dict(), "overall": self.overall.as_dict()}


def match(
    truth: Sequence[Expression],
    detections: Sequence[Expression],
    min_iou: float = MIN_IOU,
    overlap: Callable[[Expression, Expression], float] = iou,
) -> list[Match]:
    """Pair the detections of one video with its ground truth.

    Only pairs of one type with an IoU of ``min_iou`` or more count. They are taken greedily by IoU, best
    first; each ground truth and each detection is used once. The order is by IoU and not by score, so that
    the measure depends on the intervals alone, and of equals the earlier goes first, so that it does not
    depend on the order of the lists.

    Parameters
    ----------
    truth, detections : sequence of Expression
        Of one video, in the same frames.
    min_iou : float
        Above 0.
    overlap : callable
        What is compared with ``min_iou``; another than :func:`iou` only to reproduce others' figures.

    Returns
    -------
    list of Match
        By place in ``truth``.
    """
    if not 0.0 < min_iou <= 1.0:
        raise ValueError(f"min_iou: expected above 0 and at most 1, got {min_iou!r}")
    pairs: list[tuple[tuple[float, int, int, int, int], Match]] = []
    for t, true in enumerate(truth):
        for d, detected in enumerate(detections):
            if true.type == detected.type and (value := overlap(true, detected)) >= min_iou:
                order = (-value, true.onset, true.offset, detected.onset, detected.offset)
                pairs.append((order, Match(t, d, value)))
    found: list[Match] = []
    used_truth: set[int] = set()
    used_detections: set[int] = set()
    for _, pair in sorted(pairs, key=lambda item: item[0]):
        if pair.truth not in used_truth and pair.detection not in used_detections:
            used_truth.add(pair.truth)
            used_detections.add(pair.detection)
            found.append(pair)
    return sorted(found, key=lambda pair: pair.truth)


def score_video(
    truth: Sequence[Expression], detections: Sequence[Expression], min_iou: float = MIN_IOU
) -> SpottingScore:
    """Counts of one video; see :func:`match`."""
    return counts_by_type(truth, detections, match(truth, detections, min_iou))


def counts_by_type(
    truth: Sequence[Expression], detections: Sequence[Expression], pairs: Iterable[Match]
) -> SpottingScore:
    """Counts of one video whose pairs are known."""
    right = [truth[pair.truth].type for pair in pairs]
    counts: dict[ExpressionType, Counts] = {}
    for kind in EXPRESSION_TYPES:
        tp = right.count(kind)
        detected = sum(item.type == kind for item in detections)
        there = sum(item.type == kind for item in truth)
        counts[kind] = Counts(tp, detected - tp, there - tp)
    return SpottingScore(me=counts["ME"], mae=counts["MaE"])


def score_videos(
    videos: Iterable[tuple[Sequence[Expression], Sequence[Expression]]], min_iou: float = MIN_IOU
) -> SpottingScore:
    """Counts of a data set, given (ground truth, detections) of each video.

    The counts of all videos are pooled, as if they were one long video; no pair reaches across two videos.

    Examples
    --------
    >>> from livespot.types import Proposal
    >>> truth = [Proposal("ME", 10, 16, 22, 1.0)]
    >>> score_videos([(truth, [Proposal("ME", 12, 17, 23, 0.4)]), (truth, [])]).me
    Counts(tp=1, fp=0, fn=1)
    """
    total = SpottingScore(Counts(), Counts())
    for truth, detections in videos:
        total += score_video(truth, detections, min_iou)
    return total
