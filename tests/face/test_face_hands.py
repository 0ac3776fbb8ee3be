"""A hand over the face leaves a hole: the rule on made-up hands, the whole way on a real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import livespot
from livespot.config import FaceConfig
from livespot.face.hands import HandWatch, distance_to_bones
from livespot.types import FaceState


def test_distance_is_to_the_bones_and_not_to_the_joints():
    hand = np.zeros((21, 2))
    hand[:, 0] = np.linspace(0, 100, 21)  # all joints on one line
    assert distance_to_bones(np.array([[52.0, 7.0]]), hand) == pytest.approx(7.0)
    assert distance_to_bones(np.array([[-30.0, 0.0], [110.0, 0.0]]), hand) == pytest.approx(10.0)


def test_the_watch_looks_seldom_and_can_be_switched_off(monkeypatch):
    looks = []
    watch = HandWatch(FaceConfig(hand_check_frames=6))
    monkeypatch.setattr(watch, "_look", lambda image, face: looks.append(1) or True)
    assert all(watch.hides(None, None) for _ in range(13))
    assert len(looks) == 3
    watch.reset()
    watch.hides(None, None)
    assert len(looks) == 4
    off = HandWatch(FaceConfig(hand_check_frames=0))
    assert not off.hides(None, None)


def test_a_hand_over_the_mouth_leaves_a_hole(shared_videos: Path):
    result = livespot.spot(shared_videos / "pyfeat_WolfgangLanger_Pexels.mp4")
    missing = np.isnan(result.curves).all(axis=1)
    rate = 23.98
    assert missing[round(3 * rate) : round(9 * rate)].mean() > 0.9  # the hand is there from 2.5 to 9.5 s
    assert missing[: round(2 * rate)].sum() == 0
    assert missing[round(10.5 * rate) :].mean() < 0.1
    assert result.summary["frames_without_face"][FaceState.HIDDEN.value] > 100
