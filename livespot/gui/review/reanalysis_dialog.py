"""Asks by which engine and at which thresholds a recording is to be analysed again."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from livespot.gui.painting import Choice, answer_line, labelled
from livespot.gui.palette import GRID_PX, Theme
from livespot.review.orders import Reanalysis
from livespot.types import EXPRESSION_TYPES


class ReanalysisDialog(QDialog):
    """Engine and θ; the result is shown beside what is there, and changes nothing.

    Signals
    -------
    asked(Reanalysis)
    """

    asked = pyqtSignal(object)

    def __init__(
        self,
        theme: Theme,
        models: Sequence[tuple[str, str]],
        shown: Reanalysis,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Analyse again")
        self.setMinimumWidth(52 * GRID_PX)
        self.model = Choice(theme)
        for name, words in models:
            self.model.addItem(words, name)
        self.model.setEditable(True)
        self.model.setToolTip("A shipped engine, or the path of an .onnx file")
        self.model.setAccessibleName("Engine")
        self.own = QCheckBox("The engine's own operating point")
        self.own.toggled.connect(self._use_own)
        self.spins: dict[str, QDoubleSpinBox] = {}
        self.scores: dict[str, QDoubleSpinBox] = {}
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID_PX)
        form.setVerticalSpacing(GRID_PX)
        form.addRow(labelled("Engine", "muted"), self.model)
        form.addRow(labelled("Sensitivity", "muted"), self.own)
        for kind in EXPRESSION_TYPES:
            theta = _spin(f"Threshold of the {kind} apex", shown.thresholds.get(kind, 0.5))
            score = _spin(f"Minimum score of {kind}", shown.min_scores.get(kind, 0.0))
            theta.setToolTip("An apex is a candidate above this probability")
            score.setToolTip(
                "Onset × apex × offset of an interval reach at least this; 0: all, as in the paper"
            )
            self.spins[kind], self.scores[kind] = theta, score
            line = QHBoxLayout()
            line.setSpacing(GRID_PX)
            for words, spin in (("apex threshold", theta), ("minimum score", score)):
                line.addWidget(labelled(words, "muted"))
                line.addWidget(spin, 1)
            form.addRow(labelled(kind, "strong"), line)
        hint = labelled(
            "The new curves and intervals are shown beside those there are. Nothing is overwritten; "
            "an interval that only the new analysis has can be accepted into the review.",
            "muted",
        )
        hint.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[2 * GRID_PX] * 4)
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(form)
        layout.addWidget(hint)
        layout.addStretch(1)
        layout.addLayout(answer_line(self, QPushButton("Analyse"), self._tell))

    def _use_own(self, on: bool) -> None:
        for spin in (*self.spins.values(), *self.scores.values()):
            spin.setEnabled(not on)

    def _tell(self) -> None:
        text = self.model.currentText().strip()
        place = self.model.findText(text)
        model = str(self.model.itemData(place)) if place >= 0 else text
        order = Reanalysis(model)
        if not self.own.isChecked():
            thetas, scores = self.spins.items(), self.scores.items()
            order = Reanalysis(model, {k: s.value() for k, s in thetas}, {k: s.value() for k, s in scores})
        self.accept()
        self.asked.emit(order)


def _spin(name: str, value: float) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setRange(0.0, 0.98)
    spin.setSingleStep(0.05)
    spin.setDecimals(2)
    spin.setValue(value)
    spin.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)  # arrow keys and the wheel step it
    spin.setAccessibleName(name)
    return spin
