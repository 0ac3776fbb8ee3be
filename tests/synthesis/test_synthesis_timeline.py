from __future__ import annotations

import numpy as np
import pytest

from livespot.errors import UsageError
from livespot.synthesis.timeline import Action, Blink, Expression, Sway, Timeline, smooth_step

HELD = Expression("MaE", 10, 20, 50, (Action(12, 4.0), Action(6, 1.0, "A")), held_until=35)


def test_an_expression_rises_holds_and_falls() -> None:
    strength = np.array([HELD.strength(frame) for frame in range(60)])
    assert np.all(strength[:11] == 0.0)
    assert np.all(strength[50:] == 0.0)
    assert np.all(strength[20:36] == 1.0)
    assert np.all(np.diff(strength[10:21]) > 0)
    assert np.all(np.diff(strength[35:51]) < 0)


def test_without_a_hold_it_lets_go_at_the_apex() -> None:
    quick = Expression("ME", 3, 8, 15, (Action(4, 1.0),))
    strength = [quick.strength(frame) for frame in range(20)]
    assert int(np.argmax(strength)) == 8
    assert strength[7] < 1.0
    assert strength[9] < 1.0


def test_the_step_is_flat_at_both_ends_and_symmetric() -> None:
    assert smooth_step(-1.0) == smooth_step(0.0) == 0.0
    assert smooth_step(1.0) == smooth_step(2.0) == 1.0
    assert smooth_step(0.5) == pytest.approx(0.5)
    assert smooth_step(0.01) < 1e-4
    assert smooth_step(0.3) + smooth_step(0.7) == pytest.approx(1.0)


def test_a_blink_shuts_faster_than_it_opens() -> None:
    blink = Blink(30)
    assert blink.closure(30) == 1.0
    assert blink.closure(27) == blink.closure(36) == 0.0
    assert blink.closure(28) < blink.closure(32)


def test_a_pose_adds_what_acts_at_that_frame() -> None:
    other = Expression("ME", 30, 35, 40, (Action(12, 1.0),))
    timeline = Timeline(60, 30.0, (HELD, other), (Blink(5),))
    assert timeline.pose(0).intensities == {}
    assert timeline.pose(25).intensities == {(12, "both"): 4.0, (6, "A"): 1.0}
    assert timeline.pose(35).intensities[12, "both"] == pytest.approx(5.0)
    assert timeline.pose(5).closure == 1.0
    assert timeline.pose(5).scale == 1.0


def test_head_motion_depends_on_the_seed_alone() -> None:
    def course(seed: int) -> list[tuple[float, ...]]:
        timeline = Timeline(300, 30.0, sway=Sway(), seed=seed)
        poses = [timeline.pose(frame) for frame in range(0, 300, 20)]
        return [(*pose.shift, pose.roll_deg, pose.scale) for pose in poses]

    assert course(3) == course(3)
    assert course(3) != course(4)
    sway = np.array(course(3))
    limits = np.array([Sway().shift_px, 0.5 * Sway().shift_px, Sway().roll_deg])
    assert np.all(np.abs(sway[:, :3]) <= limits + 1e-9)
    assert np.all(np.abs(sway[:, 3] - 1.0) <= Sway().growth + 1e-9)


def test_labels_name_the_persons_own_side() -> None:
    assert HELD.label == "12+R6"
    assert Action(12, 1.0, "B").label == "L12"


@pytest.mark.parametrize("frames", [(5, 5, 9), (5, 4, 9), (5, 9, 9), (-1, 4, 9)])
def test_frames_out_of_order_are_refused(frames: tuple[int, int, int]) -> None:
    with pytest.raises(UsageError, match="onset < apex"):
        Expression("ME", *frames, (Action(4, 1.0),))


def test_an_expression_beyond_the_end_is_refused() -> None:
    with pytest.raises(UsageError, match="after the last frame"):
        Timeline(50, 30.0, (HELD,))
