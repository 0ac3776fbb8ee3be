from __future__ import annotations

import numpy as np
import pytest
from synthesis_makers import SIZE, drawn_mesh, drawn_portrait, grid

from livespot.errors import UsageError
from livespot.synthesis.action_units import ACTION_UNITS, displacement_field, face_axes
from livespot.synthesis.framing import Framing
from livespot.synthesis.sensor import Sensor
from livespot.synthesis.timeline import Pose
from livespot.synthesis.warp import FaceRig


@pytest.fixture(scope="module")
def rig() -> FaceRig:
    return FaceRig(drawn_portrait(), drawn_mesh(), Framing(1.0, (0.0, 0.0), SIZE))


def test_the_neutral_pose_is_the_portrait(rig: FaceRig) -> None:
    assert np.array_equal(rig.source_points(Pose()), grid())
    inside = np.s_[4:-4, 4:-4]
    assert np.abs(rig.render(Pose())[inside] - drawn_portrait()[inside]).max() < 2.0
    assert np.array_equal(rig.render(Pose({(12, "both"): 0.0})), rig.render(Pose()))


@pytest.mark.parametrize("unit", sorted(ACTION_UNITS))
def test_a_unit_moves_about_one_canonical_pixel_and_fades_out(unit: int) -> None:
    mesh = drawn_mesh()
    axes = face_axes(mesh)
    field = displacement_field(unit, "both", mesh, grid())
    length = np.linalg.norm(field, axis=-1) / axes.px_per_canonical
    assert 0.7 < length.max() < 1.2
    assert length[:, :20].max() < 0.02
    assert length[:, -20:].max() < 0.02


@pytest.mark.parametrize("unit", sorted(ACTION_UNITS))
def test_halves_mirror_each_other(unit: int) -> None:
    mesh = drawn_mesh()
    points = grid()
    mirrored = points.copy()
    mirrored[..., 0] = SIZE[0] - points[..., 0]
    a = displacement_field(unit, "A", mesh, points)
    b = displacement_field(unit, "B", mesh, mirrored)
    assert np.allclose(a[..., 0], -b[..., 0], atol=1e-4)
    assert np.allclose(a[..., 1], b[..., 1], atol=1e-4)


def test_one_half_leaves_the_other_at_rest() -> None:
    mesh = drawn_mesh()
    corners = mesh[[61, 291], :2]
    moved = np.linalg.norm(displacement_field(12, "A", mesh, corners), axis=-1)
    assert moved[0] > 0.3
    assert moved[1] < 0.05 * moved[0]


def test_the_map_back_undoes_the_motion(rig: FaceRig) -> None:
    pose = Pose({(12, "both"): 4.0, (1, "both"): 3.0, (2, "A"): 2.0}, 0.0, (2.0, -1.0), 1.5, 1.02)
    moved = rig._lattice + rig.displacement(pose)
    back = rig.source_points(pose)
    for row, column in ((6, 12), (12, 20), (19, 16), (19, 24), (24, 20)):
        x, y = moved[row, column]
        x0, y0 = int(x), int(y)
        wx, wy = x - x0, y - y0
        top = back[y0, x0] * (1 - wx) + back[y0, x0 + 1] * wx
        bottom = back[y0 + 1, x0] * (1 - wx) + back[y0 + 1, x0 + 1] * wx
        assert np.allclose(top * (1 - wy) + bottom * wy, rig._lattice[row, column], atol=0.06)


def test_no_fold_at_strong_expressions(rig: FaceRig) -> None:
    back = rig.source_points(Pose({(12, "both"): 6.0, (1, "both"): 4.0, (2, "both"): 4.0}))
    assert np.diff(back[..., 0], axis=1).min() > 0.2
    assert np.diff(back[..., 1], axis=0).min() > 0.2


def test_the_background_stands_still_when_the_head_sways() -> None:
    mesh = drawn_mesh()
    mesh[:, :2] = (mesh[:, :2] - np.array([80, 48])) * 0.4 + np.array([80, 48])
    rig = FaceRig(drawn_portrait(), mesh, Framing(1.0, (0.0, 0.0), SIZE))
    shift = rig.source_points(Pose({}, 0.0, (3.0, 1.0), 1.5, 1.01)) - grid()
    assert np.abs(shift[:, :10]).max() < 1e-3
    assert np.abs(shift[:, -10:]).max() < 1e-3
    assert np.abs(shift[50, 80]).max() > 0.4


def test_a_blink_changes_the_eyes_and_leaves_the_rest(rig: FaceRig) -> None:
    change = np.abs(rig.render(Pose({}, 1.0)) - rig.render(Pose())).max(axis=-1)
    for eye in (159, 386):
        x, y = drawn_mesh()[eye, :2].astype(int)
        assert change[y : y + 5, x - 3 : x + 4].max() > 5.0
    assert change[:15].max() < 0.5
    assert change[100:].max() < 0.5


def test_framing_there_and_back() -> None:
    mesh = drawn_mesh()
    framing = Framing.around(mesh, (640, 480), 120.0, (0.5, 0.4))
    picture = framing.to_picture(mesh)
    axes = face_axes(picture)
    assert axes.eye_distance_px == pytest.approx(120.0, abs=1e-3)
    assert np.allclose(axes.origin, (320.0, 192.0), atol=1e-3)
    assert np.allclose(framing.to_portrait(picture), mesh, atol=1e-3)


def test_unknown_units_and_bad_meshes_are_refused() -> None:
    with pytest.raises(UsageError, match="action unit 99"):
        displacement_field(99, "both", drawn_mesh(), grid())
    with pytest.raises(UsageError, match="coincide"):
        face_axes(np.zeros((478, 3), np.float32))
    upside_down = drawn_mesh()
    upside_down[:, 1] *= -1
    with pytest.raises(UsageError, match="upright"):
        face_axes(upside_down)


def test_noise_depends_on_seed_and_frame() -> None:
    grey = np.full((60, 80, 3), 120.0, np.float32)
    sensor = Sensor(noise=2.0, seed=5)
    assert np.array_equal(sensor.expose(grey, 7, 0.0), sensor.expose(grey, 7, 0.0))
    assert not np.array_equal(sensor.expose(grey, 7, 0.0), sensor.expose(grey, 8, 0.0))
    assert not np.array_equal(sensor.expose(grey, 7, 0.0), Sensor(noise=2.0, seed=6).expose(grey, 7, 0.0))
    assert sensor.expose(grey, 7, 0.0).std() == pytest.approx(2.0, rel=0.05)
