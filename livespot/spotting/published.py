"""The post-processing as the SpotFormer authors' published code does it, to set figures beside their tables.

It differs from livespot's own (SpotFormer, section 3.4) in four ways: the ranges in which onset and offset are looked
for are clamped to the first and last frame and not cut there; the IoU counts offset - onset, without the last frame; at
most five intervals of each type are kept in a video, best first, which only a video known as a whole allows; and
nothing that overlaps is merged. Missing rows count as probabilities of 0.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from livespot.config import SpottingConfig
from livespot.spotting.parameters import SpottingParameters, TypeParameters
from livespot.types import EXPRESSION_TYPES, Float32Array, Proposal

MOST_IN_A_VIDEO = 5
PUBLISHED_THRESHOLDS: dict[str, float] = dict.fromkeys(EXPRESSION_TYPES, 0.5)
PUBLISHED_SETTINGS = SpottingConfig(overlaps="keep", max_overlap=0.5, mae_average_frames=59.0)


class _Span(Protocol):
    @property
    def onset(self) -> int: ...

    @property
    def offset(self) -> int: ...


def published_iou(a: _Span, b: _Span) -> float:
    """Intersection over union of lengths counted as offset - onset; 0 where they share no length."""
    shared = min(a.offset, b.offset) - max(a.onset, b.onset)
    if shared <= 0:
        return 0.0
    return shared / (a.offset - a.onset + b.offset - b.onset - shared)


def spot_published(
    curves: Float32Array, rate_hz: float, most: int | None = MOST_IN_A_VIDEO
) -> list[Proposal]:
    """Spot the intervals of both types in a whole video.

    Parameters
    ----------
    curves : (n, 10) float32
        Probabilities in the order of :data:`livespot.types.CURVES`, one row per model frame.
    rate_hz : float
        Model rate; durations scale with it.
    most : int or None
        Intervals of each type, best first; None keeps all that suppression leaves.

    Returns
    -------
    list of Proposal
        In rows of ``curves``: ME by falling score, then MaE.
    """
    parameters = SpottingParameters.resolve(PUBLISHED_SETTINGS, PUBLISHED_THRESHOLDS, rate_hz)
    known = np.nan_to_num(curves.astype(np.float64))
    found: list[Proposal] = []
    for kind in parameters.types:
        found += _suppressed(published_proposals(known, kind), kind.max_overlap)[:most]
    return found


def published_proposals(curves: NDArray[np.float64], parameters: TypeParameters) -> list[Proposal]:
    """Every proposal of one type, by apex, before suppression."""
    on, apex, off = (curves[:, column] for column in parameters.columns)
    last, far, near = len(curves) - 1, parameters.far, parameters.near
    found: list[Proposal] = []
    for peak in np.flatnonzero(apex > parameters.threshold).tolist():
        before = np.clip(np.arange(peak - far, peak - near + 1), 0, last)
        behind = np.clip(np.arange(peak + near, peak + far + 1), 0, last)
        onset, offset = int(before[np.argmax(on[before])]), int(behind[np.argmax(off[behind])])
        if on[onset] > off[onset] and off[offset] > on[offset]:
            score = float(on[onset] * apex[peak] * off[offset])
            found.append(Proposal(parameters.type, onset, peak, offset, score))
    return found


def _suppressed(proposals: list[Proposal], max_overlap: float) -> list[Proposal]:
    """What survives, best first."""
    kept: list[Proposal] = []
    for proposal in sorted(proposals, key=lambda p: -p.score):
        if not any(published_iou(proposal, other) > max_overlap for other in kept):
            kept.append(proposal)
    return kept
