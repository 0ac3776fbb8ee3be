"""The same curves scored as the SpotFormer authors' published code scores them, beside livespot's own rules.

The published rules are optimistic: at most five intervals of each type are kept in a video, which a live program, that
does not know what comes, cannot do. So their figures are labelled, and the difference is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from livespot.evaluation.figures import Result
from livespot.evaluation.matching import Counts, SpottingScore, counts_by_type, match
from livespot.spotting.published import published_iou, spot_published
from livespot.types import CURVES, Proposal


@dataclass(frozen=True, slots=True)
class PublishedScore:
    """Both scores of the same curves.

    Attributes
    ----------
    published : SpottingScore
        By the published rules, in spotting and in matching.
    own : SpottingScore
        By livespot's.
    """

    published: SpottingScore
    own: SpottingScore

    def as_dict(self) -> dict[str, Any]:
        """Plain nested values; ``f1_difference`` is published less own."""
        theirs, ours = self.published.as_dict(), self.own.as_dict()
        return {
            "note": "optimistic rules of the published code: at most five intervals of a type in a video",
            "score": theirs,
            "f1_difference": {kind: theirs[kind]["f1"] - ours[kind]["f1"] for kind in theirs},
        }


def score_published(results: Sequence[Result], own: SpottingScore) -> PublishedScore:
    """Score curves of videos by the published rules.

    Parameters
    ----------
    results : sequence of Result
        With curves.
    own : SpottingScore
        What livespot's rules gave.
    """
    total = SpottingScore(Counts(), Counts())
    for result in results:
        found = _spotted(result)
        truth = result.video.truth
        pairs = match(truth, found, overlap=published_iou)
        total += counts_by_type(truth, found, pairs)
    return PublishedScore(total, own)


def _spotted(result: Result) -> list[Proposal]:
    """By the published rules, in the source's frames; frames without a face stand among the others, as missing rows."""
    spotted, stride = result.spotted, result.measured.stride
    if not len(spotted.curves):
        return []
    first = int(spotted.frames[0])
    rows = (spotted.frames - first) // stride
    curves = np.full((int(rows[-1]) + 1, len(CURVES)), np.nan, np.float32)
    curves[rows] = spotted.curves
    return [
        replace(
            p, onset=first + p.onset * stride, apex=first + p.apex * stride, offset=first + p.offset * stride
        )
        for p in spot_published(curves, result.measured.fps / stride)
    ]


def published_lines(found: PublishedScore) -> list[str]:
    """Text: one line for each type, published and own F1 and their difference."""
    differences = found.as_dict()["f1_difference"]
    theirs, ours = found.published.as_dict(), found.own.as_dict()
    lines = ["by the published code's optimistic rules (five intervals of a type in a video at most)"]
    lines += [
        f"  {kind:<8}{theirs[kind]['tp']:>5g} TP{theirs[kind]['fp']:>6g} FP{theirs[kind]['fn']:>6g} FN   F1"
        f" {theirs[kind]['f1']:.4f}, by livespot's rules {ours[kind]['f1']:.4f}, difference {differences[kind]:+.4f}"
        for kind in theirs
    ]
    return lines
