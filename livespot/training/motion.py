"""What moves on a filmed face: expressions, and all that is none.

Everything here is a displacement against the neutral, still face: arrays (n, 10, 2) float32, (model frame,
ROI, (dx right, dy down)), canonical px, 30 frames per second. Amplitudes come from features measured on
people who sit still (0.1 to 0.25 px median), blink (1 to 2.5 px), smile (3 to 4 px) and talk with head turns
(5 to 7 px 95th percentile).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livespot.training.action_units import NODE_POSITIONS_PX, displacement
from livespot.training.timelines import Timeline
from livespot.types import ROIS, Float32Array

RATE_HZ = 30.0

Intensity = NDArray[np.float64]


def smooth_noise(rng: np.random.Generator, frames: int, channels: int, cutoff_hz: float) -> Float32Array:
    """Gaussian noise (frames, channels) of unit deviation, its spectrum falling off at ``cutoff_hz``."""
    frequency = np.fft.rfftfreq(frames, 1.0 / RATE_HZ)
    # The half bin keeps a sequence shorter than one period from falling silent.
    shape = np.exp(-0.5 * (np.maximum(frequency - 0.5 * frequency[1], 0.0) / cutoff_hz) ** 2)
    spectrum = np.fft.rfft(rng.standard_normal((frames, channels)), axis=0) * shape[:, None]
    noise = np.fft.irfft(spectrum, frames, axis=0)
    return np.asarray(noise / (noise.std() + 1e-9), dtype=np.float32)


def through_knots(frames: int, times: list[float], levels: list[float]) -> Intensity:
    """Smooth curve (frames,) through knots of rising time, flat at each; constant outside."""
    index = np.arange(frames, dtype=np.float64)
    knots = np.asarray(times)
    segment = np.clip(np.searchsorted(knots, index, side="right") - 1, 0, len(knots) - 2)
    width = np.maximum(knots[segment + 1] - knots[segment], 1e-6)
    share = np.clip((index - knots[segment]) / width, 0.0, 1.0)
    heights = np.asarray(levels)
    step = heights[segment + 1] - heights[segment]
    return np.asarray(heights[segment] + step * share * share * (3.0 - 2.0 * share))


def intensity(rng: np.random.Generator, line: Timeline, frames: int) -> Intensity:
    """Course (frames,) of one expression's intensity, 0…1: rise, often a held plateau, release.

    A micro-expression rises and falls at once, or stays for a frame or two. A macro-expression rises quickly
    to most of its height, creeps to the apex, is held and released; at the annotated offset something may
    still be left.
    """
    rise, fall = line.apex - line.onset, line.offset - line.apex
    if line.type == "ME":
        held = line.apex + rng.uniform(0.0, 0.25) * fall
        left = rng.uniform(0.0, 0.2)
        times = [line.onset, line.apex, held, line.offset, line.offset + rng.uniform(3.0, 15.0)]
        return through_knots(frames, times, [0.0, 1.0, rng.uniform(0.9, 1.0), left, 0.0])
    # The quick part takes 8 to 24 frames however long the expression lasts; so does the release.
    quick = line.onset + min(rng.uniform(0.4, 0.95) * rise, rng.uniform(8.0, 24.0))
    release = line.offset - min(rng.uniform(0.35, 0.9) * fall, rng.uniform(8.0, 28.0))
    times = [line.onset, quick, line.apex, release, line.offset, line.offset + rng.uniform(5.0, 60.0)]
    levels = [0.0, rng.uniform(0.65, 0.95), 1.0, rng.uniform(0.6, 1.0), rng.uniform(0.0, 0.2), 0.0]
    return through_knots(frames, times, levels)


def expression(
    rng: np.random.Generator, line: Timeline, units: tuple[str, ...], amplitude_px: float, frames: int
) -> Float32Array:
    """Displacement of one expression; the node that moves most moves ``amplitude_px``.

    The action units begin and peak a little apart, and how a face shows each differs from person to person.
    """
    spread = 0.7 if line.type == "ME" else 2.0
    course = np.empty((len(units), frames))
    vectors = np.empty((len(units), ROIS, 2), dtype=np.float32)
    whole = intensity(rng, line, frames)
    index = np.arange(frames, dtype=np.float64)
    for i, unit in enumerate(units):
        course[i] = np.interp(index - rng.normal(0.0, spread), index, whole) if i else whole
        personal = 1.0 + 0.25 * rng.standard_normal((ROIS, 1))
        turned = _rotation(rng.normal(0.0, 0.25))
        vectors[i] = (displacement(unit) * personal) @ turned.T * rng.uniform(0.5, 1.0)
    peak = np.linalg.norm(vectors.sum(axis=0), axis=1).max()
    moved = np.einsum("kt,kvc->tvc", course, vectors) * (amplitude_px / max(float(peak), 1e-3))
    return np.asarray(moved, dtype=np.float32)


def _rotation(angle: float) -> Float32Array:
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.array([[cosine, -sine], [sine, cosine]], dtype=np.float32)


def head(rng: np.random.Generator, frames: int, level: float) -> Float32Array:
    """What moving the box by the nose tip leaves of head motion: parallax, roll and change of size.

    ``level`` is about the deviation in px; movements come in bursts, as people sit still and turn by turns.
    """
    cutoff = float(np.exp(rng.uniform(np.log(0.2), np.log(2.0))))
    course = smooth_noise(rng, frames, 4, cutoff)
    bursts = np.exp(0.8 * smooth_noise(rng, frames, 1, 0.3))
    course = course * bursts / (bursts.mean() + 1e-6)
    depth = 1.0 + 0.3 * rng.standard_normal((ROIS, 1)).astype(np.float32)
    parallax = course[:, None, :2] * depth[None] * rng.uniform(0.3, 1.0)
    lever = NODE_POSITIONS_PX / 50.0
    crosswise = np.stack([-lever[:, 1], lever[:, 0]], axis=1)
    roll = course[:, 2, None, None] * crosswise * rng.uniform(0.2, 0.9)
    size = course[:, 3, None, None] * lever * rng.uniform(0.1, 0.6)
    return np.asarray(level * (parallax + roll + size), dtype=np.float32)


def blinks(rng: np.random.Generator, frames: int) -> Float32Array:
    """Blinks, 5 to 30 a minute: the lids pull at the brows, and the frame's re-encoding shakes every node."""
    moved = np.zeros((frames, ROIS, 2), dtype=np.float32)
    pull = displacement("45") * rng.uniform(0.2, 1.5)
    period = RATE_HZ * 60.0 / rng.uniform(5.0, 30.0)
    start = rng.exponential(period)
    while start < frames:
        length = rng.uniform(4.0, 10.0)
        course = through_knots(frames, [start, start + 0.4 * length, start + length], [0.0, 1.0, 0.0])
        shake = rng.standard_normal((ROIS, 2)) * np.exp(rng.normal(-1.6, 0.6))
        moved += np.asarray(course[:, None, None] * (pull * rng.uniform(0.5, 1.3) + shake), dtype=np.float32)
        start += 12.0 + rng.exponential(period)
    return moved


