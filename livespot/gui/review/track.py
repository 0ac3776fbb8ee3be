"""The track: curves, intervals and ground truth along one time axis; seek, select, drag ends, drag thresholds here.

What stands still is drawn once into a pixmap; while it plays, only a strip around the position is repainted.
"""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from livespot.gui.painting import clock
from livespot.gui.palette import DARK, Theme, faint
from livespot.gui.review.axis import TimeAxis
from livespot.gui.review.bars import TrackContent
from livespot.gui.review.drawing import TrackDrawing
from livespot.gui.review.hits import Hits
from livespot.gui.review.lanes import GUTTER_PX, LEAST_CURVE_PX, Lanes, fixed_height, lanes_for
from livespot.gui.review.words import tip_of


class TrackView(QWidget):
    """Everything found, true and decided over time.

    Signals
    -------
    seek_asked(time_s)
    chosen(target)
        An interval was clicked; empty: none.
    part_moved(target, part, time_s, done)
        An end or the apex of the chosen interval is being dragged; ``done`` when it was let go.
    range_chosen(start_s, end_s)
        Dragged with Shift; start = end: cleared.
    threshold_dragged(type, value)
        Let go there.
    """

    seek_asked = pyqtSignal(float)
    chosen = pyqtSignal(str)
    part_moved = pyqtSignal(str, str, float, bool)
    range_chosen = pyqtSignal(float, float)
    threshold_dragged = pyqtSignal(str, float)

    def __init__(self, theme: Theme = DARK, axis: TimeAxis | None = None) -> None:
        super().__init__()
        self.axis = axis if axis is not None else TimeAxis()
        self._theme = theme
        self._content = TrackContent()
        self._lanes = Lanes()
        self._pixmap: QPixmap | None = None
        self._position_s = 0.0
        self._range: tuple[float, float] | None = None
        self._drag: tuple[str, object] | None = None
        self._before: dict[str, float] = {}  # thresholds when the line was taken
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(320)
        self.setAccessibleName("Track: curves, detections, ground truth")
        self.axis.changed.connect(self._redraw)
        self._layout()

    def sizeHint(self) -> QSize:
        """Comfortable curves."""
        return QSize(1000, self.minimumSizeHint().height() + 48)

    def minimumSizeHint(self) -> QSize:
        """Curves that can just be read."""
        marks = self._content.marks
        fixed = fixed_height(bool(marks.truth), self._content.compared is not None)
        return QSize(320, fixed + 2 * LEAST_CURVE_PX)

    def show_content(self, content: TrackContent) -> None:
        """Another state of things."""
        before, self._content = self._content, content
        if (bool(before.marks.truth), before.compared is None) != (
            bool(content.marks.truth),
            content.compared is None,
        ):
            self.updateGeometry()
        self._layout()
        self._redraw()

    def show_position(self, time_s: float) -> None:
        """Move the line; cheap."""
        if time_s == self._position_s:
            return
        before, self._position_s = self._position_s, time_s
        for x in (self._lanes.x_of(before, self.axis), self._lanes.x_of(time_s, self.axis)):
            self.update(QRectF(x - 8, 0, 16, self.height()).toAlignedRect())

    def show_range(self, chosen: tuple[float, float] | None) -> None:
        """The stretch that is looped."""
        if chosen != self._range:
            self._range = chosen
            self.update()

    # --- painting -------------------------------------------------------------------------------------------

    def _layout(self) -> None:
        marks = self._content.marks
        self._lanes = lanes_for(
            self.width(),
            self.height(),
            truth=bool(marks.truth),
            compared=self._content.compared is not None,
        )

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Share the height out again."""
        super().resizeEvent(event)
        self._layout()
        self._redraw()

    def _redraw(self) -> None:
        self._pixmap = None
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The still pixmap, the chosen stretch, the position."""
        ratio = self.devicePixelRatioF()
        if self._pixmap is None or self._pixmap.devicePixelRatio() != ratio:
            self._pixmap = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(QColor(self._theme.panel))
            still = QPainter(self._pixmap)
            TrackDrawing(still, self._theme, self._lanes, self.axis).draw(self._content)
            still.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._pixmap)
        if self._range is not None:
            self._paint_range(painter, *self._range)
        self._paint_position(painter)
        painter.end()

    def _paint_range(self, painter: QPainter, start_s: float, end_s: float) -> None:
        bottom = self._lanes.axis[0]
        left = max(self._lanes.x_of(start_s, self.axis), GUTTER_PX)
        right = min(self._lanes.x_of(end_s, self.axis), self.width())
        if right <= left:
            return
        painter.fillRect(QRectF(left, 0, right - left, bottom), faint(self._theme.text, 0.10))
        painter.setPen(QPen(QColor(self._theme.text), 2.0))
        for x, inward in ((left, 5), (right, -5)):
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
            painter.drawLine(QPointF(x, 1), QPointF(x + inward, 1))
            painter.drawLine(QPointF(x, bottom), QPointF(x + inward, bottom))

    def _paint_position(self, painter: QPainter) -> None:
        x = self._lanes.x_of(self._position_s, self.axis)
        if not GUTTER_PX - 1 <= x <= self.width():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bottom = self._lanes.axis[0]
        painter.setPen(QPen(faint(self._theme.panel, 0.8), 3.5))
        painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
        painter.setPen(QPen(QColor(self._theme.text), 1.5))
        painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.text))
        painter.drawPolygon(
            QPolygonF([QPointF(x - 5, bottom + 6), QPointF(x + 5, bottom + 6), QPointF(x, bottom - 1)])
        )

    # --- mouse ----------------------------------------------------------------------------------------------

    def _hits(self) -> Hits:
        return Hits(self._lanes, self.axis, self._content)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Begin whatever lies here."""
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position()
        time_s = self._lanes.time_at(place.x(), self.axis)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._drag = ("range", time_s)
        elif part := self._hits().grip_at(place):
            self._drag = ("part", part)
        elif (row := self._hits().row_at(place)) is not None:
            self.chosen.emit(row.target)
            self._drag = ("row", place.x())
        elif (kind := self._hits().threshold_at(place)) is not None:
            self._drag, self._before = ("threshold", kind), self._content.thresholds
        else:
            self._drag = ("seek", None)
            self.seek_asked.emit(time_s)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Go on with it, or show by the cursor what would begin."""
        if event is None:
            return
        place = event.position()
        if self._drag is None:
            self._hover(place)
            return
        what, about = self._drag
        time_s = self._lanes.time_at(place.x(), self.axis)
        if what == "seek" or (what == "row" and isinstance(about, float) and abs(place.x() - about) > 4):
            self._drag = ("seek", None)
            self.seek_asked.emit(time_s)
        elif what == "range" and isinstance(about, float):
            self.show_range((min(about, time_s), max(about, time_s)))
        elif what == "part":
            self.part_moved.emit(self._content.selected, str(about), time_s, False)
        elif what == "threshold":
            self._drag_threshold(str(about), place.y())

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Done."""
        if event is None or self._drag is None:
            return
        (what, about), self._drag = self._drag, None
        time_s = self._lanes.time_at(event.position().x(), self.axis)
        if what == "range" and isinstance(about, float):
            self.range_chosen.emit(min(about, time_s), max(about, time_s))
        elif what == "part":
            self.part_moved.emit(self._content.selected, str(about), time_s, True)
        elif what == "threshold":
            if self._content.thresholds == self._before:
                self.seek_asked.emit(time_s)  # a click on the line means the moment, not the threshold
            else:
                self.threshold_dragged.emit(str(about), self._content.thresholds[str(about)])

    def _drag_threshold(self, kind: str, y: float) -> None:
        top, height = self._lanes.curves["ME" if kind == "ME" else "MaE"]
        value = round(min(max(1.0 - (y - top - 3) / (height - 6), 0.02), 0.98), 2)
        moved = {**self._content.thresholds, kind: value}
        self.show_content(replace(self._content, thresholds=moved))

    def _hover(self, place: QPointF) -> None:
        part, row = self._hits().grip_at(place), self._hits().row_at(place)
        if part is not None:
            self.setCursor(Qt.CursorShape.SizeHorCursor)
        elif row is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        elif self._hits().threshold_at(place) is not None:
            self.setCursor(Qt.CursorShape.SizeVerCursor)
        else:
            self.unsetCursor()
        words = f"Drag to move the {part}" if part else tip_of(row) if row is not None else ""
        if not words:
            words = "\n".join(f"{clock(m.time_s, 2)}  {m.label}" for m in self._hits().markers_at(place))
        if words != self.toolTip():
            self.setToolTip(words)
            if not words:
                QToolTip.hideText()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Zoom around the mouse; with Shift, or sideways, move."""
        if event is None:
            return
        delta, sideways = event.angleDelta().y(), event.angleDelta().x()
        if sideways or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.axis.pan(-(sideways or delta) / 120 * 0.1 * self.axis.span_s)
        elif delta:
            self.axis.zoom(1.25 ** (delta / 120), self._lanes.time_at(event.position().x(), self.axis))
        event.accept()
