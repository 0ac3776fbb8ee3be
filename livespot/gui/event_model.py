"""The confirmed intervals of a run as a list for Qt: newest first, growing at the top."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QAbstractListModel, QModelIndex, Qt

from livespot.gui.painting import clock
from livespot.types import Interval

_LONG_NAMES = {"ME": "micro-expression", "MaE": "macro-expression"}


class EventModel(QAbstractListModel):
    """Rows are inserted at the top and never change."""

    def __init__(self) -> None:
        super().__init__()
        self._intervals: tuple[Interval, ...] = ()
        self._counts = {"ME": 0, "MaE": 0}

    def show_intervals(self, confirmed: tuple[Interval, ...]) -> None:
        """Take the confirmed intervals of the run, oldest first; another run's replace what is there."""
        if confirmed is self._intervals:
            return
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
        if not grown or len(confirmed) > known:
            found = [i.type for i in confirmed]
            self._counts = {"ME": found.count("ME"), "MaE": found.count("MaE")}

    def interval(self, row: int) -> Interval:
        """The interval of a row; row 0 is the newest."""
        return self._intervals[len(self._intervals) - 1 - row]

    def row_of(self, interval: Interval) -> int:
        """Its row; -1 when it is not there."""
        for row, known in enumerate(reversed(self._intervals)):
            if known == interval:
                return row
        return -1

    def counts(self) -> dict[str, int]:
        """How many of each type."""
        return dict(self._counts)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """One per interval."""
        return 0 if parent is not None and parent.isValid() else len(self._intervals)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The type, and the whole event in words for tooltips and screen readers."""
        if not index.isValid():
            return None
        event = self.interval(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return event.type
        words = (
            f"{_LONG_NAMES[event.type]}, onset {clock(event.onset_s, 2)}, apex {clock(event.apex_s, 2)}, "
            f"offset {clock(event.offset_s, 2)}, frames {event.onset}–{event.offset}, score {event.score:.2f}"
        )
        if event.movement is not None:
            words += f". {event.movement.words}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{words}\nClick a picture, or press Enter, to see the moment"
        return None
