"""What a program can do wrong with a Spotter, and what it is told."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from made_up_runner import FixedRunner

import livespot
from livespot import InputError, Reason, UsageError

BLANK = np.full((96, 128, 3), 90, np.uint8)


def spotter() -> livespot.Spotter:
    return livespot.Spotter(30.0, runner=FixedRunner())


@pytest.mark.parametrize("fps", [None, "30", float("nan"), float("inf"), 0, -1, True])
def test_impossible_rates(fps) -> None:
    with pytest.raises(UsageError, match="fps: expected a positive number"):
        livespot.Spotter(fps, runner=FixedRunner())


def test_wrong_pictures_and_times_are_refused_and_cost_nothing() -> None:
    with spotter() as made:
        for wrong in (None, BLANK.astype(float), BLANK[..., :2]):
            with pytest.raises(InputError, match="picture 0: expected a BGR uint8 array"):
                made.push(wrong)
        assert made.push(BLANK).reason is Reason.WARMING_UP
        with pytest.raises(InputError, match="is 64x96 px, but the first is 128x96"):
            made.push(BLANK[:, :64])
        for time_s in (float("nan"), float("inf"), "1"):
            with pytest.raises(UsageError, match="time_s: expected a finite number"):
                made.push(BLANK, time_s)


def test_after_the_end_nothing_is_taken() -> None:
    made = spotter()
    made.push(BLANK)
    made.finish()
    with pytest.raises(UsageError, match="finished already"):
        made.finish()
    with pytest.raises(UsageError, match="is finished; make a new one"):
        made.push(BLANK)
    made.close()
    made.close()


def test_times_that_cannot_be_right_are_named_once_with_counts() -> None:
    with spotter() as made:
        reasons = [made.push(BLANK, t).reason for t in (0.0, 0.0333, 0.0333, 0.02, 9.0, 2.0)]
        assert reasons[2] is reasons[3] is Reason.TIME_STANDS_STILL
        assert reasons[4] is reasons[5] is Reason.INTERRUPTED
        assert (
            "1 frames have the time of the one before" in made.warning
            and "jumps back 1 times" in made.warning
        )
    with spotter() as made:
        for n in range(12):
            made.push(BLANK, n * 33.3)
        assert "the times seem to be milliseconds" in made.warning


def test_a_second_thread_is_refused() -> None:
    made = spotter()
    inside, go_on = threading.Event(), threading.Event()
    find = made._vision.find_face

    def slow(tick):
        inside.set()
        go_on.wait(10)
        return find(tick)

    made._vision.find_face = slow
    first = threading.Thread(target=made.push, args=(BLANK,))
    first.start()
    assert inside.wait(10)
    with pytest.raises(UsageError, match="another thread is using this Spotter"):
        made.push(BLANK)
    go_on.set()
    first.join(10)
    made.close()


def test_finish_warns_of_wrong_times_once_and_never_of_right_ones() -> None:
    made = spotter()
    for time_s in (0.0, 0.0333, 0.0333, 0.0333, 0.02):
        made.push(BLANK, time_s)
    with pytest.warns(
        livespot.TimeWarning, match="2 frames have the time .* 1 frames have an earlier time"
    ) as caught:
        made.finish()
    assert len(caught) == 1
    made = spotter()
    for n in range(12):
        made.push(BLANK, 1000 * n / 30)
    with pytest.warns(livespot.TimeWarning, match="the times seem to be milliseconds"):
        made.finish()
    made = spotter()
    made.push(BLANK)
    made.push(BLANK)
    made.finish()
