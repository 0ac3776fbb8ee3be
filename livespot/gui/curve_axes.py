"""What stands still around the curves: measures, titles and legend; shared with the motion strip below them."""

from __future__ import annotations

from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PyQt6.QtWidgets import QLabel, QWidget

from livespot.gui.painting import labelled
from livespot.gui.palette import DARK, GRID_PX, LINE_STYLES, LINE_WIDTHS, PHASES, Theme, font
from livespot.types import ExpressionType

SECONDS = 10.0
"""What is shown, and what a snapshot carries."""

AXIS_PX = 32
RIGHT_PX = 12
TOP_PX = GRID_PX
WORDS_PX = 20


def paint_time_axis(painter: QPainter, area: QRectF, theme: Theme, *, words: bool) -> None:
    """Seconds against now under ``area``, every two."""
    painter.setFont(font("small"))
    for second in range(0, int(SECONDS) + 1, 2):
        x = area.right() - second * area.width() / SECONDS
        painter.setPen(QPen(QColor(theme.border), 1.0))
        painter.drawLine(QLineF(x, area.bottom(), x, area.bottom() + 3))
        if words:
            painter.setPen(QColor(theme.muted))
            text, place = ("now" if second == 0 else f"−{second} s"), QRectF(x - 24, area.bottom(), 48, 20)
            if place.right() > area.right() + RIGHT_PX:
                place.moveRight(area.right() + RIGHT_PX)
                painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            else:
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def panel_title(kind: ExpressionType, name: str, theme: Theme) -> QLabel:
    """The type in its colour, and its long name."""
    title = labelled("", "title")
    title.setText(f'<span style="color:{theme.of(kind)}">{kind}</span>&nbsp;&nbsp;{name}')
    title.setContentsMargins(GRID_PX // 2, 0, 0, 0)
    return title


class CurveLegend(QWidget):
    """Samples of the line styles with their names, on as many lines as the width asks for."""

    _STROKE_PX, _GAP_PX, _LINE_PX = 18, 4, 2 * GRID_PX

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName("Legend: " + ", ".join(PHASES))
        self._entries = [(phase, LINE_STYLES[phase], LINE_WIDTHS[phase], theme.of(phase)) for phase in PHASES]
        self._entries.append(("threshold", Qt.PenStyle.DashDotLine, 1.0, theme.muted))
        metrics = QFontMetrics(font("small"))
        words = [metrics.horizontalAdvance(entry[0]) for entry in self._entries]
        self._widths = [self._STROKE_PX + self._GAP_PX + width for width in words]
        self.setFixedHeight(self._LINE_PX)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Take the height that this width needs."""
        super().resizeEvent(event)
        self.setFixedHeight(self._LINE_PX * (1 + max(line for _, line in self._places())))

    def _places(self) -> list[tuple[float, int]]:
        """Where each entry goes: (x, line)."""
        left = AXIS_PX + GRID_PX
        made, x, line = [], left, 0
        for width in self._widths:
            if x + width > self.width() and x > left:
                x, line = left, line + 1
            made.append((float(x), line))
            x += width + 12
        return made

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """A stroke and a word each."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("small"))
        for (name, style, width, colour), (x, line), whole in zip(
            self._entries, self._places(), self._widths, strict=True
        ):
            top = line * self._LINE_PX
            middle = top + self._LINE_PX / 2
            painter.setPen(QPen(QColor(colour), max(width, 1.5), style))
            painter.drawLine(QPointF(x, middle), QPointF(x + self._STROKE_PX, middle))
            painter.setPen(QColor(self._theme.text))
            start = x + self._STROKE_PX + self._GAP_PX
            painter.drawText(QRectF(start, top, whole, self._LINE_PX), Qt.AlignmentFlag.AlignVCenter, name)
        painter.end()
