"""The shapes of the timeline: bars, verdicts, markers, words; each readable without its colour."""

from __future__ import annotations

from PyQt6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget

from livespot.gui.paint_cache import Stamps
from livespot.gui.painting import paint_hatched
from livespot.gui.palette import DARK, GRID_PX, Theme, faint, font
from livespot.gui.verdicts import Verdict

GLYPH_PX = 7.0
_MARKER_WORDS_PX = 96


def paint_found(
    painter: QPainter, area: QRectF, apex: float, theme: Theme, colour: str, verdict: Verdict | None
) -> None:
    """A confirmed interval: solid, the apex a notch, the verdict a sign in its lower half."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(area, 2, 2)
    top = area.top()
    if area.width() >= 8 and area.left() < apex < area.right():
        # A notch, not another colour: the apex must be seen inside a bar of either colour.
        painter.setBrush(QColor(theme.panel))
        painter.drawPolygon(
            QPolygonF([QPointF(apex - 3, top), QPointF(apex + 3, top), QPointF(apex, top + 6)])
        )
    if verdict is not None:
        inside = area.width() >= GLYPH_PX + 4
        x = area.center().x() if inside else area.right() + GLYPH_PX / 2 + 3
        paint_verdict(
            painter, QPointF(x, area.bottom() - 6.5), verdict, theme.panel if inside else theme.text
        )


def paint_open(painter: QPainter, area: QRectF, colour: str) -> None:
    """A provisional interval: hatched."""
    paint_hatched(painter, area, colour)
    painter.setPen(QPen(QColor(colour), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))


def paint_truth(painter: QPainter, area: QRectF, theme: Theme, colour: str, verdict: Verdict | None) -> None:
    """A true interval: outlined; dashed and with a diamond when it was missed."""
    missed = verdict is Verdict.MISSED
    painter.setPen(QPen(QColor(colour), 1.5, Qt.PenStyle.DashLine if missed else Qt.PenStyle.SolidLine))
    painter.setBrush(faint(colour, 0.25) if verdict is Verdict.RIGHT else Qt.BrushStyle.NoBrush)
    painter.drawRect(area.adjusted(0.75, 0.75, -0.75, -0.75))
    if missed:
        inside = area.width() >= GLYPH_PX + 5
        x = area.center().x() if inside else area.right() + GLYPH_PX / 2 + 3
        paint_verdict(painter, QPointF(x, area.center().y()), verdict, theme.text)


def paint_verdict(painter: QPainter, at: QPointF, verdict: Verdict | None, ink: str) -> None:
    """A tick, a cross or a diamond around ``at``."""
    half = GLYPH_PX / 2
    painter.setPen(QPen(QColor(ink), 1.75, cap=Qt.PenCapStyle.RoundCap, join=Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    x, y = at.x(), at.y()
    if verdict is Verdict.RIGHT:
        tick = [QPointF(x - half, y), QPointF(x - half / 4, y + half * 0.8), QPointF(x + half, y - half)]
        painter.drawPolyline(QPolygonF(tick))
    elif verdict is Verdict.FALSE:
        painter.drawLines(
            QLineF(x - half, y - half, x + half, y + half), QLineF(x - half, y + half, x + half, y - half)
        )
    elif verdict is Verdict.MISSED:
        corners = [QPointF(x, y - half), QPointF(x + half, y), QPointF(x, y + half), QPointF(x - half, y)]
        painter.drawPolygon(QPolygonF(corners))


def marker_flag(x: float, bottom: float, label: str) -> tuple[QRectF, str]:
    """Where the flag of a marker goes, and what of its label fits on it."""
    metrics = QFontMetrics(font("small"))
    shown = metrics.elidedText(label or "mark", Qt.TextElideMode.ElideRight, _MARKER_WORDS_PX)
    return QRectF(x, bottom + 2, metrics.horizontalAdvance(shown) + GRID_PX, 16), shown


def paint_marker(
    painter: QPainter, stamps: Stamps, flag: QRectF, shown: str, theme: Theme, ratio: float
) -> None:
    """A line through all lanes and a flag with the label on the axis, as :func:`marker_flag` has them."""
    x, bottom = flag.left(), flag.top() - 2
    painter.setPen(QPen(QColor(theme.text), 1.0, Qt.PenStyle.DashLine))
    painter.drawLine(QLineF(x, 0, x, bottom + 2))
    painter.setPen(QPen(QColor(theme.strong_border), 1.0))
    painter.setBrush(QColor(theme.raised))
    tip = [
        flag.topLeft(),
        flag.topRight(),
        flag.bottomRight(),
        QPointF(x + 3, flag.bottom()),
        QPointF(x, bottom + 6),
    ]
    painter.drawPolygon(QPolygonF(tip))
    stamps.draw(painter, flag.center(), shown, theme.text, ratio)


class TimelineLegend(QWidget):
    """What the shapes mean."""

    def __init__(self, theme: Theme = DARK, *, truth: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._words: list[str] = []
        self.setMinimumHeight(2 * GRID_PX)
        self.show_truth(truth)

    def show_truth(self, truth: bool) -> None:
        """Explain ground truth and verdicts, or leave them out."""
        right, false, missed = (verdict.value for verdict in Verdict)
        more = ["ground truth", right, false, missed] if truth else []
        self._words = ["confirmed", "provisional", *more]
        self.setAccessibleName("Legend: " + ", ".join(self._words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        metrics = QFontMetrics(font("small"))
        wide = sum(_sample_px(w) + 6 + metrics.horizontalAdvance(w) + 16 for w in self._words) - 16
        return QSize(round(wide), 2 * GRID_PX)

    def minimumSizeHint(self) -> QSize:
        """Never cut off."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """A sample and a word each."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("small"))
        colour, x, verdicts = self._theme.muted, 0.0, {v.value: v for v in Verdict}
        for word in self._words:
            wide = _sample_px(word)
            area = QRectF(x, self.height() / 2 - 5, wide, 10)
            if word in verdicts:
                paint_verdict(painter, area.center(), verdicts[word], self._theme.text)
            elif word == "provisional":
                paint_open(painter, area, colour)
            elif word == "confirmed":
                paint_found(painter, area, -1.0, self._theme, colour, None)
            else:
                paint_truth(painter, area, self._theme, colour, None)
            painter.setPen(QColor(self._theme.text))
            text = QRectF(x + wide + 6, 0, 120, self.height())
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, word)
            x += wide + 6 + painter.fontMetrics().horizontalAdvance(word) + 16
        painter.end()


def _sample_px(word: str) -> float:
    return GLYPH_PX + 2 if word in {verdict.value for verdict in Verdict} else 18.0
