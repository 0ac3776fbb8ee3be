"""What is set seldom: theme, labels of the markers, where recordings go."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from livespot.gui.painting import Choice, labelled
from livespot.gui.palette import GRID_PX, THEMES, Theme
from livespot.gui.preferences import DEFAULT_LABELS, MAX_LABEL, Preferences


class SettingsDialog(QDialog):
    """Edits preferences; nothing is changed before Save.

    Signals
    -------
    chosen(Preferences)
    """

    chosen = pyqtSignal(object)

    def __init__(self, preferences: Preferences, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setMinimumWidth(64 * GRID_PX)
        self._before = preferences
        self.theme = Choice(theme)
        for name in THEMES:
            self.theme.addItem(name.capitalize(), name)
        self.theme.setCurrentIndex(max(self.theme.findData(preferences.theme), 0))
        self.theme.setAccessibleName("Theme")
        self.folder = QLineEdit(preferences.folder)
        self.folder.setAccessibleName("Folder for recordings")
        self.labels = [QLineEdit(label) for label in preferences.labels]
        for number, edit in enumerate(self.labels, 1):
            edit.setMaxLength(MAX_LABEL)
            edit.setPlaceholderText(DEFAULT_LABELS[number - 1])
            edit.setAccessibleName(f"Label of marker {number}")
            edit.setCursorPosition(0)
        save, cancel = QPushButton("Save"), QPushButton("Cancel")
        save.setObjectName("primary")
        save.setDefault(True)
        save.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[3 * GRID_PX] * 4)
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(self._rows())
        layout.addLayout(buttons)

    def _rows(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID_PX)
        grid.setVerticalSpacing(GRID_PX)
        grid.addWidget(labelled("Theme", "value"), 0, 0)
        grid.addWidget(self.theme, 0, 1)
        grid.addWidget(labelled("Recordings", "value"), 1, 0)
        grid.addWidget(self.folder, 1, 1)
        grid.addWidget(labelled("Labels of the marker keys", "title"), 2, 0, 1, 2)
        for number, edit in enumerate(self.labels, 1):
            cap = labelled(str(number), "key")
            cap.setBuddy(edit)
            cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(cap, 2 + number, 0)
            grid.addWidget(edit, 2 + number, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def accept(self) -> None:
        """Hand over what was set."""
        labels = tuple(" ".join(edit.text().split()) for edit in self.labels)
        folder = self.folder.text().strip() or self._before.folder
        theme = str(self.theme.currentData())
        self.chosen.emit(replace(self._before, theme=theme, folder=folder, labels=labels))
        super().accept()
