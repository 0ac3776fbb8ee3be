"""Keys of the live view and of the review: one language."""

from __future__ import annotations

from livespot.gui.home.start_page import CHOICES, LATER
from livespot.gui.keys import KEYS
from livespot.gui.review.header import _SWITCHES
from livespot.gui.review.keys import KEYS as REVIEW
from livespot.gui.viewbar import _SWITCHES as LIVE_SWITCHES

SAME = {"help": "keys", "quit": "close", "run": "play", "reset": "all"}
"""Names in the live view and in the review of what is the same to a person."""

LIVE_KEYS = {sequence: key.name for group in KEYS.values() for key in group for sequence in key.keys}
REVIEW_KEYS = {sequence: name for _, keys in REVIEW for sequence, name, _ in keys}


def test_no_key_means_one_thing_live_and_another_in_the_review():
    both = set(LIVE_KEYS) & set(REVIEW_KEYS)
    assert {"B", "L", "R", "M", "W", "F1", "Space", "Ctrl+Q"} <= both
    differ = {k: (LIVE_KEYS[k], REVIEW_KEYS[k]) for k in both if LIVE_KEYS[k] != REVIEW_KEYS[k]}
    assert all(SAME.get(live) == review for live, review in differ.values()), differ


def test_the_home_page_uses_no_key_of_theirs_for_something_else():
    home = {key: name for name, _, _, key in CHOICES} | {key: name for name, _, key in LATER if key}
    other = {"Ctrl+O": {"open"}, "Ctrl+,": {"settings"}}
    for key, name in home.items():
        for known in (LIVE_KEYS.get(key), REVIEW_KEYS.get(key)):
            assert known is None or known in other.get(key, set()), (key, name, known)


def test_no_single_letter_quits_and_overlays_are_called_the_same():
    assert LIVE_KEYS.get("Q") is None and REVIEW_KEYS.get("Q") is None
    live = {name: words for name, words, _ in LIVE_SWITCHES}
    assert all(live.get(name, words) == words for name, words, _ in _SWITCHES)
