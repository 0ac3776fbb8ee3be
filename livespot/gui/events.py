"""The list of confirmed intervals, newest on top, with pictures; a click goes to the moment."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from livespot.gui.event_model import EventModel
from livespot.gui.event_rows import (
    PHASES,
    TEXT_PX,
    EventDelegate,
    Three,
    Thumbnails,
    phase_at,
    thumb_step,
)
from livespot.gui.palette import DARK, GRID_PX, Theme, font
from livespot.snapshot import Snapshot
from livespot.types import Interval

__all__ = ["EventList", "EventModel"]

_HEADER_PX = 20


class EventList(QListView):
    """Confirmed intervals, newest on top; says so when there is none yet.

    Show it alone with ``EventList().show_snapshot(snapshot)``. Rows have room for pictures as soon as somebody listens
    to ``pictures_asked``.

    Signals
    -------
    pictures_asked(object)
        An interval has come into sight: answer with :meth:`show_pictures`. Asked once until answered.
    moment_asked(float, object)
        The user wants to see this time of this interval.
    """

    pictures_asked = pyqtSignal(object)
    moment_asked = pyqtSignal(float, object)

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self._theme = theme
        self._asked: set[Interval] = set()
        self.events = EventModel()
        self.events.setParent(self)  # a view must not outlive its model
        self.thumbnails = Thumbnails()
        self._delegate = EventDelegate(theme, self.events, self.thumbnails)  # the view does not keep it alive
        self._header = _Header(theme, self)
        self.setModel(self.events)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setMinimumWidth(232)
        self.setAccessibleName("Confirmed expressions, newest first")
        self.activated.connect(lambda index: self._go(index, 1))
        self.events.modelReset.connect(self._forget)
        self.setViewportMargins(0, _HEADER_PX, 0, 0)
        self._fit_rows()

    def sizeHint(self) -> QSize:
        """A narrow column."""
        return QSize(256, 320)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Add what was newly confirmed."""
        self.events.show_intervals(snapshot.confirmed)

    def show_pictures(self, interval: Interval, pictures: Three) -> None:
        """Show the pictures of onset, apex and offset, None where one is no longer kept."""
        self._asked.discard(interval)  # when it is forgotten, it may be asked for again
        self.thumbnails.keep(interval, pictures)
        row = self.events.row_of(interval)
        if row >= 0:
            self.update(self.events.index(row))

    def _forget(self) -> None:
        self._asked.clear()

    def _fit_rows(self) -> bool:
        """True when rows have just changed their height, and will be laid out anew."""
        wanted = self.receivers(self.pictures_asked) > 0
        if wanted == self._delegate.with_pictures:
            return False
        self._delegate.with_pictures = self._header.with_pictures = wanted
        self._header.update()
        self.scheduleDelayedItemsLayout()
        return True

    def _ask_for_pictures(self) -> None:
        """For the rows in sight only: a day has thousands."""
        viewport = self.viewport()
        if viewport is None or not self._delegate.with_pictures:
            return
        first = self.indexAt(QPoint(GRID_PX, 1))
        if not first.isValid():
            return
        last = self.indexAt(QPoint(GRID_PX, viewport.height() - 1))
        end = last.row() if last.isValid() else self.events.rowCount() - 1
        for row in range(first.row(), end + 1):
            interval = self.events.interval(row)
            if not self.thumbnails.knows(interval) and interval not in self._asked:
                self._asked.add(interval)
                self.pictures_asked.emit(interval)

    def _go(self, index: QModelIndex, phase: int) -> None:
        if index.isValid():
            interval = self.events.interval(index.row())
            self.moment_asked.emit(float(getattr(interval, f"{PHASES[phase]}_s")), interval)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Go to the phase whose picture was clicked; beside the pictures, to the apex."""
        super().mouseReleaseEvent(event)
        if event is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            area = self.visualRect(index)
            x = event.position().x() - area.left()
            self._go(index, phase_at(x, area.width()) if self._delegate.with_pictures else 1)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Enter goes to the apex; with Shift to the onset, with Ctrl to the offset."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            held = event.modifiers()
            onset = bool(held & Qt.KeyboardModifier.ShiftModifier)
            offset = bool(held & Qt.KeyboardModifier.ControlModifier)
            self._go(self.currentIndex(), 0 if onset else 2 if offset else 1)
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """The header is as wide as the rows."""
        super().resizeEvent(event)
        viewport = self.viewport()
        if viewport is not None:
            at = viewport.geometry()
            self._header.setGeometry(QRect(at.left(), at.top() - _HEADER_PX, at.width(), _HEADER_PX))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The rows, or a word in their place."""
        changed = self._fit_rows()
        super().paintEvent(event)
        viewport = self.viewport()
        if viewport is None:
            return
        if self.events.rowCount():
            if not changed:
                self._ask_for_pictures()
            return
        painter = QPainter(viewport)
        painter.setFont(font("body"))
        painter.setPen(QColor(self._theme.muted))
        words = "No expression confirmed yet"
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(QRectF(GRID_PX, 2 * GRID_PX, viewport.width() - 2 * GRID_PX, 64), flags, words)
        painter.end()


class _Header(QWidget):
    """The columns' names, above the rows."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.with_pictures = False
        self._theme = theme

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Names and a hairline."""
        painter = QPainter(self)
        painter.setFont(font("small"))
        painter.setPen(QColor(self._theme.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        right, height = float(self.width()) - GRID_PX, float(self.height() - 2)
        if self.with_pictures:
            painter.drawText(QRectF(GRID_PX, 0, 80, height), middle, "Type")
            end = QRectF(0, 0, TEXT_PX, height)
            painter.drawText(end, middle | Qt.AlignmentFlag.AlignRight, "Score")
            step = thumb_step(self.width())
            for number, phase in enumerate(PHASES):
                at = QPointF(TEXT_PX + GRID_PX + number * step, 0)
                painter.drawText(QRectF(at.x(), 0, step, height), middle, phase.capitalize())
        else:
            painter.drawText(QRectF(GRID_PX, 0, 48, height), middle, "Type")
            painter.drawText(QRectF(56, 0, 80, height), middle, "Onset")
            for x, name in ((right - 48, "Length"), (right, "Score")):
                painter.drawText(QRectF(x - 60, 0, 60, height), middle | Qt.AlignmentFlag.AlignRight, name)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(self._theme.border))
        painter.end()
