"""Misses at a rate of false alarms, onsets as points, and limits of a rate, against results worked out by hand."""

from __future__ import annotations

import math

import pytest

from livespot.evaluation.figures import Alarms
from livespot.evaluation.online import Proposed, miss_rate, onset_precision, poisson_limits, score_online
from livespot.types import Interval, Proposal


def proposal(onset, offset, score, kind="ME"):
    middle = (onset + offset) // 2
    return Interval(kind, onset, middle, offset, onset / 30, middle / 30, offset / 30, score)


def video(truth, proposals, minutes=1.0):
    there = [Proposal("ME", a, (a + b) // 2, b, 1.0) for a, b in truth]
    return Proposed(there, [a / 30 for a, _ in truth], proposals, minutes)


def test_misses_at_a_rate_of_alarms():
    found = [
        proposal(100, 110, 0.9),  # right
        proposal(300, 310, 0.8),  # alarm 1
        proposal(500, 510, 0.7),  # right
        proposal(101, 111, 0.6),  # the first again: alarm 2
        proposal(700, 710, 0.5),  # right
    ]
    one = [video([(100, 110), (500, 510), (700, 710), (900, 910)], found)]
    assert miss_rate(one, "ME", 0.5) == pytest.approx(3 / 4)
    assert miss_rate(one, "ME", 1.0) == pytest.approx(2 / 4)
    assert miss_rate(one, "ME", 4.0) == pytest.approx(1 / 4)
    assert miss_rate(one, "MaE", 4.0) is None
    longer = [*one, video([], [], 1.0)]  # another minute in which nothing is said allows another alarm
    assert miss_rate(longer, "ME", 1.0) == pytest.approx(1 / 4)


def test_proposals_of_one_score_stand_or_fall_together():
    found = [proposal(100, 110, 0.5), proposal(300, 310, 0.5), proposal(400, 410, 0.5)]
    assert miss_rate([video([(100, 110)], found)], "ME", 1.0) == 1.0
    assert miss_rate([video([(100, 110)], found)], "ME", 2.0) == 0.0


def test_average_precision_of_onsets():
    found = [proposal(103, 140, 0.9), proposal(300, 310, 0.8), proposal(515, 530, 0.7)]
    one = [video([(100, 110), (500, 510)], found)]  # 0.1 s and 0.5 s late
    assert onset_precision(one, "ME", 0.05) == 0.0
    assert onset_precision(one, "ME", 0.1) == pytest.approx(0.5 * 1 / 1)
    assert onset_precision(one, "ME", 0.5) == pytest.approx(0.5 * (1 / 1 + 2 / 3))
    twice = [video([(100, 110)], [proposal(100, 110, 0.9), proposal(101, 110, 0.8)])]
    assert onset_precision(twice, "ME", 1.0) == 1.0
    assert onset_precision(one, "MaE", 1.0) is None
    scores = score_online(one)
    assert scores["ME"].as_dict()["onset_average_precision_at_s"]["0.5"] == pytest.approx(5 / 6)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904)]
)
def test_poisson_limits_are_those_of_the_tables(count, low, high):
    assert poisson_limits(count) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_limits_of_many_hold_their_share():
    low, high = poisson_limits(400)
    for mean, above in ((low, True), (high, False)):
        terms = [math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(1500)]
        tail = sum(terms[400:]) if above else sum(terms[:401])
        assert tail == pytest.approx(0.025, abs=1e-6)


def test_alarms_tell_their_limits():
    rates = Alarms(me=1, mae=2, minutes=2.0).as_dict()
    assert rates["per_minute"] == 1.5
    assert (rates["per_minute_low"], rates["per_minute_high"]) == tuple(n / 2.0 for n in poisson_limits(3))
    assert Alarms().as_dict()["per_minute_high"] is None
