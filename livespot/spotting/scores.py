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
    """Beta calibration of the geometric mean m of the three probabilities: ``σ(low · ln m - high · ln(1 - m) + bias)``.

    Three numbers bend the map at both ends on their own; with ``low == high`` it is Platt scaling (Kull, Silva Filho
    and Flach, 2017).

    Attributes
    ----------
    low, high : float
        Slopes, 0 or more and not both 0, so that the order of scores stays.
    bias : float

    Examples
    --------
    >>> calibration = ScoreCalibration(2.0, 2.0, -1.0)
    >>> round(calibration.shown(0.5), 3)
    0.845
    >>> round(calibration.raw(calibration.shown(0.5)), 6)
    0.5
    """

    low: float
    high: float
    bias: float

    def __post_init__(self) -> None:
        finite = all(math.isfinite(value) for value in (self.low, self.high, self.bias))
        if not (finite and min(self.low, self.high) >= 0.0 and self.low + self.high > 0.0):
            raise ValueError(
                f"score calibration: expected slopes of 0 or more and a finite bias, got {self!r}"
            )

    def shown(self, raw: float) -> float:
        """The probability that a proposal of this raw score is right."""
        mean = min(max(raw ** (1.0 / 3.0), _SMALLEST), 1.0 - _SMALLEST)
        odds = self.low * math.log(mean) - self.high * math.log1p(-mean) + self.bias
        return 1.0 / (1.0 + math.exp(-min(max(odds, -700.0), 700.0)))

    def raw(self, shown: float) -> float:
        """The lowest raw score, to the last digits, that is shown as ``shown`` or more."""
        low, high = 0.0, 1.0
        if self.shown(low) >= shown:
            return low
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if self.shown(middle) >= shown else (middle, high)
        return high


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
