from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from livespot.evaluation.calibration import reliability
from livespot.evaluation.matching import Counts
from livespot.synthesis.statistics import Timing
from livespot.training.calibrate import calibrated, fit
from livespot.training.labels import frame_labels
from livespot.training.operating import Judged, count, figures, scored
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
    point = fit([one])
    answer = figures([calibrated(one, point.calibration)], point)["all"]
    assert answer["ME f1"] == 1.0
    assert answer["MaE f1"] == 1.0
    assert answer["ME fp"] == 0
    assert answer["minutes"] == pytest.approx(300 / 30 / 60, abs=0.01)
    assert min(point.calibration.scale) > 0.0
    assert point.calibration.bias[6] < -1.0  # the apexes were inflated by 5


def test_figures_are_given_for_each_kind() -> None:
    both = [judged("calm"), judged("talking")]
    point = fit(both)
    answer = figures([calibrated(one, point.calibration) for one in both], point)
    assert list(answer) == ["all", "calm", "talking"]
    assert answer["all"]["ME tp"] == answer["calm"]["ME tp"] + answer["talking"]["ME tp"] == 4


def test_where_nothing_is_true_nothing_is_called() -> None:
    quiet = Judged((), judged().logits)
    point = fit([quiet, judged()])
    assert figures([calibrated(quiet, point.calibration)], point)["all"]["ME tp"] == 0


def confused(seed: int) -> Judged:
    """A network that mistakes half of its movements for expressions, and is less sure of those."""
    rng = np.random.default_rng(seed)
    lines = tuple(Timing("ME", 60 * n + 20, 60 * n + 26, 60 * n + 32) for n in range(20))
    logits = clear_logits(lines, 1220, 0.0)
    true = []
    for line in lines:
        right = bool(rng.random() < 0.5)
        span = slice(line.onset - 5, line.offset + 6)
        sure = rng.normal(0.6 if right else -0.6, 1.0)
        logits[span, 6] += sure - 3.0
        logits[span, :3] *= 0.3 + 0.1 * sure
        if right:
            true.append(line)
    return Judged(tuple(true), logits)


def test_a_shown_score_is_the_chance_of_being_right() -> None:
    """Fitted on some people, it holds on others."""
    point = fit([confused(seed) for seed in range(40)])
    others = [calibrated(confused(seed), point.calibration) for seed in range(100, 180)]
    scores, right = scored(others, point, "ME")
    assert len(scores) > 200
    assert 0.3 < right.mean() < 0.9
    assert np.ptp(scores) > 0.2
    assert reliability(scores, right).error <= 0.05
    apex = np.concatenate([one.curves[:, 1] for one in others])
    truth = np.concatenate([frame_labels(one.timelines, len(one.logits)).soft[:, 0] > 0 for one in others])
    assert reliability(apex, truth).error <= 0.05


def test_the_table_of_alarms_keeps_its_word_on_others() -> None:
    point = fit([confused(seed) for seed in range(8)])
    rates, scores = zip(*point.alarm_table["ME"], strict=True)
    assert list(rates) == sorted(rates, reverse=True)
    assert list(scores) == sorted(scores)
    others = [calibrated(confused(seed), point.calibration) for seed in range(100, 130)]
    found = [
        figures(others, replace(point, min_scores={"ME": least, "MaE": 0.99}))["all"] for least in scores[::3]
    ]
    alarms = [row["ME false alarms a minute"] for row in found]
    assert alarms == sorted(alarms, reverse=True)
    for said, came in zip(rates[::3], alarms, strict=True):
        assert abs(came - said) < 1.0 + 0.5 * said
