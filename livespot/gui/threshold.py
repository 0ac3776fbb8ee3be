"""The line of an apex threshold that is dragged, or moved with the keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import PyQt6.QtWidgets  # noqa: F401  pyqtgraph takes the Qt binding that is already there
import pyqtgraph as pg
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from livespot.gui.curve_items import keep_picture
from livespot.gui.palette import Theme, font
from livespot.types import ExpressionType

LEAST, MOST = 0.02, 0.98
"""Below, every frame is an apex candidate; above, none ever is."""

GRAB_PX = 9.0
"""How far from the line the mouse takes hold of it."""

_PATIENCE = 30
_STEPS = {
    Qt.Key.Key_Up: 0.01,
    Qt.Key.Key_Down: -0.01,
    Qt.Key.Key_PageUp: 0.05,
    Qt.Key.Key_PageDown: -0.05,
}


class _Grip(pg.InfiniteLine):  # type: ignore[misc]  # pyqtgraph has no types
    """A line that is easy to take hold of, and that tells when the mouse is over it."""

    def __init__(self, hovered: Callable[[], None]) -> None:
        self._told = hovered
        self._grown: QRectF | None = None
        super().__init__(pos=0.5, angle=0, movable=True, bounds=(LEAST, MOST))
        self.setCursor(Qt.CursorShape.SplitVCursor)

    def boundingRect(self) -> QRectF:
        """The line with :data:`GRAB_PX` above and below."""
        if self._grown is None:
            reach = GRAB_PX * (self.pixelHeight() or 0.0)
            self._grown = QRectF(super().boundingRect()).adjusted(0.0, -reach, 0.0, reach)
        return self._grown

    def viewTransformChanged(self) -> None:
        """The plot has another size, or the line another place."""
        self._grown = None
        self.prepareGeometryChange()
        super().viewTransformChanged()

    def setMouseHover(self, hover: bool) -> None:
        """As pyqtgraph does it, and tell."""
        if hover != self.mouseHovering:
            super().setMouseHover(hover)
            self._told()


class _Tag(pg.InfLineLabel):  # type: ignore[misc]  # pyqtgraph has no types
    """The value, in a rounded box at the left end of the line."""

    def __init__(self, line: pg.InfiniteLine, theme: Theme) -> None:
        self._ground = QColor(theme.raised)
        self.edge = QPen(QColor(theme.muted), 1.0)
        super().__init__(
            line, "threshold {value:.2f}", position=0.0, anchors=[(0, 0.5), (0, 0.5)], color=theme.text
        )
        self.setFont(font("small"))

    def paint(self, painter: QPainter, *rest: Any) -> None:
        """The box, then the text."""
        super().paint(painter, *rest)
        box = self.boundingRect()
        area = QRectF(box.left() + 1, box.center().y() - 9, box.width() - 2, 18)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.edge)
        painter.setBrush(self._ground)
        painter.drawRoundedRect(area, 4, 4)


class ThresholdLine:
    """θ of one type: what is in force, what the user is dragging it to, and the engine's own.

    Parameters
    ----------
    kind : {"ME", "MaE"}
    theme : Theme
    plot : pyqtgraph.PlotWidget
        Where the line is drawn.
    asked : callable
        Gets what the user has moved the line to, many times while dragging.
    """

    def __init__(self, kind: ExpressionType, theme: Theme, plot: Any, asked: Callable[[float], None]) -> None:
        self.kind = kind
        self._theme = theme
        self._told = asked
        self._ratio = 1.0
        self._focused = False
        self._shown: float | None = None
        self._engine: float | None = None
        self._asked: float | None = None
        self._patience = 0
        self.line = _Grip(self._restyle)
        self._tag = _Tag(self.line, theme)
        self._own = pg.InfiniteLine(angle=0)
        for item in (self._own, self.line):
            item.hide()
            plot.addItem(item, ignoreBounds=True)
            keep_picture(item)
        keep_picture(self._tag.textItem)
        self.line.setZValue(10)
        self.line.sigDragged.connect(lambda line: self._tell(self.ask(float(line.value()))))
        self.line.sigPositionChangeFinished.connect(lambda: self._place())
        self.line.sigClicked.connect(self._clicked)
        self._restyle()

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
        if self._asked is not None and not self.line.moving:
            self._patience -= 1  # an order takes a few ticks; the line must not jump back meanwhile
            reached = self._shown is not None and abs(self._shown - self._asked) < 0.005
            if reached or self._patience <= 0:
                self._asked = None
        if (self.value, self._engine) == before:
            return False
        self._place()
        return True

    def ask(self, value: float) -> float | None:
        """Move the line to ``value``, rounded and kept in bounds; returns it when that is a change."""
        wanted = round(min(max(value, LEAST), MOST), 2)
        if self._shown is None or wanted == self.value:
            return None
        self._asked, self._patience = wanted, _PATIENCE
        self._place()
        return wanted

    def step(self, key: int) -> bool:
        """Move it by a key, Home to the engine's own; False: not a key of the line, or no move."""
        if self.value is None:
            return False
        if key == Qt.Key.Key_Home and self._engine is not None:
            return self._tell(self.ask(self._engine))
        for known, step in _STEPS.items():
            if key == known:
                return self._tell(self.ask(self.value + step))
        return False

    def words(self) -> str:
        """For tooltips and screen readers."""
        if self.value is None:
            return ""
        own = "" if self._engine is None else f", the engine's own is {self._engine:.2f}"
        return f"{self.kind} apex threshold {self.value:.2f}{own}; the minimum score of an interval moves with it"

    # --- drawing --------------------------------------------------------------------------------------------

    def show_focus(self, focused: bool) -> None:
        """Bright while the keys move it."""
        self._focused = focused
        self._restyle()

    def scale_pens(self, ratio: float) -> None:
        """Pens of plots count device px; on a 2× screen, 1 px would be a hair."""
        self._ratio = ratio
        self._restyle()

    def _restyle(self) -> None:
        lively = self.line.mouseHovering or self.line.moving or self._focused
        ink = QColor(self._theme.text if lively else self._theme.muted)
        width = max(1, round(self._ratio * (2 if lively else 1)))
        pen = pg.mkPen(ink, width=width, style=Qt.PenStyle.DashDotLine)
        self.line.setPen(pen)
        self.line.setHoverPen(pen)
        self._tag.edge = QPen(ink, 2.0 if self._focused else 1.0)
        self._tag.update()
        own = pg.mkPen(self._theme.muted, width=max(1, round(self._ratio)), style=Qt.PenStyle.DotLine)
        self._own.setPen(own)

    def _place(self) -> None:
        """Bring the items to where the values are; a line that is being dragged follows the mouse itself."""
        value, own = self.value, self._engine
        self.line.setVisible(value is not None)
        if value is not None and not self.line.moving:
            self.line.setValue(value)
        apart = value is not None and own is not None and abs(own - value) >= 0.005
        self._own.setVisible(apart)
        if apart:
            self._own.setValue(own)

    def fit(self, width_px: float) -> None:
        """The plot is ``width_px`` wide: the engine's own is as long as the box with the value."""
        self._own.setSpan(0.0, min(self._tag.boundingRect().width() / max(width_px, 1.0), 1.0))
        self._own.viewTransformChanged()  # pyqtgraph would keep the old ends

    # --- the user -------------------------------------------------------------------------------------------

    def _tell(self, value: float | None) -> bool:
        if value is not None:
            self._told(value)
        return value is not None

    def _clicked(self, _line: object, event: Any) -> None:
        if event.double() and self._engine is not None:
            event.accept()
            self._tell(self.ask(self._engine))
