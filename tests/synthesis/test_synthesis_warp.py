from __future__ import annotations

import numpy as np
import pytest

from livespot.errors import UsageError
from livespot.synthesis.action_units import ACTION_UNITS, displacement_field, face_axes
from livespot.synthesis.framing import Framing
from livespot.synthesis.sensor import Sensor
from livespot.synthesis.timeline import Pose
from livespot.synthesis.warp import FaceRig
from livespot.types import Float32Array, Image

SIZE = (160, 120)
EYES = 45.0
# Enough of a face for the tables: (index on half A, index on half B, outward, down) in eye distances.
_PAIRS = (
    (33, 263, 0.5, 0.0), (133, 362, 0.18, 0.02), (159, 386, 0.34, -0.07), (145, 374, 0.34, 0.06),
    (107, 336, 0.12, -0.22), (55, 285, 0.13, -0.17), (66, 296, 0.25, -0.27), (65, 295, 0.25, -0.21),
    (105, 334, 0.38, -0.29), (63, 293, 0.48, -0.26), (53, 283, 0.48, -0.22), (70, 300, 0.57, -0.17),
    (104, 333, 0.38, -0.42), (108, 337, 0.12, -0.4), (117, 346, 0.4, 0.25), (50, 280, 0.45, 0.35),
    (98, 327, 0.12, 0.48), (61, 291, 0.28, 0.75), (57, 287, 0.31, 0.77), (40, 270, 0.17, 0.68),
    (91, 321, 0.2, 0.85), (205, 425, 0.42, 0.55), (210, 430, 0.33, 0.95), (37, 267, 0.06, 0.65),
    (84, 314, 0.09, 0.9), (168, 168, 0.0, 0.0), (6, 6, 0.0, 0.08), (9, 9, 0.0, -0.15), (1, 1, 0.0, 0.4),
    (0, 0, 0.0, 0.66), (17, 17, 0.0, 0.9), (14, 14, 0.0, 0.82), (18, 18, 0.0, 0.97), (199, 199, 0.0, 1.12),
    (175, 175, 0.0, 1.2), (152, 152, 0.0, 1.28), (4, 4, 0.0, 0.36), (5, 5, 0.0, 0.3), (13, 13, 0.0, 0.72),
    (129, 358, 0.16, 0.42), (206, 426, 0.3, 0.6), (136, 365, 0.42, 1.1), (172, 397, 0.52, 0.95),
)  # fmt: skip
_LID_A = (
    (246, 163, 0.1),
    (161, 7, 0.25),
    (160, 144, 0.4),
    (158, 153, 0.6),
    (157, 154, 0.75),
    (173, 155, 0.9),
)
_LID_B = (
    (466, 390, 0.1),
    (388, 249, 0.25),
    (387, 373, 0.4),
    (385, 380, 0.6),
    (384, 381, 0.75),
    (398, 382, 0.9),
)


def drawn_mesh() -> Float32Array:
    """A symmetric face, upright, in px of a 160×120 picture."""
    mesh = np.zeros((478, 3), np.float32)
    centre = np.array([0.5, 0.4]) * SIZE
    for a, b, outward, down in _PAIRS:
        mesh[a, :2] = centre + EYES * np.array([-outward, down])
        mesh[b, :2] = centre + EYES * np.array([outward, down])
    for sign, lids in ((-1.0, _LID_A), (1.0, _LID_B)):
        for upper, lower, share in lids:
            across = sign * (0.5 - 0.32 * share)
            bow = 4 * share * (1 - share)
            mesh[upper, :2] = centre + EYES * np.array([across, -0.07 * bow])
            mesh[lower, :2] = centre + EYES * np.array([across, 0.06 * bow])
    return mesh


def drawn_portrait() -> Image:
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    waves = np.stack([np.sin(x / (5 + k)) + np.cos(y / (6 + k)) for k in range(3)], axis=-1)
    picture: Image = np.rint(128 + 50 * waves).astype(np.uint8)
    return picture


@pytest.fixture(scope="module")
def rig() -> FaceRig:
    return FaceRig(drawn_portrait(), drawn_mesh(), Framing(1.0, (0.0, 0.0), SIZE))


def grid() -> Float32Array:
    x, y = np.meshgrid(np.arange(SIZE[0], dtype=np.float32), np.arange(SIZE[1], dtype=np.float32))
    return np.stack([x, y], axis=-1)


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
