from __future__ import annotations

import numpy as np

from livespot.synthesis.statistics import SHORTEST_FRAMES, Timing, sample_combination, sample_timeline
from livespot.training.labels import MACRO, MICRO, NEUTRAL, NONE, OFFSET, ONSET, frame_labels
from livespot.types import EXPRESSION_TYPES


def test_a_hand_made_timeline() -> None:
    labels = frame_labels([Timing("ME", 10, 15, 20), Timing("MaE", 40, 55, 80)], 100)
    micro, macro = labels.classes.T
    assert np.flatnonzero(micro == ONSET).tolist() == [9, 10, 11]
    assert np.flatnonzero(micro == OFFSET).tolist() == [19, 20, 21]
    assert np.flatnonzero(macro == ONSET).tolist() == list(range(37, 44))
    assert np.flatnonzero(macro == OFFSET).tolist() == list(range(77, 84))
    assert (micro == NONE).sum() == 94
    me_apex, mae_apex, me_expression, mae_expression = labels.soft.T
    assert np.flatnonzero(me_apex).tolist() == [14, 15, 16]
    assert np.flatnonzero(mae_apex).tolist() == list(range(52, 59))
    assert me_apex[15] == 1.0
    np.testing.assert_allclose(mae_apex[[53, 57]], np.exp(-0.5 * (2 / 4) ** 2), rtol=1e-6)
    assert np.flatnonzero(me_expression).tolist() == list(range(10, 21))
    assert np.flatnonzero(mae_expression).tolist() == list(range(40, 81))
    assert labels.contrast[[5, 15, 60]].tolist() == [NEUTRAL, MICRO, MACRO]


def test_neighbours_and_ends() -> None:
    labels = frame_labels([Timing("ME", -2, 3, 8), Timing("ME", 9, 14, 40)], 20)
    micro = labels.classes[:, 0]
    assert micro[8] == OFFSET
    assert micro[9] == ONSET
    assert labels.soft[:, 2].all()


def test_sampled_timelines_are_possible_and_of_their_type() -> None:
    rng = np.random.default_rng(0)
    for kind in EXPRESSION_TYPES:
        lines = [sample_timeline(rng, kind, 7) for _ in range(400)]
        assert all(line.onset == 7 and line.onset < line.apex < line.offset for line in lines)
        frames = [line.frames for line in lines]
        assert min(frames) >= SHORTEST_FRAMES[kind]
        assert max(frames) <= (15 if kind == "ME" else 240)
        assert (12 <= np.median(frames) <= 14) if kind == "ME" else (29 <= np.median(frames) <= 40)
        assert all(sample_combination(rng, kind) for _ in range(20))
