"""One pair: the incremental kernels against OpenCV's whole field, and against motions that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flow_makers import CENTRES, cut, face_motion, moved, patch, shift, texture

from livespot.config import FlowConfig
from livespot.flow.expansion import Applicability, expand, expand_into
from livespot.flow.pair import FirstFrames, box_move, measure_pairs, pair_vectors
from livespot.flow.reference import reference_vectors
from livespot.types import Patch

CONFIG = FlowConfig()
BY_NOSE = FlowConfig(alignment="nose")
WEIGHTS = Applicability.of(CONFIG)


def incremental(first: Patch, second: Patch, config: FlowConfig = CONFIG) -> tuple[np.ndarray, np.ndarray]:
    return pair_vectors(expand(first, WEIGHTS), first, expand(second, WEIGHTS), second, config)


MOTIONS = [
    ((0.0, 0.0), 0.0, 0.0, 0.0),
    ((0.3, -0.2), 0.0, 0.5, 0.0),
    ((3.4, -2.2), 0.01, 2.0, 0.7),
    ((-1.5, 9.7), -0.02, 0.0, 1.5),
    ((13.0, 6.0), 0.03, 3.0, 2.0),
]


@pytest.mark.parametrize("motion", MOTIONS)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("config", [CONFIG, BY_NOSE], ids=["rigid", "nose"])
def test_agrees_with_the_plain_definition(
    config: FlowConfig, seed: int, motion: tuple[tuple[float, float], float, float, float]
) -> None:
    before = texture(seed)
    after = moved(before, face_motion(*motion))
    first, second = patch(before), patch(after, motion[0])
    vectors, head = incremental(first, second, config)
    move = box_move(first, second)
    plain, left = reference_vectors(first.image, cut(after, first.origin + move), first, config)
    assert np.sqrt(np.mean((vectors - plain) ** 2)) <= 0.03
    assert np.allclose(head, left + move, atol=0.03)


@pytest.mark.parametrize("way", [(0.25, 0.0), (0.0, -0.7), (1.5, 1.0), (0.0, 4.0), (-6.3, 2.4)])
def test_recovers_a_known_shift_of_the_head(way: tuple[float, float]) -> None:
    before = texture(7)
    vectors, head = incremental(patch(before), patch(moved(before, shift(*way)), way))
    assert np.abs(head - way).max() < 0.06  # Farneback's own bias at fractions of a px, as OpenCV has it
    assert np.abs(vectors).max() < 0.03  # nothing moved but the head


@pytest.mark.parametrize("way", [0.5, 2.0])
def test_recovers_a_known_motion_of_the_brows(way: float) -> None:
    before = texture(3)
    field = face_motion((1.3, -0.6), 0.0, 0.0, way)
    vectors, _ = incremental(patch(before), patch(moved(before, field), (1.3, -0.6)))
    expected = -way * np.exp(-((CENTRES[:6, 1] - CENTRES[1, 1]) ** 2) / (2 * 14.0**2))
    assert np.abs(vectors[:6, 1] - expected).max() < 0.15 * way + 0.03
    assert np.abs(vectors[6:]).max() < 0.1


def test_a_frame_against_itself_stands_still() -> None:
    first = patch(texture(0))
    vectors, head = incremental(first, first)
    assert (
        np.abs(vectors).max() < 1e-4
    )  # not quite zero: the last row and column of a level have no neighbour
    assert np.abs(head).max() < 1e-4


def test_a_batch_is_its_pairs_bit_by_bit() -> None:
    canvases = [
        moved(texture(1), face_motion((0.4 * k, -0.3 * k), 0.004 * k, 0.2 * k, 0.0)) for k in range(5)
    ]
    patches = [patch(canvas, (0.4 * k, -0.3 * k)) for k, canvas in enumerate(canvases)]
    firsts = FirstFrames(4, CONFIG)
    for slot in range(4):
        firsts.put(slot, patches[slot], expand(patches[slot], WEIGHTS))
    last = expand(patches[4], WEIGHTS)
    vectors, heads, _ = measure_pairs(firsts, np.array([2, 0, 3]), last, patches[4], CONFIG)
    again, _, _ = measure_pairs(firsts, np.array([2, 0, 3]), last, patches[4], CONFIG)
    assert vectors.tobytes() == again.tobytes()
    for row, slot in enumerate((2, 0, 3)):
        alone, head = incremental(patches[slot], patches[4])
        assert alone.tobytes() == vectors[row].tobytes()
        assert head.tobytes() == heads[row].tobytes()


def test_an_roi_outside_the_patch_is_missing_not_invented() -> None:
    first = patch(texture(2))
    first.centres[2] = np.add(first.origin, (8, 60))
    vectors, head = incremental(first, patch(texture(2)))
    assert np.isnan(vectors[2]).all()
    assert np.isfinite(np.delete(vectors, 2, axis=0)).all()
    assert np.isfinite(head).all()


def test_a_nose_outside_the_patch_leaves_nothing() -> None:
    first = patch(texture(2))
    first.nose_box[:] = np.add(np.tile(first.origin, 2), (-30, 100, -10, 120))
    vectors, head = incremental(first, patch(texture(2)))
    assert np.isnan(vectors).all()
    assert np.isnan(head).all()


def test_a_box_moved_out_of_the_second_patch_is_survived() -> None:
    canvas = texture(4)
    first, second = patch(canvas), patch(canvas)
    second.nose[:] += (150.0, -170.0)
    vectors, head = incremental(first, second)
    assert np.isfinite(vectors).all()
    assert np.isfinite(head).all()


@pytest.mark.parametrize("image", [np.zeros((224, 200), np.uint8), np.zeros((224, 224), np.float32)])
def test_another_patch_size_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"a patch is \(224, 224\) uint8, got"):
        expand_into(image, WEIGHTS, np.empty(1, np.float32))


FACES = Path(__file__).resolve().parents[2] / ".." / "shared" / "faces" / "videos"


@pytest.mark.parametrize("clip", ["lp_d0.mp4", "grid_bbaf2n.mpg", "vrt_1.mp4"])
def test_agrees_with_the_plain_definition_on_real_faces(clip: str) -> None:
    """Measured: 0.001 to 0.02 px RMS; ROIs at rest flip between two directions, so single vectors may differ more."""
    if not (FACES / clip).is_file():
        pytest.skip(f"needs the face video {clip}, which is not part of the repository")
    av = pytest.importorskip("av")
    from livespot.config import FaceConfig
    from livespot.face.canonical import CanonicalCrop, draw_box
    from livespot.face.tracker import FaceTracker
    from livespot.types import ModelFrame

    crop = CanonicalCrop(CONFIG)
    faces, anchors = [], []
    with FaceTracker(FaceConfig()) as tracker, av.open(str(FACES / clip)) as container:
        for index, picture in zip(range(17), container.decode(video=0), strict=False):
            image = picture.to_ndarray(format="bgr24")
            faces.append(crop.step(tracker.step(ModelFrame(index, index, index / 30, image, 30.0))))
            anchors.append(crop.anchors)
    found = [(one, held[0]) for one, held in zip(faces, anchors, strict=True) if one.patches]
    found = [(one, held) for one, held in found if held == found[-1][1]]
    last, anchor = found[-1]
    differences = []
    for one, _ in found[:-1:3]:
        first, second = one.patches[0], last.patches[0]
        vectors, _ = incremental(first, second)
        assert last.landmarks is not None
        box = draw_box(last.frame.image, last.landmarks, anchor, first.origin + box_move(first, second))
        differences.append(vectors - reference_vectors(first.image, box, first, CONFIG)[0])
    assert len(differences) >= 3
    assert np.sqrt(np.mean(np.square(differences))) <= 0.03
