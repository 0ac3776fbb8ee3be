"""Taking head rotation out of ROI vectors: against rotations that are known, and with areas that lie."""

from __future__ import annotations

import numpy as np
import pytest
from flow_makers import RELIEF

from livespot.flow.rigid import without_rotation
from livespot.types import ROIS

Motion = tuple[float, float, float, float]


def seen(motion: Motion) -> np.ndarray:
    """Vectors (15, 2) of a small growth, roll, yaw and pitch, by the cross product with the places."""
    growth, roll, yaw, pitch = motion
    turned = np.cross(np.array([-pitch, -yaw, 0.0]) * -1.0, RELIEF)
    flat = growth * RELIEF[:, :2] + roll * np.column_stack([-RELIEF[:, 1], RELIEF[:, 0]])
    return (flat + turned[:, :2]).astype(np.float32)


def freed(vectors: np.ndarray) -> np.ndarray:
    return without_rotation(vectors[None], RELIEF[None].astype(np.float32))[0]


MOTIONS: list[Motion] = [
    (0.03, 0, 0, 0),
    (0, 0.04, 0, 0),
    (0, 0, 0.1, 0),
    (0, 0, 0, 0.1),
    (0.01, -0.02, 0.08, -0.05),
]


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_head_that_turns_leaves_next_to_nothing(motion: Motion) -> None:
    vectors = seen(motion)
    assert np.hypot(*vectors[:ROIS].T).max() > 0.5
    assert np.abs(freed(vectors)).max() < 0.1 * np.hypot(*vectors[:ROIS].T).max()


@pytest.mark.parametrize("motion", MOTIONS)
def test_an_expression_is_left_as_it_is(motion: Motion) -> None:
    vectors = seen(motion)
    smile = np.zeros_like(vectors)
    smile[6:8] = ((-1.5, -1.0), (1.5, -1.0))
    assert np.allclose(freed(vectors + smile) - freed(vectors), smile[:ROIS], atol=1e-4)


@pytest.mark.parametrize("liar", range(ROIS, 15))
def test_one_area_that_lies_is_not_believed(liar: int) -> None:
    vectors = np.zeros((15, 2), np.float32)
    vectors[liar] = (5.0, -4.0)
    assert np.abs(freed(vectors)).max() < 0.5


def test_areas_that_are_missing_are_done_without() -> None:
    vectors = seen((0.0, 0.03, 0.05, 0.0))
    vectors[[11, 13]] = np.nan
    assert np.abs(freed(vectors)).max() < 0.5
    vectors[ROIS:] = np.nan
    assert np.array_equal(freed(vectors), vectors[:ROIS])


def test_an_roi_that_is_missing_stays_missing() -> None:
    vectors = seen((0.0, 0.0, 0.1, 0.0))
    vectors[3] = np.nan
    out = freed(vectors)
    assert np.isnan(out[3]).all()
    assert np.isfinite(np.delete(out, 3, axis=0)).all()
