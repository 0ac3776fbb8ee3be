"""Frame by frame, threaded, and as a video file: the same bits."""

from __future__ import annotations

import numpy as np
import pytest

import livespot
from livespot.capture import ArraySource, VideoSource
from livespot.capture.paced import PacedSource
from livespot.clock import MonotonicClock
from livespot.config import Config, GridConfig, InferenceConfig
from livespot.errors import InputError, UsageError
from livespot.types import CURVES

pytestmark = pytest.mark.usefixtures("no_leaked_threads")


@pytest.fixture(scope="module")
def whole(demo_images):
    return livespot.spot(demo_images, fps=30.0, features=True)


def test_one_row_per_picture_and_the_expected_columns(whole, demo_images):
    assert whole.curves.shape == (len(demo_images), len(CURVES)) and whole.curves.dtype == np.float32
    assert whole.frames.tolist() == list(range(len(demo_images)))
    assert np.allclose(whole.times_s, np.arange(len(demo_images)) / 30.0)
    assert whole.features.shape == (len(demo_images), 17, 24, 2)
    assert np.isfinite(whole.curves).all()
    assert whole.summary["face_share"] == 1.0
    heads = whole.curves.reshape(-1, 2, 5)
    assert np.allclose(heads[:, :, [0, 2, 3]].sum(axis=2), 1.0, atol=1e-5)  # onset, offset, none: a softmax


def test_frame_by_frame_gives_the_same_bits(whole, demo_images):
    spotter = livespot.Spotter(fps=30.0)
    updates = [spotter.push(image, n / 30.0) for n, image in enumerate(demo_images)]
    assert all(update.frame is None for update in updates[:8])
    assert [update.frame for update in updates[8:]] == list(range(len(demo_images) - 8))
    updates += spotter.finish()
    rows = [u for u in updates if u.frame is not None]
    assert np.array_equal(np.array([u.probabilities for u in rows]), whole.curves)
    confirmed = sorted((i for u in updates for i in u.confirmed), key=lambda i: i.onset)
    assert confirmed == whole.intervals and confirmed
    assert [i.movement for i in confirmed] == [i.movement for i in whole.intervals]
    assert all(i.movement is not None and i.movement.amplitude_px > 0 for i in confirmed)


def test_the_paced_path_gives_the_same_bits(demo_images, whole):
    source = PacedSource(livespot_array(demo_images), MonotonicClock(), speed=50.0)
    again = livespot.spot(source, features=True)
    assert np.array_equal(again.features, whole.features)
    assert np.array_equal(again.curves, whole.curves)
    assert again.intervals == whole.intervals
    assert [i.movement for i in again.intervals] == [i.movement for i in whole.intervals]


def test_a_file_gives_the_same_bits_twice(demo_clip):
    first, second = (livespot.spot(demo_clip) for _ in range(2))
    with VideoSource(demo_clip) as source:
        declared = source.info.frames
    assert len(first.curves) == declared
    assert np.array_equal(first.curves, second.curves)
    assert first.intervals == second.intervals


def test_a_face_that_leaves_makes_a_hole_and_no_window_spans_it(demo_images):
    black = np.zeros_like(demo_images[0])
    pictures = demo_images[:60] + [black] * 10 + demo_images[60:120]
    result = livespot.spot(pictures, features=True)
    missing = np.isnan(result.curves).all(axis=1)
    assert missing[60:70].all() and not missing[:60].any()
    alone = livespot.spot(demo_images[:60], features=True)
    assert np.array_equal(result.features[:60], alone.features)  # nothing after the hole reached back
    spotter = livespot.Spotter(fps=30.0)
    updates = [spotter.push(image) for image in pictures] + spotter.finish()
    rows = np.array([u.probabilities for u in updates if u.frame is not None])
    assert np.array_equal(rows, result.curves, equal_nan=True)


@pytest.mark.parametrize("change", ["leaves", "cut"])
@pytest.mark.parametrize("at", [60, 61])
def test_a_change_between_two_looks_gives_the_same_bits_everywhere(demo_images, change, at):
    """The landmark model sees every third frame; what happens between is noticed in its own frame all the same."""
    black = [np.zeros_like(demo_images[0])] * 4
    # A mirrored face is another one, about where the first was.
    others = [np.ascontiguousarray(image[:, ::-1]) for image in demo_images[at : at + 30]]
    pictures = demo_images[:at] + (black + demo_images[at : at + 20] if change == "leaves" else others)
    result = livespot.spot(pictures, fps=30.0, features=True)
    missing = np.isnan(result.curves).all(axis=1)
    assert not missing[:at].any() and missing[at]
    if change == "cut":
        assert not missing[at + 1 :].any()
    else:
        assert missing[at : at + 4].all() and not missing[at + 7 :].any()
    spotter = livespot.Spotter(fps=30.0)
    updates = [spotter.push(image, n / 30.0) for n, image in enumerate(pictures)] + spotter.finish()
    rows = np.array([u.probabilities for u in updates if u.frame is not None])
    assert np.array_equal(rows, result.curves, equal_nan=True)
    live = livespot.spot(PacedSource(livespot_array(pictures), MonotonicClock(), speed=50.0), features=True)
    assert np.array_equal(live.features, result.features, equal_nan=True)
    assert np.array_equal(live.curves, result.curves, equal_nan=True)


