"""The list of confirmed intervals, newest on top."""

from __future__ import annotations

from typing import Any, ClassVar

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from livespot.gui.painting import clock
from livespot.gui.palette import DARK, GRID_PX, Theme, faint, font
from livespot.snapshot import Snapshot
from livespot.types import Interval

_ROW_PX = 4 * GRID_PX
_COLUMNS_PX = (52, 0, 64, 56)  # 0: takes the rest
_LONG_NAMES = {"ME": "micro-expression", "MaE": "macro-expression"}


class EventModel(QAbstractTableModel):
    """Confirmed intervals as a table; rows are inserted at the top and never change."""

    HEADERS: ClassVar[tuple[str, ...]] = ("Type", "Onset", "Length", "Score")

    def __init__(self) -> None:
        super().__init__()
        self._intervals: tuple[Interval, ...] = ()

    def show_intervals(self, confirmed: tuple[Interval, ...]) -> None:
        """Take the confirmed intervals of the run, oldest first; another run's replace what is there."""
        known = len(self._intervals)
        grown = len(confirmed) >= known and (known == 0 or confirmed[known - 1] == self._intervals[-1])
        if not grown:
            self.beginResetModel()
            self._intervals = confirmed
            self.endResetModel()
        elif len(confirmed) > known:
            self.beginInsertRows(QModelIndex(), 0, len(confirmed) - known - 1)
            self._intervals = confirmed
            self.endInsertRows()

    def interval(self, row: int) -> Interval:
        """The interval of a row; row 0 is the newest."""
        return self._intervals[len(self._intervals) - 1 - row]

    def counts(self) -> dict[str, int]:
        """How many of each type."""
        found = [i.type for i in self._intervals]
        return {"ME": found.count("ME"), "MaE": found.count("MaE")}

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """One per interval."""
        return 0 if parent is not None and parent.isValid() else len(self._intervals)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Type, onset, length, score."""
        return len(self.HEADERS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The columns' names; rows have none."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.HEADERS[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell, and the whole event in words for tooltips and screen readers."""
        if not index.isValid():
            return None
        event = self.interval(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            length = event.offset_s - event.onset_s
            return (event.type, clock(event.onset_s, 2), f"{length:.2f} s", f"{event.score:.2f}")[
                index.column()
            ]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return (
                f"{_LONG_NAMES[event.type]}, onset {clock(event.onset_s, 2)}, apex {clock(event.apex_s, 2)}, "
                f"offset {clock(event.offset_s, 2)}, frames {event.onset}–{event.offset}, "
                f"score {event.score:.2f}"
            )
        return None


class _EventDelegate(QStyledItemDelegate):
    """A chip for the type, a bar under the score."""

    def __init__(self, theme: Theme, model: EventModel) -> None:
        super().__init__()
        self._theme = theme
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Rows on the grid."""
        return QSize(super().sizeHint(option, index).width(), _ROW_PX)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Ground of a chosen row, then the cell."""
        if painter is None:
            return
        event, column = self._model.interval(index.row()), index.column()
        area = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(self._theme.raised))
        text = str(index.data() or "")
        if column == 0:
            self._paint_chip(painter, area, text)
        else:
            painter.setFont(font("body"))
            painter.setPen(QColor(self._theme.text))
            cell = area.adjusted(GRID_PX, 0, 0, 0)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(cell.width()))
            painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if column == len(EventModel.HEADERS) - 1:
            track = QRectF(area.left() + GRID_PX, area.bottom() - 5, area.width() - 2 * GRID_PX, 2)
            painter.fillRect(track, faint(self._theme.muted, 0.25))
            track.setWidth(track.width() * min(max(event.score, 0.0), 1.0))
            painter.fillRect(track, QColor(self._theme.of(event.type)))
        painter.restore()

    def _paint_chip(self, painter: QPainter, area: QRectF, kind: str) -> None:
        painter.setFont(font("small", strong=True))
        chip = QRectF(area.left() + GRID_PX, area.center().y() - 9, 36, 18)
        painter.setPen(QColor(self._theme.of(kind)))
        painter.setBrush(faint(self._theme.of(kind), 0.14))
        painter.drawRoundedRect(chip, 9, 9)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, kind)


class EventList(QTableView):
    """Confirmed intervals, newest on top; says so when there is none yet.

    Show it alone with ``EventList().show_snapshot(snapshot)``.
    """

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self._theme = theme
        self.events = EventModel()
        self._delegate = _EventDelegate(theme, self.events)  # the view does not keep it alive
        self.setModel(self.events)
        self.setItemDelegate(self._delegate)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setMinimumWidth(232)
        self.setAccessibleName("Confirmed expressions, newest first")
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        assert rows is not None and columns is not None
        rows.hide()
        rows.setDefaultSectionSize(_ROW_PX)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setMinimumSectionSize(0)
        for column, width in enumerate(_COLUMNS_PX):
            columns.setSectionResizeMode(
                column, QHeaderView.ResizeMode.Fixed if width else QHeaderView.ResizeMode.Stretch
            )
            if width:
                columns.resizeSection(column, width)
        columns.setHighlightSections(False)
        columns.setSectionsClickable(False)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Add what was newly confirmed."""
        self.events.show_intervals(snapshot.confirmed)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The rows, or a word in their place."""
        super().paintEvent(event)
        viewport = self.viewport()
        if self.events.rowCount() or viewport is None:
            return
        painter = QPainter(viewport)
        painter.setFont(font("body"))
        painter.setPen(QColor(self._theme.muted))
        words = "No expression confirmed yet"
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(QRectF(GRID_PX, 4 * GRID_PX, viewport.width() - 2 * GRID_PX, 64), flags, words)
        painter.end()
