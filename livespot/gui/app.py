"""Starts Qt, shows the window, and leaves everything as it was found."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType

from PyQt6.QtCore import QEventLoop, QSettings, QTimer, pyqtBoundSignal
from PyQt6.QtWidgets import QApplication, QWidget

from livespot.errors import INTERRUPTED
from livespot.gui.controller import LiveController
from livespot.gui.crash import CrashReporter
from livespot.gui.palette import THEMES, font
from livespot.gui.window import MainWindow
from livespot.types import Interval


def free_qt_of_cv2() -> None:
    """Undo what ``import cv2`` does on Linux: it points Qt at its own Qt 5 plugins, useless to PyQt6."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if f"{os.sep}cv2{os.sep}" in os.environ.get(name, ""):
            del os.environ[name]


def application() -> QApplication:
    """The one QApplication, made when there is none yet."""
    free_qt_of_cv2()
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["livespot"])
    app.setApplicationName("livespot")
    app.setOrganizationName("livespot")
    app.setStyle("Fusion")  # the one style that follows a style sheet to the letter on every system
    app.setFont(font())
    return app


def run_window(
    controller: LiveController,
    *,
    title: str,
    initial_source: str | None,
    seconds: float | None,
    ground_truth: Sequence[Interval] = (),
    truths: Mapping[str, Sequence[Interval]] | None = None,
    theme: str = "dark",
    settings: QSettings | None = None,
) -> int:
    """Show the window until it is closed.

    Call it from the main thread, and only where Qt can open a display: Qt itself ends the process otherwise.

    Parameters
    ----------
    controller : LiveController
        Stopped before this returns.
    title : str
    initial_source : str or None
        Started at once; ``auto`` shows the demo when there is no camera; None: the window waits for the user.
    seconds : float or None
        Close by itself after this long.
    ground_truth : sequence of Interval
        In the times of the stream, whatever the source.
    truths : mapping of str to sequence of Interval
        The same for single sources, by their specification.
    theme : {"dark", "light"}
    settings : QSettings or None
        Where geometry and preferences are kept; the user's own by default.

    Returns
    -------
    int
        0, or 130 after Ctrl-C.
    """
    application()
    kept = settings if settings is not None else QSettings("livespot", "livespot")
    window = MainWindow(
        controller,
        title=title,
        ground_truth=ground_truth,
        truths=truths,
        theme=THEMES[theme],
        settings=kept,
    )
    if seconds is not None:
        QTimer.singleShot(max(0, round(1000 * seconds)), window.close)

    def begin() -> None:
        if initial_source is not None:
            window.start_first(initial_source)

    return show_until_closed(window, window.closed, begin)


def show_until_closed(
    window: QWidget,
    closed: pyqtBoundSignal,
    begin: Callable[[], object] = lambda: None,
    end: Callable[[], object] | None = None,
) -> int:
    """Show a window until it is closed, by its user, Ctrl-C or SIGTERM; errors nobody expected go into a report.

    Parameters
    ----------
    window : QWidget
    closed : signal
        That it emits when it is closed.
    begin : callable
        Called once the window is shown.
    end : callable, optional
        Closes the window without asking anything, after Ctrl-C or SIGTERM; by default its ``close``.

    Returns
    -------
    int
        0, or 130 after Ctrl-C.
    """
    with ExitStack() as stack:
        stack.enter_context(CrashReporter(window))
        interrupted = stack.enter_context(_closed_by_interrupt(end or window.close))
        window.show()
        begin()
        # A loop of its own: QApplication.quit would spoil every later one of the same program.
        loop = QEventLoop()
        closed.connect(loop.quit)
        if window.isVisible():
            loop.exec()
        (end or window.close)()  # Qt may have quit without closing it
    window.deleteLater()
    QApplication.processEvents()
    return INTERRUPTED if interrupted.is_set() else 0


@contextmanager
def _closed_by_interrupt(end: Callable[[], object]) -> Iterator[threading.Event]:
    """Ctrl-C and SIGTERM close the window; Python sees the signal at the next tick, since ticks run Python."""
    happened = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield happened
        return

    def close(_signal: int, _frame: FrameType | None) -> None:
        happened.set()
        end()

    before = {number: signal.signal(number, close) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield happened
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