def test_sixty_fps_is_decimated(demo_images):
    doubled = [image for image in demo_images[:40] for _ in range(2)]
    result = livespot.spot(doubled, fps=60.0)
    assert result.frames.tolist() == list(range(0, 80, 2))
    spotter = livespot.Spotter(fps=60.0)
    updates = [spotter.push(image) for image in doubled] + spotter.finish()
    rows = [u for u in updates if u.frame is not None]
    assert np.array_equal(np.array([u.probabilities for u in rows]), result.curves)


def test_errors(demo_images):
    with pytest.raises(UsageError, match="fps"):
        livespot.Spotter(fps=0.0)
    with pytest.raises(InputError, match="16 frames"):
        livespot.spot(demo_images[:16])
    with pytest.raises(InputError):
        livespot.spot("no/such/video.mp4")


def livespot_array(images):
    from livespot.capture import ArraySource

    return ArraySource(images, 30.0)


def test_every_frame_of_a_fast_camera_gives_the_same_bits_on_all_ways(demo_images):
    config = Config(grid=GridConfig(every_frame=True))
    doubled = [image for image in demo_images[:50] for _ in range(2)]
    result = livespot.spot(doubled, fps=60.0, config=config, features=True)
    assert result.frames.tolist() == list(range(100))
    assert result.summary["model_rate_hz"] == 60.0
    spotter = livespot.Spotter(fps=60.0, config=config)
    updates = [spotter.push(image) for image in doubled]
    assert [update.frame for update in updates] == [None] * 16 + list(range(84))
    updates += spotter.finish()
    rows = [u for u in updates if u.frame is not None]
    assert np.array_equal(np.array([u.probabilities for u in rows]), result.curves)
    assert sorted((i for u in updates for i in u.confirmed), key=lambda i: i.onset) == result.intervals
    paced = PacedSource(ArraySource(doubled, 60.0), MonotonicClock(), speed=50.0)
    live = livespot.spot(paced, config=config, features=True)
    assert np.array_equal(live.features, result.features)
    assert np.array_equal(live.curves, result.curves)
    assert live.intervals == result.intervals


def test_an_engine_with_a_second_stage_gives_the_same_bits_everywhere(demo_images, two_stage_engine):
    """Batch, frame by frame, live pace; and off it is the first stage alone."""
    black = [np.zeros_like(demo_images[0])] * 3
    pictures = demo_images[:50] + black + demo_images[50:60]
    config = Config(inference=InferenceConfig(model=str(two_stage_engine), engine="onnx"))
    result = livespot.spot(pictures, fps=30.0, config=config)
    assert result.frames.tolist() == list(range(63))
    assert result.summary["engine"]["second_stage"]["look_ahead_frames"] == 8
    spotter = livespot.Spotter(fps=30.0, config=config)
    updates = [spotter.push(image) for image in pictures]
    assert all(update.frame is None for update in updates[:16]) and updates[16].frame == 0
    updates += spotter.finish()
    rows = [row for u in updates for row in (*u.earlier, u) if row.frame is not None]
    assert np.array_equal([u.probabilities for u in rows], result.curves, equal_nan=True)
    found = [i for u in updates for row in (*u.earlier, u) for i in row.confirmed]
    assert sorted(found, key=lambda i: (i.onset, i.offset, i.type)) == result.intervals
    live = livespot.spot(PacedSource(livespot_array(pictures), MonotonicClock(), speed=50.0), config=config)
    assert np.array_equal(live.curves, result.curves, equal_nan=True) and live.intervals == result.intervals
    off = Config(inference=InferenceConfig(model=str(two_stage_engine), engine="onnx", second_stage=False))
    alone = livespot.spot(pictures, fps=30.0, config=off)
    assert "second_stage" not in alone.summary["engine"]
    assert not np.array_equal(alone.curves, result.curves, equal_nan=True)
