"""Before a recording: what is kept of the person, where, and what the person has agreed to."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)

from livespot.gui.painting import answer_line, labelled
from livespot.gui.palette import DARK, GRID_PX, Theme

MODES: tuple[tuple[str, str, str], ...] = (
    ("full", "Picture and measurements", "Compressed video for looking at it again; about 15 MB a minute."),
    ("lossless", "Exact picture", "Every pixel, to be analysed anew, bit for bit; 250 MB a minute or more."),
    ("features", "No picture of the person", "Landmarks and motion only; about 3 MB a minute."),
)


class Tick(QCheckBox):
    """A check box with a tick of its own: style sheets can only take one from a file."""

    def __init__(self, text: str, theme: Theme) -> None:
        super().__init__(text)
        self._ink = QColor(theme.on_action)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Qt's box, then the tick."""
        super().paintEvent(event)
        if not self.isChecked() or (style := self.style()) is None:
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = style.subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self).center()
        x, y = box.x() + 0.5, box.y() + 0.5
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._ink, 2.0))
        painter.drawPolyline(QPolygonF([QPointF(x - 4, y), QPointF(x - 1, y + 3), QPointF(x + 4, y - 4)]))
        painter.end()


_AGREED = "agreed, as stated by the operator"


class RecordDialog(QDialog):
    """Asks for mode, place, name and consent; nothing is recorded without the tick.

    Signals
    -------
    record_asked(str, str, str, str)
        Folder, mode, consent, name (empty: date and time).
    """

    record_asked = pyqtSignal(str, str, str, str)

    def __init__(
        self, folder: str, mode: str, running: bool, theme: Theme = DARK, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Record a session")
        self.setMinimumWidth(64 * GRID_PX)
        self.modes = QButtonGroup(self)
        self.folder = QLineEdit(folder)
        self.folder.setAccessibleName("Folder")
        self.name = QLineEdit()
        self.name.setMaxLength(100)
        self.name.setPlaceholderText("Date and time")
        self.name.setAccessibleName("Name of the session")
        self.note = QLineEdit()
        self.note.setPlaceholderText("Form 12 signed today; may be shown in talks …")
        self.note.setAccessibleName("What was agreed to")
        self.note.setMaxLength(2000)
        self.agreed = Tick("The person in the picture has agreed to be recorded", theme)
        self.agreed.toggled.connect(self._allow)
        self.go = QPushButton("Start recording" if running else "Record from the next start")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[3 * GRID_PX] * 4)
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(self._mode_rows(mode))
        layout.addLayout(self._place_rows())
        layout.addWidget(self.agreed)
        layout.addLayout(answer_line(self, self.go, self.accept))
        self._allow(False)
        self.agreed.setFocus()

    def _mode_rows(self, chosen: str) -> QVBoxLayout:
        rows = QVBoxLayout()
        rows.setSpacing(GRID_PX // 2)
        rows.addWidget(labelled("What is kept", "title"))
        for number, (mode, words, meaning) in enumerate(MODES):
            button = QRadioButton(words)
            button.setChecked(mode == chosen)
            button.setToolTip(meaning)
            button.setAccessibleDescription(meaning)
            self.modes.addButton(button, number)
            rows.addWidget(button)
            hint = labelled(meaning, "caption")
            hint.setContentsMargins(4 * GRID_PX, 0, 0, GRID_PX // 2)
            rows.addWidget(hint)
        if self.modes.checkedId() < 0 and (first := self.modes.button(0)) is not None:
            first.setChecked(True)
        return rows

    def _place_rows(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID_PX)
        grid.setVerticalSpacing(GRID_PX)
        browse = QPushButton("Choose …")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        for row, (words, edit) in enumerate(
            (("Folder", self.folder), ("Name", self.name), ("Agreed to", self.note))
        ):
            label = labelled(words, "value")
            label.setBuddy(edit)
            grid.addWidget(label, row, 0)
            grid.addWidget(edit, row, 1, 1, 1 if edit is self.folder else 2)
        grid.addWidget(browse, 0, 2)
        return grid

    def mode(self) -> str:
        """The chosen mode."""
        return MODES[max(self.modes.checkedId(), 0)][0]

    def accept(self) -> None:
        """Order the recording; only with the tick."""
        if self.agreed.isChecked():
            consent = " ".join(self.note.text().split()) or _AGREED
            self.record_asked.emit(self.folder.text().strip(), self.mode(), consent, self.name.text().strip())
            super().accept()

    def _allow(self, agreed: bool) -> None:
        self.go.setEnabled(agreed)
        self.go.setToolTip("" if agreed else "Tick above that the person has agreed")

    def _browse(self) -> None:
        dialog = QFileDialog(self, "Where sessions are recorded", self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()
