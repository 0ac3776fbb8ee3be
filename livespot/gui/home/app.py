"""Shows the home window until it is closed."""

from __future__ import annotations

from PyQt6.QtCore import QSettings

from livespot.gui.app import application, show_until_closed
from livespot.gui.home.services import HomeServices
from livespot.gui.home.window import HomeWindow


def run_home(services: HomeServices, *, settings: QSettings | None = None) -> int:
    """Show the home window; returns 0, or 130 after Ctrl-C.

    Call it from the main thread, and only where Qt can open a display.

    Parameters
    ----------
    services : HomeServices
    settings : QSettings or None
        The user's own by default.
    """
    application()
    kept = settings if settings is not None else QSettings("livespot", "livespot")
    window = HomeWindow(services, settings=kept)
    return show_until_closed(window, window.closed, end=window.end)
