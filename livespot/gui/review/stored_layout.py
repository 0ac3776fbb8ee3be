"""What the review window remembers: its shape, the overlays, and whose decisions are taken."""

from __future__ import annotations

import getpass
from collections.abc import Callable

from PyQt6.QtCore import QSettings
from PyQt6.QtWidgets import QMainWindow

from livespot.gui.review.header import Header
from livespot.gui.review.panels import ReviewPanels


def restore(window: QMainWindow, panels: ReviewPanels, header: Header, kept: QSettings | None) -> None:
    """Restore the layout of the last time; without a stored name, the system's user is the reviewer."""
    reviewer = str(kept.value("review/reviewer", "")) if kept is not None else ""
    panels.decide.reviewer.setText(reviewer or _user())
    if kept is None:
        return
    for key, take in _shapes(window, panels):
        if (state := kept.value(f"review/{key}")) is not None:
            take(state)
    shown = kept.value("review/overlays")
    if isinstance(shown, dict):
        for name, button in header.switches.items():
            button.setChecked(bool(shown.get(name, button.isChecked())))


def save(window: QMainWindow, panels: ReviewPanels, header: Header, kept: QSettings | None) -> None:
    """Store the layout, the overlays and the reviewer's name."""
    if kept is None:
        return
    kept.setValue("review/geometry", window.saveGeometry())
    kept.setValue("review/upper", panels.upper.saveState())
    kept.setValue("review/parts", panels.parts.saveState())
    kept.setValue("review/reviewer", panels.decide.reviewer.text())
    kept.setValue("review/overlays", {n: b.isChecked() for n, b in header.switches.items()})
    kept.sync()


def _shapes(window: QMainWindow, panels: ReviewPanels) -> tuple[tuple[str, Callable[..., object]], ...]:
    return (
        ("geometry", window.restoreGeometry),
        ("upper", panels.upper.restoreState),
        ("parts", panels.parts.restoreState),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such thing on this system
        return ""
