"""The first page of the home window: what can be done, and what was opened last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from livespot.gui.banner import Banner
from livespot.gui.home.recent import RecentList
from livespot.gui.painting import Panel, labelled
from livespot.gui.palette import GRID_PX
from livespot.types import Image

CHOICES: tuple[tuple[str, str, str, str], ...] = (
    ("live", "Live", "Spot in the picture of a webcam or a network camera", "Ctrl+L"),
    ("video", "Open video …", "Analyse a video, replay and review it", "Ctrl+O"),
    (
        "session",
        "Open session …",
        "Replay and review a recorded session, a folder NAME.livespot",
        "Ctrl+Shift+O",
    ),
    ("batch", "Batch …", "Analyse all recordings in a folder; tables and summaries as files", "Ctrl+B"),
    ("demo", "Demo", "The built-in clip with its ground truth, as if it came from a camera", "Ctrl+Shift+D"),
)
"""Name, words, meaning and key of what can be opened."""

LATER: tuple[tuple[str, str, str], ...] = (
    ("settings", "Settings …", "Ctrl+,"),
    ("about", "About livespot", ""),
)


class StartPage(QWidget):
    """Buttons for everything that can be opened, and the recent recordings.

    Signals
    -------
    asked(str)
        The name of a choice.
    opened(str)
        The path of a recent recording.
    """

    asked = pyqtSignal(str)
    opened = pyqtSignal(str)

    def __init__(self, thumbnail: Callable[[Path], Image | None]) -> None:
        super().__init__()
        self.banner = Banner()
        self.recent = RecentList(thumbnail)
        self.recent.chosen.connect(self.opened)
        self._empty = labelled("Recordings that you open are listed here.", "muted")
        self.buttons: dict[str, QPushButton] = {}
        columns = QHBoxLayout()
        columns.setSpacing(GRID_PX)
        columns.addWidget(Panel("", self._choices(), 3 * GRID_PX), 1)
        columns.addWidget(Panel("Recent", self._recent(), GRID_PX), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[GRID_PX] * 4)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.banner)
        layout.addLayout(columns, 1)

    def show_recent(self, paths: list[Path]) -> None:
        """List recordings, newest first."""
        self.recent.show_paths(paths)
        self.recent.setVisible(bool(paths))
        self._empty.setVisible(not paths)

    def _choices(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(labelled("livespot", "display"))
        column.addWidget(
            _wrapped("Spots facial macro- and micro-expressions. Drop videos or sessions anywhere.")
        )
        column.addSpacing(2 * GRID_PX)
        for name, words, meaning, key in CHOICES:
            button = self._button(name, words, f"{meaning} ({key})")
            button.setObjectName("primary" if name == "live" else "")
            column.addWidget(button)
            column.addWidget(_wrapped(meaning))
            column.addSpacing(GRID_PX)
        column.addStretch(1)
        line = QHBoxLayout()
        line.setSpacing(GRID_PX)
        for name, words, key in LATER:
            line.addWidget(self._button(name, words, f"{words} ({key})" if key else words))
        line.addStretch(1)
        column.addLayout(line)
        return body

    def _recent(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._empty)
        column.addWidget(self.recent, 1)
        column.addStretch(0)
        return body

    def _button(self, name: str, words: str, tip: str) -> QPushButton:
        button = QPushButton(words)
        button.setToolTip(tip)
        button.setAccessibleDescription(tip)
        button.clicked.connect(lambda: self.asked.emit(name))
        self.buttons[name] = button
        return button


def _wrapped(text: str) -> QLabel:
    label = labelled(text, "muted")
    label.setWordWrap(True)
    return label
