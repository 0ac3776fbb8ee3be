"""A personal operating point, from a few seconds of a neutral face.

The engine's thresholds are chosen for people at large. On one person's face, in one light, the apex curves of a neutral
face may lie higher, by glasses, a beard or a noisy camera; a threshold just above what this face does without any
expression spares the false alarms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from livespot.types import CURVES, EXPRESSION_TYPES, Float32Array

QUANTILE = 0.99
"""Of the apex probability while neutral; the highest single frame may be a blink."""

MARGIN = 0.02
"""Above that, so that the noise seen once more does not pass."""

HIGHEST = 0.95
"""A threshold above it would leave nothing to be found."""


class NeutralBaseline:
    """Collects the apex curves of a neutral face; frames without a face do not count.

    Parameters
    ----------
    seconds : float
        How much neutral face is wanted.

    Examples
    --------
    >>> import numpy as np
    >>> baseline = NeutralBaseline(0.1)
    >>> for _ in range(3):
    ...     baseline.push(np.full(10, 0.7, np.float32), rate_hz=30.0)
    >>> baseline.complete
    True
    >>> {kind: round(value, 2) for kind, value in baseline.personal({"ME": 0.6, "MaE": 0.8}).items()}
    {'ME': 0.72, 'MaE': 0.8}
    """

    def __init__(self, seconds: float) -> None:
        if not (math.isfinite(seconds) and seconds > 0):
            raise ValueError(f"seconds: expected a number above 0, got {seconds!r}")
        self._wanted_s = seconds
        self._collected_s = 0.0
        self._apexes: dict[str, list[float]] = {kind: [] for kind in EXPRESSION_TYPES}

    @property
    def complete(self) -> bool:
        """Whether enough neutral face was seen."""
        return self.left_s <= 0.0

    @property
    def left_s(self) -> float:
        """Seconds still wanted; never below 0."""
        left_s = self._wanted_s - self._collected_s
        return left_s if left_s > 1e-6 else 0.0  # sums of 1/rate end a hair before or after the whole

    def push(self, probabilities: Float32Array, rate_hz: float) -> None:
        """Take one model frame; nothing more is taken once complete.

        Parameters
        ----------
        probabilities : (10,) float32
            In the order of :data:`livespot.types.CURVES`; a row with NaN has no face and does not count.
        rate_hz : float
            Model frames per second.

        Raises
        ------
        ValueError
            When the shape or the rate is impossible.
        """
        if probabilities.shape != (len(CURVES),):
            raise ValueError(f"probabilities: expected shape ({len(CURVES)},), got {probabilities.shape}")
        if not (math.isfinite(rate_hz) and rate_hz > 0):
            raise ValueError(f"rate_hz: expected a number above 0, got {rate_hz!r}")
        if self.complete or not np.isfinite(probabilities).all():
            return
        self._collected_s += 1.0 / rate_hz
        for kind, apexes in self._apexes.items():
            apexes.append(float(probabilities[CURVES.index(f"{kind.lower()}_apex")]))

    def personal(self, thresholds: Mapping[str, float]) -> dict[str, float]:
        """The thresholds for this person: the engine's own or, where that is higher, what the neutral face asks.

        Parameters
        ----------
        thresholds : mapping of "ME" and "MaE" to float
            The engine's operating point.

        Returns
        -------
        dict
            ``max(engine's, 99th percentile of the neutral apex probability + 0.02)``, the latter cut to 0.95; never
            below the engine's. Without any frame collected, the engine's own.
        """
        made = dict(thresholds)
        for kind, apexes in self._apexes.items():
            if apexes and kind in made:
                asked = min(float(np.quantile(apexes, QUANTILE)) + MARGIN, HIGHEST)
                made[kind] = max(made[kind], asked)
        return made
