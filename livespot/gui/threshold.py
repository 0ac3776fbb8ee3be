"""The line of an apex threshold that is dragged, or moved with the keys."""

from __future__ import annotations

from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from livespot.gui.fast import Stamps
from livespot.gui.palette import Theme
from livespot.types import ExpressionType

LEAST, MOST = 0.02, 0.98
"""Below, every frame is an apex candidate; above, none ever is."""

GRAB_PX = 6.0
"""How far from the line the mouse takes hold of it."""

_PATIENCE = 30
_TAG_PX = 44.0
_STEPS = {
    Qt.Key.Key_Up: 0.01,
    Qt.Key.Key_Down: -0.01,
    Qt.Key.Key_PageUp: 0.05,
    Qt.Key.Key_PageDown: -0.05,
}


class ThresholdLine:
    """θ of one type: what is in force, what the user is dragging it to, and the engine's own.

    Parameters
    ----------
    kind : {"ME", "MaE"}
    theme : Theme
    """

    def __init__(self, kind: ExpressionType, theme: Theme) -> None:
        self.kind = kind
        self.dragging = False
        self.hovered = False
        self.focused = False
        self._theme = theme
        self._stamps = Stamps()
        self._shown: float | None = None
        self._engine: float | None = None
        self._asked: float | None = None
        self._patience = 0

    @property
    def value(self) -> float | None:
        """Where the line stands; None: there is none."""
        return self._asked if self._asked is not None else self._shown

    @property
    def engine_value(self) -> float | None:
        """The engine's own operating point, when it is known."""
        return self._engine

    def take(self, thresholds: dict[str, float], engine: dict[str, float]) -> bool:
        """Follow what is in force, unless the user has just asked for something else; True when it moved."""
        before = (self.value, self._engine)
        self._shown, self._engine = thresholds.get(self.kind), engine.get(self.kind)
        if self._asked is not None and not self.dragging:
            self._patience -= 1  # an order takes a few ticks; the line must not jump back meanwhile
            reached = self._shown is not None and abs(self._shown - self._asked) < 0.005
            if reached or self._patience <= 0:
                self._asked = None
        return (self.value, self._engine) != before

    def ask(self, value: float) -> float | None:
        """Move the line to ``value``, rounded and kept in bounds; returns it when that is a change."""
        wanted = round(min(max(value, LEAST), MOST), 2)
        if self._shown is None or wanted == self.value:
            return None
        self._asked, self._patience = wanted, _PATIENCE
        return wanted

    def step(self, key: int) -> float | None:
        """What a key moves it to, as :meth:`ask`; Home is the engine's own. None: not a key of the line, or no move."""
        if self.value is None:
            return None
        if key == Qt.Key.Key_Home and self._engine is not None:
            return self.ask(self._engine)
        for known, step in _STEPS.items():
            if key == known:
                return self.ask(self.value + step)
        return None

    def words(self) -> str:
        """For tooltips and screen readers."""
        if self.value is None:
            return ""
        own = "" if self._engine is None else f", the engine's own is {self._engine:.2f}"
        return f"{self.kind} apex threshold {self.value:.2f}{own}"

    def paint(self, painter: QPainter, area: QRectF, ratio: float) -> None:
        """The line over ``area`` (0 at its bottom, 1 at its top), with its value at the left."""
        if self.value is None:
            return
        theme, y = self._theme, area.bottom() - self.value * area.height()
        lively = self.dragging or self.hovered or self.focused
        ink = theme.text if lively else theme.muted
        if self._engine is not None and abs(self._engine - self.value) >= 0.005:
            own = area.bottom() - self._engine * area.height()
            painter.setPen(QPen(QColor(theme.muted), 1.0, Qt.PenStyle.DotLine))
            painter.drawLine(QLineF(area.left(), own, area.left() + _TAG_PX, own))
        pen = QPen(QColor(ink), 2.0 if lively else 1.0, Qt.PenStyle.DashDotLine)
        painter.setPen(pen)
        painter.drawLine(QLineF(area.left() + _TAG_PX, y, area.right(), y))
        tag = QRectF(area.left() + 1, y - 9, _TAG_PX - 2, 18)
        painter.setPen(QPen(QColor(ink), 2.0 if self.focused else 1.0))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(tag, 4, 4)
        middle = QPointF(tag.center().x(), tag.center().y())
        self._stamps.draw(painter, middle, f"θ {self.value:.2f}", theme.text, ratio)
