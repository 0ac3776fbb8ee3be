"""Shows the review window until it is closed."""

from __future__ import annotations

from PyQt6.QtCore import QSettings

from livespot.gui.app import application, show_until_closed
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
    application()
    kept = settings if settings is not None else QSettings("livespot", "livespot")
    window = ReviewWindow(opener, path, theme=THEMES[theme], settings=kept, speed=speed)
    return show_until_closed(window, window.closed)
