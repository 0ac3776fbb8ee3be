from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from livespot.synthesis.anchors import ACTION_UNITS
from livespot.synthesis.script import COUPLED, KINDS, draw_expressions, draw_timeline
from livespot.synthesis.speech import VISEMES, draw_speech
from livespot.synthesis.statistics import COMBINATIONS, SELDOM
from livespot.synthesis.timeline import Action, Expression, HeadMove, Stir, Timeline


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_chance_gives_the_same_timeline(kind: str) -> None:
    first = draw_timeline(rng(5), kind, 30.0, 600, True)
    assert first == draw_timeline(rng(5), kind, 30.0, 600, True)
    assert first != draw_timeline(rng(6), kind, 30.0, 600, True)
    assert bool(first.moves) == (kind in ("talking", "turning"))
    assert not draw_timeline(rng(5), kind, 30.0, 600, False).expressions
    assert not draw_timeline(rng(5), kind, 30.0, 600, True, own_blinks=True).blinks


@pytest.mark.parametrize("rate_hz", [24.0, 30.0, 60.0])
def test_expressions_have_the_durations_of_their_type(rate_hz: float) -> None:
    drawn = [e for seed in range(40) for e in draw_expressions(rng(seed), rate_hz, round(20 * rate_hz))]
    assert {e.type for e in drawn} == {"ME", "MaE"}
    for e in drawn:
        seconds = (e.offset - e.onset) / rate_hz
        assert seconds < 0.5 if e.type == "ME" else 0.45 <= seconds < 10.0
        assert e.offset < 20 * rate_hz
        assert e.actions
    assert any(b.onset < a.offset for a, b in pairwise(drawn) if b.onset > a.onset)
    assert any(e.held_until is not None and e.held_until > e.apex + rate_hz for e in drawn)


def test_every_annotated_unit_can_be_shown() -> None:
    names = [*SELDOM, *(name for table in COMBINATIONS.values() for name in table)]
    units = {int(u.lstrip("LR")) for name in names for u in name.split("+")}
    assert units - {45} <= set(ACTION_UNITS)
    assert {u for pairs in COUPLED.values() for u, _ in pairs} <= set(ACTION_UNITS)


def test_what_goes_along_is_shown_and_not_named() -> None:
    smile = Expression("MaE", 5, 10, 30, (Action(12, 4.0),), coupled=(Action(6, 1.0),))
    assert smile.label == "12"
    assert Timeline(40, 30.0, (smile,)).pose(10).intensities == {(12, "both"): 4.0, (6, "both"): 1.0}


def test_speech_beats_at_the_pace_of_syllables_and_rests() -> None:
    for seed in range(5):
        stirs = draw_speech(rng(seed), 30.0, 900)
        # The jaw or the lips open once a syllable; consonants and breaths lie between.
        vowels = [stir.apex / 30.0 for stir in stirs if stir.actions[0].unit == 26 and len(stir.actions) > 1]
        gaps = np.diff(vowels)
        assert 0.1 < np.median(gaps) < 0.35
        assert gaps.max() > 0.4
        assert any(b.onset < a.offset - 1.0 for a, b in pairwise(stirs))  # each shape reaches into the next


def test_speech_uses_every_muscle_of_the_mouth_and_no_two_talkers_alike() -> None:
    talkers = [draw_speech(rng(seed), 30.0, 1800) for seed in range(12)]
    spoken = {action.unit for stirs in talkers for stir in stirs for action in stir.actions}
    assert spoken == {unit for shape in VISEMES.values() for unit, _ in shape}
    assert any(action.side != "both" for stirs in talkers for stir in stirs for action in stir.actions)
    loud = [max(action.peak for stir in stirs for action in stir.actions) for stirs in talkers]
    assert max(loud) > 2.0 * min(loud)


def test_seldom_movements_come_often_enough_to_be_learned() -> None:
    drawn = [e for seed in range(60) for e in draw_expressions(rng(seed), 30.0, 600)]
    shown = {action.unit for e in drawn for action in e.actions}
    assert {5, 7, 9, 22, 23, 24, 25, 26, 27, 38, 43} <= shown
    held = [e for e in drawn if e.held_until is not None and e.held_until > e.apex]
    assert any(e.sag for e in held)
    assert not any(e.sag for e in drawn if e.type == "ME")


def test_stirs_and_moves_act_and_end() -> None:
    timeline = Timeline(
        60,
        30.0,
        stirs=(Stir(10.0, 12.5, 16.0, (Action(26, 2.0),)),),
        moves=(HeadMove(20, 25, 30, 35, yaw_deg=10.0, shift=(4.0, 0.0), growth=0.1),),
    )
    assert timeline.pose(12.5).intensities == {(26, "both"): 2.0}
    assert timeline.pose(17).intensities == {}
    there = timeline.pose(27)
    assert (there.yaw_deg, there.shift, there.scale) == (10.0, (4.0, 0.0), 1.1)
    assert timeline.pose(36).yaw_deg == 0.0
    assert 0.0 < timeline.pose(22.25).yaw_deg < 10.0


def test_closing_the_eyes_closes_the_lids() -> None:
    shut = Expression("MaE", 5, 15, 30, (Action(43, 6.0),))
    timeline = Timeline(40, 30.0, (shut,))
    assert timeline.pose(15).closure == 1.0
    assert 0.0 < timeline.pose(9).closure < 1.0
    assert timeline.pose(31).closure == 0.0
