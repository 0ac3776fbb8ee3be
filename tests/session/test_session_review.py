"""Decisions over detections: beside them, never over them, with undo and who decided."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_movement import SMILE

from livespot.errors import InputError, OutputError, UsageError
from livespot.session.review import Review, key_of, merged
from livespot.types import Interval

FOUND = (
    Interval("ME", 10, 14, 20, 0.3, 0.5, 0.7, 0.9),
    Interval("MaE", 60, 80, 100, 2.0, 2.7, 3.3, 0.6),
    Interval("ME", 200, 205, 210, 6.7, 6.8, 7.0, 0.4),
)
MISSED = Interval("MaE", 300, 320, 340, 10.0, 10.7, 11.3, 1.0)


@pytest.fixture
def review(tmp_path):
    return Review(tmp_path / "review.json", FOUND)


def test_nothing_decided_leaves_everything_and_writes_nothing(review):
    assert merged(review) == list(FOUND)
    assert [r.verdict for r in review.state()] == ["open"] * 3
    assert not review.path.exists()


def test_every_kind_of_decision(review):
    review.accept(FOUND[0], "Ada")
    review.reject(FOUND[2], "Ada", "a blink")
    review.relabel(FOUND[1], "ME", "Ada")
    review.move(FOUND[1], replace(FOUND[1], onset=62, onset_s=2.1), "Ada")
    review.add(MISSED, "Ada", "the program missed it")
    review.comment(FOUND[0], "Ada", "clear")
    again = Review(review.path, FOUND)
    assert merged(again) == [FOUND[0], replace(FOUND[1], type="ME", onset=62, onset_s=2.1), MISSED]
    states = again.state()
    assert [r.verdict for r in states] == ["accepted", "moved", "rejected", "added"]
    assert [r.detection for r in states] == [*FOUND, None]
    assert states[0].comments == ("clear",) and states[2].comments == ("a blink",)
    assert all(r.reviewer == "Ada" and r.at.endswith("+00:00") for r in states)


def test_what_moved_is_kept_with_a_decision_and_tells_no_two_apart(review):
    seen = replace(MISSED, movement=SMILE)
    assert seen == MISSED
    review.add(seen, "Ada")
    assert merged(Review(review.path, FOUND))[-1].movement == SMILE
    review.accept(replace(FOUND[0], movement=SMILE), "Ada")  # the same detection, measured later
    assert Review(review.path, FOUND).state()[0].verdict == "accepted"


def test_undo_and_redo_keep_the_history(review):
    review.reject(FOUND[0], "Ada")
    review.accept(FOUND[0], "Bob")
    added = review.add(MISSED, "Ada")
    assert review.undo("Ada") == added
    assert merged(review) == list(FOUND)
    review.undo("Ada")
    assert review.undo("Ada") is None
    assert [r.verdict for r in review.state("Ada")] == ["open"] * 3
    assert review.redo("Ada").action == "reject"
    assert review.redo("Ada").action == "add"
    assert review.redo("Ada") is None
    document = json.loads(review.path.read_text())
    assert [d["action"] for d in document["decisions"]] == ["reject", "accept", "add"]


def test_reviewers_have_views_of_their_own(review):
    review.reject(FOUND[0], "Ada")
    review.reject(FOUND[1], "Bob")
    assert merged(review, "Ada") == [FOUND[1], FOUND[2]]
    assert merged(review, "Bob") == [FOUND[0], FOUND[2]]
    assert merged(review) == [FOUND[2]]
    assert review.reviewers == ["Ada", "Bob"]


def test_what_was_added_can_be_decided_about(review):
    target = review.add(MISSED, "Ada").target
    review.move(target, replace(MISSED, offset=350), "Ada")
    assert merged(review)[-1] == replace(MISSED, offset=350)
    review.reject(target, "Ada")
    assert merged(review) == list(FOUND)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(["accept", "reject", "undo", "redo"]), st.integers(0, 2))))
def test_undoing_everything_gives_the_detections_back(tmp_path_factory, steps):
    review = Review(tmp_path_factory.mktemp("r") / "review.json", FOUND)
    for what, which in steps:
        if what in ("undo", "redo"):
            getattr(review, what)("Ada")
        else:
            getattr(review, what)(FOUND[which], "Ada")
        assert Review(review.path, FOUND).decisions == review.decisions
    while review.undo("Ada"):
        pass
    assert merged(review) == list(FOUND)


def test_decisions_about_detections_that_are_gone_are_kept_and_have_no_effect(review):
    review.reject(FOUND[0], "Ada")
    later = Review(review.path, FOUND[1:])
    assert merged(later) == list(FOUND[1:])
    assert [d.target for d in later.decisions] == [key_of(FOUND[0])]


def test_impossible_decisions_are_refused_and_leave_no_trace(review):
    with pytest.raises(UsageError, match="reviewer's name"):
        review.accept(FOUND[0], "  ")
    with pytest.raises(UsageError, match="none of the intervals"):
        review.accept(MISSED, "Ada")
    with pytest.raises(UsageError, match="onset ≤ apex ≤ offset, got 90, 80, 100"):
        review.move(FOUND[1], replace(FOUND[1], onset=90), "Ada")
    with pytest.raises(UsageError, match="expects MaE or ME"):
        review.relabel(FOUND[1], "smile", "Ada")
    assert review.decisions == [] and not review.path.exists()


def test_a_decision_that_cannot_be_saved_is_not_taken(tmp_path):
    (tmp_path / "file").touch()
    review = Review(tmp_path / "gone" / "review.json", FOUND)
    with pytest.raises(OutputError, match="cannot be saved"):
        review.accept(FOUND[0], "Ada")
    assert review.decisions == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "is not JSON"),
        ("[]", "is no review"),
        ('{"format": "livespot review", "version": 9, "decisions": []}', "of version 9"),
        ('{"format": "livespot review", "version": 1}', "a decision cannot be read"),
        ('{"format": "livespot review", "version": 1, "decisions": [{"a": 1}]}', "a decision cannot be read"),
    ],
)
def test_a_damaged_review_is_one_clear_line(tmp_path, text, fault):
    (tmp_path / "review.json").write_text(text)
    with pytest.raises(InputError, match=rf"review\.json: {fault}|review\.json: is {fault}") as raised:
        Review(tmp_path / "review.json", FOUND)
    assert "\n" not in str(raised.value)
