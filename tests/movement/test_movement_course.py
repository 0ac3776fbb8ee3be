"""Windows put together: where the regions are in each frame, for intervals of any length."""

from __future__ import annotations

import numpy as np
import pytest

from livespot.movement import movement_of, movement_windows
from livespot.movement.course import movement_course, phases_of
from livespot.regions import FACE, PAPER
from livespot.types import HALF_WINDOW, WINDOW_FRAMES


def place(frame):
    """Somewhere on a wandering path, (R, 2)."""
    rng = np.random.default_rng(5)
    return (
        np.sin(np.outer(rng.uniform(0.01, 0.2, 2 * len(FACE)), frame)).reshape(len(FACE), 2, -1)[..., 0] * 3
    )


def windows(frames, phases=1):
    def of(centre):
        rows = [place(centre + (k - HALF_WINDOW) * phases) for k in range(WINDOW_FRAMES)]
        return np.array([row - rows[0] for row in rows], np.float32)

    return {centre: of(centre) for centre in frames}


@pytest.mark.parametrize("phases", [1, 2])
@pytest.mark.parametrize("length", [1, 2, 8, 9, 17, 18, 40, 100])
def test_the_course_is_the_motion_since_the_first_frame(length, phases):
    first, last = 100, 100 + length - 1
    course = movement_course(first, last, windows(range(first, last + 1), phases).get, phases)
    expected = np.array([place(n) - place(first) for n in range(first, last + 1, phases)])
    assert course.shape == expected.shape and course.dtype == np.float32
    assert np.allclose(course, expected, atol=1e-4)


@pytest.mark.parametrize("length", [1, 5, 17, 30, 77])
def test_only_windows_within_the_interval_are_asked_for(length):
    asked = movement_windows(50, 50 + length - 1, 30.0)
    assert asked and set(asked) <= set(range(50, 50 + length))
    known = windows(asked)
    assert movement_course(50, 50 + length - 1, known.get) is not None
    del known[asked[-1]]
    assert movement_course(50, 50 + length - 1, known.get) is None


def test_a_region_that_is_hidden_stands_still():
    known = windows(range(10, 21))
    for window in known.values():
        window[:, 3] = np.nan
    course = movement_course(10, 20, known.get)
    assert not course[:, 3].any() and np.isfinite(course).all() and course[-1, 4].any()


def test_fast_cameras_interleave_their_windows():
    assert [phases_of(rate) for rate in (15.0, 29.97, 44.0, 60.0, 200.0)] == [1, 1, 1, 2, 7]


@pytest.mark.parametrize(("layout", "rate_hz"), [(FACE, 30.0), (PAPER, 25.0)])
def test_speed_and_amplitude_of_a_triangle(layout, rate_hz):
    """Up by 0.4 px a frame for ten frames, down by 0.2 px a frame for twenty; half B, the person's left, alone."""
    heights = np.interp(np.arange(-40, 80), [0, 10, 30], [0.0, 4.0, 0.0])

    def window_at(centre):
        window = np.zeros((WINDOW_FRAMES, len(layout), 2), np.float32)
        path = heights[centre - HALF_WINDOW + 40 : centre + HALF_WINDOW + 41]
        for name in ("brow B inner", "brow B middle", "brow B outer"):
            window[:, layout.names.index(name), 1] = -(path - path[0])
        return window

    movement = movement_of(0, 10, 30, window_at, rate_hz, layout)
    assert movement.words == "left brow up"
    assert movement.asymmetry == pytest.approx(1.0)
    assert movement.amplitude_px == pytest.approx((4.0 + 3.8 + 3.6) / 3, abs=1e-4)  # mean of three frames
    assert movement.onset_speed_px_s == pytest.approx(0.4 * rate_hz, rel=1e-3)
    assert movement.offset_speed_px_s == pytest.approx(0.2 * rate_hz, rel=1e-3)
    assert set(movement.action_units) == {"L1", "L2"}
