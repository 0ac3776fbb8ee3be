"""The first line of the review window: what is open, what to do with it, and what to see on the picture."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from livespot.gui.keys import key_of
from livespot.gui.painting import labelled
from livespot.gui.palette import GRID_PX
from livespot.gui.picture import Overlays

_NARROW_PX = 1100
_ACTIONS: tuple[tuple[str, str, str, str], ...] = (
    ("open", "Open …", "Open …", "Another session or video (Ctrl+O)"),
    (
        "truth",
        "Ground truth …",
        "Truth …",
        "Show a CSV or EAF file of annotations beside the detections (Ctrl+G)",
    ),
    (
        "again",
        "Analyse again …",
        "Again …",
        "By another engine or at other thresholds, beside what is there (F6)",
    ),
    ("export", "Export …", "Export …", "CSV, JSON, ELAN, a report (E)"),
)
_SWITCHES: tuple[tuple[str, str, str], ...] = (
    ("box", "Box", f"Corners around the face ({key_of('box')})"),
    ("landmarks", "Landmarks", f"The 68 points of the face ({key_of('landmarks')})"),
    ("rois", "ROIs", f"The regions of interest that are measured ({key_of('rois')})"),
    ("motion", "Motion", f"The motion of each ROI as an arrow, enlarged ({key_of('motion')})"),
    ("magnify", "Magnify", f"Enlarge the motion of the face itself ({key_of('magnify')})"),
)


class Header(QWidget):
    """Name and actions.

    Signals
    -------
    asked(name)
        ``open``, ``truth``, ``again``, ``export`` or ``keys``.
    overlays_changed(Overlays)
    magnify_changed(on)
    """

    asked = pyqtSignal(str)
    overlays_changed = pyqtSignal(object)
    magnify_changed = pyqtSignal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._whole_name = ""
        self._name = labelled("", "title")
        self._name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._name.setMinimumWidth(8 * GRID_PX)
        self.buttons = {name: self._button(name, words, tip) for name, words, _, tip in _ACTIONS}
        self.switches: dict[str, QToolButton] = {}
        line = QHBoxLayout(self)
        line.setContentsMargins(GRID_PX, 0, 0, 0)
        line.setSpacing(GRID_PX // 2)
        line.addWidget(self._name, 1)
        for button in self.buttons.values():
            line.addWidget(button)
        line.addSpacing(GRID_PX)
        for name, words, tip in _SWITCHES:
            line.addWidget(self._switch(name, words, tip))
        self.switches["magnify"].toggled.connect(self.magnify_changed)
        keys = QToolButton()
        keys.setText("Keys")
        keys.setProperty("flat", True)
        keys.setToolTip("All keys (F1)")
        keys.clicked.connect(lambda: self.asked.emit("keys"))
        line.addWidget(keys)
        self.show_open(False)

    def _button(self, name: str, words: str, tip: str) -> QPushButton:
        button = QPushButton(words)
        button.setToolTip(tip)
        button.clicked.connect(lambda: self.asked.emit(name))
        return button

    def _switch(self, name: str, words: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(words)
        button.setCheckable(True)
        button.setChecked(name not in ("box", "magnify"))
        button.setProperty("flat", True)
        button.setToolTip(tip)
        button.setAccessibleName(f"Show {words}")
        button.toggled.connect(lambda: self.overlays_changed.emit(self.overlays()))
        self.switches[name] = button
        return button

    def overlays(self) -> Overlays:
        """As switched."""
        on = {name: button.isChecked() for name, button in self.switches.items() if name != "magnify"}
        return Overlays(**on)

    def show_name(self, name: str, tip: str = "") -> None:
        """What is open; shortened in the middle."""
        self._whole_name = name
        self._name.setToolTip(tip or name)
        self._elide()

    def show_open(self, is_open: bool, busy: bool = False) -> None:
        """Which actions make sense now."""
        for name in ("truth", "again", "export"):
            self.buttons[name].setEnabled(is_open and (name == "truth" or not busy))
        self.buttons["open"].setEnabled(not busy or is_open)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Shorten the name to the room there is; in a narrow window, the buttons too."""
        super().resizeEvent(event)
        for name, words, short, _ in _ACTIONS:
            self.buttons[name].setText(words if self.width() >= _NARROW_PX else short)
        self._elide()

    def _elide(self) -> None:
        metrics = self._name.fontMetrics()
        room = max(self._name.width() - 4, 0)
        self._name.setText(metrics.elidedText(self._whole_name, Qt.TextElideMode.ElideMiddle, room))
