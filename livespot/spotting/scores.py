"""Scores as probabilities of being right, and the minimum score that goes with a rate of false alarms.

The raw score of a proposal is the product of three probabilities, which is a rank and no probability. A monotone map
fitted on validation people turns it into the share of such proposals that are right. That value is shown, written and
compared with the minimum score.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from livespot.errors import ConfigError
from livespot.types import EXPRESSION_TYPES

_SMALLEST = 1e-12
"""Log-odds of 0 and 1 are infinite; scores nearer to them count as this far."""

AlarmTable = Mapping[str, Sequence[tuple[float, float]]]
"""By type, (false alarms a minute, minimum score) on validation people, by falling rate and rising score."""


@dataclass(frozen=True, slots=True)
class ScoreCalibration:
    """Platt scaling of the geometric mean of the three probabilities: ``σ(scale · logit(∛raw) + bias)``.

    Attributes
    ----------
    scale : float
        Positive, so that the order of scores stays.
    bias : float

    Examples
    --------
    >>> calibration = ScoreCalibration(2.0, -1.0)
    >>> round(calibration.shown(0.5), 3)
    0.845
    >>> round(calibration.raw(calibration.shown(0.5)), 6)
    0.5
    """

    scale: float
    bias: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.scale) and self.scale > 0.0 and math.isfinite(self.bias)):
            raise ValueError(f"score calibration: expected a scale above 0 and a finite bias, got {self!r}")

    def shown(self, raw: float) -> float:
        """The probability that a proposal of this raw score is right."""
        return 1.0 / (1.0 + math.exp(-(self.scale * _log_odds(raw ** (1.0 / 3.0)) + self.bias)))

    def raw(self, shown: float) -> float:
        """The raw score that is shown as ``shown``; 0 for 0."""
        if shown <= 0.0:
            return 0.0
        return (1.0 / (1.0 + math.exp(-((_log_odds(shown) - self.bias) / self.scale)))) ** 3


def _log_odds(probability: float) -> float:
    inside = min(max(probability, _SMALLEST), 1.0 - _SMALLEST)
    return math.log(inside / (1.0 - inside))


def min_scores_for(alarms_a_minute: float, table: AlarmTable) -> dict[str, float]:
    """Minimum scores at which validation people had about so many false alarms a minute, half of them of each type.

    Between the rates of the table the score is interpolated on the logarithm of the rate; outside it is that of the
    nearest.

    Parameters
    ----------
    alarms_a_minute : float
        Of both types together; above 0.
    table : AlarmTable

    Raises
    ------
    ConfigError
        When the table lacks a type.

    Examples
    --------
    >>> table = {"ME": [(2.0, 0.2), (0.5, 0.6)], "MaE": [(2.0, 0.3), (0.5, 0.5)]}
    >>> {kind: round(score, 3) for kind, score in min_scores_for(2.0, table).items()}
    {'ME': 0.4, 'MaE': 0.4}
    >>> min_scores_for(0.01, table)
    {'ME': 0.6, 'MaE': 0.5}
    """
    wanted = math.log(alarms_a_minute / len(EXPRESSION_TYPES))
    scores = {}
    for kind in EXPRESSION_TYPES:
        if not table.get(kind):
            raise ConfigError(
                "spotting.alarms_a_minute: the engine brings no table of false alarms; set "
                f"spotting.{kind.lower()}_min_score instead, or choose another engine"
            )
        points = sorted((math.log(max(rate, _SMALLEST)), score) for rate, score in table[kind])
        scores[str(kind)] = _interpolated(wanted, points)
    return scores


def _interpolated(x: float, points: Sequence[tuple[float, float]]) -> float:
    """Piecewise linear through points of rising x, constant outside."""
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if x <= x1:
            return y1 if x1 == x0 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]
