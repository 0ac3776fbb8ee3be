"""A marker with any text, for the moment at which its key was pressed."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from livespot.gui.painting import clock, labelled
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
        mark, cancel = QPushButton("Mark"), QPushButton("Cancel")
        mark.setObjectName("primary")
        mark.setDefault(True)
        mark.clicked.connect(self.accept)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        line = QHBoxLayout()
        line.setSpacing(GRID_PX)
        line.addStretch(1)
        line.addWidget(cancel)
        line.addWidget(mark)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[3 * GRID_PX] * 4)
        layout.setSpacing(2 * GRID_PX)
        layout.addWidget(labelled(f"Marker at {clock(time_s, 2)}", "title"))
        layout.addWidget(self.text)
        layout.addLayout(line)
        self.text.setFocus()

    def accept(self) -> None:
        """Hand over the text; an empty one is no marker."""
        if text := " ".join(self.text.text().split()):
            self.chosen.emit(text, self._time_s)
        super().accept()
