"""Blinks and gaze: lids slide over the eyeball and it turns behind them, so both are layers of their own.

Warping the eye shut would squeeze the iris, which no eyeball does. Here the lashes travel down as they are,
the skin above them is stretched behind them, and below them the eye stays as it is. Gaze carries iris and white
along between the lid margins; what comes out from behind a lid continues the eyeball's nearest visible part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livespot.types import Float32Array

_UPPER = {
    "A": (33, 246, 161, 160, 159, 158, 157, 173, 133),
    "B": (263, 466, 388, 387, 386, 385, 384, 398, 362),
}
_LOWER = {
    "A": (33, 7, 163, 144, 145, 153, 154, 155, 133),
    "B": (263, 249, 390, 373, 374, 380, 381, 382, 362),
}
_LASHES = 0.010  # of the outer-eye-corner distance below the margin: the lashes travel with the lid
_BAND = 0.035  # lashes and their shadow above the margin: they travel without being stretched
_SKIN = 0.075  # height of the skin above the band that unfolds over the eye
_SOFT = 0.016  # width of the lid's edge
# Shares of the lid's travel that the flow sees on its skin and on the eyeball, and how far below the eye (of the
# outer-eye-corner distance) that fades.
_SEEN_SKIN, _SEEN_BALL, _SEEN_BELOW = 0.5, 0.6, 0.035
_DEGREE = 4  # a lid margin is one arch; higher orders follow the landmarks' noise

_BALL_RADIUS = 0.4  # of an eye's width: 12 mm of 30 mm
_CORNER = 0.25  # of the width: towards the corners the eyeball's shift fades out, as the flesh there stays
_RIM = 0.018  # of the outer-eye-corner distance: lid shadow and lashes that are no eyeball to be continued
_OPEN = (
    0.10,
    0.18,
)  # gap against width from which, and to which, gaze comes in: narrow eyes show no turning ball

Float64Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Eye:
    """One eye's opening in the picture.

    Attributes
    ----------
    origin, along, down : (2,) float64
        Outer corner in px; unit vectors towards the inner corner and towards the lower lid.
    width_px, unit_px : float
        Corner to corner; outer-eye-corner distance of the face.
    upper, lower : (5,) float64
        Polynomials of the lid margins: px along ``down`` against the share of the width, 0 to 1.
    """

    origin: Float64Array
    along: Float64Array
    down: Float64Array
    width_px: float
    unit_px: float
    upper: Float64Array
    lower: Float64Array

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Where a blink or a glance changes the picture: (x0, y0, x1, y1) px, the last exclusive."""
        centre = self.origin + self.along * self.width_px / 2
        reach = 0.75 * self.width_px
        low, high = np.floor(centre - reach).astype(int), np.ceil(centre + reach).astype(int) + 1
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def lid_layer(self, points: Float32Array, closure: float) -> tuple[Float32Array, Float32Array]:
        """Where the lid's skin comes from, and how much of it is seen.

        Parameters
        ----------
        points : (..., 2) float32
            Points of the neutral face, px.
        closure : float
            0 open, 1 shut.

        Returns
        -------
        source : (..., 2) float32
            The point of the neutral picture that lies there on the lid.
        cover : (...) float32
            1 where the lid is seen, 0 where the eye or the face is.
        """
        offset = points.astype(np.float64) - self.origin
        share = offset @ self.along / self.width_px
        v = offset @ self.down
        inside = np.clip(share, 0.0, 1.0)
        top = np.polyval(self.upper, inside) + _LASHES * self.unit_px
        gap = np.maximum(np.polyval(self.lower, inside) - top, 0.0)
        skin, band = _SKIN * self.unit_px, _BAND * self.unit_px
        # Near the corners the margins meet; the travel fades out there, so nothing tears.
        travel = closure * gap * np.clip(4.0 * np.minimum(share, 1.0 - share) / 0.3, 0.0, 1.0)
        pulled = np.clip((v - (top - band - skin)) / (skin + travel), 0.0, 1.0)
        source = points + ((-pulled * travel)[..., None] * self.down)
        soft = _SOFT * self.unit_px
        cover = np.clip((top + travel - v) / soft + 0.5, 0.0, 1.0) * np.clip(travel / soft, 0.0, 1.0)
        return source.astype(np.float32), cover.astype(np.float32)

    def lid_flow(self, points: Float32Array) -> Float64Array:
        """About the motion that the flow sees at points of the neutral face when the lids shut: (..., 2) float64 px.

        Closures are in proportion. It is less than the skin's own travel where the lid unfolds over the eyeball, and
        some of it is seen below the lower margin, where the lashes come down; the shares were fitted to rendered
        blinks.
        """
        offset = points.astype(np.float64) - self.origin
        share = offset @ self.along / self.width_px
        v = offset @ self.down
        inside = np.clip(share, 0.0, 1.0)
        top = np.polyval(self.upper, inside) + _LASHES * self.unit_px
        bottom = np.polyval(self.lower, inside)
        travel = np.maximum(bottom - top, 0.0) * np.clip(4.0 * np.minimum(share, 1.0 - share) / 0.3, 0.0, 1.0)
        skin, band = _SKIN * self.unit_px, _BAND * self.unit_px
        pulled = np.clip((v - (top - band - skin)) / skin, 0.0, 1.0)
        below = np.exp(-np.maximum(v - bottom, 0.0) / (_SEEN_BELOW * self.unit_px))
        seen = np.where(v <= top, _SEEN_SKIN * pulled, _SEEN_BALL * below)
        return np.asarray((seen * travel)[..., None] * self.down, np.float64)

    def ball_layer(
        self, points: Float32Array, gaze: tuple[float, float], right: Float64Array
    ) -> tuple[Float32Array, Float32Array]:
        """Where the turned eyeball's picture comes from, and how much of it is seen.

        Parameters
        ----------
        points : (..., 2) float32
            Points of the neutral face, px.
        gaze : (float, float)
            Degrees (right in the picture, down).
        right : (2,) float64
            The face's own right in the picture.

        Returns
        -------
        source : (..., 2) float32
            The point of the neutral picture whose part of the eyeball has come there.
        cover : (...) float32
            1 between the lids, 0 on them.
        """
        turned = np.sin(np.deg2rad(gaze)) * _BALL_RADIUS * self.width_px * self._openness
        offset = points.astype(np.float64) - self.origin
        share, v = offset @ self.along / self.width_px, offset @ self.down
        corner = np.clip(np.minimum(share, 1.0 - share) / _CORNER, 0.0, 1.0)
        fade = corner * corner * (3.0 - 2.0 * corner)
        from_share = np.clip(share - fade * turned[0] * float(right @ self.along) / self.width_px, 0.0, 1.0)
        top, gap = self._gap(from_share)
        # The clamp comes in with the shift, so that nothing jumps when the eyes begin to move.
        moving = min(1.0, float(np.hypot(*turned)) / (0.03 * self.width_px))
        rim = np.minimum(moving * _RIM * self.unit_px, 0.35 * gap)
        from_v = np.clip(v - fade * turned[1], top + rim, top + gap - rim)
        source = (
            self.origin + (from_share * self.width_px)[..., None] * self.along + from_v[..., None] * self.down
        )
        top, gap = self._gap(np.clip(share, 0.0, 1.0))
        soft = _SOFT * self.unit_px
        cover = np.clip((v - top) / soft, 0.0, 1.0) * np.clip((top + gap - v) / soft, 0.0, 1.0) * (fade > 0)
        return source.astype(np.float32), cover.astype(np.float32)

    def _gap(self, share: Float64Array) -> tuple[Float64Array, Float64Array]:
        """Upper margin and height of the opening, px, at shares of the width."""
        top: Float64Array = np.polyval(self.upper, share).astype(np.float64)
        return top, np.maximum(np.polyval(self.lower, share) - top, 0.0)

    @property
    def _openness(self) -> float:
        _, gap = self._gap(np.array(0.5))
        return float(np.clip((gap / self.width_px - _OPEN[0]) / (_OPEN[1] - _OPEN[0]), 0.0, 1.0))


def find_eyes(mesh: Float32Array) -> tuple[Eye, Eye]:
    """Both eyes, A and B, of a neutral face mesh (478, 3) in px."""
    unit_px = float(np.linalg.norm(mesh[263, :2] - mesh[33, :2]))
    return _eye(mesh, "A", unit_px), _eye(mesh, "B", unit_px)


def _eye(mesh: Float32Array, half: str, unit_px: float) -> Eye:
    points = mesh[:, :2].astype(np.float64)
    outer, inner = points[_UPPER[half][0]], points[_UPPER[half][-1]]
    width = float(np.linalg.norm(inner - outer))
    along = (inner - outer) / width
    down = np.array([-along[1], along[0]])
    if (points[_LOWER[half][4]] - points[_UPPER[half][4]]) @ down < 0:
        down = -down

    def margin(indices: tuple[int, ...]) -> Float64Array:
        offset = points[list(indices)] - outer
        fitted: Float64Array = np.polyfit(offset @ along / width, offset @ down, _DEGREE)
        return fitted

    return Eye(outer, along, down, width, unit_px, margin(_UPPER[half]), margin(_LOWER[half]))
