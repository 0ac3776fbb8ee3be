"""What a hand-held camera and its software do to the picture: shake, focus hunts, exposure pumps, a beauty filter.

The picture moves as one, background included, which no head does. Everything is a function of time and of a seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from livespot.cv import cv2
from livespot.types import Float32Array, Image

_HELD, _HUNTING, _PUMPING, _SMOOTHED = 0.25, 0.15, 0.2, 0.12  # shares of clips
_SLOW_HZ, _FAST_HZ = (0.08, 0.7), (1.5, 8.0)  # the arm's drift and the hand's tremor
_MARGIN = (
    1.03  # the picture is drawn a little larger, so that shaking shows less of what lies beyond its edge
)


@dataclass(frozen=True, slots=True)
class Pulse:
    """Something that comes and goes: from ``start_s`` on, over ``long_s``, as far as ``size``."""

    start_s: float
    long_s: float
    size: float

    def share(self, time_s: float) -> float:
        """0 to 1 to 0."""
        through = (time_s - self.start_s) / self.long_s
        return float(np.sin(np.pi * through) ** 2) if 0.0 < through < 1.0 else 0.0


@dataclass(frozen=True, slots=True)
class Phone:
    """How the camera is held and what its software does.

    Attributes
    ----------
    drift_px, tremor_px : float
        Amplitudes of the picture's slow and fast motion, px of the picture; 0 for a camera that stands.
    roll_deg : float
        Amplitude of its rotation.
    hunts : tuple of Pulse
        Focus that is searched: ``size`` is the blur, px; the picture grows by a hundredth a px (breathing).
    pumps : tuple of Pulse
        Exposure that overshoots: ``size`` is the share of brightness, with its sign.
    smoothing : float
        Grey levels over which a beauty filter averages, edges kept; 0 for none.
    seed : int
        Of the shake.
    """

    drift_px: float = 0.0
    tremor_px: float = 0.0
    roll_deg: float = 0.0
    hunts: tuple[Pulse, ...] = ()
    pumps: tuple[Pulse, ...] = ()
    smoothing: float = 0.0
    seed: int = 0

    @property
    def summary(self) -> str:
        """What a manifest says of it."""
        parts = {
            "held": self.drift_px > 0,
            "hunting": bool(self.hunts),
            "pumping": bool(self.pumps),
            "smoothed": self.smoothing > 0,
        }
        return "+".join(name for name, there in parts.items() if there) or "none"

    def take(self, picture: Float32Array, time_s: float) -> Float32Array:
        """The picture (height, width, 3) float32 as the camera has it at a time."""
        blur = sum(hunt.share(time_s) * hunt.size for hunt in self.hunts)
        if self.drift_px or blur:
            height, width = picture.shape[:2]
            matrix = self._matrix((width, height), time_s, 1.0 + 0.01 * blur)
            moved = cv2.warpAffine(
                picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
            )
            picture = np.asarray(moved, np.float32)
        if blur > 0.15:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), np.float32)
        if gain := sum(pump.share(time_s) * pump.size for pump in self.pumps):
            picture = picture * np.float32(1.0 + gain)
        return picture

    def smoothed(self, image: Image) -> Image:
        """The picture after the beauty filter, uint8."""
        if not self.smoothing:
            return image
        return np.asarray(cv2.bilateralFilter(image, 7, self.smoothing, 3.0), np.uint8)

    def _matrix(self, size: tuple[int, int], time_s: float, growth: float) -> NDArray[np.float64]:
        x, y, roll = _shake(self.seed, time_s) @ np.array([self.drift_px, self.tremor_px])
        turn = self.roll_deg * roll / max(self.drift_px, 1e-9)
        scale = growth * (_MARGIN if self.drift_px else 1.0)
        matrix = np.asarray(cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), turn, scale), np.float64)
        matrix[:, 2] += (x, y)
        return matrix


def _shake(seed: int, time_s: float) -> NDArray[np.float64]:
    """Drift and tremor of x, y and roll, (3, 2), each within about -1 … 1."""
    hz, phases = _swings(seed)
    values: NDArray[np.float64] = np.sin(2.0 * np.pi * hz * time_s + phases).mean(axis=-1) * 1.6
    return values


@lru_cache(maxsize=64)
def _swings(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng([seed, 5])
    hz = np.stack([random.uniform(*_SLOW_HZ, (3, 3)), random.uniform(*_FAST_HZ, (3, 3))], axis=1)
    return hz, random.uniform(0.0, 2.0 * np.pi, hz.shape)


def draw_phone(random: np.random.Generator, seconds: float) -> Phone:
    """A camera by chance: half of them do none of this."""
    held, hunting, pumping, smoothed = random.random(4) < (_HELD, _HUNTING, _PUMPING, _SMOOTHED)
    drift, tremor, roll = random.uniform(2.0, 14.0), random.uniform(0.1, 1.2), random.uniform(0.1, 1.5)
    smoothing, seed = float(random.uniform(12.0, 40.0)), int(random.integers(2**31))
    hunts = _pulses(random, seconds, 6.0, (0.4, 1.6), (0.6, 3.0)) if hunting else ()
    pumps = _pulses(random, seconds, 5.0, (0.3, 1.5), (-0.3, 0.35)) if pumping else ()
    return Phone(
        float(drift) if held else 0.0, float(tremor) if held else 0.0, float(roll) if held else 0.0, hunts, pumps,
        smoothing if smoothed else 0.0, seed,
    )  # fmt: skip


def _pulses(
    random: np.random.Generator,
    seconds: float,
    every_s: float,
    long_s: tuple[float, float],
    size: tuple[float, float],
) -> tuple[Pulse, ...]:
    pulses: list[Pulse] = []
    at = float(random.exponential(every_s / 2))
    while at < seconds:
        pulse = Pulse(at, float(random.uniform(*long_s)), float(random.uniform(*size)))
        pulses.append(pulse)
        at += pulse.long_s + float(random.exponential(every_s))
    return tuple(pulses)
