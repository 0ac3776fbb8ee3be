"""MDMO on fields made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livespot.flow.mdmo import main_direction


def reduce(
    vectors: object, keep: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)
) -> tuple[float, float]:
    array = np.asarray(vectors, np.float32)
    return main_direction(np.ascontiguousarray(array.T).ravel(), len(array), keep, *shift)


def test_a_uniform_field_is_its_vector() -> None:
    assert reduce([(0.3, -1.2)] * 121) == pytest.approx((0.3, -1.2))


@pytest.mark.parametrize("way", [(2.0, 0.5), (-2.0, 0.5), (0.5, 2.0), (0.5, -2.0)])
def test_the_most_populated_sector_wins_over_the_strongest(way: tuple[float, float]) -> None:
    assert reduce([way] * 5 + [(-way[1] * 9, -way[0] * 9)] * 3) == pytest.approx(way)


def test_only_the_strongest_share_is_kept() -> None:
    lengths = np.arange(1.0, 11.0)
    assert reduce([(length, 0.0) for length in lengths], keep=0.6) == pytest.approx((7.5, 0.0))


def test_direction_is_the_mean_of_directions_not_of_vectors() -> None:
    dx, dy = reduce([(3.0, 1.0), (30.0, -10.0)])
    assert dy == pytest.approx(0.0, abs=1e-6)
    assert dx == pytest.approx((np.hypot(3, 1) + np.hypot(30, 10)) / 2)


def test_the_shift_is_taken_before_the_sectors() -> None:
    assert reduce([(5.0, 0.4)] * 9, shift=(5.0, 0.0)) == pytest.approx((0.0, 0.4))


def test_no_motion_is_no_vector() -> None:
    assert reduce([(0.0, 0.0)] * 9, keep=0.6) == (0.0, 0.0)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 150), keep=st.sampled_from([0.2, 0.6, 0.88, 1.0]))
def test_against_numpy(seed: int, size: int, keep: float) -> None:
    vectors = np.random.default_rng(seed).normal(size=(size, 2)).astype(np.float32)
    x, y = vectors.T
    sector = np.where(np.abs(x) >= np.abs(y), np.where(x >= 0, 0, 2), np.where(y >= 0, 1, 3))
    chosen = vectors[sector == np.argmax(np.bincount(sector, minlength=4))].astype(np.float64)
    lengths = np.hypot(*chosen.T)
    strongest = np.argsort(lengths)[len(lengths) - max(int(np.ceil(keep * len(lengths))), 1) :]
    mean = (chosen[strongest] / lengths[strongest, None]).mean(axis=0)
    expected = lengths[strongest].mean() * mean / np.hypot(*mean)
    assert reduce(vectors, keep) == pytest.approx(tuple(expected), rel=1e-4, abs=1e-5)
