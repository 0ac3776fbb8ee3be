"""Operating points on validation people: thresholds, scores that are probabilities, and the table of false alarms.

What enters are calibrated logits; every choice is made by the spotter that everything else uses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from livespot.config import SpottingConfig
from livespot.evaluation.matching import Counts, match, score_video
from livespot.models.folding import Calibration
from livespot.models.spotformer import CHANNELS, probabilities
from livespot.spotting import SpottingParameters, spot_offline
from livespot.spotting.offline import decided
from livespot.spotting.proposals import build_proposals, checked_curves
from livespot.spotting.scores import ScoreCalibration
from livespot.synthesis.statistics import Timing
from livespot.types import EXPRESSION_TYPES, ExpressionType, Float32Array, Proposal

RAW_SCORES = (0.0, 0.0003, 0.001, 0.003, 0.006, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4)
"""Candidates for the minimum raw score of an interval: steps of the search and rows of the table of alarms."""

LOOSEST_ALARMS_A_MINUTE = 6.0
"""Scores are calibrated on what is reported at this many false alarms of a type a minute; nobody wants more."""

FEW_A_MINUTE = 0.6
"""False alarms a minute, of both types together, of the stricter operating point."""

F1_SLACK = 0.02
"""Share of the best F1 given up for fewer false alarms: F1 is flat about its peak, and there they differ tenfold."""


@dataclass(frozen=True, eq=False)
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

    @cached_property
    def curves(self) -> Float32Array:
        """Probabilities (n, 10) float32 in the order of :data:`livespot.types.CURVES`."""
        return np.asarray(probabilities(torch.from_numpy(self.logits)).numpy(), np.float32)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What is fixed on validation people and travels in an engine's sidecar.

    Attributes
    ----------
    calibration : Calibration
        Of the network's logits; goes into the graph.
    thresholds, min_scores : dict of "ME" and "MaE" to float
        θ of the apex curves, and the minimum score, a shown one.
    score_calibrations : dict of "ME" and "MaE" to (low, high, bias)
        As in :class:`livespot.spotting.scores.ScoreCalibration`.
    alarm_table : dict of "ME" and "MaE" to tuple of (false alarms a minute, minimum score)
        By falling rate.
    """

    calibration: Calibration = field(default_factory=Calibration)
    thresholds: Mapping[str, float] = field(default_factory=lambda: {"ME": 0.5, "MaE": 0.5})
    min_scores: Mapping[str, float] = field(default_factory=lambda: {"ME": 0.0, "MaE": 0.0})
    score_calibrations: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    alarm_table: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)

    def scores(self) -> dict[str, Any]:
        """What of it :func:`livespot.models.export.export_engine` takes as ``scores``."""
        return {
            "score_calibrations": {kind: list(pair) for kind, pair in self.score_calibrations.items()},
            "alarm_table": {kind: [list(row) for row in rows] for kind, rows in self.alarm_table.items()},
        }


def spot(judged: Judged, point: OperatingPoint, only: ExpressionType | None = None) -> list[Proposal]:
    """Intervals of calibrated logits at an operating point, of both types or of one."""
    thresholds: dict[str, float] = {
        str(kind): point.thresholds[kind] if only in (None, kind) else 1.0 for kind in EXPRESSION_TYPES
    }
    return spot_offline(judged.curves, _parameters(replace(point, thresholds=thresholds), judged.rate_hz))


def _parameters(point: OperatingPoint, rate_hz: float) -> SpottingParameters:
    return SpottingParameters.resolve(
        SpottingConfig(), point.thresholds, rate_hz, point.min_scores, point.score_calibrations
    )


def count(timelines: Sequence[Timing], found: Sequence[Proposal], kind: ExpressionType) -> Counts:
    """Matches of one type."""
    score = score_video([t for t in timelines if t.type == kind], [p for p in found if p.type == kind])
    return score.me if kind == "ME" else score.mae


def choose_point(judged: Sequence[Judged], calibration: Calibration) -> OperatingPoint:
    """The operating point of calibrated validation runs.

    For each type: the threshold and the minimum raw score of the highest F1; the calibration of the scores; and the
    false alarms a minute at every minimum score.
    """
    point = OperatingPoint(calibration)
    for kind in EXPRESSION_TYPES:
        threshold, raw = _best_gate(judged, kind)
        gated = replace(point, thresholds={**point.thresholds, kind: threshold})
        rows = _alarms(judged, gated, kind)
        fitted = _fit_scores(judged, gated, kind, rows)
        shown = ScoreCalibration(*fitted).shown
        point = replace(
            gated,
            min_scores={**point.min_scores, kind: shown(raw)},
            score_calibrations={**point.score_calibrations, str(kind): fitted},
            alarm_table={**point.alarm_table, str(kind): tuple((rate, shown(least)) for rate, least in rows)},
        )
    return point


