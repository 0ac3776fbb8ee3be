"""The spotter that sees the whole video at once: the reference for the online one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from livespot.spotting.merging import NEVER, Merger
from livespot.spotting.nms import suppress
from livespot.spotting.parameters import SpottingParameters, TypeParameters
from livespot.spotting.proposals import build_proposals, checked_curves, segments
from livespot.types import Float32Array, Proposal


def timeline(proposal: Proposal) -> tuple[int, int, int, str]:
    """Sort key of every list that leaves the room: by onset, then offset, apex and type."""
    return proposal.onset, proposal.offset, proposal.apex, proposal.type


def spot_offline(
    curves: Float32Array, parameters: SpottingParameters, breaks: Collection[int] = ()
) -> list[Proposal]:
    """Spot the intervals of both types in finished curves.

    Parameters
    ----------
    curves : (n, 10) float32
        Probabilities in the order of :data:`livespot.types.CURVES`, one row per model frame; a row with NaN
        is missing and ends the segment. Values outside 0…1 are cut.
    parameters : SpottingParameters
    breaks : collection of int
        Rows that begin a new segment though none is missing before them (the stream was interrupted there).

    Returns
    -------
    list of Proposal
        In rows of ``curves``, inclusive, sorted by onset, with the scores that are shown. No proposal reaches across a
        missing row or a break.

    Raises
    ------
    ValueError
        When ``curves`` has another shape.
    """
    wide = checked_curves(curves)
    found: list[Proposal] = []
    for first, end in segments(wide, breaks):
        for kind in parameters.types:
            found += decided(build_proposals(wide, first, end, kind), kind)
    return sorted(found, key=timeline)


def decided(proposals: Sequence[Proposal], parameters: TypeParameters) -> list[Proposal]:
    """The intervals that all proposals of one type and segment lead to, with the scores that are shown."""
    kept = suppress(proposals, parameters.max_overlap)
    if parameters.longest:
        kept = Merger(parameters.longest, parameters.merge_share).push(kept, NEVER)
    return parameters.shown(kept)
