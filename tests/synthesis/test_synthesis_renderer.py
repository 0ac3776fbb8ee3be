"""Variants of the renderer: time courses, fall-offs and what a clip draws of them."""

from __future__ import annotations

import numpy as np
import pytest
from synthesis_makers import drawn_mesh

from livespot.synthesis.action_units import displacement_field, face_axes
from livespot.synthesis.courses import COURSES, Course, fall, rise, strength
from livespot.synthesis.renderer import VARIANTS, drawn_renderer
from livespot.synthesis.timeline import Action, Expression

SHARES = np.linspace(0.0, 1.0, 101)


@pytest.mark.parametrize("course", COURSES)
def test_courses_rise_from_rest_to_the_peak_and_fall_back(course: Course) -> None:
    up, down = rise(SHARES, course), fall(SHARES, course)
    for values in (up, down):
        assert values[0] == pytest.approx(0.0, abs=1e-12)
        assert values[-1] == pytest.approx(1.0, abs=1e-12)
        assert (np.diff(values) >= -1e-12).all()
    assert up[1] < 0.03  # it begins at rest
    assert 1.0 - down[-2] < 0.03
    whole = strength(10.0, 15.0, 20.0, 30.0, np.array([10.0, 15.0, 17.0, 20.0, 30.0]), course)
    np.testing.assert_allclose(whole, [0.0, 1.0, 1.0, 1.0, 0.0], atol=1e-12)


def test_a_spring_is_quicker_than_a_muscle_by_the_book() -> None:
    half = np.array([0.35])
    assert rise(half, "spring")[0] > rise(half, "sine")[0] > rise(half, "jerk")[0]
    assert fall(1.0 - half, "spring")[0] < fall(1.0 - half, "jerk")[0]


def test_a_held_expression_may_sag_but_never_lets_go() -> None:
    actions = (Action(12, 3.0),)
    steady = Expression("MaE", 0, 10, 80, actions, 60)
    sagging = Expression("MaE", 0, 10, 80, actions, 60, sag=0.3, swells=2)
    frames = np.arange(0.0, 81.0)
    assert (steady.strengths(frames)[10:61] == 1.0).all()
    held = sagging.strengths(frames)[10:61]
    assert held.min() == pytest.approx(0.7, abs=0.01)
    assert held[[0, 25, 50]] == pytest.approx([1.0, 1.0, 1.0], abs=1e-9)
    assert sagging.strength(22.5) == pytest.approx(0.7, abs=0.001)


@pytest.mark.parametrize("falloff", ["gaussian", "compact", "shepard"])
def test_every_fall_off_moves_the_mouth_and_leaves_the_brow(falloff: str) -> None:
    mesh = drawn_mesh()
    unit = face_axes(mesh).px_per_canonical
    at = mesh[[61, 105], :2].copy()
    moved = displacement_field(12, "both", mesh, at, falloff) / unit  # type: ignore[arg-type]
    assert 0.5 < np.linalg.norm(moved[0]) < 1.2
    assert np.linalg.norm(moved[1]) < 0.05
    wider = displacement_field(12, "both", mesh, at + 12.0, falloff, 1.3)  # type: ignore[arg-type]
    narrower = displacement_field(12, "both", mesh, at + 12.0, falloff, 0.7)  # type: ignore[arg-type]
    assert np.linalg.norm(wider[0]) > np.linalg.norm(narrower[0])


def test_the_held_out_variant_shares_no_choice_with_the_others() -> None:
    c = VARIANTS["c"]
    for other in (VARIANTS["a"], VARIANTS["b"]):
        assert c.falloff != other.falloff
        assert c.course != other.course
        assert c.kernel != other.kernel
        assert c.camera != other.camera


def test_a_drawn_variant_has_a_reach_of_its_own_and_comes_back_the_same() -> None:
    first = drawn_renderer(np.random.default_rng(4), "b")
    assert first == drawn_renderer(np.random.default_rng(4), "b")
    assert first.name == "b"
    assert first.reach != VARIANTS["b"].reach
    assert 0.8 <= first.reach / VARIANTS["b"].reach <= 1.25
