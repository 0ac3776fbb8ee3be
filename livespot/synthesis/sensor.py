"""What a webcam adds to a clean picture: noise, a light that is never quite steady, and an open shutter.

The blur of motion itself is drawn with the face (:mod:`livespot.synthesis.shutter`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from livespot.cv import cv2
from livespot.types import Float32Array, Image


@dataclass(frozen=True, slots=True)
class Sensor:
    """Noise and unsteady light, in grey levels of 0-255; a frame's noise depends on ``seed`` and its number."""

    noise: float = 1.2  # standard deviation; a webcam in a lit room has 1-2 after its own denoising
    grain_px: float = 0.6  # demosaicking smears neighbouring pixels into each other
    flicker: float = 0.004  # share of the brightness
    flicker_hz: float = 1.7  # what remains of mains flicker after the shutter's beat
    seed: int = 0
    drift: float = 0.0  # share of the brightness that automatic exposure wanders up and down …
    drift_s: float = 7.0  # … in so many seconds
    rolling: float = (
        0.0  # share of the brightness of the bands that mains light draws through a rolling shutter
    )
    rolling_hz: float = 0.9  # how often a band passes
    brightness: float = 1.0  # share of the light that a dark room leaves
    shutter: float = 0.0  # share of the time between two frames that the shutter is open

    def expose(self, picture: Float32Array, frame: int, time_s: float) -> Image:
        """Add flicker and noise to a picture (height, width, 3) float32 0-255 and round it to uint8."""
        grain = _white(picture.shape, self.seed, frame)
        strength = self.noise
        if self.grain_px > 0:
            grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), self.grain_px), np.float32)
            strength /= _smeared(self.grain_px)  # smearing weakens noise; `noise` is meant as it arrives
        light = self.brightness + self.brightness * self.flicker * np.sin(
            2.0 * np.pi * self.flicker_hz * time_s
        )
        if self.drift:
            light *= 1.0 + self.drift * np.sin(2.0 * np.pi * time_s / self.drift_s + self.seed % 7)
        if self.rolling:
            picture = picture * self._bands(picture.shape[0], time_s)
        exposed = cv2.addWeighted(
            picture, float(light), grain, strength, 0.0, dtype=cv2.CV_8U
        )  # rounds and clips
        return np.asarray(exposed, np.uint8)

    def _bands(self, height: int, time_s: float) -> Float32Array:
        """Brightness of each line, (height, 1, 1): one and a half bands in the picture, wandering down."""
        down = np.linspace(0.0, 1.5, height, dtype=np.float64)
        lines = 1.0 + self.rolling * np.sin(2.0 * np.pi * (down - self.rolling_hz * time_s))
        bands: Float32Array = lines.astype(np.float32)[:, None, None]
        return bands


def _white(shape: tuple[int, ...], seed: int, frame: int) -> Float32Array:
    """White noise of standard deviation 1; OpenCV draws it in half of NumPy's time."""
    mixed = int(np.random.SeedSequence([seed, 2, frame]).generate_state(1)[0])
    grain = np.empty(shape, np.float32)
    cv2.setRNGSeed(mixed & 0x7FFFFFFF)
    cv2.randn(grain, np.zeros(1), np.ones(1))
    return grain


@lru_cache(maxsize=64)
def _smeared(grain_px: float) -> float:
    """Standard deviation of white noise after the smearing."""
    point = np.zeros((65, 65), np.float32)
    point[32, 32] = 1.0
    return float(np.sqrt((cv2.GaussianBlur(point, (0, 0), grain_px) ** 2).sum()))
