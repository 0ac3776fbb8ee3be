"""What the actions of the live window may use of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PyQt6.QtGui import QPixmap
from PyQt6.QtWidgets import QWidget

from livespot.gui.controller import LiveController
from livespot.gui.panels import LivePanels
from livespot.gui.preferences import Preferences
from livespot.snapshot import Snapshot


class RunPort(Protocol):
    """A live window as the actions for recording and tuning see it.

    Attributes
    ----------
    controller : LiveController
    panels : LivePanels
        Made anew when the theme changes.
    preferences : Preferences
        Changed through :meth:`prefer`, which stores them.
    """

    controller: LiveController
    panels: LivePanels
    preferences: Preferences

    @property
    def widget(self) -> QWidget:
        """The window, as parent of dialogs and owner of shortcuts."""
        ...

    @property
    def snapshot(self) -> Snapshot:
        """The one that is shown."""
        ...

    def order(self, order: Callable[[], object], then: Callable[[object], object] = ...) -> None:
        """Have a worker do something at once and ``then`` show what came of it."""
        ...

    def order_long(self, order: Callable[[], object], then: Callable[[object], object] = ...) -> None:
        """The same for what may take long."""
        ...

    def session_recorded(self, path: str) -> None:
        """Tell whoever listens that a recording has ended, and where its session is."""
        ...

    def prefer(self, preferences: Preferences) -> None:
        """Take over changed preferences and keep them."""
        ...


class LivePort(RunPort, Protocol):
    """The same for all other actions, which also start runs and close the window."""

    def start(self, source: str) -> None:
        """Run a source."""
        ...

    def space(self) -> None:
        """Start or stop, or press the focused button."""
        ...

    def list_sources(self) -> None:
        """Look for cameras, in the background."""
        ...

    def close(self) -> bool:
        """Close the window."""
        ...

    def grab(self) -> QPixmap:
        """What the window shows now."""
        ...
