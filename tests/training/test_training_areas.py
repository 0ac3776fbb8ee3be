"""The areas' motion without a pixel against what the renderer does with the same face."""

from __future__ import annotations

import numpy as np
import pytest

from livespot.cv import cv2
from livespot.regions import FACE
from livespot.synthesis.areas import FaceAreas, Person
from livespot.synthesis.framing import Framing
from livespot.synthesis.renderer import VARIANTS
from livespot.synthesis.timeline import Action, Blink, Expression, HeadMove, Stir, Timeline
from livespot.synthesis.warp import _CELL_PX, FaceRig
from livespot.types import Float32Array

SMILE = Expression("MaE", 5, 15, 40, (Action(12, 4.0), Action(6, 1.5, "A")), held_until=25)
BROWS = Expression("ME", 8, 13, 20, (Action(1, 1.5), Action(2, 1.0, "B")), coupled=(Action(5, 0.5),))
TURN = HeadMove(0, 10, 30, 45, yaw_deg=6.0, pitch_deg=-4.0, roll_deg=3.0, shift=(2.0, -1.0), growth=0.02)
COURSES = {
    "expressions": Timeline(50, 30.0, (SMILE, BROWS)),
    "blink and speech": Timeline(
        50, 30.0, blinks=(Blink(14),), stirs=(Stir(9.5, 13.0, 17.5, (Action(26, 3.0),)),)
    ),
    "turning": Timeline(50, 30.0, moves=(TURN,)),
    "all at once": Timeline(50, 30.0, (SMILE, BROWS), (Blink(14),), moves=(TURN,)),
}


def plain_rig(demo_mesh: Float32Array, variant: str = "a") -> FaceRig:
    low, high = demo_mesh[:, :2].min(axis=0), demo_mesh[:, :2].max(axis=0)
    size = int(high[0] + 0.2 * (high - low)[0]), int(high[1] + 0.2 * (high - low)[1])
    blank = np.zeros((size[1], size[0], 3), np.uint8)
    return FaceRig(blank, demo_mesh, Framing(1.0, (0.0, 0.0), size), VARIANTS[variant])


@pytest.fixture(scope="module")
def rig(demo_mesh: Float32Array) -> FaceRig:
    return plain_rig(demo_mesh)


def as_rendered(rig: FaceRig, face: FaceAreas, timeline: Timeline, frame: float) -> Float32Array:
    """Mean displacement of each area's points by the renderer's lattice, freed of the nose tip's."""
    there = rig.displacement(timeline.pose(frame))
    at = (face._points.reshape(-1, 2) + 0.5) / _CELL_PX - 0.5
    moved = cv2.remap(there, at[None, :, 0].copy(), at[None, :, 1].copy(), cv2.INTER_LINEAR)
    areas = moved.reshape(*face._points.shape).mean(axis=1) / rig.axes.px_per_canonical
    basis = np.array([rig.axes.right, rig.axes.down])
    return np.asarray((areas[:-1] - areas[-1]) @ basis.T, np.float32)


@pytest.mark.parametrize("name", COURSES)
def test_areas_move_as_the_renderer_moves_them(rig: FaceRig, demo_face: FaceAreas, name: str) -> None:
    timeline, frames = COURSES[name], np.array([0.0, 10.5, 14.0, 22.0, 49.0])
    moved = demo_face.displacement(timeline, frames)
    assert moved.shape == (5, 15, 2)
    assert moved.dtype == np.float32
    rendered = np.array([as_rendered(rig, demo_face, timeline, frame) for frame in frames])
    assert np.abs(rendered).max() > 0.5
    # The lattice of the renderer has cells of 4 px, between which it draws straight lines.
    np.testing.assert_allclose(moved, rendered, atol=0.06)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_region_of_the_whole_face_moves_as_each_variant_draws_it(
    demo_mesh: Float32Array, variant: str
) -> None:
    rig, face = plain_rig(demo_mesh, variant), FaceAreas(demo_mesh, FACE, VARIANTS[variant])
    timeline, frames = COURSES["all at once"], np.array([10.5, 22.0])
    assert face.relief.shape == (29, 3)
    moved = face.displacement(timeline, frames)
    assert moved.shape == (2, 29, 2)
    rendered = np.array([as_rendered(rig, face, timeline, frame) for frame in frames])
    at_rest = np.array([timeline.pose(frame).closure for frame in frames]) == 0.0
    assert at_rest.any()
    np.testing.assert_allclose(moved[at_rest], rendered[at_rest], atol=0.12)


def test_the_first_regions_of_the_whole_face_are_the_papers(
    demo_mesh: Float32Array, demo_face: FaceAreas
) -> None:
    timeline, frames = COURSES["expressions"], np.array([10.0, 15.0])
    whole = FaceAreas(demo_mesh, FACE)
    paper = demo_face.displacement(timeline, frames)
    np.testing.assert_array_equal(whole.displacement(timeline, frames)[:, :10], paper[:, :10])
    np.testing.assert_array_equal(whole.relief[:10], demo_face.relief[:10])
    np.testing.assert_array_equal(whole.relief[24:], demo_face.relief[10:])


def test_lids_that_shut_are_seen_by_the_lids_regions(demo_mesh: Float32Array) -> None:
    shut = FaceAreas(demo_mesh, FACE).displacement(Timeline(30, 30.0, blinks=(Blink(10),)), np.array([10.0]))[
        0
    ]
    upper, lower = [FACE.names.index(f"{lid} lid A") for lid in ("upper", "lower")]
    assert shut[upper, 1] > 2.0  # down
    assert 0.3 < shut[lower, 1] / shut[upper, 1] < 1.0  # the lashes come down into it
    assert np.abs(shut[[6, 7]]).max() < 0.1  # the lip corners stay


def test_a_person_moves_every_area_by_a_factor_of_its_own(demo_face: FaceAreas) -> None:
    timeline, apex = COURSES["expressions"], np.array([15.0])
    average = demo_face.displacement(timeline, apex)
    np.testing.assert_array_equal(demo_face.displacement(timeline, apex, Person.average()), average)
    gain = np.ones(16)
    gain[6] = 0.5
    other = demo_face.displacement(timeline, apex, Person(gain))
    np.testing.assert_allclose(np.delete(other, 6, axis=1), np.delete(average, 6, axis=1), atol=1e-6)
    assert np.linalg.norm(other[0, 6]) < 0.7 * np.linalg.norm(average[0, 6])
    drawn = Person.drawn(np.random.default_rng(0)).gain
    assert drawn.shape == (16,)
    assert 0.3 <= drawn.min() < 1.0 < drawn.max() <= 1.8


def test_directions(demo_face: FaceAreas) -> None:
    def peak(unit: int, side: str = "both") -> Float32Array:
        shown = Expression("MaE", 0, 10, 20, (Action(unit, 3.0, side),))  # type: ignore[arg-type]
        return demo_face.displacement(Timeline(30, 30.0, (shown,)), np.array([10.0]))[0]

    smile = peak(12)
    assert smile[6, 0] < 0 < smile[7, 0]  # outwards
    assert (smile[6:8, 1] < 0).all()  # upwards
    assert (peak(4)[[0, 3], 1] > 0).all()  # brows down
    assert (peak(1)[[0, 3], 1] < 0).all()
    # A is the left half of the picture, as in the names of the ROIs.
    one_sided = peak(12, "A")
    assert np.linalg.norm(one_sided[6]) > 5 * np.linalg.norm(one_sided[7])
