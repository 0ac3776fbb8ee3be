"""Points smoothed over time by how fast they move: the 1 € filter (Casiez, Roussel and Vogel 2012)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SLOWEST_HZ = 0.05  # cutoff for a point at rest
_BETA = 80.0  # cutoff in Hz for each face size a second
_SPEED_HZ = 1.0  # cutoff for the speed itself


class OneEuroFilter:
    """Smooths the points of a face: hard while it rests, hardly when it moves."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._time_s: float | None = None

    def smooth(self, points: NDArray[np.float64], time_s: float) -> NDArray[np.float64]:
        """Smooth the points of the next picture.

        Parameters
        ----------
        points : (n, 3) float64
        time_s : float
            Later than that of the picture before.

        Returns
        -------
        (n, 3) float64
        """
        if self._time_s is None:
            self._raw = self._smooth = points
            self._speed = np.zeros_like(points)
        else:
            rate_hz = 1.0 / (time_s - self._time_s)
            size = float((points[:, :2].max(axis=0) - points[:, :2].min(axis=0)).mean())
            speed = (points - self._raw) * (rate_hz / size)
            self._speed = self._speed + _share(_SPEED_HZ, rate_hz) * (speed - self._speed)
            share = _share(_SLOWEST_HZ + _BETA * np.abs(self._speed), rate_hz)
            self._smooth = self._smooth + share * (points - self._smooth)
            self._raw = points
        self._time_s = time_s
        return self._smooth


def _share(cutoff_hz: NDArray[np.float64] | float, rate_hz: float) -> NDArray[np.float64] | float:
    """Weight of the newest value in a low-pass filter of first order."""
    return 1.0 / (1.0 + rate_hz / (2.0 * np.pi * cutoff_hz))
