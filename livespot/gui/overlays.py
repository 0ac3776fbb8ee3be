"""What is drawn over a face: box, landmarks, ROIs and motion.

White with a dark casing: it reads on any skin and takes no colour from the language of expressions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPixmap, QTransform

from livespot.config import FlowConfig
from livespot.gui.palette import faint
from livespot.types import ROI_RADIUS_PX, Float32Array

DEFAULT_GAIN = 8.0
"""A micro-expression of 1 px becomes an arrow that a person sees, a smile of 8 px does not leave the face."""

CASING = "#101216"
LIGHT = "#FFFFFF"
_OUTER_EYE_CORNERS = (36, 45)
_DOT_PX = 6


@dataclass(slots=True)
class Overlays:
    """What is drawn over the picture; ``gain`` lengthens motion arrows, ``mirror`` flips the display only."""

    box: bool = True
    landmarks: bool = True
    rois: bool = True
    motion: bool = True
    gain: float = DEFAULT_GAIN
    mirror: bool = False


class OverlayPainter:
    """Paints overlays; keeps the one dot that all landmarks are stamped with."""

    def __init__(self) -> None:
        self._dot = QPixmap()
        self._ratio = 0.0

    def box(
        self, painter: QPainter, transform: QTransform, low: tuple[float, float], high: tuple[float, float]
    ) -> None:
        """The four corners of a frame: says where the face is without fencing it in."""
        area = transform.mapRect(QRectF(QPointF(*low), QPointF(*high))).adjusted(-8, -8, 8, 8)
        length = min(area.width(), area.height()) / 6
        strokes = []
        for x, sx in ((area.left(), 1), (area.right(), -1)):
            for y, sy in ((area.top(), 1), (area.bottom(), -1)):
                strokes.append(QLineF(x, y, x + sx * length, y))
                strokes.append(QLineF(x, y, x, y + sy * length))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # upright: sharper and faster so
        for colour, width in ((CASING, 3.0), (LIGHT, 1.0)):
            painter.setPen(QPen(faint(colour, 0.75), width, cap=Qt.PenCapStyle.SquareCap))
            painter.drawLines(*strokes)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def landmarks(self, painter: QPainter, transform: QTransform, points: Float32Array, ratio: float) -> None:
        """A dot each; (n, 2) in px of the picture."""
        if ratio != self._ratio:
            self._dot, self._ratio = _dot(ratio), ratio
        half = self._dot.width() / ratio / 2
        shift = QPointF(half, half)
        for x, y in points.tolist():
            if math.isfinite(x) and math.isfinite(y):
                painter.drawPixmap(transform.map(QPointF(x, y)) - shift, self._dot)

    def rois(
        self, painter: QPainter, transform: QTransform, points: Float32Array, face: Float32Array | None
    ) -> None:
        """A square each, as large as the area that is measured; hidden ones are left out."""
        side = 2 * roi_radius_px(face) * abs(transform.m11())
        squares = []
        for x, y in points.tolist():
            if math.isfinite(x) and math.isfinite(y):
                centre = transform.map(QPointF(x, y))
                squares.append(QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side))
        if not squares:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(faint(LIGHT, 0.12))
        painter.setPen(QPen(faint(CASING, 0.6), 3.0))
        painter.drawRects(*squares)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(LIGHT), 1.0))
        painter.drawRects(*squares)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def arrows(
        self,
        painter: QPainter,
        transform: QTransform,
        points: Float32Array,
        vectors: Float32Array,
        gain: float,
    ) -> None:
        """The motion of each ROI, ``gain`` times enlarged; nothing where nothing was measured."""
        lines: list[QLineF] = []
        for (x, y), (dx, dy) in zip(points.tolist(), vectors.tolist(), strict=True):
            if not all(math.isfinite(v) for v in (x, y, dx, dy)):
                continue
            tip = QPointF(x + gain * dx, y + gain * dy)
            line = QLineF(transform.map(QPointF(x, y)), transform.map(tip))
            if line.length() >= 2.0:
                lines += [line, *_barbs(line)]
        if not lines:
            return
        for colour, width in ((CASING, 4.0), (LIGHT, 2.0)):
            painter.setPen(QPen(QColor(colour), width, cap=Qt.PenCapStyle.RoundCap))
            painter.drawLines(*lines)


def roi_radius_px(face: Float32Array | None) -> float:
    """Half an ROI's side in px of the picture whose landmarks are ``face`` (68, 2): the canonical crop's, there."""
    if face is None:
        return ROI_RADIUS_PX + 0.5
    left, right = (face[i] for i in _OUTER_EYE_CORNERS)
    distance = float(np.hypot(*(right - left)))
    return (ROI_RADIUS_PX + 0.5) * distance / FlowConfig().eye_distance_px


def _dot(ratio: float) -> QPixmap:
    made = QPixmap(round(_DOT_PX * ratio), round(_DOT_PX * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    middle = QPointF(_DOT_PX / 2, _DOT_PX / 2)
    for colour, radius in ((CASING, 2.0), (LIGHT, 1.25)):
        painter.setBrush(QColor(colour))
        painter.drawEllipse(middle, radius, radius)
    painter.end()
    return made


def _barbs(line: QLineF, length: float = 6.0) -> list[QLineF]:
    """The two short strokes of an arrow head at ``line``'s end."""
    size = min(length, 0.4 * line.length())
    made = []
    for turn in (150.0, -150.0):
        stroke = QLineF(line.p2(), line.p1())
        stroke.setAngle(line.angle() + turn)
        stroke.setLength(size)
        made.append(stroke)
    return made
