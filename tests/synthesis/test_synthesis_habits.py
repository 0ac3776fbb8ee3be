from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from livespot.capture import VideoSource
from livespot.installation.shipped_files import asset_path
from livespot.synthesis.gaze import Glance, gaze_at
from livespot.synthesis.habits import draw_chewing, draw_glances, draw_shadows, without_speech
from livespot.synthesis.portraits import Portrait, PortraitSource, make_rig, mesh_of
from livespot.synthesis.recipe import Wish, draw_recipe
from livespot.synthesis.script import KINDS, draw_speech, draw_timeline
from livespot.synthesis.shadows import REACH, Shadow, cast_at, light
from livespot.synthesis.shutter import Shutter
from livespot.synthesis.timeline import Pose
from livespot.synthesis.warp import FaceRig, Motion
from livespot.types import Float32Array


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def rig() -> FaceRig:
    """The demo clip's first picture, small."""
    with VideoSource(asset_path("demo.mp4")) as video:
        image = video.read().image
    source = PortraitSource("x", "x", Path("x.png"))
    return make_rig(Portrait(source, (image,), mesh_of(image)), (320, 240), 70.0, (0.5, 0.4))


def change(rig: FaceRig, pose: Pose) -> Float32Array:
    return np.abs(rig.render(pose) - rig.render(Pose())).max(axis=-1)


def test_the_eyes_jump_and_rest() -> None:
    glances = (Glance(10.0, 12.0, (8.0, 0.0)), Glance(30.0, 31.0, (-4.0, 2.0)))
    course = [gaze_at(glances, frame) for frame in range(40)]
    assert course[10] == (0.0, 0.0)
    assert course[11] == pytest.approx((4.0, 0.0))
    assert course[12] == course[30] == (8.0, 0.0)
    assert course[31] == pytest.approx((-4.0, 2.0))


@pytest.mark.parametrize("kind", KINDS)
def test_people_look_about_in_every_kind(kind: str) -> None:
    glances = draw_glances(rng(3), kind, 30.0, 900)
    assert len(glances) > 5
    for glance, following in pairwise(glances):
        assert 0.02 < (glance.landed - glance.onset) / 30.0 < 0.15
        assert following.onset - glance.landed >= 0.2 * 30.0 - 1e-9
    assert draw_timeline(rng(3), kind, 30.0, 300, True).glances
    assert not draw_timeline(rng(3), kind, 30.0, 300, True, own_blinks=True).glances


def test_chewing_is_a_rhythm_of_some_calm_and_talking_clips() -> None:
    drawn = [draw_chewing(rng(seed), "calm", 30.0, 600) for seed in range(40)]
    assert 3 < sum(bool(stirs) for stirs in drawn) < 20
    assert not any(draw_chewing(rng(seed), "turning", 30.0, 600) for seed in range(40))
    stirs = next(stirs for stirs in drawn if stirs)
    jaw = np.array([s.onset for s in stirs if s.actions[0].unit == 26]) / 30.0
    assert 1 / 2.3 < np.median(np.diff(jaw)) < 1 / 0.8
    speech = without_speech(draw_speech(rng(1), 30.0, 600), stirs)
    assert all(s.offset <= c.onset or c.offset <= s.onset for s in speech for c in stirs)


def test_expressions_do_not_depend_on_the_habits() -> None:
    timelines = [draw_timeline(rng(seed), "calm", 30.0, 600, True) for seed in range(20)]
    assert any(t.shadows for t in timelines)
    assert not all(t.shadows for t in timelines)
    assert all(t == draw_timeline(rng(seed), "calm", 30.0, 600, True) for seed, t in enumerate(timelines))


def test_the_annotated_apex_is_the_strongest_frame_there_is() -> None:
    source = PortraitSource("x", "x", Path("x.png"))
    for number in range(24):
        recipe = draw_recipe(Wish(seed=5, neutral=0.0), number, source, 0.0)
        expressions = sorted(recipe.timeline.expressions, key=lambda e: (e.onset, e.offset))
        for row, e in zip(recipe.annotations(), expressions, strict=True):
            strength = [e.strength(at) for at in recipe.taken[row.onset : row.offset + 1]]
            assert strength[row.apex - row.onset] == pytest.approx(max(strength), abs=1e-3 if e.sag else 1e-9)
            assert max(strength[0], strength[-1]) < 0.35


