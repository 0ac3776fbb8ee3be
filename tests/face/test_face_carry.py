"""Landmarks carried from a look to later pictures by the head's rigid motion."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from face_makers import drawn

from livespot.face.carry import CarriedFace
from livespot.face.mesh_map import to_68
from livespot.types import FaceFrame, Landmarks


def carried_from(face: FaceFrame) -> CarriedFace:
    assert face.landmarks is not None
    return CarriedFace(face.frame.image, face.landmarks)


@pytest.mark.parametrize(
    "change",
    [
        {"nose": (331.0, 233.5)},
        {"roll": 0.12},
        {"eye_distance": 96.0},
        {"nose": (312.3, 247.8), "roll": -0.08, "eye_distance": 87.0},
    ],
)
@pytest.mark.parametrize("size", [1.0, 2.2])
def test_a_moved_face_is_found_to_a_fraction_of_a_pixel(change: dict, size: float) -> None:
    start = {"eye_distance": 90.0 * size}
    changed = {**start, **change}
    if "eye_distance" in change:
        changed["eye_distance"] = change["eye_distance"] * size
    first, second = drawn(0, **start), drawn(1, **changed)
    carried = carried_from(first).to(second.frame.image)
    assert carried.landmarks is not None and second.landmarks is not None
    assert carried.share > 0.8
    # All 68 points and the whole mesh, also where nothing is followed; 0.3 px of the canonical face.
    assert np.abs(carried.landmarks.points - second.landmarks.points).max() < 0.3 * size
    assert np.abs(carried.landmarks.mesh[:, :2] - second.landmarks.mesh[:, :2]).max() < 0.4 * size
    assert carried.landmarks.points.dtype == carried.landmarks.mesh.dtype == np.float32


def test_a_turn_moves_each_point_by_its_depth() -> None:
    first = drawn(0, eye_distance=90.0)
    assert first.landmarks is not None
    yaw, pitch = 0.07, -0.05

    def depth(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Of a head like a bowl, 40 px nearer at the nose than at the temples."""
        return 40.0 * (((x - 320.0) / 65.0) ** 2 + ((y - 240.0) / 85.0) ** 2) - 40.0

    mesh = first.landmarks.mesh.astype(np.float64)
    mesh[:, 2] = depth(mesh[:, 0], mesh[:, 1])
    turned = mesh[:, :2] + mesh[:, 2:] * (yaw, pitch)
    x, y = np.meshgrid(np.arange(640.0), np.arange(480.0))
    from_x, from_y = x, y
    for _ in range(20):  # where each pixel of the turned picture comes from
        z = depth(from_x, from_y)
        from_x, from_y = x - yaw * z, y - pitch * z
    image = cv2.remap(
        first.frame.image,
        from_x.astype(np.float32),
        from_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=1,
    )
    deep = mesh.astype(np.float32)
    carried = CarriedFace(first.frame.image, Landmarks(to_68(deep), deep)).to(image)
    assert carried.landmarks is not None
    inside = depth(mesh[:, 0], mesh[:, 1]) < 20.0
    assert np.abs(carried.landmarks.mesh[inside, :2] - turned[inside]).max() < 0.4
    assert np.abs(turned - mesh[:, :2]).max() > 2.0  # a turn that a shift would not explain
    # What goes aside by depth goes to the back by place: the eyes stay equally far from each other in space.
    eyes, before = (m[[33, 263]].astype(np.float64) for m in (carried.landmarks.mesh, mesh))
    assert np.linalg.norm(eyes[1] - eyes[0]) == pytest.approx(np.linalg.norm(before[1] - before[0]), rel=0.01)


def test_it_depends_on_the_two_pictures_alone() -> None:
    first, second, third = (drawn(k, nose=(320.0 + 4 * k, 240.0)) for k in range(3))
    one, other = carried_from(first), carried_from(first)
    one.to(second.frame.image)
    a, b = one.to(third.frame.image).landmarks, other.to(third.frame.image).landmarks
    assert a is not None and b is not None
    assert a.mesh.tobytes() == b.mesh.tobytes()


def test_some_covered_points_do_not_matter_and_many_do() -> None:
    first, second = drawn(0), drawn(1, nose=(326.0, 240.0))
    hand = np.random.default_rng(3).integers(0, 256, (200, 200, 3), np.uint8)
    partly = second.frame.image.copy()
    partly[160:210, 240:300] = hand[:50, :60]  # over one brow
    carried = carried_from(first).to(partly)
    assert carried.landmarks is not None and second.landmarks is not None
    assert np.abs(carried.landmarks.points - second.landmarks.points).max() < 0.5
    mostly = second.frame.image.copy()
    mostly[150:300, 240:340] = hand[:150, :100]
    carried = carried_from(first).to(mostly)
    assert carried.landmarks is None and 0.0 < carried.share < 0.5


@pytest.mark.parametrize("picture", ["grey", "noise", "smaller"])
def test_another_picture_is_not_explained(picture: str) -> None:
    other = np.full((480, 640, 3), 128, np.uint8)
    if picture == "noise":
        other = cv2.GaussianBlur(np.random.default_rng(5).integers(0, 256, other.shape, np.uint8), (0, 0), 4)
    if picture == "smaller":
        other = other[:240]
    carried = carried_from(drawn()).to(other)
    assert carried.landmarks is None
    assert carried.share < 0.15
