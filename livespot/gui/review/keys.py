"""All keys of the review window: one table, which the window binds and the help shows."""

from __future__ import annotations

from PyQt6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from livespot.gui.keys import key_of
from livespot.gui.painting import labelled
from livespot.gui.palette import GRID_PX

KEYS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Play",
        (
            ("Space", "play", "Play, pause"),
            ("Left", "step -1", "One frame back"),
            ("Right", "step 1", "One frame on"),
            ("Shift+Left", "skip -1", "One second back"),
            ("Shift+Right", "skip 1", "One second on"),
            ("Home", "first", "To the beginning"),
            ("End", "last", "To the end"),
            ("-", "speed -1", "Slower"),
            ("+", "speed 1", "Faster"),
            ("O", "loop", "Repeat the chosen stretch or interval"),
            ("G", "go", "Type a time to go to"),
        ),
    ),
    (
        "Review",
        (
            ("Up", "jump -1", "Interval before"),
            ("Down", "jump 1", "Next interval"),
            ("A", "accept", "Accept; of a missed one: add"),
            ("X", "reject", "Reject"),
            ("T", "relabel", "Other type"),
            ("[", "onset", "Onset is here"),
            ("P", "apex", "Apex is here"),
            ("]", "offset", "Offset is here"),
            ("N", "add ME", "Add a micro-expression here"),
            ("Shift+N", "add MaE", "Add a macro-expression here"),
            ("C", "comment", "Comment"),
            ("Ctrl+Z", "undo", "Undo"),
            ("Ctrl+Y", "redo", "Redo"),
        ),
    ),
    (
        "Look",
        (
            ("Z", "zoom", "Zoom to the chosen interval"),
            ("Ctrl+0", "all", "Show the whole recording"),
            (key_of("box"), "box", "Box around the face"),
            (key_of("landmarks"), "landmarks", "Landmarks"),
            (key_of("rois"), "rois", "Regions of interest"),
            (key_of("motion"), "motion", "Motion arrows"),
            (key_of("magnify"), "magnify", "Magnified motion"),
            ("F6", "again", "Analyse again"),
            ("E", "export", "Export"),
            ("Ctrl+O", "open", "Open"),
            ("Ctrl+G", "truth", "Ground truth"),
            (key_of("help"), "keys", "This sheet"),
            (key_of("quit"), "close", "Close"),
        ),
    ),
)
MOUSE: tuple[tuple[str, str], ...] = (
    ("Click, drag", "go there; on an end of the chosen interval: move it"),
    ("Shift+drag", "choose a stretch to loop, or to add an interval in"),
    ("Wheel", "zoom; with Shift: move"),
    ("Drag a threshold", "analyse again at that threshold"),
)
_SIGNS = {"Left": "←", "Right": "→", "Up": "↑", "Down": "↓", "-": "−"}


def shown(key: str) -> str:
    """A key as people write it."""
    return (
        "+".join(_SIGNS.get(part, part) for part in key.split("+")) if len(key) > 1 else _SIGNS.get(key, key)
    )


class KeysSheet(QDialog):
    """The table of keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(False)
        self.setWindowTitle("Keys")
        columns = QHBoxLayout()
        columns.setSpacing(4 * GRID_PX)
        for title, keys in KEYS:
            columns.addLayout(_column(title, [(shown(key), words) for key, _, words in keys]))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[3 * GRID_PX] * 4)
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(columns)
        layout.addLayout(_column("Mouse on the track", list(MOUSE)))
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        last = QHBoxLayout()
        last.addStretch(1)
        last.addWidget(close)
        layout.addLayout(last)


def _column(title: str, rows: list[tuple[str, str]]) -> QVBoxLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(2 * GRID_PX)
    grid.setVerticalSpacing(GRID_PX // 2)
    for place, (key, words) in enumerate(rows):
        grid.addWidget(labelled(key, "strong"), place, 0)
        grid.addWidget(labelled(words, "muted"), place, 1)
    grid.setColumnStretch(1, 1)
    column = QVBoxLayout()
    column.setSpacing(GRID_PX)
    column.addWidget(labelled(title, "title"))
    column.addLayout(grid)
    column.addStretch(1)
    return column
