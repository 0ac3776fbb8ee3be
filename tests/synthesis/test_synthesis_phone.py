"""What a hand-held camera adds to a picture, and glasses on a face."""

from __future__ import annotations

import numpy as np
import pytest
from synthesis_makers import EYES, SIZE, drawn_mesh, drawn_portrait

from livespot.cv import cv2
from livespot.synthesis.framing import Framing
from livespot.synthesis.glasses import Glasses, WornGlasses, draw_glasses
from livespot.synthesis.phone import Phone, Pulse, draw_phone
from livespot.synthesis.timeline import Pose
from livespot.synthesis.warp import FaceRig


def picture() -> np.ndarray:
    return drawn_portrait().astype(np.float32)


def test_a_standing_camera_leaves_the_picture_as_it_is() -> None:
    still = picture()
    assert Phone().take(still, 3.0) is still
    assert Phone().summary == "none"


def test_a_hand_moves_the_whole_picture_and_the_same_hand_the_same_way() -> None:
    held = Phone(drift_px=6.0, tremor_px=0.5, roll_deg=0.5, seed=3)
    first, later = held.take(picture(), 0.0), held.take(picture(), 1.0)
    assert np.array_equal(first, held.take(picture(), 0.0))
    grey = [cv2.cvtColor(np.clip(p, 0, 255).astype(np.uint8), cv2.COLOR_BGR2GRAY) for p in (first, later)]
    flow = cv2.calcOpticalFlowFarneback(grey[0], grey[1], None, 0.5, 3, 25, 5, 7, 1.5, 0)
    inside = flow[30:-30, 40:-40].reshape(-1, 2)
    assert 0.5 < np.linalg.norm(np.median(inside, axis=0)) < 12.0
    assert np.linalg.norm(inside - np.median(inside, axis=0), axis=1).mean() < 1.0


def test_a_hunting_focus_blurs_and_comes_back() -> None:
    hunting = Phone(hunts=(Pulse(1.0, 1.0, 2.0),))

    def sharpness(time_s: float) -> float:
        return float(cv2.Laplacian(hunting.take(picture(), time_s), cv2.CV_32F).var())

    assert sharpness(1.5) < 0.6 * sharpness(0.5)
    assert sharpness(2.5) == sharpness(0.5)


def test_a_pumping_exposure_changes_the_light_alone() -> None:
    pumping = Phone(pumps=(Pulse(1.0, 0.5, 0.3),))
    np.testing.assert_allclose(pumping.take(picture(), 1.25), 1.3 * picture(), rtol=1e-5)
    np.testing.assert_array_equal(pumping.take(picture(), 1.6), picture())


def test_a_beauty_filter_takes_noise_and_keeps_edges() -> None:
    step = np.full((60, 80, 3), 80, np.uint8)
    step[:, 40:] = 180
    noisy = np.clip(step + np.random.default_rng(0).normal(0.0, 6.0, step.shape), 0, 255).astype(np.uint8)
    smooth = Phone(smoothing=30.0).smoothed(noisy).astype(float)
    assert smooth[:, 5:35].std() < 0.5 * noisy[:, 5:35].std()
    assert smooth[:, 42].mean() - smooth[:, 37].mean() > 90
    assert Phone().smoothed(noisy) is noisy


def test_cameras_are_drawn_by_chance_and_come_back_the_same() -> None:
    drawn = [draw_phone(np.random.default_rng(seed), 20.0) for seed in range(60)]
    assert drawn == [draw_phone(np.random.default_rng(seed), 20.0) for seed in range(60)]
    assert 10 < sum(phone.summary == "none" for phone in drawn) < 45
    pairs = [draw_glasses(np.random.default_rng(seed)) for seed in range(60)]
    assert 2 < sum(pair is not None for pair in pairs) < 25
    assert pairs == [draw_glasses(np.random.default_rng(seed)) for seed in range(60)]


@pytest.fixture(scope="module")
def rig() -> FaceRig:
    return FaceRig(drawn_portrait(), drawn_mesh(), Framing(1.0, (0.0, 0.0), SIZE))


def worn_on(rig: FaceRig, glasses: Glasses, pose: Pose, time_s: float = 0.0) -> np.ndarray:
    """Where the pair changes the rendered picture, (height, width)."""
    bare = rig.render(pose)
    with_them = bare.copy()
    WornGlasses(glasses, rig).draw(with_them, pose, time_s)
    return np.abs(with_them - bare).max(axis=-1)


def test_a_frame_goes_with_the_head_and_not_with_the_skin(rig: FaceRig) -> None:
    glasses = Glasses(reflection=0.0, thickness=0.05)
    still = worn_on(rig, glasses, Pose())
    assert 0.01 < (still > 5).mean() < 0.2
    raised = worn_on(rig, glasses, Pose({(1, "both"): 4.0, (2, "both"): 4.0}))
    assert ((raised > 20) == (still > 20)).mean() > 0.97
    shift = 10.0
    moved = worn_on(rig, glasses, Pose(shift=(shift, 0.0)))

    def middle(changed: np.ndarray) -> float:
        return float((changed.sum(axis=0) * np.arange(SIZE[0])).sum() / changed.sum())

    assert middle(moved) - middle(still) == pytest.approx(shift * EYES / 90.0, abs=1.0)


def test_a_reflection_stays_within_the_lenses_and_changes_with_the_screen(rig: FaceRig) -> None:
    dull, shiny = Glasses(reflection=0.0), Glasses(reflection=0.3)
    only = [np.abs(worn_on(rig, shiny, Pose(), t) - worn_on(rig, dull, Pose(), t)) for t in (0.0, 3.0)]
    for changed in only:
        assert changed.max() > 3.0
        assert (changed > 1.0).mean() < 0.15
    assert np.abs(only[0] - only[1]).max() > 3.0
