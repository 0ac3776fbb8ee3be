"""Shows the review window until it is closed."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from PyQt6.QtCore import QEventLoop, QSettings

from livespot.gui.app import INTERRUPTED, application
from livespot.gui.crash import CrashReporter
from livespot.gui.palette import THEMES
from livespot.gui.review.window import Opener, ReviewWindow


def run_review(
    opener: Opener,
    path: str,
    *,
    theme: str = "dark",
    settings: QSettings | None = None,
    speed: float = 1.0,
) -> int:
    """Replay and review ``path``; returns 0, or 130 after Ctrl-C.

    Call it from the main thread, and only where Qt can open a display.

    Parameters
    ----------
    opener : callable
        See :class:`~livespot.gui.review.window.ReviewWindow`.
    path : str
    theme : {"dark", "light"}
    settings : QSettings or None
        The user's own by default.
    speed : float
    """
    app = application()
    kept = settings if settings is not None else QSettings("livespot", "livespot")
    window = ReviewWindow(opener, path, theme=THEMES[theme], settings=kept, speed=speed)
    interrupted = threading.Event()

    def close(_signal: int, _frame: FrameType | None) -> None:
        interrupted.set()
        window.close()

    before = signal.signal(signal.SIGINT, close)
    try:
        with CrashReporter(window):
            window.show()
            loop = QEventLoop()
            window.closed.connect(loop.quit)
            loop.exec()
            window.close()
    finally:
        signal.signal(signal.SIGINT, before)
    window.deleteLater()
    app.processEvents()
    return INTERRUPTED if interrupted.is_set() else 0
