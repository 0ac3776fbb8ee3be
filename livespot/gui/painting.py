"""Small things that several widgets paint: hatching, pills, panels, and clock times in words."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from livespot.gui.palette import GRID_PX, Theme, faint, font


def clock(time_s: float, decimals: int = 0) -> str:
    """Minutes and seconds: ``1:04``, with two decimals ``1:04.25``, from an hour on ``1:01:04``."""
    scale = 10**decimals
    ticks = round(abs(time_s) * scale)
    minutes, rest = divmod(ticks, 60 * scale)
    hours, minutes = divmod(minutes, 60)
    ahead = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    width = 2 if decimals == 0 else 3 + decimals
    sign = "−" if time_s < 0 and ticks else ""
    return f"{sign}{ahead}:{rest / scale:0{width}.{decimals}f}"


def answer_line(dialog: QDialog, primary: QPushButton, then: Callable[[], object]) -> QHBoxLayout:
    """The last line of a dialog: Cancel, and its one primary button, which Enter presses."""
    cancel = QPushButton("Cancel")
    cancel.setAutoDefault(False)
    cancel.clicked.connect(dialog.reject)
    primary.setObjectName("primary")
    primary.setDefault(True)
    primary.clicked.connect(then)
    line = QHBoxLayout()
    line.setSpacing(GRID_PX)
    line.addStretch(1)
    line.addWidget(cancel)
    line.addWidget(primary)
    return line


def paint_hatched(
    painter: QPainter,
    area: QRectF,
    colour: str,
    *,
    spacing_px: float = 6.0,
    strength: float = 1.0,
    over: str = "",
) -> None:
    """Fill ``area`` with slanted lines; drawn by hand, because Qt's brush patterns shrink on a 2× screen.

    ``over`` is the colour that lies below, where it is one: see :func:`blended`.
    """
    painter.save()
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    share = 0.18 * strength
    painter.fillRect(area, blended(colour, share, over) if over else faint(colour, share))
    painter.setPen(QPen(faint(colour, strength), 1.5))
    # The lines hang on absolute x, so that they travel with a bar's left edge and never swim inside it.
    count = int((area.width() + area.height()) / spacing_px) + 1
    start = area.left()
    lines = [
        QLineF(start + i * spacing_px, area.top(), start + i * spacing_px - area.height(), area.bottom())
        for i in range(count + 1)
    ]
    painter.drawLines(*lines)
    painter.restore()


def blended(colour: str, share: float, over: str) -> QColor:
    """What ``colour`` gives over ``over`` when it is laid on with an alpha of ``share``.

    Qt shares the blending of a tall area out among threads and waits for them, which takes milliseconds on a busy
    machine; an opaque fill is done at once.
    """
    high, low = QColor(colour), QColor(over)
    parts = zip(high.getRgbF()[:3], low.getRgbF()[:3], strict=True)
    return QColor.fromRgbF(*(share * float(a) + (1 - share) * float(b) for a, b in parts))


def paint_pill(
    painter: QPainter, centre: QPointF, text: str, *, ground: QColor, ink: QColor, limit_px: float
) -> None:
    """One line of text on a rounded ground, shortened to ``limit_px``."""
    painter.setFont(font("body", strong=True))
    metrics = QFontMetricsF(painter.font())
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, limit_px - 4 * GRID_PX)
    width, height = metrics.horizontalAdvance(shown) + 4 * GRID_PX, metrics.height() + 2 * GRID_PX
    area = QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(area, height / 2, height / 2)
    painter.setPen(ink)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, shown)


def labelled(text: str, role: str, parent: QWidget | None = None) -> QLabel:
    """A label of one of the style sheet's roles: ``title``, ``muted``, ``caption``."""
    label = QLabel(text, parent)
    label.setObjectName(role)
    return label


class Panel(QFrame):
    """A rounded ground with a title line and room for one widget.

    Parameters
    ----------
    title : str
        Shown at the upper left; no title line when empty.
    body : QWidget
    margin_px : int
        Around the body.
    """

    def __init__(self, title: str, body: QWidget, margin_px: int = GRID_PX) -> None:
        super().__init__()
        self.setObjectName("panel")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(margin_px, margin_px, margin_px, margin_px)
        layout.setSpacing(GRID_PX // 2)
        self.header = QHBoxLayout()
        if title:
            self.header.setContentsMargins(GRID_PX // 2, 0, GRID_PX // 2, 0)
            self.header.setSpacing(2 * GRID_PX)
            self.header.addWidget(labelled(title, "title"))
            self.header.addStretch(1)
            layout.addLayout(self.header)
        layout.addWidget(body, 1)


class Choice(QComboBox):
    """A combo box with a chevron of its own: style sheets can only take one from a file."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setItemDelegate(QStyledItemDelegate(self))  # the one that style sheets reach

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Qt's box, then the chevron."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.muted), 1.5))
        x, y = self.width() - 14.0, self.height() / 2
        painter.drawPolyline(QPolygonF([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)]))
        painter.end()
