"""Asks what of a recording is to be written, in which formats, and where."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from livespot.gui.painting import Choice, answer_line, labelled
from livespot.gui.palette import GRID_PX, Theme
from livespot.review.orders import ExportOrder

FORMATS: tuple[tuple[str, str, str], ...] = (
    ("csv", "CSV", "intervals, curves and markers as tables"),
    ("json", "JSON", "everything in one file"),
    ("eaf", "ELAN", "tiers beside the video, to annotate further"),
    ("report", "Report", "one HTML page with pictures and curves"),
    ("parquet", "Parquet", "for pandas, R and DuckDB"),
)
_BLURS: tuple[tuple[str, str], ...] = (
    ("none", "Show faces"),
    ("eyes", "Hide the eyes"),
    ("face", "Hide faces"),
)


class ExportDialog(QDialog):
    """Formats, folder, whether the review counts, and whether faces are shown.

    Signals
    -------
    asked(ExportOrder)
    """

    asked = pyqtSignal(object)

    def __init__(self, theme: Theme, folder: str, *, decided: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setMinimumWidth(60 * GRID_PX)
        self._go: QWidget | None = None
        self.formats: dict[str, QCheckBox] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID_PX)
        grid.setVerticalSpacing(GRID_PX // 2)
        for place, (name, words, meaning) in enumerate(FORMATS):
            box = QCheckBox(words)
            box.setChecked(name in ("csv", "report"))
            if name == "parquet" and find_spec("pyarrow") is None:
                box.setEnabled(False)
                meaning = "not here: pyarrow is not installed (pip install livespot[parquet])"
            box.setAccessibleName(f"{words}: {meaning}")
            box.toggled.connect(self._check)
            self.formats[name] = box
            grid.addWidget(box, place, 0)
            grid.addWidget(labelled(meaning, "muted"), place, 1)
        grid.setColumnStretch(1, 1)
        self.reviewed = QCheckBox(
            f"With the review applied ({decided} decided)"
            if decided
            else "With the review applied (none yet)"
        )
        self.reviewed.setChecked(decided > 0)
        self.reviewed.setEnabled(decided > 0)
        self.blur = Choice(theme)
        for name, words in _BLURS:
            self.blur.addItem(words, name)
        self.blur.setAccessibleName("Faces in the report")
        self.folder = QLineEdit(folder)
        self.folder.setAccessibleName("Folder")
        self.folder.setCursorPosition(0)
        self.folder.textChanged.connect(self._check)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[2 * GRID_PX] * 4)
        layout.setSpacing(2 * GRID_PX)
        layout.addWidget(labelled("What to write", "strong"))
        layout.addLayout(grid)
        layout.addWidget(self.reviewed)
        for words, widget in (("Faces in the report", self.blur), ("Folder", self._with_browse(self.folder))):
            line = QHBoxLayout()
            label = labelled(words, "muted")
            label.setMinimumWidth(16 * GRID_PX)
            line.addWidget(label)
            line.addWidget(widget, 1)
            layout.addLayout(line)
        layout.addStretch(1)
        self._go = QPushButton("Export")
        layout.addLayout(answer_line(self, self._go, self._tell))
        self._check()

    def order(self) -> ExportOrder:
        """As chosen."""
        chosen = tuple(name for name, box in self.formats.items() if box.isChecked())
        return ExportOrder(
            self.folder.text().strip(), chosen, self.reviewed.isChecked(), str(self.blur.currentData())
        )

    def _with_browse(self, field: QLineEdit) -> QWidget:
        both = QWidget()
        line = QHBoxLayout(both)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GRID_PX)
        line.addWidget(field, 1)
        browse = QPushButton("Browse …")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        line.addWidget(browse)
        return both

    def _browse(self) -> None:
        asking = QFileDialog(self, "Export into", self.folder.text())
        asking.setFileMode(QFileDialog.FileMode.Directory)
        asking.fileSelected.connect(self.folder.setText)
        asking.open()

    def _check(self) -> None:
        order = self.order()
        self.blur.setEnabled("report" in order.formats)
        if self._go is not None:
            self._go.setEnabled(bool(order.formats and order.folder))

    def _tell(self) -> None:
        order = self.order()
        self.accept()
        self.asked.emit(order)


class ReplaceDialog(QDialog):
    """Asks whether files of an earlier export may be replaced; accepted, they may.

    Parameters
    ----------
    paths : sequence of Path
        The files that are there.
    """

    def __init__(self, paths: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Replace the earlier export?")
        self.setMinimumWidth(52 * GRID_PX)
        names = ", ".join(path.name for path in paths)
        words = labelled(f"In {paths[0].parent} there are already {names}. Replace them?", "muted")
        words.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[2 * GRID_PX] * 4)
        layout.setSpacing(2 * GRID_PX)
        layout.addWidget(labelled("Replace the earlier export?", "strong"))
        layout.addWidget(words)
        layout.addLayout(answer_line(self, QPushButton("Replace"), self.accept))
