"""What to see of the picture: overlays, arrow length, magnification, mirror."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QToolButton

from livespot.gui.flow_layout import FlowRow
from livespot.gui.keys import key_of
from livespot.gui.painting import Choice
from livespot.gui.palette import Theme
from livespot.gui.picture import Overlays

GAINS = (1, 2, 4, 8, 16, 32)

_SWITCHES: tuple[tuple[str, str, str], ...] = (
    ("box", "Box", "Corners around the face"),
    ("landmarks", "Landmarks", "The 68 points of the face"),
    ("rois", "ROIs", "The regions of interest that are measured"),
    ("motion", "Motion", "The motion of each ROI as an arrow, enlarged"),
    ("mirror", "Mirror", "Flip the picture like a mirror; the analysis is not changed"),
)


class ViewBar(FlowRow):
    """Switches above the picture.

    Signals
    -------
    overlays_changed(Overlays)
    magnify_changed(bool)
    """

    overlays_changed = pyqtSignal(object)
    magnify_changed = pyqtSignal(bool)

    def __init__(self, theme: Theme, overlays: Overlays) -> None:
        super().__init__()
        self._told: Overlays | None = None
        self._reset_to = replace(overlays)
        self.switches = {name: self._switch(name, text, meaning) for name, text, meaning in _SWITCHES}
        self.gain = Choice(theme)
        self.gain.addItems([f"×{gain}" for gain in GAINS])
        self.gain.setToolTip("How many times longer than the motion its arrow is drawn")
        self.gain.setAccessibleName("Length of motion arrows")
        self.gain.currentIndexChanged.connect(self._tell)
        self.magnify = self._plain("Magnify", f"Enlarge the motion of the face itself ({key_of('magnify')})")
        self.magnify.setCheckable(True)
        self.magnify.setAccessibleName("Magnified motion")
        self.magnify.toggled.connect(self.magnify_changed)
        first = ("box", "landmarks", "rois", "motion")
        for widget in (
            *(self.switches[name] for name in first),
            self.gain,
            self.magnify,
            self.switches["mirror"],
        ):
            self.flow.addWidget(widget)
        self.setObjectName("viewbar")
        self.setAccessibleName("What to see of the picture")
        self.show_overlays(overlays)

    def _plain(self, text: str, meaning: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setProperty("flat", True)
        button.setToolTip(meaning)
        return button

    def _switch(self, name: str, text: str, meaning: str) -> QToolButton:
        button = self._plain(text, f"{meaning} ({key_of(name)})")
        button.setCheckable(True)
        button.setAccessibleName(f"Show {text}" if text != "Mirror" else text)
        button.toggled.connect(self._tell)
        return button

    def overlays(self) -> Overlays:
        """As switched."""
        made = replace(self._reset_to, **{name: button.isChecked() for name, button in self.switches.items()})
        made.gain = float(GAINS[max(self.gain.currentIndex(), 0)])
        return made

    def show_overlays(self, overlays: Overlays) -> None:
        """Set all switches."""
        for name, button in self.switches.items():
            button.setChecked(bool(getattr(overlays, name)))
        nearest = min(range(len(GAINS)), key=lambda i: abs(GAINS[i] - overlays.gain))
        self.gain.setCurrentIndex(nearest)
        self._tell()

    def reset_view(self) -> None:
        """Everything as at first."""
        self.magnify.setChecked(False)
        self.show_overlays(self._reset_to)

    def _tell(self) -> None:
        if (made := self.overlays()) != self._told:
            self._told = made
            self.gain.setEnabled(made.motion)
            self.overlays_changed.emit(made)
