from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livespot.evaluation.matching import Counts, SpottingScore, iou, match, score_video, score_videos
from livespot.types import ExpressionType, Interval, Proposal


def p(onset: int, offset: int, kind: ExpressionType = "ME", score: float = 0.5) -> Proposal:
    return Proposal(kind, onset, (onset + offset) // 2, offset, score)


spans = st.builds(
    lambda a, length, kind, score: p(a, a + length, kind, score),
    st.integers(0, 60), st.integers(0, 30), st.sampled_from(["ME", "MaE"]), st.floats(0.0, 1.0),
)  # fmt: skip


def test_half_overlap_counts_frames_inclusive():
    truth = p(10, 19)
    assert iou(truth, p(10, 14)) == 0.5
    assert score_video([truth], [p(10, 14)]).me == Counts(1, 0, 0)
    assert score_video([truth], [p(10, 13)]).me == Counts(0, 1, 1)
    assert score_video([p(5, 5)], [p(5, 5)]).me == Counts(1, 0, 0)


def test_each_ground_truth_is_matched_once():
    score = score_video([p(10, 20)], [p(10, 20), p(11, 20), p(50, 60)])
    assert score.me == Counts(tp=1, fp=2, fn=0)


def test_types_are_apart_and_pooled():
    score = score_video([p(10, 20), p(40, 80, "MaE")], [p(10, 20, "MaE"), p(40, 80, "MaE")])
    assert score.me == Counts(0, 0, 1)
    assert score.mae == Counts(1, 1, 0)
    assert score.overall == Counts(1, 1, 1)


def test_best_iou_goes_first_whatever_the_score():
    truth = [p(0, 9), p(4, 13)]
    detections = [p(3, 12, score=0.9), p(0, 9, score=0.1)]
    found = match(truth, detections)
    assert [(m.truth, m.detection) for m in found] == [(0, 1), (1, 0)]
    assert found[0].iou == 1.0


def test_videos_are_pooled_and_never_matched_across():
    truth, hit = [p(10, 20)], [p(10, 20)]
    score = score_videos([(truth, hit), (truth, []), ([], hit)])
    assert score.me == Counts(1, 1, 1)
    assert score_videos([]).overall == Counts()


PUBLISHED = {
    "SpotFormer, SAMM-LV": ((163, 227, 180, 0.4447), (61, 65, 98, 0.4281), 0.4401),
    "SpotFormer, CAS(ME)²": ((165, 187, 135, 0.5061), (10, 4, 47, 0.2817), 0.4841),
    "SpoT-GCN, SAMM-LV": ((188, 281, 155, 0.4631), (69, 114, 90, 0.4035), 0.4454),
    "SpoT-GCN, CAS(ME)²": ((161, 281, 139, 0.4340), (12, 22, 45, 0.2637), 0.4154),
    "STSNet_SW, SAMM-LV": ((167, 93, 176, 0.5539), (74, 10, 85, 0.6091), 0.5697),
    "STSNet_SW, CAS(ME)²": ((166, 30, 134, 0.6694), (33, 10, 24, 0.6600), 0.6678),
    "STSNet_SW, merged, SAMM-LV": ((175, 87, 168, 0.5785), (80, 11, 79, 0.6400), 0.5965),
    "STSNet_SW, merged, CAS(ME)²": ((165, 30, 135, 0.6667), (33, 10, 24, 0.6600), 0.6655),
    "STSNet_SW, by duration, SAMM-LV": ((179, 87, 164, 0.5878), (49, 76, 110, 0.3451), 0.5106),
    "STSNet_SW, by duration, CAS(ME)²": ((167, 32, 133, 0.6693), (22, 42, 35, 0.3636), 0.6097),
}
"""TP, FP, FN and F1 of MaE and of ME, and F1 over both; IAENet's paper gives no counts."""


@pytest.mark.parametrize("paper", list(PUBLISHED))
def test_published_counts_give_the_published_f1(paper):
    (*mae, mae_f1), (*me, me_f1), overall_f1 = PUBLISHED[paper]
    score = SpottingScore(me=Counts(*me), mae=Counts(*mae))
    found = [round(counts.f1, 4) for counts in (score.mae, score.me, score.overall)]
    assert found == [mae_f1, me_f1, overall_f1]


def test_nothing_is_zero_and_not_an_error():
    empty = score_video([], []).as_dict()
    assert set(empty) == {"MaE", "ME", "overall"}
    assert empty["overall"] == {"tp": 0, "fp": 0, "fn": 0, "precision": 0.0, "recall": 0.0, "f1": 0.0}


def test_intervals_in_seconds_are_taken_too():
    interval = Interval("ME", 10, 15, 20, 0.3, 0.5, 0.7, 0.9)
    assert score_video([interval], [p(10, 20)]).me.tp == 1


def test_limit_of_zero_is_refused():
    with pytest.raises(ValueError, match="min_iou"):
        match([], [], 0.0)


@given(st.lists(spans, max_size=8), st.lists(spans, max_size=8), st.randoms(use_true_random=False))
def test_counts_add_up_and_order_does_not_matter(truth, detections, rng: random.Random):
    score = score_video(truth, detections)
    for kind, counts in (("ME", score.me), ("MaE", score.mae)):
        assert counts.tp + counts.fn == sum(t.type == kind for t in truth)
        assert counts.tp + counts.fp == sum(d.type == kind for d in detections)
        ratio = counts.precision + counts.recall
        assert counts.f1 == pytest.approx(2 * counts.precision * counts.recall / ratio if ratio else 0.0)
    for pair in match(truth, detections):
        true, detected = truth[pair.truth], detections[pair.detection]
        assert true.type == detected.type
        assert pair.iou == true.iou(detected) >= 0.5
    assert score_video(rng.sample(truth, len(truth)), rng.sample(detections, len(detections))) == score
    assert score_video(truth, truth).overall == Counts(len(truth), 0, 0)
