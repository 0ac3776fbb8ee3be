"""One type on a stream: proposals as they become known, and the moment each becomes certain. Scores are raw here.

The offline spotter may look at everything; here only frames up to ``t`` of the open segment are known. A
frame is never stored: the best onset of every apex that could come within reach, and the best offset of every
open candidate, are carried along instead, so a push costs a few dozen comparisons and memory is bounded by
what is still undecided.

When is a proposal P certain? P ends at or before ``t``, so whatever can still touch it is one of finitely
many *options*, each an interval with the highest score it could reach:

- an open candidate (apex seen, offset range incomplete) whose offset stays where it is best so far, with that
  score;
- the same candidate, its offset moved to any frame still to come, with offset probability 1 at most;
- an apex still to come whose onset stays where it is best so far, with apex and offset probability 1 at most.
  (If its onset moves to a frame still to come, it begins after P has ended.)

A segment that ends early only takes options away, it adds none. P is kept once no option both outranks it and
conflicts with it, and no undecided proposal does.

How long may P wait? Until every option has passed, at most 2h frames after its offset, unless a better
proposal conflicts with it and is itself undecided; then as long as that one. Such chains climb in score, so
they are short.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, replace

from livespot.spotting.nms import conflict, overlaps, rank, suppress
from livespot.spotting.parameters import TypeParameters
from livespot.types import ExpressionType, Proposal

_NOTHING = (-1.0, -1, False)
"""No onset frame seen yet: (probability, frame, whether beginning is likelier than ending there)."""


@dataclass(slots=True)
class _Open:
    """An apex candidate whose offset range is still coming in.

    ``strength`` is p_onset · p_apex, ``minimum`` the raw score that it has to exceed.
    """

    apex: int
    onset: int
    strength: float
    minimum: float
    best: float = -1.0
    offset: int = -1
    passes: bool = False


class TypeTrack:
    """The online spotter of one type; see the module for the argument.

    Parameters
    ----------
    parameters : TypeParameters
    """

    def __init__(self, parameters: TypeParameters) -> None:
        self._parameters = parameters
        self._minimum = parameters.raw_min_score
        self.reset()

    @property
    def type(self) -> ExpressionType:
        """Which type it tracks."""
        return self._parameters.type

    def set_threshold(self, threshold: float, min_score: float) -> None:
        """Use another θ and minimum score for the apex candidates to come; those seen already stay what they are."""
        self._parameters = replace(self._parameters, threshold=threshold, min_score=min_score)
        self._minimum = self._parameters.raw_min_score

    def reset(self) -> None:
        """Forget everything."""
        # _onsets[i] belongs to the apex i + 1 frames after the newest one.
        self._onsets = [_NOTHING] * self._parameters.far
        self._open: list[_Open] = []
        self._waiting: list[Proposal] = []  # built, undecided, best first, in conflict with nothing kept
        self._kept: list[Proposal] = []  # confirmed, and near enough to matter still
        self._frame = -1
        self._off = 0.0

    def push(self, frame: int, on: float, apex: float, off: float) -> list[Proposal]:
        """Take the next frame of the open segment; returns what has become certain, best first."""
        far, near = self._parameters.far, self._parameters.near
        self._frame, self._off = frame, off
        onsets = self._onsets
        onsets.append(_NOTHING)
        mark = (on, frame, on > off)
        for ahead in range(near, far + 1):
            if on > onsets[ahead][0]:
                onsets[ahead] = mark
        best, onset, passes = onsets.pop(0)
        if self._open:
            self._advance(frame, on, off)
        # An offset can only lower the score, so a candidate too weak already is none.
        minimum = self._minimum
        if passes and best * apex > minimum and apex > self._parameters.threshold:
            self._open.append(_Open(frame, onset, best * apex, minimum))
        confirmed = self._settle() if self._waiting else []
        if self._kept:
            self._forget()
        return confirmed

    def end_segment(self) -> list[Proposal]:
        """No further frame belongs to this segment: everything is certain; returns the rest, best first."""
        for candidate in self._open:
            self._build(candidate)
        confirmed = suppress(self._waiting, self._parameters.max_overlap)
        self.reset()
        return confirmed

    @property
    def earliest(self) -> int:
        """The first frame at which a proposal that is not confirmed yet may begin."""
        coming = self._frame + 1  # an apex still to come may have its onset there, or where it is best so far
        best = [frame for p, frame, passes in self._onsets if passes and p > self._minimum]
        undecided = [candidate.onset for candidate in self._open] + [p.onset for p in self._waiting]
        return min([coming, *best, *undecided])

    def provisional(self) -> list[Proposal]:
        """What it looks like now: the survivors among what is undecided and what is still under way.

        An open candidate is shown up to its best offset so far, or up to the newest frame while it has none;
        its score is the product of the three probabilities at the frames shown. Of two that share a frame,
        one of them open, only the better is shown, and none that shares a frame with something confirmed.
        """
        overlap = self._parameters.max_overlap
        if not self._open:
            return suppress(self._waiting, overlap)
        # An IoU above 0 is a shared frame: the limit of whatever is not complete yet.
        pool = [(proposal, overlap) for proposal in self._waiting]
        pool += [(self._preview(candidate), 0.0) for candidate in self._open]
        taken = [(proposal, overlap) for proposal in self._kept]
        shown: list[Proposal] = []
        for proposal, limit in sorted(pool, key=lambda item: rank(item[0])):
            if not any(conflict(proposal, other, min(limit, its)) for other, its in taken):
                taken.append((proposal, limit))
                shown.append(proposal)
        return shown

    def _preview(self, candidate: _Open) -> Proposal:
        offset, p_offset = self._frame, self._off
        if candidate.passes:
            offset, p_offset = candidate.offset, candidate.best
        score = candidate.strength * p_offset
        return Proposal(self._parameters.type, candidate.onset, candidate.apex, offset, score)

    def _advance(self, frame: int, on: float, off: float) -> None:
        """Show a frame to the open candidates; build those whose offset nothing can move any more."""
        far, near = self._parameters.far, self._parameters.near
        still: list[_Open] = []
        for candidate in self._open:
            if off > candidate.best and frame >= candidate.apex + near:
                candidate.best, candidate.offset, candidate.passes = off, frame, off > on
            # Only a higher probability moves the offset, and there is none above 1.
            if frame >= candidate.apex + far or candidate.best >= 1.0:
                self._build(candidate)
            else:
                still.append(candidate)
        self._open = still

    def _build(self, candidate: _Open) -> None:
        if not candidate.passes:
            return
        score = candidate.strength * candidate.best
        if score <= candidate.minimum:
            return
        proposal = Proposal(self._parameters.type, candidate.onset, candidate.apex, candidate.offset, score)
        if not any(conflict(proposal, other, self._parameters.max_overlap) for other in self._kept):
            insort(self._waiting, proposal, key=rank)

    def _settle(self) -> list[Proposal]:
        """Decide, from the best down, every waiting proposal that can be decided."""
        overlap = self._parameters.max_overlap
        confirmed: list[Proposal] = []
        held: list[Proposal] = []
        for proposal in self._waiting:
            if any(conflict(proposal, other, overlap) for other in confirmed):
                continue
            if any(conflict(proposal, other, overlap) for other in held) or self._endangered(proposal):
                held.append(proposal)
            else:
                confirmed.append(proposal)
                self._kept.append(proposal)
        self._waiting = held
        return confirmed

    def _endangered(self, proposal: Proposal) -> bool:
        """Whether an option outranks this proposal and conflicts with it."""
        near, coming, overlap = self._parameters.near, self._frame + 1, self._parameters.max_overlap
        score, peak = proposal.score, proposal.apex
        # The proposal has ended, so of all offsets to come the first gives the highest IoU.
        for apex, (p_onset, onset, passes) in enumerate(self._onsets, coming):
            if passes and p_onset > score and overlaps(onset, apex + near, proposal, overlap):
                return True
        for candidate in self._open:
            bound, apex, onset = candidate.strength, candidate.apex, candidate.onset
            if bound < score or (bound == score and apex > peak):
                continue
            if overlaps(onset, max(coming, apex + near), proposal, overlap):
                return True
            so_far = bound * candidate.best
            outranks = so_far > score or (so_far == score and apex < peak)
            if candidate.passes and outranks and overlaps(onset, candidate.offset, proposal, overlap):
                return True
        return False

    def _forget(self) -> None:
        """Drop kept proposals that end before anything undecided or still to come can begin."""
        earliest = self._frame + 1 - self._parameters.far
        earliest = min([earliest, *(c.onset for c in self._open), *(p.onset for p in self._waiting)])
        self._kept = [p for p in self._kept if p.offset >= earliest]
