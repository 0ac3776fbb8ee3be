"""Soft shadows that cross the scene: someone walks past the window, or a branch sways before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livespot.synthesis.action_units import FaceAxes
from livespot.types import Float32Array

REACH = 4.0
"""Eye distances from the face at which a shadow is no longer on the picture."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A soft bar of less light. Lengths are in outer-eye-corner distances from between the eyes.

    Attributes
    ----------
    angle_deg : float
        Direction across the bar, clockwise from the picture's right.
    width, soft : float
        Of the bar, and of its edges.
    depth : float
        Share of the light that is missing in its middle.
    start, speed : float
        Where its middle is at 0 s, and how far it goes in a second.
    swing, period_s, phase : float
        How far it sways about that, how fast, and where in the swing it begins (rad).
    """

    angle_deg: float
    width: float
    soft: float
    depth: float
    start: float
    speed: float = 0.0
    swing: float = 0.0
    period_s: float = 1.0
    phase: float = 0.0

    def middle(self, time_s: float) -> float:
        """Where its middle is."""
        sway = self.swing * float(np.sin(2.0 * np.pi * time_s / self.period_s + self.phase))
        return self.start + self.speed * time_s + sway


Cast = tuple[Shadow, float]
"""A shadow and where its middle is now."""


def cast_at(shadows: Sequence[Shadow], time_s: float) -> tuple[Cast, ...]:
    """The shadows that are on the picture at a time."""
    placed = ((shadow, shadow.middle(time_s)) for shadow in shadows)
    return tuple((s, at) for s, at in placed if abs(at) < REACH + 0.5 * s.width)


def light(casts: Sequence[Cast], axes: FaceAxes, points: Float32Array) -> Float32Array:
    """Share of the light that is left at points (..., 2) px: (...) float32, 1 where no shadow lies."""
    left = np.ones(points.shape[:-1], np.float32)
    offset = (points - axes.origin.astype(np.float32)) / np.float32(axes.eye_distance_px)
    for shadow, middle in casts:
        angle = np.deg2rad(shadow.angle_deg)
        across = offset @ np.array([np.cos(angle), np.sin(angle)], np.float32) - np.float32(middle)
        half, soft = np.float32(0.5 * shadow.width), np.float32(shadow.soft)
        bar = 0.5 * (np.tanh((across + half) / soft) - np.tanh((across - half) / soft))
        left *= 1.0 - np.float32(shadow.depth) * bar
    return left
