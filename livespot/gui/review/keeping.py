"""What the review window remembers: its shape, the overlays, and whose decisions are taken."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt6.QtCore import QSettings

if TYPE_CHECKING:
    from livespot.gui.review.window import ReviewWindow


def restore(window: ReviewWindow, kept: QSettings | None) -> None:
    """As it was left; without settings, the system's user is the reviewer."""
    reviewer = str(kept.value("review/reviewer", "")) if kept is not None else ""
    window.bench.decide.reviewer.setText(reviewer or _user())
    if kept is None:
        return
    for key, take in _shapes(window):
        if (state := kept.value(f"review/{key}")) is not None:
            take(state)
    shown = kept.value("review/overlays")
    if isinstance(shown, dict):
        for name, button in window.header.switches.items():
            button.setChecked(bool(shown.get(name, button.isChecked())))


def save(window: ReviewWindow, kept: QSettings | None) -> None:
    """For the next time."""
    if kept is None:
        return
    kept.setValue("review/geometry", window.saveGeometry())
    kept.setValue("review/upper", window.bench.upper.saveState())
    kept.setValue("review/parts", window.bench.parts.saveState())
    kept.setValue("review/reviewer", window.bench.decide.reviewer.text())
    kept.setValue("review/overlays", {n: b.isChecked() for n, b in window.header.switches.items()})
    kept.sync()


def _shapes(window: ReviewWindow) -> tuple[tuple[str, Callable[..., object]], ...]:
    return (
        ("geometry", window.restoreGeometry),
        ("upper", window.bench.upper.restoreState),
        ("parts", window.bench.parts.restoreState),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such thing on this system
        return ""
