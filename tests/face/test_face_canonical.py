"""The canonical crop: upright, one size, and still while the face is still."""

from __future__ import annotations

import numpy as np
import pytest
from face_makers import PLACES, drawn

from livespot.config import FlowConfig
from livespot.face.canonical import CanonicalCrop, draw_box
from livespot.face.mesh_map import ROI_LANDMARKS, to_68
from livespot.types import FaceFrame, FaceState, Patch


def newest(face: FaceFrame) -> Patch:
    return CanonicalCrop(FlowConfig()).step(face).patches[0]


def centre(patch: Patch) -> np.ndarray:
    """The px around the nose tip, which lie at different places of different grids."""
    x, y = np.round(patch.nose - patch.origin).astype(int)
    return patch.image[y - 70 : y + 70, x - 70 : x + 70].astype(np.float64)


def test_the_map_gives_68_points_and_averages_pairs() -> None:
    mesh = np.arange(478 * 3, dtype=np.float32).reshape(478, 3)
    points = to_68(mesh)
    assert points.shape == (68, 2)
    assert points.dtype == np.float32
    assert points[30].tolist() == mesh[4, :2].tolist()
    assert points[27].tolist() == ((mesh[168, :2] + mesh[6, :2]) / 2).tolist()


def test_the_nodes_are_those_of_the_graph() -> None:
    points = to_68(np.repeat(np.arange(478, dtype=np.float32)[:, None], 3, axis=1))
    assert points[list(ROI_LANDMARKS), 0].tolist() == [66, 105, 63, 296, 334, 293, 61, 291, 0, 17]


def test_a_patch_has_the_declared_shape() -> None:
    patch = newest(drawn())
    assert patch.image.shape == (224, 224)
    assert patch.image.dtype == np.uint8
    assert patch.centres.shape == (10, 2)
    assert not (patch.origin % 4).any()
    expected = np.array([PLACES[k] for k in (66, 105, 63, 296, 334, 293, 61, 291, 0, 17)])
    assert np.abs(patch.centres - patch.nose - expected).max() <= 1
    x0, y0, x1, y1 = patch.nose_box
    grow = 0.35 * 17.1
    assert np.allclose(
        [x0, y0, x1, y1], np.concatenate([patch.nose - (grow, 9 + grow), patch.nose + grow]), atol=1
    )


@pytest.mark.parametrize(
    ("eye_distance", "roll"), [(45.0, 0.0), (180.0, 0.0), (90.0, 0.4), (140.0, -0.3), (60.0, 1.2)]
)
def test_size_and_roll_do_not_matter(eye_distance: float, roll: float) -> None:
    reference, other = newest(drawn()), newest(drawn(eye_distance=eye_distance, roll=roll))
    assert other.px_per_camera_px == pytest.approx(90.0 / eye_distance, rel=1e-3)
    assert np.abs(other.centres - other.nose - (reference.centres - reference.nose)).max() <= 1.01
    # Noses lie on fractions of px, so the pictures may be shifted by up to one.
    assert np.corrcoef(centre(reference).ravel(), centre(other).ravel())[0, 1] > 0.98


def test_the_transform_is_held_while_landmarks_tremble() -> None:
    crop = CanonicalCrop(FlowConfig())
    images = []
    for k in range(30):
        face = crop.step(drawn(index=k, noise_px=0.3))
        assert len(face.patches) == 1
        assert face.patches[0].anchor == 1
        images.append(draw_box(face.frame.image, drawn().landmarks, crop.anchors[0], np.array([200, 120])))  # type: ignore[arg-type]
    assert all((image == images[0]).all() for image in images)


def test_translation_is_followed_by_whole_pixels() -> None:
    crop = CanonicalCrop(FlowConfig())
    first = crop.step(drawn(0)).patches[0]
    second = crop.step(drawn(1, nose=(337.0, 252.0))).patches[0]
    assert second.anchor == first.anchor
    assert np.allclose(second.nose - first.nose, (17.0, 12.0), atol=1e-3)
    difference = np.abs(centre(first) - centre(second))
    assert difference.mean() < 0.5


@pytest.mark.parametrize("change", [{"eye_distance": 101.0}, {"eye_distance": 80.0}, {"roll": 0.14}])
def test_a_changed_face_renews_the_anchor_for_sixteen_frames_on_both(change: dict[str, float]) -> None:
    crop = CanonicalCrop(FlowConfig())
    for k in range(3):
        assert [p.anchor for p in crop.step(drawn(k)).patches] == [1]
    for k in range(16):
        assert [p.anchor for p in crop.step(drawn(3 + k, **change)).patches] == [2, 1]
    assert [p.anchor for p in crop.step(drawn(19, **change)).patches] == [2]


@pytest.mark.parametrize("change", [{"eye_distance": 97.0}, {"roll": 0.1}])
def test_a_small_change_keeps_the_anchor(change: dict[str, float]) -> None:
    crop = CanonicalCrop(FlowConfig())
    crop.step(drawn(0))
    assert [p.anchor for p in crop.step(drawn(1, **change)).patches] == [1]


def test_a_lost_face_has_no_patch_and_its_anchor_is_never_used_again() -> None:
    crop = CanonicalCrop(FlowConfig())
    crop.step(drawn(0))
    lost = crop.step(FaceFrame(drawn(1).frame, None, FaceState.TURNED_AWAY))
    assert (lost.patches, lost.state, lost.landmarks) == ((), FaceState.TURNED_AWAY, None)
    assert crop.step(drawn(2)).patches[0].anchor == 2


def test_a_face_at_the_edge_of_the_picture_is_continued() -> None:
    patch = newest(drawn(nose=(60.0, 80.0)))
    assert patch.image.shape == (224, 224)


def test_a_box_drawn_at_a_patchs_own_origin_is_the_patch() -> None:
    crop = CanonicalCrop(FlowConfig())
    face = drawn(eye_distance=130.0, roll=0.2)
    patch = crop.step(face).patches[0]
    assert face.landmarks is not None
    assert (draw_box(face.frame.image, face.landmarks, crop.anchors[0], patch.origin) == patch.image).all()
