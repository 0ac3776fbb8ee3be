"""The dialog that names versions and the licence."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from livespot.gui.painting import labelled
from livespot.gui.palette import GRID_PX
from livespot.installation.versions import VERSION, versions

LICENCE = "MIT licence; face models by MediaPipe under the Apache License 2.0"


class AboutDialog(QDialog):
    """Versions of livespot and of the packages that compute, to be copied into a report."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About livespot")
        self.setMinimumWidth(52 * GRID_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[3 * GRID_PX] * 4)
        layout.setSpacing(2 * GRID_PX)
        layout.addWidget(labelled(f"livespot {VERSION}", "display"))
        layout.addWidget(labelled(LICENCE, "muted"))
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID_PX)
        for name, version in versions().items():
            value = labelled(version, "value")
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(labelled(name, "muted"), value)
        layout.addLayout(form)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(close)
        layout.addLayout(line)
