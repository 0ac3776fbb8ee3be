"""What a webcam adds to a clean picture: noise and a light that is never quite steady."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livespot.cv import cv2
from livespot.types import Float32Array, Image


@dataclass(frozen=True, slots=True)
class Sensor:
    """Noise and flicker, in grey levels of 0-255; a frame's noise depends on ``seed`` and its number."""

    noise: float = 1.2  # standard deviation; a webcam in a lit room has 1-2 after its own denoising
    grain_px: float = 0.6  # demosaicking smears neighbouring pixels into each other
    flicker: float = 0.004  # share of the brightness
    flicker_hz: float = 1.7  # what remains of mains flicker after the shutter's beat
    seed: int = 0

    def expose(self, picture: Float32Array, frame: int, time_s: float) -> Image:
        """Add flicker and noise to a picture (height, width, 3) float32 0-255 and round it to uint8."""
        random = np.random.default_rng([self.seed, 2, frame])
        grain = random.standard_normal(picture.shape, np.float32)
        if self.grain_px > 0:
            grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), self.grain_px), np.float32)
            grain /= grain.std()  # smearing weakens noise; `noise` is meant as it arrives
        light = 1.0 + self.flicker * np.sin(2.0 * np.pi * self.flicker_hz * time_s)
        exposed = picture * np.float32(light) + np.float32(self.noise) * grain
        image: Image = np.rint(np.clip(exposed, 0.0, 255.0)).astype(np.uint8)
        return image
