"""The operating point: from a trained network's logits to probabilities with which the spotter works best.

Fitted on validation people, never on those it was trained with. The two softmax heads get a temperature, the
expression curves Platt scaling, so that both are honest probabilities. The focal loss inflates the apex
logits, and how far depends on the training's share of expressions; each apex curve is therefore shifted so
that θ = 0.5, the paper's threshold, is where F1 is highest, together with a least score of the whole
interval.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from livespot.config import SpottingConfig
from livespot.evaluation.matching import Counts, score_video
from livespot.models.folding import Calibration
from livespot.models.spotformer import CHANNELS, MAE_CLASSES, ME_CLASSES, SpotFormer, probabilities
from livespot.spotting import SpottingParameters, spot_offline
from livespot.synthesis.statistics import Timing
from livespot.training.labels import frame_labels
from livespot.training.recordings import Run
from livespot.types import EXPRESSION_TYPES, ExpressionType, Float32Array, Proposal

APEX_THRESHOLD = 0.5
"""θ of both types after the shift."""

MIN_SCORES = (0.0, 0.003, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4)
"""Candidates for the least score of an interval."""


THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Candidates for θ of the second operating point."""

FEW_PER_MINUTE = 0.3
"""False alarms of each type a minute that the second operating point allows itself."""

F1_SLACK = 0.02
"""Share of the best F1 given up for fewer false alarms: F1 is flat about its peak, and there they differ
tenfold."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A run and what the network said: ``logits`` (n, 10) float32 in the order of its channels."""

    timelines: tuple[Timing, ...]
    logits: Float32Array
    rate_hz: float = 30.0
    kind: str = "unknown"

    @property
    def minutes(self) -> float:
        """Length."""
        return len(self.logits) / self.rate_hz / 60.0


