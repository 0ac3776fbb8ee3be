from __future__ import annotations

import numpy as np
from training_makers import made_up_run

from livespot.training.ablation import adjacent_run, adjacent_windows
from livespot.training.sequences import Sequence
from livespot.types import Float32Array


def still_then_moving(frames: int, adjacent: bool) -> Float32Array:
    """Nothing moves before frame 20: what lies before a recording's first window cannot be known from it."""
    moved = np.random.default_rng(0).normal(size=(frames + 30, 15, 2)).astype(np.float32)
    moved[:20] = 0.0
    sequence = Sequence((), len(moved), 30.0, moved, np.zeros((15, 3), np.float32))
    # The last centre leaves 17 frames, so that no end frame is repeated.
    return sequence.windows(np.arange(10, 10 + frames), np.random.default_rng(0), "nose", adjacent)


def test_adjacent_windows_are_what_the_flow_between_neighbours_gives() -> None:
    windows = still_then_moving(60, adjacent=False)
    expected = still_then_moving(60, adjacent=True)
    np.testing.assert_allclose(adjacent_windows(windows), expected, atol=1e-5)


def test_a_run_of_one_window_and_the_rest_of_a_run() -> None:
    run = made_up_run("ada")
    changed = adjacent_run(run)
    assert changed.features.shape == run.features.shape
    assert changed.features.dtype == np.float32
    assert (changed.subject, changed.timelines) == (run.subject, run.timelines)
    assert adjacent_windows(run.features[:1]).shape == (1, 17, 10, 2)
