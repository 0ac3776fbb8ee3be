"""Where a portrait stands in the picture, and its pixels brought there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livespot.cv import cv2
from livespot.synthesis.action_units import face_axes
from livespot.types import Float32Array, Image

OVERSAMPLING = 2
"""Source px per picture px: cv2.remap rounds coordinates to 1/32 of a source px."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How a portrait lies in the picture: ``portrait = scale * picture + offset`` in px."""

    scale: float
    offset: tuple[float, float]
    size: tuple[int, int]  # width, height of the picture

    @classmethod
    def around(
        cls, mesh: Float32Array, size: tuple[int, int] = (640, 480), eye_distance_px: float = 120.0,
        eyes_at: tuple[float, float] = (0.5, 0.4),
    ) -> Framing:  # fmt: skip
        """Bring the eyes of a portrait's mesh to a place (shares of width and height) and distance."""
        axes = face_axes(mesh)
        scale = axes.eye_distance_px / eye_distance_px
        place = np.array(eyes_at) * size
        offset = axes.origin - scale * place
        return cls(scale, (float(offset[0]), float(offset[1])), size)

    def to_picture(self, mesh: Float32Array) -> Float32Array:
        """A portrait's mesh (478, 3) in px of the picture."""
        moved = mesh / np.float32(self.scale)
        moved[:, :2] -= np.array(self.offset, np.float32) / np.float32(self.scale)
        picture: Float32Array = moved.astype(np.float32)
        return picture

    def to_portrait(self, mesh: Float32Array) -> Float32Array:
        """The reverse: a mesh in px of the picture, in px of the portrait."""
        moved = mesh * np.float32(self.scale)
        moved[:, :2] += np.array(self.offset, np.float32)
        portrait: Float32Array = moved.astype(np.float32)
        return portrait

    def oversampled(self, portrait: Image) -> Float32Array:
        """The framed part of the portrait, (2 height, 2 width, 3) float32.

        Beyond its edges their own pixels go on; a mirror would show narrow portraits' faces three times.
        """
        width, height = (OVERSAMPLING * n for n in self.size)
        step = self.scale / OVERSAMPLING
        shift = (0.5 / OVERSAMPLING - 0.5) * self.scale
        matrix = np.array([[step, 0.0, self.offset[0] + shift], [0.0, step, self.offset[1] + shift]])
        source = portrait.astype(np.float32)
        if step > 1.0:  # a large portrait is averaged first, or it would alias
            source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.45 * step), np.float32)
        flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
        framed = cv2.warpAffine(source, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(framed, np.float32)
