from __future__ import annotations

import numpy as np
import pytest

from livespot.evaluation.matching import Counts
from livespot.synthesis.statistics import Timing
from livespot.training.calibrate import Judged, count, figures, fit, operating_point
from livespot.training.labels import frame_labels
from livespot.types import Float32Array, Proposal


def clear_logits(timelines: tuple[Timing, ...], frames: int, apex_shift: float) -> Float32Array:
    """What a network that is always right would say, its apexes inflated."""
    labels = frame_labels(timelines, frames)
    logits = np.full((frames, 10), -4.0, np.float32)
    for head in range(2):
        logits[np.arange(frames), 3 * head + labels.classes[:, head]] = 4.0
    logits[:, 6:] = 8.0 * labels.soft - 4.0
    logits[:, 6:8] += apex_shift + np.random.default_rng(0).normal(0.0, 0.5, (frames, 2))
    return logits


def judged(kind: str = "calm") -> Judged:
    lines = (Timing("ME", 30, 36, 42), Timing("MaE", 90, 105, 130), Timing("ME", 200, 206, 211))
    return Judged(lines, clear_logits(lines, 300, 5.0), kind=kind)


def test_counting_matches_each_truth_once() -> None:
    lines = [Timing("ME", 10, 15, 20), Timing("ME", 50, 55, 60)]
    found = [
        Proposal("ME", 10, 14, 19, 0.5),
        Proposal("ME", 11, 15, 20, 0.9),
        Proposal("ME", 80, 85, 90, 0.9),
        Proposal("MaE", 50, 55, 60, 0.9),
    ]
    assert count(lines, found, "ME") == Counts(tp=1, fp=2, fn=1)
    assert count(lines, found, "MaE") == Counts(fp=1)


def test_the_operating_point_undoes_the_inflation() -> None:
    one = judged()
    assert 1.0 < operating_point([one], "ME").apex_logit < 9.0
    calibration, min_scores = fit([one])
    answer = figures([one], calibration, min_scores)["all"]
    assert answer["ME f1"] == 1.0
    assert answer["MaE f1"] == 1.0
    assert answer["ME fp"] == 0
    assert answer["minutes"] == pytest.approx(300 / 30 / 60, abs=0.01)
    assert min(calibration.scale) > 0.0


def test_figures_are_given_for_each_kind() -> None:
    both = [judged("calm"), judged("talking")]
    answer = figures(both, *fit(both))
    assert list(answer) == ["all", "calm", "talking"]
    assert answer["all"]["ME tp"] == answer["calm"]["ME tp"] + answer["talking"]["ME tp"] == 4


def test_where_nothing_is_true_nothing_is_called() -> None:
    quiet = Judged((), judged().logits)
    calibration, min_scores = fit([quiet, judged()])
    assert figures([quiet], calibration, min_scores)["all"]["ME tp"] == 0
