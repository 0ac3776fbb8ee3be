"""How sensitive the spotting is, for this person, and what computes it."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QStandardItemModel
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSlider, QWidget

from livespot.gui.flow_layout import FlowRow
from livespot.gui.keys import key_of
from livespot.gui.painting import Choice, labelled
from livespot.gui.palette import GRID_PX, Theme
from livespot.snapshot import RunState, Snapshot
from livespot.types import EXPRESSION_TYPES, ExpressionType

BASELINE_S = 10.0
STEPS = 100
_NAMES: dict[ExpressionType, str] = {"ME": "micro-expressions", "MaE": "macro-expressions"}


class Sensitivity(QWidget):
    """One type's slider: to the right more is found, and more of it wrongly.

    Signals
    -------
    threshold_chosen(str, float)
    """

    threshold_chosen = pyqtSignal(str, float)

    def __init__(self, kind: ExpressionType, theme: Theme) -> None:
        super().__init__()
        self._kind = kind
        self._threshold = -1.0
        name = QLabel(f'<b style="color:{theme.of(kind)}">{kind}</b>')
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(5)
        self.slider.setFixedWidth(13 * GRID_PX)
        keys = f"{key_of(f'{kind.lower()}_less')} {key_of(f'{kind.lower()}_more')}"
        self.slider.setToolTip(
            f"Sensitivity to {_NAMES[kind]}: to the right more is found, and more of it wrongly ({keys}).\n"
            "It moves both gates together: the apex threshold, which is the dash-dotted line in the curves and can\n"
            "be dragged there as well, and the minimum score (onset × apex × offset) of an interval."
        )
        self.slider.setAccessibleName(f"Sensitivity to {_NAMES[kind]}")
        self.value = labelled("threshold –", "muted")
        self.value.setFixedWidth(12 * GRID_PX)
        line = QHBoxLayout(self)
        line.setContentsMargins(GRID_PX // 2, 0, 0, 0)
        line.setSpacing(GRID_PX)
        for widget in (name, self.slider, self.value):
            line.addWidget(widget)
        self.slider.valueChanged.connect(self._moved)

    def show_threshold(self, threshold: float | None) -> None:
        """Follow a threshold that was changed elsewhere."""
        self.slider.setEnabled(threshold is not None)
        if threshold is None or threshold == self._threshold or self.slider.isSliderDown():
            return
        self._threshold = threshold
        self.value.setText(f"threshold {threshold:.2f}")
        self.slider.blockSignals(True)
        self.slider.setValue(round(STEPS * (1.0 - threshold)))
        self.slider.blockSignals(False)

    def _moved(self, position: int) -> None:
        self._threshold = min(max(1.0 - position / STEPS, 0.01), 0.99)
        self.value.setText(f"threshold {self._threshold:.2f}")
        self.threshold_chosen.emit(self._kind, self._threshold)


class TuneBar(FlowRow):
    """Both sliders, the way back, the neutral baseline and the engine.

    Show it alone with ``TuneBar(theme).show_snapshot(snapshot)``.

    Signals
    -------
    threshold_chosen(str, float)
    reset_asked()
    baseline_asked(float)
        Seconds; 0 cancels.
    engine_chosen(str)
    """

    threshold_chosen = pyqtSignal(str, float)
    reset_asked = pyqtSignal()
    baseline_asked = pyqtSignal(float)
    engine_chosen = pyqtSignal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(spacing_px=GRID_PX)
        self._left_s: int | None = None
        self.sensitivities = {kind: Sensitivity(kind, theme) for kind in EXPRESSION_TYPES}
        self.own = QPushButton("Reset to engine defaults")
        self.own.setToolTip("Back to the thresholds that came with the engine")
        self.own.clicked.connect(self.reset_asked)
        self.baseline = QPushButton("Neutral baseline")
        self.baseline.setMinimumWidth(22 * GRID_PX)
        self.baseline.clicked.connect(self._baseline)
        self.engine = Choice(theme)
        self.engine.setAccessibleName("Engine and model")
        self.engine.setToolTip("What computes the probabilities; it is changed between two frames")
        self.engine.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.engine.activated.connect(lambda i: self.engine_chosen.emit(str(self.engine.itemData(i))))
        self.engine.hide()
        for kind in EXPRESSION_TYPES:
            self.flow.addWidget(self.sensitivities[kind])
            self.sensitivities[kind].threshold_chosen.connect(self.threshold_chosen)
        for widget in (self.own, self.baseline, self.engine):
            self.flow.addWidget(widget)
        self.setAccessibleName("Sensitivity, baseline and engine")
        self.show_snapshot(Snapshot())

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Follow thresholds and baseline."""
        for kind, row in self.sensitivities.items():
            row.show_threshold(snapshot.thresholds.get(kind))
        changed = any(
            abs(value - snapshot.engine_thresholds.get(kind, value)) > 1e-6
            for kind, value in snapshot.thresholds.items()
        )
        if self.own.isEnabled() != changed:
            self.own.setEnabled(changed)
        running = snapshot.state is RunState.RUNNING
        if self.baseline.isEnabled() != running:
            self.baseline.setEnabled(running)
        left_s = -int(-snapshot.baseline_left_s // 1)
        if left_s != self._left_s:
            self._left_s = left_s
            self.baseline.setText(f"Stay neutral, {left_s} s … cancel" if left_s else "Neutral baseline")
            self.baseline.setToolTip(
                f"Look at the camera without any expression for {BASELINE_S:.0f} s: the thresholds rise to what "
                f"this face, in this light, asks for ({key_of('baseline')})"
            )

    def show_engines(self, engines: Sequence[tuple[str, str, bool]], chosen: str = "") -> None:
        """Offer engines; those that cannot run here are shown, and cannot be chosen."""
        self.engine.clear()
        model = self.engine.model()
        for row, (name, words, available) in enumerate(engines):
            self.engine.addItem(words, name)
            self.engine.setItemData(row, words, Qt.ItemDataRole.ToolTipRole)
            item = model.item(row) if isinstance(model, QStandardItemModel) else None
            if item is not None:
                item.setEnabled(available)
        first = next(
            (i for i, (name, _, fit) in enumerate(engines) if name == chosen or (not chosen and fit)), -1
        )
        self.engine.setCurrentIndex(first)
        self.engine.setVisible(bool(engines))

    def _baseline(self) -> None:
        self.baseline_asked.emit(0.0 if self._left_s else BASELINE_S)