def test_a_glance_moves_the_eyes_and_nothing_else(rig: FaceRig) -> None:
    changed = change(rig, Pose(gaze=(12.0, 0.0)))
    eyes = np.zeros_like(changed, bool)
    for eye in rig._eyes:
        x0, y0, x1, y1 = eye.box
        assert changed[y0:y1, x0:x1].max() > 10.0
        eyes[y0:y1, x0:x1] = True
    assert changed[~eyes].max() == 0.0
    faint = change(rig, Pose(gaze=(0.05, 0.0))).max()
    assert faint < 0.1 * changed.max()  # nothing jumps when they begin to move


def test_the_eyes_go_with_the_head(rig: FaceRig) -> None:
    still = rig.render(Pose(gaze=(10.0, 0.0)))
    by = round(18.0 * rig.axes.px_per_canonical)  # whole px, so that the pictures can be compared
    moved = rig.render(Pose(gaze=(10.0, 0.0), shift=(by / rig.axes.px_per_canonical, 0.0)))
    x0, y0, x1, y1 = rig._eyes[0].box
    here, there = still[y0:y1, x0:x1], moved[y0:y1, x0 + by : x1 + by]
    assert np.abs(here - there).mean() < 2.0


@pytest.mark.parametrize(("unit", "mesh_point"), [(1, 151), (4, 9), (12, 206)])
def test_folds_darken_with_intensity(rig: FaceRig, unit: int, mesh_point: int) -> None:
    faint, deep = (rig._wrinkles.darkness({(unit, "both"): peak}) for peak in (1.0, 6.0))
    assert 0.005 < faint.max() < 0.06
    assert 2.5 * faint.max() < deep.max() <= 0.16
    assert rig._wrinkles.darkness({(20, "both"): 5.0}) is None
    x0, y0, *_ = rig._wrinkles.box
    y, x = np.unravel_index(int(deep.argmax()), deep.shape)
    fold = np.array([x + x0, y + y0]) - rig.mesh[mesh_point, :2]
    assert np.linalg.norm(fold) < 0.5 * rig.axes.eye_distance_px


def test_a_shadow_passes_and_leaves(rig: FaceRig) -> None:
    shadow = Shadow(0.0, 1.0, 0.3, 0.3, -6.0, 3.0)
    assert cast_at((shadow,), 0.0) == ()
    ((_, middle),) = cast_at((shadow,), 2.0)
    assert middle == 0.0
    centre = rig.axes.origin.astype(np.float32)[None]
    assert float(light(((shadow, 0.0),), rig.axes, centre)[0]) == pytest.approx(0.7, abs=0.03)
    assert float(light(((shadow, REACH),), rig.axes, centre)[0]) == pytest.approx(1.0, abs=1e-3)
    shaded = rig.render(Pose(shadows=((shadow, 0.0),))).mean()
    assert shaded < 0.97 * rig.render(Pose()).mean()
    shadows = [draw_shadows(rng(seed), 30.0, 600) for seed in range(60)]
    assert 8 < sum(bool(s) for s in shadows) < 30


def test_only_what_moves_fast_is_blurred(rig: FaceRig) -> None:
    start, slow, fast = Pose(), Pose(shift=(0.5, 0.0)), Pose(shift=(10.0, 0.0))
    for pose, blurred in ((slow, False), (fast, True)):
        shutter = Shutter(rig, 0.8)
        shutter.take(start, 0.0)
        taken, sharp = shutter.take(pose, 1.0), rig.render(pose)
        assert np.array_equal(taken, sharp) is not blurred
        if blurred:
            face = np.s_[70:170, 110:210]
            assert np.abs(np.diff(taken[face], axis=1)).mean() < np.abs(np.diff(sharp[face], axis=1)).mean()
            assert np.allclose(taken[:, :4], sharp[:, :4], atol=1.0)
    closed = Shutter(rig, 0.0)
    closed.take(start, 0.0)
    assert np.array_equal(closed.take(fast, 1.0), rig.render(fast))


def test_the_motion_handed_in_changes_nothing(rig: FaceRig) -> None:
    pose = replace(Pose({(12, "both"): 3.0}), yaw_deg=4.0, gaze=(5.0, 1.0))
    motion = rig.motion(pose)
    assert isinstance(motion, Motion)
    assert np.array_equal(rig.render(pose, motion), rig.render(pose))
