"""Glasses on a face: a frame that goes with the head and not with the skin, and the screen's reflection in its lenses.

A frame crosses brows and cheeks where expressions are measured, and a reflection moves over the lids while nothing of
the face does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livespot.cv import cv2
from livespot.synthesis.depth import DepthMap
from livespot.synthesis.neck import similarity
from livespot.synthesis.timeline import Pose
from livespot.synthesis.warp import FaceRig
from livespot.types import Float32Array

_WORN = 0.15  # share of clips
_EYES = ((33, 133), (263, 362))  # outer and inner corner
_OUTLINE_POINTS = 40
_SUBPIXEL_BITS = 4
_SCREEN_S = 2.5  # how long what the screen shows stays the same
_REFLECTION_TRAVEL = 0.02  # of a lens's width per degree that the head turns


@dataclass(frozen=True, slots=True)
class Glasses:
    """One pair. Lengths are in outer-eye-corner distances.

    Attributes
    ----------
    half_width, half_height : float
        Of a lens.
    roundness : float
        Exponent of the outline: 2 is an ellipse, 5 nearly a rectangle.
    thickness : float
        Of the rim.
    colour : (float, float, float)
        BGR, 0-255.
    reflection : float
        Share of white that the lenses throw back at most.
    seed : int
        Of what the screen shows.
    """

    half_width: float = 0.26
    half_height: float = 0.18
    roundness: float = 2.6
    thickness: float = 0.025
    colour: tuple[float, float, float] = (25.0, 25.0, 25.0)
    reflection: float = 0.15
    seed: int = 0


def draw_glasses(random: np.random.Generator) -> Glasses | None:
    """A pair by chance, or none."""
    worn = random.random() < _WORN
    dark = float(random.uniform(10.0, 90.0))
    tint = random.uniform(0.6, 1.3, 3)
    glasses = Glasses(
        float(random.uniform(0.23, 0.29)), float(random.uniform(0.13, 0.21)), float(random.uniform(2.0, 5.0)),
        float(random.uniform(0.012, 0.045)), (dark * float(tint[0]), dark * float(tint[1]), dark * float(tint[2])),
        float(random.uniform(0.0, 0.3)), int(random.integers(2**31)),
    )  # fmt: skip
    return glasses if worn else None


class WornGlasses:
    """A pair on the nose of one face.

    Parameters
    ----------
    glasses : Glasses
    rig : FaceRig
        Whose head they go with.
    """

    def __init__(self, glasses: Glasses, rig: FaceRig) -> None:
        self._glasses, self._axes = glasses, rig.axes
        centres = [rig.mesh[list(pair), :2].mean(axis=0) for pair in _EYES]
        lenses = [self._outline(centre.astype(np.float64)) for centre in centres]
        bridge = np.stack([lenses[0][np.argmax(lenses[0] @ rig.axes.right)],
                           lenses[1][np.argmin(lenses[1] @ rig.axes.right)]])  # fmt: skip
        self._parts = (*lenses, bridge)
        self._points = np.concatenate(self._parts).astype(np.float32)
        self._depth = DepthMap(rig.mesh, rig.axes, self._points, rig.renderer.camera)

    def draw(self, picture: Float32Array, pose: Pose, time_s: float) -> None:
        """Draw them on a picture (height, width, 3) float32 of a pose, in place."""
        placed = self._placed(pose)
        height, width = picture.shape[:2]
        low = np.maximum(np.floor(placed.min(axis=0)).astype(int) - 6, 0)
        high = np.minimum(np.ceil(placed.max(axis=0)).astype(int) + 7, (width, height))
        if (high <= low).any():
            return
        here = picture[low[1] : high[1], low[0] : high[0]]
        lines = np.split(placed - low, np.cumsum([len(part) for part in self._parts])[:-1])
        if self._glasses.reflection:
            for lens in lines[:2]:
                self._reflect(here, lens, pose, time_s)
        rim = np.zeros(here.shape[:2], np.uint8)
        thick = max(1, round(self._glasses.thickness * self._axes.eye_distance_px))
        for closed, line in zip((True, True, False), lines, strict=True):
            cv2.polylines(rim, [_fixed(line)], closed, 255, thick, cv2.LINE_AA, _SUBPIXEL_BITS)
        cover = (rim.astype(np.float32) / np.float32(255.0))[..., None]
        here += cover * (np.array(self._glasses.colour, np.float32) - here)

    def _outline(self, centre: NDArray[np.float64]) -> NDArray[np.float64]:
        glasses, unit = self._glasses, self._axes.eye_distance_px
        angles = np.linspace(0.0, 2.0 * np.pi, _OUTLINE_POINTS, endpoint=False)
        power = 2.0 / glasses.roundness
        across = glasses.half_width * np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** power
        along = glasses.half_height * np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** power
        offset = across[:, None] * self._axes.right + (along + 0.02)[:, None] * self._axes.down
        return np.asarray(centre + unit * offset, np.float64)

    def _placed(self, pose: Pose) -> NDArray[np.float64]:
        """Where the head's motion carries them, (n, 2) px."""
        here = self._points
        if pose.yaw_deg or pose.pitch_deg:
            here = self._depth.turned(here, pose.yaw_deg, pose.pitch_deg)
        matrix, offset = similarity(self._axes, np.array(pose.shift), pose.roll_deg, pose.scale)
        return np.asarray(here.astype(np.float64) @ matrix.T + offset, np.float64)

    def _reflect(self, here: Float32Array, lens: NDArray[np.float64], pose: Pose, time_s: float) -> None:
        """A window or screen in a lens: a bright slanted bar that stays behind when the head turns."""
        random = np.random.default_rng([self._glasses.seed, int(time_s / _SCREEN_S)])
        place, bright = float(random.uniform(0.2, 0.8)), float(random.uniform(0.2, 1.0))
        low, high = lens.min(axis=0), lens.max(axis=0)
        size = high - low
        left = low[0] + size[0] * (place - _REFLECTION_TRAVEL * pose.yaw_deg)
        half, lean = 0.16 * size[0], 0.2 * size[0]
        bar = np.array([[left - half + lean, low[1]], [left + half + lean, low[1]],
                        [left + half - lean, high[1]], [left - half - lean, high[1]]])  # fmt: skip
        glass, shine = (np.zeros(here.shape[:2], np.uint8) for _ in range(2))
        cv2.fillPoly(glass, [_fixed(lens)], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
        cv2.fillPoly(shine, [_fixed(bar)], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
        share = (glass & shine).astype(np.float32) * np.float32(self._glasses.reflection * bright / 255.0)
        here += share[..., None] * (np.float32(235.0) - here)


def _fixed(line: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(line * (1 << _SUBPIXEL_BITS)).astype(np.int32)
