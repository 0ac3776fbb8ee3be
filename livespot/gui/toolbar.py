"""The controls: where from, start and stop, and what to see."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from livespot.gui.painting import Choice
from livespot.gui.palette import GRID_PX, Theme
from livespot.gui.picture import Overlays

GAINS = (1, 2, 4, 8, 16, 32)
FIRST_SOURCES: tuple[tuple[str, str], ...] = (("demo", "Demo clip"), ("auto", "First camera found"))
"""Offered before the list of cameras has arrived, and when it cannot be had."""

_SWITCHES: tuple[tuple[str, str, str, str], ...] = (
    ("box", "Box", "B", "Corners around the face"),
    ("landmarks", "Landmarks", "L", "The 68 points of the face"),
    ("rois", "ROIs", "R", "The ten regions of interest that are measured"),
    ("motion", "Motion", "M", "The motion of each ROI as an arrow, enlarged"),
    ("mirror", "Mirror", "F", "Flip the picture like a mirror; the analysis is not changed"),
)


class Toolbar(QWidget):
    """Source, start and stop, overlays, arrow gain, mirror, reset.

    Signals
    -------
    start_asked(str)
        With the source's specification.
    stop_asked()
    overlays_changed(Overlays)
    """

    start_asked = pyqtSignal(str)
    stop_asked = pyqtSignal()
    overlays_changed = pyqtSignal(object)

    def __init__(self, theme: Theme, overlays: Overlays) -> None:
        super().__init__()
        self.active = False
        self._told: Overlays | None = None
        self._reset_to = replace(overlays)
        self.source = self._make_source(theme)
        self.run_button = QPushButton("Start")
        self.run_button.setObjectName("primary")
        self.run_button.setMinimumWidth(72)
        self.run_button.clicked.connect(self.toggle_run)
        self.switches = {name: self._make_switch(*rest) for name, *rest in _SWITCHES}
        self.gain = Choice(theme)
        self.gain.addItems([f"×{gain}" for gain in GAINS])
        self.gain.setToolTip("How many times longer than the motion its arrow is drawn")
        self.gain.setAccessibleName("Length of motion arrows")
        self.gain.currentIndexChanged.connect(self._tell)
        self.reset = QToolButton()
        self.reset.setText("Reset view")
        self.reset.setToolTip("Overlays, arrows and mirror as at first (Ctrl+0)")
        self.reset.setProperty("flat", True)
        self.reset.clicked.connect(self.reset_view)
        self._arrange()
        self.show_overlays(overlays)
        self.show_active(False)

    def _make_source(self, theme: Theme) -> Choice:
        box = Choice(theme)
        box.setEditable(True)
        box.setInsertPolicy(Choice.InsertPolicy.NoInsert)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.setMinimumWidth(144)
        box.setMaximumWidth(360)
        box.setToolTip("A camera, the demo, or type a file, a folder of images or a URL (http:// or rtsp://)")
        box.setAccessibleName("Source")
        edit = box.lineEdit()
        assert edit is not None
        edit.setPlaceholderText("Camera, file or URL")
        edit.returnPressed.connect(self._start)
        for specification, label in FIRST_SOURCES:
            box.addItem(label, specification)
        return box

    def _make_switch(self, text: str, key: str, meaning: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setProperty("flat", True)
        button.setToolTip(f"{meaning} ({key})")
        button.setAccessibleName(f"Show {text}" if text != "Mirror" else text)
        button.toggled.connect(self._tell)
        return button

    def _arrange(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GRID_PX // 2)
        line.addWidget(self.source, 3)
        line.addSpacing(GRID_PX // 2)
        line.addWidget(self.run_button)
        line.addStretch(1)
        for name in ("box", "landmarks", "rois", "motion"):
            line.addWidget(self.switches[name])
        line.addWidget(self.gain)
        line.addWidget(_rule())
        line.addWidget(self.switches["mirror"])
        line.addWidget(self.reset)

    # --- source and run -------------------------------------------------------------------------------------

    def specification(self) -> str:
        """What is chosen or typed, as :meth:`LiveController.start` takes it; empty when nothing is."""
        text = self.source.currentText().strip()
        known = self.source.findText(text, Qt.MatchFlag.MatchFixedString)
        return str(self.source.itemData(known)) if text and known >= 0 else text

    def choose(self, specification: str) -> None:
        """Show ``specification`` as chosen, by its label when it is in the list."""
        known = self.source.findData(specification)
        if known >= 0:
            self.source.setCurrentIndex(known)
        else:
            self.source.setEditText(specification)

    def show_sources(self, sources: list[tuple[str, str]]) -> None:
        """Replace the list, keeping what is chosen or typed."""
        chosen = self.specification()
        self.source.clear()
        for specification, label in sources or FIRST_SOURCES:
            self.source.addItem(label, specification)
        self.choose(chosen)

    def show_active(self, active: bool) -> None:
        """Say Stop while something runs, Start otherwise."""
        self.active = active
        self.source.setEnabled(not active)
        self.run_button.setText("Stop" if active else "Start")
        self.run_button.setToolTip("Stop (Space)" if active else "Start (Space)")
        self.run_button.setProperty("running", active)
        style = self.run_button.style()
        if style is not None:  # the style sheet looks at properties only when polished
            style.unpolish(self.run_button)
            style.polish(self.run_button)

    def toggle_run(self) -> None:
        """Start what is chosen, or stop."""
        if self.active:
            self.stop_asked.emit()
        else:
            self._start()

    def _start(self) -> None:
        if not self.active and (specification := self.specification()):
            self.start_asked.emit(specification)

    # --- overlays -------------------------------------------------------------------------------------------

    def overlays(self) -> Overlays:
        """As switched."""
        on = {name: button.isChecked() for name, button in self.switches.items()}
        return Overlays(**on, gain=float(GAINS[max(self.gain.currentIndex(), 0)]))

    def show_overlays(self, overlays: Overlays) -> None:
        """Set all switches."""
        for name, button in self.switches.items():
            button.setChecked(bool(getattr(overlays, name)))
        nearest = min(range(len(GAINS)), key=lambda i: abs(GAINS[i] - overlays.gain))
        self.gain.setCurrentIndex(nearest)
        self._tell()

    def reset_view(self) -> None:
        """Everything as at first."""
        self.show_overlays(self._reset_to)

    def _tell(self) -> None:
        if (made := self.overlays()) != self._told:
            self._told = made
            self.gain.setEnabled(made.motion)
            self.overlays_changed.emit(made)


def _rule() -> QFrame:
    rule = QFrame()
    rule.setObjectName("rule")
    rule.setFixedSize(1, 3 * GRID_PX)
    return rule
