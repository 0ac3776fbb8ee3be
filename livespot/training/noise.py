"""What the flow adds to a face's motion: noise of the areas, and the jumps of a compressed video.

Arrays are (n, areas, 2) float32, (model frame, area, (dx right, dy down)), canonical px.
"""

from __future__ import annotations

import numpy as np

from livespot.regions import PAPER, RegionLayout
from livespot.types import STILL_AREAS, Float32Array

RATE_HZ = 30.0


def smooth_noise(rng: np.random.Generator, frames: int, channels: int, cutoff_hz: float) -> Float32Array:
    """Gaussian noise (frames, channels) of unit deviation, its spectrum falling off at ``cutoff_hz``."""
    frequency = np.fft.rfftfreq(frames, 1.0 / RATE_HZ)
    # The half bin keeps a sequence shorter than one period from falling silent.
    shape = np.exp(-0.5 * (np.maximum(frequency - 0.5 * frequency[1], 0.0) / cutoff_hz) ** 2)
    spectrum = np.fft.rfft(rng.standard_normal((frames, channels)), axis=0) * shape[:, None]
    noise = np.fft.irfft(spectrum, frames, axis=0)
    return np.asarray(noise / (noise.std() + 1e-9), dtype=np.float32)


def encoder_steps(rng: np.random.Generator, frames: int, areas: int) -> Float32Array:
    """Small jumps of every area at once where a compressed video begins a new picture group."""
    period = rng.uniform(12.0, 250.0)
    begins = np.zeros(frames, dtype=np.int64)
    begins[np.arange(rng.uniform(0.0, period), frames, period).astype(np.int64)] = 1
    group = np.cumsum(begins)
    jumps = rng.standard_normal((int(group[-1]) + 1, areas, 2)) * np.exp(rng.normal(-2.4, 0.6))
    return np.asarray(jumps[group], dtype=np.float32)


def grain(rng: np.random.Generator, frames: int, layout: RegionLayout = PAPER) -> Float32Array:
    """Every area's own noise: white and a slow drift; brows are noisier than the mouth.

    Returns
    -------
    (frames, R + 5, 2) float32
        Of the regions, then of the still areas.
    """
    areas = len(layout) + STILL_AREAS
    deviation = np.exp(rng.normal(-2.8, 0.5)) * np.exp(rng.normal(0.0, 0.3, size=(areas, 1)))
    brows = [number for number, region in enumerate(layout.regions) if region.part.startswith("brow")]
    deviation[brows] *= rng.uniform(1.0, 1.6)
    white = rng.standard_normal((frames, areas, 2))
    slow = smooth_noise(rng, frames, 2 * areas, float(rng.uniform(0.1, 1.0))).reshape(frames, areas, 2)
    return np.asarray(deviation * (white + rng.uniform(0.3, 1.5) * slow), dtype=np.float32)
