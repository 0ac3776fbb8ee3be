"""The picture and the bar of the instant replay."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QTransform
from PyQt6.QtWidgets import QSizePolicy, QWidget

from livespot.gui.overlays import CASING, LIGHT, OverlayPainter
from livespot.gui.paint_cache import Canvas
from livespot.gui.painting import clock, paint_hatched, paint_pill
from livespot.gui.palette import DARK, GRID_PX, Theme, faint, font
from livespot.snapshot import Picture
from livespot.types import EXPRESSION_TYPES, Interval

_LANE_PX = 6.0


class ReplayPicture(QWidget):
    """One kept picture with its ROIs, and the phase that is passed."""

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self.mirror = False
        self._theme = theme
        self._picture: Picture | None = None
        self._words = ""
        self._over = OverlayPainter()
        self._canvas = Canvas()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self.setAccessibleName("Picture of the replay")

    def sizeHint(self) -> QSize:
        """A small 4:3."""
        return QSize(320, 240)

    def show_picture(self, picture: Picture | None, words: str) -> None:
        """Show it, with ``words`` on it; empty: none."""
        if picture is not self._picture or words != self._words:
            self._picture, self._words = picture, words
            self.update()

    def area(self) -> QRectF:
        """Where the picture lies: as large as fits, its shape kept."""
        if self._picture is None:
            return QRectF(self.rect())
        height, width = self._picture.image.shape[:2]
        scale = min(self.width() / width, self.height() / height)
        size = (width * scale, height * scale)
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Picture, ROIs, phase; or a sentence."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        picture, area = self._picture, self.area()
        if picture is None:
            painter.setFont(font("body"))
            painter.setPen(QColor(self._theme.muted))
            words = "No pictures are kept yet. Start a source, wait a moment, and open the replay again."
            inside = area.adjusted(2 * GRID_PX, 0, -2 * GRID_PX, 0)
            painter.drawText(inside, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)
            painter.end()
            return
        self._canvas.paint(painter, area, picture.image, self.devicePixelRatioF(), mirror=self.mirror)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if picture.roi_points is not None:
            self._over.rois(painter, self._transform(picture, area), picture.roi_points, picture.landmarks)
        if self._words:
            at, limit = QPointF(area.center().x(), area.top() + 3 * GRID_PX), area.width() - 2 * GRID_PX
            paint_pill(
                painter, at, self._words, ground=faint(CASING, 0.88), ink=QColor(LIGHT), limit_px=limit
            )
        painter.end()

    def _transform(self, picture: Picture, area: QRectF) -> QTransform:
        scale = area.width() / picture.image.shape[1]
        made = QTransform()
        made.translate(area.right() if self.mirror else area.left(), area.top())
        made.scale(-scale if self.mirror else scale, scale)
        made.translate(0.5, 0.5)  # pixel centres are whole numbers
        return made


class ReplayBar(QWidget):
    """Where the replay stands, with a lane for each type; drag to go elsewhere.

    Signals
    -------
    asked(float)
        Seconds.
    """

    asked = pyqtSignal(float)

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self.shown: tuple[tuple[Interval, bool], ...] = ()
        self.span = (0.0, 0.0)
        self._theme = theme
        self._time_s = 0.0
        self.setFixedHeight(3 * GRID_PX)
        self.setAccessibleName("Position in the replay")
        self.setToolTip("Drag to any moment; ← and → go picture by picture")

    def show_time(self, time_s: float) -> None:
        """Move the head."""
        if time_s != self._time_s:
            self._time_s = time_s
            self.setAccessibleDescription(clock(time_s, 2))
            self.update()

    def _x(self, time_s: float) -> float:
        start, end = self.span
        return GRID_PX + (self.width() - 2 * GRID_PX) * (time_s - start) / max(end - start, 1e-3)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Lanes, what was found, the head."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = float(GRID_PX), float(self.width() - GRID_PX)
        for lane, kind in enumerate(EXPRESSION_TYPES):
            top = 6.0 + lane * (_LANE_PX + 2)
            painter.fillRect(QRectF(left, top, right - left, _LANE_PX), faint(self._theme.muted, 0.15))
            for interval, certain in self.shown:
                if interval.type != kind:
                    continue
                x0, x1 = max(self._x(interval.onset_s), left), min(self._x(interval.offset_s), right)
                bar = QRectF(x0, top, max(x1 - x0, 3.0), _LANE_PX)
                if certain:
                    painter.fillRect(bar, QColor(self._theme.of(kind)))
                else:
                    paint_hatched(painter, bar, self._theme.of(kind), spacing_px=4.0)
        if self.span[1] > self.span[0]:
            x = self._x(self._time_s)
            painter.setPen(QPen(QColor(self._theme.text), 2.0))
            painter.drawLine(QPointF(x, 2), QPointF(x, self.height() - 2.0))
            painter.setBrush(QColor(self._theme.text))
            painter.drawPolygon(QPolygonF([QPointF(x - 4, 0), QPointF(x + 4, 0), QPointF(x, 5)]))
        painter.end()

    def _ask(self, event: QMouseEvent) -> None:
        start, end = self.span
        share = (event.position().x() - GRID_PX) / max(self.width() - 2 * GRID_PX, 1)
        self.asked.emit(start + (end - start) * min(max(share, 0.0), 1.0))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Go there."""
        if event is not None and event.button() is Qt.MouseButton.LeftButton:
            self._ask(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Follow the mouse."""
        if event is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._ask(event)
