from __future__ import annotations

import numpy as np
import pytest

from livespot.synthesis.action_units import face_axes
from livespot.synthesis.depth import _RIM, DepthMap
from livespot.types import Float32Array

UNIT = 100.0


def dome() -> Float32Array:
    """A face as half an ellipsoid, 478 points by the golden angle, eyes and chin where they belong."""
    n = np.arange(478)
    radius, angle = np.sqrt((n + 0.5) / 478), n * 2.399963
    x, y = 70.0 * radius * np.cos(angle), 95.0 * radius * np.sin(angle) + 40.0
    mesh = np.stack([x, y, np.zeros(478)], axis=1)
    mesh[[33, 263, 152, 168, 4], :2] = [[-50, 0], [50, 0], [0, 130], [0, 0], [0, 45]]
    inside = 1.0 - (mesh[:, 0] / 75.0) ** 2 - ((mesh[:, 1] - 40.0) / 100.0) ** 2
    mesh[:, 2] = -60.0 * np.sqrt(np.maximum(inside, 0.0))
    mesh[:, :2] += (160.0, 100.0)
    return mesh.astype(np.float32)


@pytest.fixture(scope="module")
def mesh() -> Float32Array:
    return dome()


def depth_at(mesh: Float32Array, points: Float32Array) -> DepthMap:
    return DepthMap(mesh, face_axes(mesh), points)


def test_the_dense_depth_is_that_of_the_mesh(mesh: Float32Array) -> None:
    depth = depth_at(mesh, mesh[:, :2]).depth
    meant = mesh[:, 2] - mesh[[33, 263], 2].mean()
    inner = np.hypot((mesh[:, 0] - 160) / 70, (mesh[:, 1] - 140) / 95) < 0.8
    assert np.sqrt(np.mean((depth - meant)[inner] ** 2)) < 1.5


def test_a_contour_of_few_points_has_no_ripples(mesh: Float32Array) -> None:
    mesh, middle, count = mesh.copy(), np.array([160.0, 140.0]), len(_RIM)
    mesh[:, :2] = middle + 0.6 * (mesh[:, :2] - middle)
    mesh[[33, 263], :2] = [[110, 100], [210, 100]]
    angles = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    steep = [point for point in range(300, 478) if point not in _RIM][:count]
    # A few points on the contour, and between them, a little inside, those where the cheek is nearer already.
    for points, turn, shrink, z in ((list(_RIM), 0.0, 0.0, 0.0), (steep, np.pi / count, 12.0, -25.0)):
        mesh[points, 0] = middle[0] + (85.0 - shrink) * np.cos(angles + turn)
        mesh[points, 1] = middle[1] + (110.0 - shrink) * np.sin(angles + turn)
        mesh[points, 2] = z
    rim = mesh[list(_RIM), :2]
    at, halfway = depth_at(mesh, rim).depth, depth_at(mesh, 0.5 * (rim + np.roll(rim, 1, axis=0))).depth
    dips = halfway - 0.5 * (at + np.roll(at, 1))
    assert np.abs(dips).mean() < 0.007 * UNIT


def test_no_rotation_is_no_motion(mesh: Float32Array) -> None:
    points = mesh[:, :2]
    assert np.allclose(depth_at(mesh, points).turned(points, 0.0, 0.0), points, atol=1e-3)


def test_yaw_moves_the_nose_to_the_right_of_the_eyes_and_pitch_moves_it_down(mesh: Float32Array) -> None:
    points = mesh[[33, 263, 4], :2]
    depth = depth_at(mesh, points)
    for yaw, pitch, axis in ((12.0, 0.0, 0), (0.0, 12.0, 1)):
        moved = depth.turned(points, yaw, pitch) - points
        assert moved[2, axis] - moved[:2, axis].mean() > 3.0
        back = depth.turned(points, -yaw, -pitch) - points
        assert back[2, axis] - back[:2, axis].mean() < -3.0


def test_far_from_the_face_depth_levels_out(mesh: Float32Array) -> None:
    far = np.array([[160.0, -900.0], [1200.0, 140.0]], np.float32)
    depth = depth_at(mesh, far).depth
    assert np.ptp(depth) < 1.0
    assert np.isfinite(depth).all()