@torch.inference_mode()
def judge(network: SpotFormer, run: Run, batch: int = 256) -> Judged:
    """Every frame's logits; the network must be in evaluation mode."""
    windows = torch.from_numpy(run.features)
    logits = [network(windows[at : at + batch])[0].numpy() for at in range(0, len(windows), batch)]
    return Judged(run.timelines, np.concatenate(logits), run.rate_hz, run.kind)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Where one type is called: above an apex logit, and above a score."""

    apex_logit: float
    min_score: float


def fit(judged: Sequence[Judged]) -> tuple[Calibration, dict[str, float]]:
    """Calibration of everything, apex thresholds included, and the least score of each type."""
    scale, bias = fit_probabilities(judged)
    # Scores are products with the calibrated boundaries, so these come first.
    half = [calibrated(j, Calibration(tuple(scale), tuple(bias))) for j in judged]
    min_scores = {}
    for kind in EXPRESSION_TYPES:
        point = operating_point(half, kind)
        bias[CHANNELS.index(f"{kind.lower()}_apex")] = -point.apex_logit
        min_scores[str(kind)] = point.min_score
    return Calibration(tuple(scale), tuple(bias)), min_scores


def fit_probabilities(judged: Sequence[Judged]) -> tuple[list[float], list[float]]:
    """Temperatures of the softmax heads and Platt scaling of the expression curves, by maximum likelihood.

    Returns
    -------
    scale, bias : list of 10 float
        In the order of the network's channels; those of the apexes are 1 and 0.
    """
    logits = torch.from_numpy(np.concatenate([j.logits for j in judged]))
    labels = [frame_labels(j.timelines, len(j.logits)) for j in judged]
    classes = torch.from_numpy(np.concatenate([label.classes for label in labels]))
    soft = torch.from_numpy(np.concatenate([label.soft for label in labels]))
    scale, bias = [1.0] * len(CHANNELS), [0.0] * len(CHANNELS)
    for head, channels in enumerate((ME_CLASSES, MAE_CLASSES)):
        found = _fit_affine(logits[:, channels], classes[:, head], functional.cross_entropy, shifted=False)
        scale[channels] = [found[0]] * 3
    for i, channel in enumerate((8, 9)):
        likelihood = functional.binary_cross_entropy_with_logits
        scale[channel], bias[channel] = _fit_affine(
            logits[:, channel], soft[:, 2 + i], likelihood, shifted=True
        )
    return scale, bias


def _fit_affine(
    logits: Tensor, targets: Tensor, loss: Callable[[Tensor, Tensor], Tensor], shifted: bool
) -> tuple[float, float]:
    """Scale (positive) and bias of the logits that make ``loss`` smallest."""
    x = torch.zeros(2, requires_grad=True)
    optimiser = torch.optim.LBFGS([x], max_iter=50, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        bias = x[1] if shifted else 0.0
        # The last term: a perfect separation must not send the scale to infinity.
        value = loss(logits * x[0].exp() + bias, targets) + 1e-4 * x.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return float(value.detach())

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return float(x[0].detach().exp()), float(x[1].detach())


def operating_point(judged: Sequence[Judged], kind: ExpressionType, points: int = 12) -> OperatingPoint:
    """The apex logit and the least score above which calling an interval gives the highest F1 of one type.

    The two go together: where the boundaries are sharp, a weak apex will do. F1 is averaged over neighbouring
    candidates, since a single peak of a jagged table is luck; among what is nearly as good, the fewest false
    alarms win.
    """
    channel = CHANNELS.index(f"{kind.lower()}_apex")
    values = np.concatenate([j.logits[:, channel] for j in judged])
    # From "one frame in six is an apex candidate" up to "hardly any".
    shares = np.geomspace(0.16, 2.0 / max(20, len(values)), points)
    candidates = np.unique(np.quantile(values, 1.0 - shares))
    bias = np.zeros(len(CHANNELS), dtype=np.float32)
    f1 = np.zeros((len(candidates), len(MIN_SCORES)))
    alarms = np.zeros_like(f1)
    for row, candidate in enumerate(candidates):
        bias[channel] = -candidate
        for column, score in enumerate(MIN_SCORES):
            found = Counts()
            for j in judged:
                found += count(j.timelines, spot(j.logits + bias, {kind: score}, j.rate_hz, only=kind), kind)
            f1[row, column], alarms[row, column] = found.f1, found.fp
    padded = np.pad(f1, 1, mode="edge")
    smooth = sum(
        padded[y : y + f1.shape[0], x : x + f1.shape[1]] for y in range(3) for x in range(3)
    ) / np.float64(9.0)
    near = smooth >= (1.0 - F1_SLACK) * smooth.max()
    fewest = alarms == alarms[near].min()
    best = np.argwhere(near & fewest)
    row, column = best[len(best) // 2]  # the middle of a plateau
    return OperatingPoint(float(candidates[row]), MIN_SCORES[column])


def few_alarms(judged: Sequence[Judged], per_minute: float = FEW_PER_MINUTE) -> dict[str, dict[str, float]]:
    """A second operating point: the best F1 with at most so many false alarms of each type a minute.

    Where nothing keeps them so rare, the strictest candidate.

    Parameters
    ----------
    judged : sequence of Judged
        Calibrated, of validation people.
    per_minute : float

    Returns
    -------
    dict
        ``thresholds`` and ``min_scores`` by type.
    """
    minutes = sum(j.minutes for j in judged)
    point: dict[str, dict[str, float]] = {"thresholds": {}, "min_scores": {}}
    for kind in EXPRESSION_TYPES:
        best = (-1.0, THRESHOLDS[-1], MIN_SCORES[-1])
        for threshold, least in product(THRESHOLDS, MIN_SCORES):
            found = ((j, spot(j.logits, {kind: least}, j.rate_hz, kind, threshold)) for j in judged)
            total = sum((count(j.timelines, intervals, kind) for j, intervals in found), Counts())
            if total.fp <= per_minute * minutes and total.f1 > best[0]:
                best = (total.f1, threshold, least)
        point["thresholds"][str(kind)], point["min_scores"][str(kind)] = best[1], best[2]
    return point


def spot(
    logits: Float32Array,
    min_scores: Mapping[str, float],
    rate_hz: float,
    only: ExpressionType | None = None,
    threshold: float = APEX_THRESHOLD,
) -> list[Proposal]:
    """Intervals of calibrated logits (n, 10), by the spotter that everything else uses."""
    curves = probabilities(torch.from_numpy(logits)).numpy()
    thresholds: dict[str, float] = {k: threshold if only in (None, k) else 1.0 for k in EXPRESSION_TYPES}
    return spot_offline(curves, SpottingParameters.resolve(SpottingConfig(), thresholds, rate_hz, min_scores))


def calibrated(judged: Judged, calibration: Calibration) -> Judged:
    """The same, with calibrated logits."""
    return replace(judged, logits=calibration.apply(torch.from_numpy(judged.logits)).numpy())


def count(timelines: Sequence[Timing], found: Sequence[Proposal], kind: ExpressionType) -> Counts:
    """Matches of one type."""
    score = score_video([t for t in timelines if t.type == kind], [p for p in found if p.type == kind])
    return score.me if kind == "ME" else score.mae


def figures(
    judged: Sequence[Judged], calibration: Calibration, min_scores: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Counts, F1 and false alarms per minute of each type at the operating point, over all and by kind."""
    answer: dict[str, dict[str, float]] = {}
    ready = [calibrated(j, calibration) for j in judged]
    spotted = [spot(j.logits, min_scores, j.rate_hz) for j in ready]
    for part in ("all", *sorted({j.kind for j in judged})):
        chosen = [(j, found) for j, found in zip(ready, spotted, strict=True) if part in ("all", j.kind)]
        minutes = sum(j.minutes for j, _ in chosen)
        answer[part] = {"minutes": round(minutes, 2)}
        for kind in EXPRESSION_TYPES:
            total = sum((count(j.timelines, found, kind) for j, found in chosen), Counts())
            answer[part] |= {
                f"{kind} tp": total.tp,
                f"{kind} fp": total.fp,
                f"{kind} fn": total.fn,
                f"{kind} f1": round(total.f1, 4),
                f"{kind} false alarms a minute": round(total.fp / max(minutes, 1e-9), 2),
            }
    return answer
