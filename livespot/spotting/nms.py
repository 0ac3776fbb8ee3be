"""Greedy non-maximum suppression: of two proposals that overlap too much the lower score goes."""

from __future__ import annotations

from collections.abc import Iterable

from livespot.types import Proposal


def rank(proposal: Proposal) -> tuple[float, int]:
    """Sort key, best first: by score; of equal scores the earlier apex wins."""
    return -proposal.score, proposal.apex


def overlaps(onset: int, offset: int, other: Proposal, max_overlap: float) -> bool:
    """Whether the inclusive interval has an IoU greater than ``max_overlap`` with ``other``.

    The arithmetic is that of :meth:`livespot.types.Proposal.iou`, without building a proposal: the online
    spotter asks this of intervals that do not exist yet.
    """
    low, high = other.onset, other.offset
    shared = (offset if offset < high else high) - (onset if onset > low else low) + 1
    if shared <= 0:
        return False
    return shared / (offset - onset + high - low + 2 - shared) > max_overlap


def conflict(a: Proposal, b: Proposal, max_overlap: float) -> bool:
    """Whether two proposals of one type cannot both be kept."""
    return overlaps(a.onset, a.offset, b, max_overlap)


def suppress(proposals: Iterable[Proposal], max_overlap: float) -> list[Proposal]:
    """The proposals that survive, best first; all of one type."""
    kept: list[Proposal] = []
    for proposal in sorted(proposals, key=rank):
        if not any(conflict(proposal, other, max_overlap) for other in kept):
            kept.append(proposal)
    return kept
