"""The transport moves over the frames' own times; nothing here waits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livespot.replay.transport import MOST_SPEED, Transport

TIMES = np.array([0.0, 0.033, 0.066, 0.1, 1.5, 1.533, 1.566])  # a gap in the middle


def test_plays_by_the_clock_and_stops_on_the_last_frame():
    t = Transport(TIMES)
    t.play(10.0)
    assert t.advance(10.04) == 1
    assert t.advance(10.5) == 3  # in the gap, the frame before it stays
    assert t.advance(30.0) == 6 and not t.playing
    assert t.position_s == TIMES[-1]
    t.play(31.0)
    assert t.position_s == 0.0  # from the end, from the beginning again


def test_half_speed_takes_twice_as_long_and_speed_has_limits():
    t = Transport(np.arange(300) / 30)
    t.set_speed(0.5)
    t.play(0.0)
    t.advance(2.0)
    assert t.position_s == pytest.approx(1.0)
    t.set_speed(float("inf"))
    assert t.speed == MOST_SPEED


def test_a_loop_is_never_left_while_playing():
    t = Transport(np.arange(300) / 30)
    t.set_loop((2.0, 1.0))  # dragged from right to left
    t.play(0.0)
    assert t.position_s == 1.0
    for now in np.arange(0.0, 20.0, 0.37):
        t.advance(float(now))
        assert 1.0 <= t.position_s <= 2.0 and t.playing
    t.set_loop((1.0, 1.001))
    assert t.loop is None


def test_a_clock_that_stands_or_runs_back_moves_nothing():
    t = Transport(np.arange(300) / 30)
    t.play(5.0)
    t.advance(4.0)
    assert t.position_s == 0.0


@given(st.integers(0, 6), st.integers(-9, 9))
def test_a_step_lands_exactly_on_a_frame(place, step):
    t = Transport(TIMES)
    t.to_place(place)
    assert t.place == place
    t.step(step)
    assert t.place == min(max(place + step, 0), 6) and t.position_s in TIMES
