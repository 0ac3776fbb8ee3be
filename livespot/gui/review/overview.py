"""The whole recording as one thin strip: what was found, where the track looks, where the position stands."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from livespot.gui.palette import DARK, GRID_PX, Theme, faint
from livespot.gui.review.axis import TimeAxis
from livespot.gui.review.lanes import GUTTER_PX, RIGHT_PX
from livespot.gui.review.marks import Marks


class Overview(QWidget):
    """Drag the frame to move the track; click elsewhere to seek there.

    Signals
    -------
    seek_asked(time_s)
    """

    seek_asked = pyqtSignal(float)

    def __init__(self, axis: TimeAxis, theme: Theme = DARK) -> None:
        super().__init__()
        self._axis, self._theme = axis, theme
        self._marks = Marks()
        self._position_s = 0.0
        self._held_s: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(2 * GRID_PX + 4)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Overview of the whole recording")
        self.setToolTip("The whole recording: drag the frame to move the view, click to go there")
        axis.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Thin."""
        return QSize(800, 2 * GRID_PX + 4)

    def show_marks(self, marks: Marks) -> None:
        """What was found."""
        self._marks = marks
        self.update()

    def show_position(self, time_s: float) -> None:
        """Where it stands; repaints when that is another px."""
        if abs(self._x(time_s) - self._x(self._position_s)) >= 0.5:
            self._position_s = time_s
            self.update()

    def _whole_s(self) -> float:
        return max(self._axis.last_s - self._axis.first_s, 1e-6)

    def _x(self, time_s: float) -> float:
        width = self.width() - GUTTER_PX - RIGHT_PX
        return GUTTER_PX + (time_s - self._axis.first_s) / self._whole_s() * width

    def _time_at(self, x: float) -> float:
        width = max(self.width() - GUTTER_PX - RIGHT_PX, 1)
        return self._axis.first_s + (x - GUTTER_PX) / width * self._whole_s()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Two rows of ticks, the frame, the position."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(GUTTER_PX, 2, self.width() - GUTTER_PX - RIGHT_PX, self.height() - 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint(self._theme.muted, 0.08))
        painter.drawRoundedRect(ground, 3, 3)
        for row in self._marks.rows:
            if row.kind != "found" or row.verdict == "rejected":
                continue
            left, right = self._x(row.interval.onset_s), self._x(row.interval.offset_s)
            top = 5.0 if row.interval.type == "ME" else self.height() / 2 + 1
            bar = QRectF(left, top, max(right - left, 2.0), self.height() / 2 - 6)
            painter.fillRect(bar, QColor(self._theme.of(row.interval.type)))
        left, right = self._x(self._axis.start_s), self._x(self._axis.end_s)
        painter.setBrush(faint(self._theme.text, 0.10))
        painter.setPen(QPen(QColor(self._theme.muted), 1.5))
        painter.drawRoundedRect(QRectF(left, 2, max(right - left, 6.0), self.height() - 4), 3, 3)
        x = self._x(self._position_s)
        painter.setPen(QPen(QColor(self._theme.text), 1.5))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Take the frame, or go there."""
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        time_s = self._time_at(event.position().x())
        whole = self._axis.span_s >= self._whole_s() - 1e-6
        if not whole and self._axis.start_s <= time_s <= self._axis.end_s:
            self._held_s = time_s - self._axis.start_s
        else:
            self._held_s = None
            self.seek_asked.emit(time_s)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Move the frame, or scrub."""
        if event is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        time_s = self._time_at(event.position().x())
        if self._held_s is None:
            self.seek_asked.emit(time_s)
        else:
            start = time_s - self._held_s
            self._axis.show_range(start, start + self._axis.span_s)
