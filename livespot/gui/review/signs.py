"""The three signs against the ground truth."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from livespot.gui.palette import Theme


def paint_mark(painter: QPainter, centre: QPointF, what: str, theme: Theme) -> None:
    """TP: a ring with a tick; FP: a cross; FN: an empty ring. Told apart by shape; 10 px wide."""
    x, y = centre.x(), centre.y()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.text if what == "TP" else theme.attention), 1.8))
    if what == "FP":
        painter.drawLine(QPointF(x - 4, y - 4), QPointF(x + 4, y + 4))
        painter.drawLine(QPointF(x - 4, y + 4), QPointF(x + 4, y - 4))
    elif what == "FN":
        painter.drawEllipse(centre, 4.5, 4.5)
    else:
        painter.drawPolyline(QPolygonF([QPointF(x - 4, y), QPointF(x - 1, y + 3), QPointF(x + 5, y - 4)]))
