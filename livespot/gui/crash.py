"""An exception becomes a report that can be read and copied; the window stays.

Qt ends the process when a slot raises and nobody looks. :class:`CrashReporter` looks: from any thread,
without a modal box, and one window for however many reports, since a fault in the tick comes thirty times a
second.
"""

from __future__ import annotations

import platform
import sys
import threading
import traceback
from types import TracebackType

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from livespot.errors import LivespotError
from livespot.gui.painting import labelled
from livespot.gui.palette import GRID_PX


def report_of(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> tuple[str, str]:
    """Headline for the user, and the full report for whoever mends it."""
    if isinstance(error, LivespotError):
        headline = str(error)
    else:
        headline = f"{kind.__name__}: {error}" if str(error) else kind.__name__
    where = f"Python {platform.python_version()}, {platform.platform()}"
    return headline, f"{where}\n\n{''.join(traceback.format_exception(kind, error, trace)).rstrip()}"


class CrashDialog(QDialog):
    """The newest report, how often it came, and a button that copies it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(False)
        self.setWindowTitle("Something went wrong")
        self.resize(640, 400)
        self._times = 0
        self._headline = labelled("", "title")
        self._headline.setWordWrap(True)
        self._headline.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._hint = labelled("", "muted")
        self._hint.setWordWrap(True)
        self.report = QPlainTextEdit()
        self.report.setReadOnly(True)
        self.report.setAccessibleName("Error report")
        self.copy_button = QPushButton("Copy report")
        self.copy_button.clicked.connect(self.copy)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX)
        buttons.addStretch(1)
        buttons.addWidget(self.copy_button)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[2 * GRID_PX] * 4)
        layout.setSpacing(GRID_PX)
        for widget in (self._headline, self._hint):
            layout.addWidget(widget)
        layout.addWidget(self.report, 1)
        layout.addLayout(buttons)

    def add(self, headline: str, report: str) -> None:
        """Show a report; the same one again is only counted."""
        self._times = self._times + 1 if report == self.report.toPlainText() else 1
        often = f" It came {self._times} times." if self._times > 1 else ""
        self._headline.setText(headline)
        self._hint.setText(
            "livespot goes on running. If this comes back, copy the report and say what you were doing."
            + often
        )
        if self._times == 1:
            self.report.setPlainText(report)
            self.copy_button.setText("Copy report")
            self.show()

    def copy(self) -> None:
        """Put the report on the clipboard."""
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(f"{self._headline.text()}\n\n{self.report.toPlainText()}")
        self.copy_button.setText("Copied")


class CrashReporter(QObject):
    """Stands in for ``sys.excepthook`` and ``threading.excepthook`` while the window lives.

    Use it as a context manager, so that the hooks before it come back.
    """

    _arrived = pyqtSignal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parent = parent
        self.dialog: CrashDialog | None = None
        self._arrived.connect(self._show)  # queued when it comes from another thread
        self._hooks = (sys.excepthook, threading.excepthook)

    def __enter__(self) -> CrashReporter:
        """Take over the hooks."""
        self._hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook = self.take
        threading.excepthook = self._take_from_thread
        return self

    def __exit__(self, *_: object) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook = self._hooks

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Report an exception; safe from any thread, and never raises itself."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.closeAllWindows()
            return
        headline, report = report_of(kind, error, trace)
        # The terminal gets the headline too: whoever has no window left still learns of it.
        print(f"livespot: {headline}", file=sys.stderr)
        self._arrived.emit(headline, report)

    def _take_from_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            self.take(args.exc_type, args.exc_value, args.exc_traceback)

    def _show(self, headline: str, report: str) -> None:
        if self.dialog is None:
            self.dialog = CrashDialog(self._parent)
        self.dialog.add(headline, report)
