"""One line above the panels that says what has happened and offers what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtGui import QHideEvent, QShowEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

from livespot.gui.painting import labelled
from livespot.gui.palette import GRID_PX

Action = tuple[str, Callable[[], object]]


class Banner(QFrame):
    """Hidden until something is said; the newest sentence replaces the one before.

    Show it alone with ``Banner().say("…")``.

    Signals
    -------
    shown()
        It was shown or hidden.
    """

    shown = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._symbol = labelled("●", "symbol")
        self._symbol.setFixedWidth(2 * GRID_PX)
        self.sentence = QLabel()
        self.sentence.setObjectName("notice")
        self.sentence.setWordWrap(True)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._buttons: list[QPushButton] = []
        self._close = QToolButton()
        self._close.setText("Dismiss")
        self._close.setProperty("flat", True)
        self._close.setToolTip("Hide this message (Esc)")
        self._close.clicked.connect(self.dismiss)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(3 * GRID_PX // 2, GRID_PX // 2, GRID_PX // 2, GRID_PX // 2)
        self._line.setSpacing(GRID_PX)
        self._line.addWidget(self._symbol)
        self._line.addWidget(self.sentence, 1)
        self._line.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    def say(
        self,
        text: str,
        actions: Sequence[Action] = (),
        *,
        attention: bool = False,
        seconds: float | None = None,
    ) -> None:
        """Show a sentence with buttons.

        Parameters
        ----------
        text : str
        actions : sequence of (words, callable)
            What the buttons do; each hides the banner first.
        attention : bool
            A warning: with a symbol and its colour.
        seconds : float, optional
            Hide it by itself after this long.
        """
        for button in self._buttons:
            self._line.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [self._button(*action) for action in actions]
        # New widgets come last in the focus chain; Tab must meet them where they are seen, before Dismiss.
        for before, after in pairwise((self._close, *self._buttons, self._close)):
            self.setTabOrder(before, after)
        level = "attention" if attention else "calm"
        self._symbol.setText("▲" if attention else "●")
        for label in (self._symbol, self.sentence):
            label.setProperty("level", level)
            if (style := label.style()) is not None:
                style.unpolish(label)
                style.polish(label)
        self.sentence.setText(text)
        self.sentence.setAccessibleName(text)
        self.setAccessibleName(f"Message: {text}")
        self._timer.stop()
        if seconds is not None:
            self._timer.start(round(1000 * seconds))
        self.show()

    def dismiss(self) -> None:
        """Hide it."""
        self._timer.stop()
        self.hide()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Tell whoever has to make room."""
        super().showEvent(event)
        self.shown.emit()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Tell whoever has made room."""
        super().hideEvent(event)
        self.shown.emit()

    def _button(self, words: str, action: Callable[[], object]) -> QPushButton:
        button = QPushButton(words)

        def pressed() -> None:
            self.dismiss()
            action()

        button.clicked.connect(pressed)
        self._line.insertWidget(self._line.count() - 1, button)
        return button
