"""A marker with any text, for the moment at which its key was pressed."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget

from livespot.gui.painting import answer_line, clock, labelled
from livespot.gui.palette import GRID_PX
from livespot.gui.preferences import MAX_LABEL


class MarkerDialog(QDialog):
    """One line of text.

    Signals
    -------
    chosen(str, float)
        The text and the moment.
    """

    chosen = pyqtSignal(str, float)

    def __init__(self, time_s: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Marker")
        self.setMinimumWidth(52 * GRID_PX)
        self._time_s = time_s
        self.text = QLineEdit()
        self.text.setMaxLength(MAX_LABEL)
        self.text.setPlaceholderText("What is happening")
        self.text.setAccessibleName("Text of the marker")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[3 * GRID_PX] * 4)
        layout.setSpacing(2 * GRID_PX)
        layout.addWidget(labelled(f"Marker at {clock(time_s, 2)}", "title"))
        layout.addWidget(self.text)
        layout.addLayout(answer_line(self, QPushButton("Mark"), self.accept))
        self.text.setFocus()

    def accept(self) -> None:
        """Hand over the text; an empty one is no marker."""
        if text := " ".join(self.text.text().split()):
            self.chosen.emit(text, self._time_s)
        super().accept()
