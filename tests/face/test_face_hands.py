"""A hand over the face leaves a hole: the rule on made-up hands, the whole way on a real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import livespot
from livespot.config import FaceConfig
from livespot.face.hands import HandWatch, distance_to_bones
from livespot.types import FaceFrame, FaceState, Landmarks, ModelFrame


def test_distance_is_to_the_bones_and_not_to_the_joints():
    hand = np.zeros((21, 2))
    hand[:, 0] = np.linspace(0, 100, 21)  # all joints on one line
    assert distance_to_bones(np.array([[52.0, 7.0]]), hand) == pytest.approx(7.0)
    assert distance_to_bones(np.array([[-30.0, 0.0], [110.0, 0.0]]), hand) == pytest.approx(10.0)


def frame(number: int, found: bool = True, phases: int = 1) -> FaceFrame:
    picture = ModelFrame(number, number, number / 30, np.full((2, 2, 3), number, np.uint8), 30.0, phases)
    face = Landmarks(np.zeros((68, 2), np.float32), np.zeros((478, 3), np.float32)) if found else None
    return FaceFrame(picture, face, FaceState.OK if found else FaceState.NO_FACE)


def watched(monkeypatch, every: int, hand: set[int] = frozenset()) -> tuple[HandWatch, list[int]]:
    """A watch that sees a hand in the numbered frames, and the numbers of the frames that it looked at."""
    looks: list[int] = []
    watch = HandWatch(FaceConfig(hand_check_frames=every))

    def finds_hand(image: np.ndarray, face: Landmarks) -> bool:
        looks.append(int(image[0, 0, 0]))
        return looks[-1] in hand

    monkeypatch.setattr(watch, "_finds_hand", finds_hand)
    return watch, looks


@pytest.mark.parametrize("phases", [1, 4])
def test_the_watch_looks_seldom_and_counts_frames_with_a_face(monkeypatch, phases):
    watch, looks = watched(monkeypatch, 6)
    for number in range(60):
        watch.step(frame(number, found=number >= 3, phases=phases))
    assert looks == list(range(3, 60, 6 * phases))
    watch.reset()
    watch.step(frame(60))
    watch.step(frame(61))
    assert looks[-1] == 60


def test_the_watch_can_be_switched_off(monkeypatch):
    watch, looks = watched(monkeypatch, 0, {0, 1})
    assert all(watch.step(frame(number)).state is FaceState.OK for number in range(20))
    assert looks == []


@pytest.mark.parametrize("at_once", [True, False])
def test_a_look_holds_from_the_next_frame_on_whoever_takes_it(monkeypatch, at_once):
    watch, _ = watched(monkeypatch, 6, {6, 7, 8, 9, 10, 11, 12})
    states = []
    for number in range(24):
        judged = watch.step(frame(number))
        assert (judged.landmarks is None) == (judged.state is FaceState.HIDDEN)
        states.append(judged.state)
        if at_once:
            watch.look()
    hidden = [number for number, state in enumerate(states) if state is FaceState.HIDDEN]
    assert hidden == list(range(7, 19))  # found at 6 and at 12, no longer at 18


def test_a_hand_over_the_mouth_leaves_a_hole(shared_videos: Path):
    result = livespot.spot(shared_videos / "pyfeat_WolfgangLanger_Pexels.mp4")
    missing = np.isnan(result.curves).all(axis=1)
    rate = 23.98
    assert missing[round(3 * rate) : round(9 * rate)].mean() > 0.9  # the hand is there from 2.5 to 9.5 s
    assert missing[: round(2 * rate)].sum() == 0
    assert missing[round(10.5 * rate) :].mean() < 0.1
    assert result.summary["frames_without_face"][FaceState.HIDDEN.value] > 100
