"""Every key of the live view, and the sheet that lists them.

What live and review both do has the same key in both; no key means one thing here and another there.
"""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from livespot.gui.painting import labelled
from livespot.gui.palette import GRID_PX


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of the sheet; ``keys`` are what Qt calls them, the first is shown."""

    name: str
    keys: tuple[str, ...]
    meaning: str


KEYS: dict[str, tuple[Key, ...]] = {
    "Run": (
        Key("run", ("Space",), "Start and stop"),
        Key("record", ("Ctrl+R",), "Record, stop recording"),
        Key("sources", ("F5",), "Look for cameras"),
        Key("picture", ("Ctrl+S",), "Save the picture"),
        Key("window", ("Ctrl+Shift+S",), "Save a picture of the window"),
        Key("quit", ("Ctrl+Q",), "Quit"),
    ),
    "Mark": (
        Key("mark", ("1",), "1 to 9: a marker with its label"),
        Key("mark_text", ("0",), "A marker with any text"),
    ),
    "Look again": (
        Key("replay", ("I",), "The last 10 s at quarter speed"),
        Key("magnify", ("W",), "Magnified motion"),
        Key("strip", ("V",), "Motion of every region over time"),
        Key("back", ("Esc",), "Back to the live picture"),
    ),
    "Overlays": (
        Key("box", ("B",), "Box around the face"),
        Key("landmarks", ("L",), "Landmarks"),
        Key("rois", ("R",), "Regions of interest"),
        Key("motion", ("M",), "Motion arrows"),
        Key("mirror", ("F",), "Mirror the picture"),
        Key("reset", ("Ctrl+0",), "Reset layout"),
    ),
    "Sensitivity": (
        Key("tune", ("S",), "Show sensitivity, baseline and engine"),
        Key("me_less", (",",), "ME less sensitive"),
        Key("me_more", (".",), "ME more sensitive"),
        Key("mae_less", ("<",), "MaE less sensitive"),
        Key("mae_more", (">",), "MaE more sensitive"),
        Key("baseline", ("Shift+S",), "Neutral baseline of 10 s"),
    ),
    "Window": (
        Key("theme", ("Ctrl+D",), "Dark or light"),
        Key("settings", ("Ctrl+,",), "Settings"),
        Key("help", ("F1",), "This sheet"),
    ),
}


def key_of(name: str) -> str:
    """The key shown for an action, for tooltips."""
    return next(key.keys[0] for group in KEYS.values() for key in group if key.name == name)


class KeysDialog(QDialog):
    """All keys, in two columns of groups."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        columns = QHBoxLayout()
        columns.setSpacing(5 * GRID_PX)
        groups = list(KEYS.items())
        for part in (groups[:3], groups[3:]):
            column = QVBoxLayout()
            column.setSpacing(2 * GRID_PX)
            for title, keys in part:
                column.addLayout(self._group(title, keys))
            column.addStretch(1)
            columns.addLayout(column)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        line = QHBoxLayout()
        note = labelled("Letters and digits belong to a text field while one types in it.", "muted")
        line.addWidget(note, 1)
        line.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[3 * GRID_PX] * 4)
        layout.setSpacing(3 * GRID_PX)
        layout.addLayout(columns)
        layout.addLayout(line)

    def _group(self, title: str, keys: tuple[Key, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID_PX)
        grid.setVerticalSpacing(GRID_PX // 2)
        grid.addWidget(labelled(title, "title"), 0, 0, 1, 2)
        for row, key in enumerate(keys, 1):
            shown = "1 … 9" if key.name == "mark" else key.keys[0]
            cap = labelled(shown, "key")
            cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
            cap.setMinimumWidth(12 * GRID_PX)
            grid.addWidget(cap, row, 0)
            meaning = key.meaning.removeprefix("1 to 9: ").capitalize() if key.name == "mark" else key.meaning
            grid.addWidget(labelled(meaning, "value"), row, 1)
        grid.setColumnStretch(1, 1)
        return grid
