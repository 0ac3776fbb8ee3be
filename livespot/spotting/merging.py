"""One interval for one movement: intervals of one type that share frames are united or set apart.

Non-maximum suppression leaves intervals standing that overlap a little. Taken in the order of their onsets, two that
share frames become one: its onset is the first, its offset the last, its apex and score those of the better. Where the
shared part is small, they are two movements and the boundary is put into its middle. Where the union would be longer
than an expression lasts, the weaker one is dropped. Afterwards no two intervals of a type share a frame.

The order of onsets makes this possible on a stream: an interval is final as soon as nothing that is still to come can
begin at or before its offset.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from dataclasses import replace

from livespot.spotting.nms import rank
from livespot.types import Proposal

NEVER = 2**62
"""Frame before which everything is known: of a segment that is over."""


class Merger:
    """Unites the intervals of one type.

    Parameters
    ----------
    longest : int
        Longest union, model frames.
    share : float
        Two intervals are united if they share more than this part of the shorter one, 0…1.
    """

    def __init__(self, longest: int, share: float) -> None:
        self._longest, self._share = longest, share
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._waiting: list[Proposal] = []  # by onset; something that begins before them may still come
        self._open: Proposal | None = None
        self._end = -1  # offset of the last interval that left

    @property
    def undecided(self) -> bool:
        """Whether anything has been taken that has not left yet."""
        return self._open is not None or bool(self._waiting)

    def push(self, proposals: Iterable[Proposal], earliest: int) -> list[Proposal]:
        """Take what suppression has kept; returns the intervals that are final, by onset.

        Parameters
        ----------
        proposals : iterable of Proposal
            In any order.
        earliest : int
            No proposal that is still to come begins before this frame.
        """
        for proposal in proposals:
            insort(self._waiting, proposal, key=_by_onset)
        done: list[Proposal] = []
        while self._waiting and self._waiting[0].onset < earliest:
            done += self._take(self._waiting.pop(0))
        if self._open is not None and self._open.offset < earliest:
            done += self._close()
        return done

    def preview(self, proposals: Iterable[Proposal]) -> list[Proposal]:
        """What would leave if these were all that is still to come; nothing changes."""
        other = Merger(self._longest, self._share)
        other._waiting, other._open, other._end = list(self._waiting), self._open, self._end
        return other.push(proposals, NEVER)

    def _close(self) -> list[Proposal]:
        assert self._open is not None
        done, self._open = self._open, None
        self._end = done.offset
        return [done]

    def _take(self, proposal: Proposal) -> list[Proposal]:
        if proposal.onset <= self._end:  # the frames up to there belong to what has left already
            if proposal.apex <= self._end + 1:
                return []
            proposal = replace(proposal, onset=self._end + 1)
        before = self._open
        if before is None:
            self._open = proposal
            return []
        if proposal.onset > before.offset:
            done = self._close()
            self._open = proposal
            return done
        shared = min(before.offset, proposal.offset) - max(before.onset, proposal.onset) + 1
        better = min(before, proposal, key=rank)
        if shared > self._share * min(before.frames, proposal.frames):
            onset, offset = min(before.onset, proposal.onset), max(before.offset, proposal.offset)
            united = offset - onset + 1 <= self._longest
            self._open = replace(better, onset=onset, offset=offset) if united else better
            return []
        cut = proposal.onset + shared // 2  # first frame of the later one
        if not before.apex < cut - 1 or not cut < proposal.apex:
            self._open = better
            return []
        self._open = replace(before, offset=cut - 1)
        done = self._close()
        self._open = replace(proposal, onset=cut)
        return done


def _by_onset(proposal: Proposal) -> tuple[int, int, int]:
    return proposal.onset, proposal.offset, proposal.apex
