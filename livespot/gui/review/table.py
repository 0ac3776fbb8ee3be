"""The list of everything found, missed and new, with what was decided and how it stands against the ground truth."""

from __future__ import annotations

from typing import Any, ClassVar

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QPointF, QRectF, QSize, Qt, pyqtSignal
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
from livespot.gui.review.marks import Marks, Row
from livespot.gui.review.signs import paint_mark, words_of
from livespot.gui.review.words import tip_of

_ROW_PX = 4 * GRID_PX
_COLUMNS_PX = (52, 72, 60, 52, 0)
VERDICTS: dict[str, str] = {
    "open": "", "accepted": "✓ accepted", "rejected": "✕ rejected", "relabelled": "✓ relabelled",
    "moved": "✓ moved", "added": "✓ added", "missed": "missed", "new": "new",
}  # fmt: skip


class RowModel(QAbstractTableModel):
    """The rows of :class:`Marks`, by onset."""

    HEADERS: ClassVar[tuple[str, ...]] = ("Type", "Onset", "Length", "Truth", "Review")

    def __init__(self) -> None:
        super().__init__()
        self.marks = Marks()

    def show_marks(self, marks: Marks) -> None:
        """Replace all rows; tells the view as little as it needs to know."""
        same = [r.target for r in marks.rows] == [r.target for r in self.marks.rows]
        if same:
            self.marks = marks
            if marks.rows:
                self.dataChanged.emit(
                    self.index(0, 0), self.index(len(marks.rows) - 1, len(self.HEADERS) - 1)
                )
            return
        self.beginResetModel()
        self.marks = marks
        self.endResetModel()

    def row(self, number: int) -> Row:
        """The row with this number."""
        return self.marks.rows[number]

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """One each."""
        return 0 if parent is not None and parent.isValid() else len(self.marks.rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """As many as there are headers."""
        return len(self.HEADERS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.HEADERS[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell; the whole row in words for tooltips and screen readers."""
        if not index.isValid():
            return None
        row = self.row(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            i = row.interval
            said = VERDICTS[row.verdict or row.kind]
            if row.comments:
                said = f"{said} · {row.comments[-1]}" if said else f"“{row.comments[-1]}”"
            length = f"{i.offset_s - i.onset_s:.2f} s"
            return (i.type, clock(i.onset_s, 2), length, words_of(row.against), said)[index.column()]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return tip_of(row)
        return None


class _RowDelegate(QStyledItemDelegate):
    """Chip, mark, words."""

    def __init__(self, theme: Theme, model: RowModel) -> None:
        super().__init__()
        self._theme, self._model = theme, model

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Rows on the grid."""
        return QSize(super().sizeHint(option, index).width(), _ROW_PX)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Ground of the chosen row, then the cell."""
        if painter is None:
            return
        row, area = self._model.row(index.row()), QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(self._theme.raised))
            if index.column() == 0:
                painter.fillRect(QRectF(area.left(), area.top(), 3, area.height()), QColor(self._theme.text))
        text = str(index.data() or "")
        left = area.adjusted(GRID_PX, 0, -4, 0)
        if index.column() == 0:
            self._chip(painter, left, row)
        else:
            if index.column() == 3 and row.against:
                paint_mark(painter, QPointF(left.left() + 5, left.center().y()), row.against, self._theme)
                left.adjust(16, 0, 0, 0)
            painter.setFont(font("body"))
            quiet = row.verdict == "rejected" or row.kind != "found"
            painter.setPen(QColor(self._theme.muted if quiet else self._theme.text))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(left.width()))
            painter.drawText(left, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.restore()

    def _chip(self, painter: QPainter, area: QRectF, row: Row) -> None:
        kind = row.interval.type
        painter.setFont(font("small", strong=True))
        chip = QRectF(area.left(), area.center().y() - 9, 36, 18)
        painter.setPen(QColor(self._theme.of(kind)))
        solid = row.kind == "found" and row.verdict != "rejected"
        painter.setBrush(faint(self._theme.of(kind), 0.18) if solid else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(chip, 9, 9)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, kind)


class RowTable(QTableView):
    """Choose a row to go there.

    Signals
    -------
    chosen(target)
    """

    chosen = pyqtSignal(str)

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self._theme = theme
        self.words = "Nothing was found"
        self.rows = RowModel()
        self.rows.setParent(self)  # a view must not outlive its model
        self._delegate = _RowDelegate(theme, self.rows)
        self._quiet = False
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setMinimumSize(296, 4 * _ROW_PX)
        self.setAccessibleName("Intervals by onset")
        vertical, horizontal = self.verticalHeader(), self.horizontalHeader()
        assert vertical is not None and horizontal is not None
        vertical.hide()
        vertical.setDefaultSectionSize(_ROW_PX)
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        horizontal.setMinimumSectionSize(0)
        for column, width in enumerate(_COLUMNS_PX):
            mode = QHeaderView.ResizeMode.Fixed if width else QHeaderView.ResizeMode.Stretch
            horizontal.setSectionResizeMode(column, mode)
            if width:
                horizontal.resizeSection(column, width)
        horizontal.setHighlightSections(False)
        horizontal.setSectionsClickable(False)
        selection = self.selectionModel()
        assert selection is not None
        selection.currentRowChanged.connect(self._tell)

    def show_marks(self, marks: Marks, selected: str) -> None:
        """Rows and which of them is chosen; emits nothing."""
        self._quiet = True
        self.rows.show_marks(marks)
        self.setColumnHidden(3, not marks.truth)
        place = marks.places.get(selected)
        if place is None:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif place != self.currentIndex().row():
            self.selectRow(place)
        self._quiet = False

    def _tell(self, now: QModelIndex, _before: QModelIndex) -> None:
        if not self._quiet and now.isValid():
            self.chosen.emit(self.rows.row(now.row()).target)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The rows, or a word in their place."""
        super().paintEvent(event)
        viewport = self.viewport()
        if self.rows.rowCount() or viewport is None:
            return
        painter = QPainter(viewport)
        painter.setFont(font("body"))
        painter.setPen(QColor(self._theme.muted))
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(QRectF(GRID_PX, 4 * GRID_PX, viewport.width() - 2 * GRID_PX, 96), flags, self.words)
        painter.end()