def _best_gate(judged: Sequence[Judged], kind: ExpressionType, points: int = 10) -> tuple[float, float]:
    """The threshold and the minimum raw score with the highest F1 of one type.

    The two go together: where the boundaries are sharp, a weak apex will do. F1 is averaged over neighbouring
    candidates, since a single peak of a jagged table is luck; among what is nearly as good, the fewest false alarms
    win.
    """
    channel = CHANNELS.index(f"{kind.lower()}_apex")
    values = np.concatenate([j.logits[:, channel] for j in judged])
    # From "one frame in six is an apex candidate" up to "hardly any".
    shares = np.geomspace(0.16, 2.0 / max(20, len(values)), points)
    logits = np.unique(np.quantile(values, 1.0 - shares).astype(np.float64))
    candidates = 1.0 / (1.0 + np.exp(-logits))
    f1 = np.zeros((len(candidates), len(RAW_SCORES)))
    alarms = np.zeros_like(f1)
    for row, candidate in enumerate(candidates):
        for column, found in enumerate(_counts(judged, kind, float(candidate))):
            f1[row, column], alarms[row, column] = found.f1, found.fp
    padded = np.pad(f1, 1, mode="edge")
    around = [padded[y : y + f1.shape[0], x : x + f1.shape[1]] for y in range(3) for x in range(3)]
    smooth = np.sum(around, axis=0) / 9.0
    near = smooth >= (1.0 - F1_SLACK) * smooth.max()
    best = np.argwhere(near & (alarms == alarms[near].min()))
    row, column = best[len(best) // 2]  # the middle of a plateau
    return float(candidates[row]), RAW_SCORES[column]


def _raw_point(kind: ExpressionType, threshold: float, raw: float) -> OperatingPoint:
    return OperatingPoint(
        thresholds={"ME": 1.0, "MaE": 1.0, kind: threshold}, min_scores={"ME": 0.0, "MaE": 0.0, kind: raw}
    )


def _counts(judged: Sequence[Judged], kind: ExpressionType, threshold: float) -> list[Counts]:
    """Matches of one type at a threshold, for each of the minimum raw scores."""
    totals = [Counts()] * len(RAW_SCORES)
    for one in judged:
        parameters = _parameters(_raw_point(kind, threshold, 0.0), one.rate_hz)
        of_type = parameters.me if kind == "ME" else parameters.mae
        proposals = build_proposals(checked_curves(one.curves), 0, len(one.curves), of_type)
        for column, raw in enumerate(RAW_SCORES):
            found = decided([p for p in proposals if p.score > raw], of_type)
            totals[column] += count(one.timelines, found, kind)
    return totals


def _alarms(
    judged: Sequence[Judged], point: OperatingPoint, kind: ExpressionType
) -> tuple[tuple[float, float], ...]:
    """(False alarms a minute, minimum raw score), by rising score and never rising rate."""
    minutes = max(sum(j.minutes for j in judged), 1e-9)
    rows: list[tuple[float, float]] = []
    for raw, found in zip(RAW_SCORES, _counts(judged, kind, point.thresholds[kind]), strict=True):
        rate = max(found.fp, 0.5) / minutes  # none in so many minutes is no rate of zero
        rows.append((min(rate, rows[-1][0]) if rows else rate, raw))
    return tuple(rows)


def _fit_scores(
    judged: Sequence[Judged],
    point: OperatingPoint,
    kind: ExpressionType,
    rows: Sequence[tuple[float, float]],
) -> tuple[float, float, float]:
    """The calibration that makes of raw scores the share of intervals that are right, by maximum likelihood."""
    loosest = next((raw for rate, raw in rows if rate <= LOOSEST_ALARMS_A_MINUTE), RAW_SCORES[-1])
    raw, right = scored(judged, _raw_point(kind, point.thresholds[kind], loosest), kind)
    if not len(raw):
        return 1.0, 1.0, 0.0
    mean = np.clip(np.cbrt(raw), 1e-6, 1.0 - 1e-6)
    low, high = torch.from_numpy(np.log(mean)), torch.from_numpy(-np.log1p(-mean))
    y = torch.from_numpy(right.astype(np.float64))
    x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([x], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        logits = x[0].exp() * low + x[1].exp() * high + x[2]
        loss = functional.binary_cross_entropy_with_logits(logits, y, reduction="sum")
        loss = loss + 0.1 * x.square().sum()  # against the certainty of few intervals
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    fitted = x.detach()
    return float(fitted[0].exp()), float(fitted[1].exp()), float(fitted[2])


def scored(
    judged: Sequence[Judged], point: OperatingPoint, kind: ExpressionType
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Score of every interval of one type, (n,) float64, and whether it is right, (n,) bool."""
    scores: list[float] = []
    right: list[bool] = []
    for one in judged:
        found = [p for p in spot(one, point, kind) if p.type == kind]
        matched = {m.detection for m in match([t for t in one.timelines if t.type == kind], found)}
        scores += [p.score for p in found]
        right += [place in matched for place in range(len(found))]
    return np.array(scores, np.float64), np.array(right, bool)


def figures(judged: Sequence[Judged], point: OperatingPoint) -> dict[str, dict[str, float]]:
    """Counts, F1 and false alarms a minute of each type at the operating point, over all and by kind."""
    answer: dict[str, dict[str, float]] = {}
    spotted = [spot(j, point) for j in judged]
    for part in ("all", *sorted({j.kind for j in judged})):
        chosen = [(j, found) for j, found in zip(judged, spotted, strict=True) if part in ("all", j.kind)]
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
