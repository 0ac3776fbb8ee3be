"""Intervals of one type that share frames become one, are set apart, or the weaker one goes."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from livespot.config import SpottingConfig
from livespot.spotting import SpottingParameters
from livespot.spotting.merging import NEVER, Merger
from livespot.types import Proposal


def mae(onset: int, apex: int, offset: int, score: float) -> Proposal:
    return Proposal("MaE", onset, apex, offset, score)


def merged(*proposals: Proposal, longest: int = 100, share: float = 0.0) -> list[Proposal]:
    return Merger(longest, share).push(proposals, NEVER)


def test_two_that_share_frames_become_one_with_the_better_apex() -> None:
    first, second = mae(10, 20, 40, 0.4), mae(35, 50, 70, 0.6)
    assert merged(first, second) == [mae(10, 50, 70, 0.6)]
    assert merged(second, first) == [mae(10, 50, 70, 0.6)]


def test_neighbours_stay_two() -> None:
    first, second = mae(10, 20, 40, 0.4), mae(41, 50, 70, 0.6)
    assert merged(first, second) == [first, second]


def test_a_chain_becomes_one_up_to_the_longest() -> None:
    chain = [mae(20 * n, 20 * n + 10, 20 * n + 24, 0.5) for n in range(4)]
    assert merged(*chain) == [mae(0, 10, 84, 0.5)]
    # Of 0-64 and 60-84, whose union would take 85 frames, the better (or, at equal scores, earlier) one stays.
    assert merged(*chain, longest=70) == [mae(0, 10, 64, 0.5)]
    assert merged(*chain[:3], mae(60, 70, 84, 0.9), longest=70) == [mae(60, 70, 84, 0.9)]


def test_a_small_shared_part_is_divided() -> None:
    first, second = mae(10, 20, 40, 0.4), mae(37, 50, 70, 0.6)
    assert merged(first, second, share=0.2) == [mae(10, 20, 38, 0.4), mae(39, 50, 70, 0.6)]
    # An apex inside the shared part belongs to one of them only: the better.
    assert merged(first, mae(37, 39, 70, 0.6), share=0.2) == [mae(37, 39, 70, 0.6)]


def test_nothing_leaves_before_it_is_certain() -> None:
    merger = Merger(100, 0.0)
    assert merger.push([mae(10, 20, 40, 0.4)], earliest=41) == [mae(10, 20, 40, 0.4)]
    assert merger.push([mae(50, 60, 80, 0.4)], earliest=60) == []
    assert merger.undecided
    assert merger.preview([mae(75, 80, 90, 0.5)]) == [mae(50, 80, 90, 0.5)]
    assert merger.push([mae(70, 80, 95, 0.3)], earliest=96) == [mae(50, 60, 95, 0.4)]
    assert not merger.undecided


@given(
    st.lists(
        st.tuples(st.integers(0, 120), st.integers(1, 30), st.integers(1, 30), st.floats(0.0, 1.0)),
        max_size=12,
    ),
    st.integers(10, 150),
    st.sampled_from([0.0, 0.25, 1.0]),
)
def test_what_leaves_shares_no_frame(drawn, longest, share) -> None:
    proposals = [mae(onset, onset + a, onset + a + b, score) for onset, a, b, score in drawn]
    left = merged(*proposals, longest=longest, share=share)
    assert all(before.offset < after.onset for before, after in itertools.pairwise(left))
    assert all(p.onset < p.apex < p.offset for p in left)
    assert bool(left) == bool(proposals)
    assert {p.apex for p in left} <= {p.apex for p in proposals}
    assert all(p.frames <= max(longest, *(q.frames for q in proposals)) for p in left)


def test_the_configuration_chooses() -> None:
    def of(overlaps: str) -> SpottingParameters:
        thresholds = {"ME": 0.5, "MaE": 0.5}
        return SpottingParameters.resolve(SpottingConfig(overlaps=overlaps), thresholds, 60.0)

    assert (of("keep").mae.longest, of("keep").mae.max_overlap) == (0, 0.3)
    assert (of("suppress").mae.longest, of("suppress").mae.max_overlap) == (0, 0.0)
    assert (of("merge").mae.longest, of("merge").me.longest) == (240, 34)
