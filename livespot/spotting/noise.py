"""A noisy picture raises the bar: what its noise may have made must look more certain to count."""

from __future__ import annotations

import numpy as np

from livespot.types import CURVES, Float32Array

_APEXES = [CURVES.index(f"{kind}_apex") for kind in ("me", "mae")]
_QUIET = 0.25  # share of regions that are quieter than the noise that counts: movement reaches few regions at a time


def picture_noise_px(noise_px: Float32Array | None) -> float:
    """The noise of a window as one number: what a quarter of its regions stay below, canonical px; 0 when unknown."""
    known = np.empty(0) if noise_px is None else noise_px[np.isfinite(noise_px)]
    return float(np.quantile(known, _QUIET)) if len(known) else 0.0


def raised_bar(
    values: Float32Array, noise_px: Float32Array | None, floor_px: float, slope: float
) -> Float32Array:
    """Probabilities with the apex curves lowered by the picture's noise.

    The odds of an apex are divided by (noise / floor) ** slope where the noise is above the floor; below it nothing
    changes, bit for bit. Thresholds, minimum scores and what is shown then mean the same in any light.

    Parameters
    ----------
    values : (10,) float32
        In the order of :data:`livespot.types.CURVES`; stays as it is.
    noise_px : (R,) float32 or None
        Of the window; None: not known.
    floor_px : float
        Noise of an ordinary webcam in ordinary light.
    slope : float
        0 switches it off.
    """
    noise = picture_noise_px(noise_px)
    if slope <= 0.0 or noise <= floor_px:
        return values
    divisor = np.float32((noise / max(floor_px, 1e-6)) ** slope)
    lowered = values.copy()
    apexes = values[_APEXES]
    lowered[_APEXES] = apexes / (apexes + (np.float32(1.0) - apexes) * divisor)
    return lowered
