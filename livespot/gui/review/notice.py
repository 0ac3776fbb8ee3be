"""One sentence at the foot of the window: what is wrong, or what was just done."""

from __future__ import annotations

import time

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from livespot.gui.painting import labelled
from livespot.gui.palette import GRID_PX

_SHORT_S = 8.0


class Notice(QWidget):
    """Standing problems, and over them for a moment what was just said."""

    def __init__(self) -> None:
        super().__init__()
        self._symbol, self._words = QLabel(), labelled("", "notice")
        self._symbol.setObjectName("symbol")
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._standing: tuple[str, ...] = ()
        self._calm = ""
        self._said: tuple[str, bool, float] | None = None
        self._shown: tuple[str, str, bool] | None = None
        line = QHBoxLayout(self)
        line.setContentsMargins(GRID_PX, 0, GRID_PX, 0)
        line.setSpacing(GRID_PX)
        line.addWidget(self._symbol)
        line.addWidget(self._words, 1)
        self.setMinimumHeight(3 * GRID_PX)
        self.setAccessibleName("Notice")

    @property
    def text(self) -> str:
        """What is shown, whole."""
        return "" if self._shown is None else self._shown[0]

    def say(self, text: str, *, attention: bool = False) -> None:
        """For a moment; what is wrong stays until something else is said."""
        self._said = (text, attention, time.monotonic())
        self.poll()

    def stand(self, problems: tuple[str, ...], calm: str) -> None:
        """What is wrong with what is open, and what to say when nothing is."""
        self._standing, self._calm = problems, calm
        self.poll()

    def clear(self) -> None:
        """Nothing was said."""
        self._said = None
        self.poll()

    def poll(self) -> None:
        """Let what was said go after its time; call it from a timer."""
        if self._said is not None:
            text, attention, at_s = self._said
            if attention or time.monotonic() - at_s < _SHORT_S:
                self._show(text, "\n".join((text, *self._standing)), attention)
                return
            self._said = None
        if self._standing:
            more = len(self._standing) - 1
            text = self._standing[0] + (f"  (and {more} more)" if more else "")
            self._show(text, "\n".join(self._standing), True)
        else:
            self._show(self._calm, self._calm, False)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Shorten again."""
        super().resizeEvent(event)
        self._elide()

    def _show(self, text: str, tip: str, attention: bool) -> None:
        if (text, tip, attention) == self._shown:
            return
        self._shown = (text, tip, attention)
        self._symbol.setText("▲" if attention else "●")
        for label in (self._symbol, self._words):
            label.setProperty("level", "attention" if attention else "calm")
            if (style := label.style()) is not None:
                style.unpolish(label)
                style.polish(label)
        self._words.setToolTip(tip)
        self.setAccessibleDescription(text)
        self._elide()

    def _elide(self) -> None:
        metrics = self._words.fontMetrics()
        room = max(self._words.width(), 0)
        self._words.setText(metrics.elidedText(self.text, Qt.TextElideMode.ElideRight, room))