def speech(rng: np.random.Generator, frames: int) -> Float32Array:
    """Talking in phrases: the jaw opens at the syllables' 3 to 6 Hz, the lips move more slowly."""
    index = np.arange(frames) / RATE_HZ
    phrases = np.clip(smooth_noise(rng, frames, 1, 0.35)[:, 0] + rng.uniform(-0.3, 0.6), 0.0, 1.0)
    wander = np.cumsum(1.0 + 0.5 * smooth_noise(rng, frames, 1, 1.0)[:, 0]) / RATE_HZ
    syllables = 0.5 - 0.5 * np.cos(2.0 * np.pi * rng.uniform(3.0, 6.0) * (wander + 0.0 * index))
    height = np.clip(0.6 + 0.5 * smooth_noise(rng, frames, 1, 2.5)[:, 0], 0.0, 1.5)
    jaw = phrases * (0.7 * syllables + 0.3) * height
    rounding = phrases * smooth_noise(rng, frames, 1, 2.0)[:, 0]
    free = phrases[:, None, None] * smooth_noise(rng, frames, 2 * ROIS, 3.0).reshape(frames, ROIS, 2)
    opened = displacement("26") * rng.uniform(1.5, 6.0)
    rounded = displacement("18") * rng.uniform(0.4, 2.0)
    moved = jaw[:, None, None] * opened + rounding[:, None, None] * rounded
    moved[:, 6:] += 0.4 * free[:, 6:]
    moved[:, :6] += 0.12 * free[:, :6]
    return np.asarray(moved, dtype=np.float32)


def encoder_steps(rng: np.random.Generator, frames: int) -> Float32Array:
    """Small jumps of every node at once where a compressed video begins a new picture group."""
    period = rng.uniform(12.0, 250.0)
    begins = np.zeros(frames, dtype=np.int64)
    begins[np.arange(rng.uniform(0.0, period), frames, period).astype(np.int64)] = 1
    group = np.cumsum(begins)
    jumps = rng.standard_normal((int(group[-1]) + 1, ROIS, 2)) * np.exp(rng.normal(-2.2, 0.6))
    return np.asarray(jumps[group], dtype=np.float32)


def grain(rng: np.random.Generator, frames: int) -> Float32Array:
    """Every node's own noise: white and a slow drift; brows are noisier than the mouth."""
    deviation = np.exp(rng.normal(-3.0, 0.5, size=(ROIS, 1)))
    deviation[:6] *= rng.uniform(1.0, 1.8)
    white = rng.standard_normal((frames, ROIS, 2))
    slow = smooth_noise(rng, frames, 2 * ROIS, float(rng.uniform(0.1, 1.0))).reshape(frames, ROIS, 2)
    return np.asarray(deviation * (white + rng.uniform(0.5, 2.0) * slow), dtype=np.float32)
