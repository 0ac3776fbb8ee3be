from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livespot.evaluation.agreement import agreement, agreements, cohens_kappa
from livespot.types import Proposal

labels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


def test_kappa_of_a_textbook_table():
    # Two readers, 50 proposals: both yes 20, both no 15, one against the other 5 and 10.
    first = [1] * 25 + [0] * 25
    second = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert cohens_kappa(first, second) == pytest.approx(0.4)


@given(labels)
def test_kappa_is_symmetric_at_most_one_and_one_for_the_same(pairs):
    a, b = zip(*pairs, strict=True)
    value, other = cohens_kappa(a, b), cohens_kappa(b, a)
    assert (math.isnan(value) and math.isnan(other)) or value == pytest.approx(other)
    assert math.isnan(value) or value <= 1.0
    assert math.isnan(cohens_kappa(a, a)) == (len(set(a)) == 1)
    assert len(set(a)) == 1 or cohens_kappa(a, a) == pytest.approx(1.0)


def test_labels_of_different_lengths_are_refused():
    for a, b in (([0], [0, 1]), ([], [])):
        with pytest.raises(ValueError, match="one length"):
            cohens_kappa(a, b)


def test_two_reviewers_and_the_program():
    ada = [Proposal("ME", 10, 15, 20, 1.0), Proposal("MaE", 50, 60, 90, 1.0)]
    bob = [Proposal("ME", 10, 15, 20, 1.0)]
    both = agreement(ada, bob, np.arange(200))
    assert both.kappa["ME"] == pytest.approx(1.0)
    assert both.kappa["MaE"] == pytest.approx(0.0)
    assert 0.0 < both.kappa["overall"] < 1.0
    assert both.score.overall.f1 == pytest.approx(2 / 3)
    assert agreement(bob, ada, np.arange(200)).score.overall.f1 == both.score.overall.f1
    assert both.as_dict()["f1"]["ME"] == 1.0
    assert set(agreements({"program": [], "Ada": ada, "Bob": bob}, np.arange(200))) == {
        ("program", "Ada"), ("program", "Bob"), ("Ada", "Bob"),
    }  # fmt: skip


def test_where_nobody_saw_anything_kappa_is_undefined():
    empty = agreement([], [], np.arange(30))
    assert all(math.isnan(value) for value in empty.kappa.values())
    assert empty.as_dict()["kappa"] == {"ME": None, "MaE": None, "overall": None}
