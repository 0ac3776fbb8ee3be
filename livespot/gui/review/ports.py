"""What the actions of the review window may use of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PyQt6.QtWidgets import QWidget

from livespot.gui.palette import Theme
from livespot.gui.progress import Job
from livespot.gui.review.decisions import Decisions
from livespot.gui.review.header import Header
from livespot.gui.review.notice import Notice
from livespot.gui.review.panels import ReviewPanels
from livespot.replay.recording import Analysis
from livespot.review.orders import ReviewService


class ReviewPort(Protocol):
    """The review window as its actions see it.

    Attributes
    ----------
    service, decisions : ReviewService or None, Decisions or None
        Of the recording that is open.
    compared : Analysis or None
        A second analysis that is shown beside the first.
    model : str
        The engine of that second analysis; empty: the first one's.
    """

    theme: Theme
    service: ReviewService | None
    decisions: Decisions | None
    compared: Analysis | None
    model: str
    header: Header
    panels: ReviewPanels
    notice: Notice

    @property
    def widget(self) -> QWidget:
        """The window, as parent of dialogs and owner of shortcuts."""
        ...

    def open(self, path: str) -> None:
        """Open another recording."""
        ...

    def run_job(self, job: Job, then: Callable[[Job], None]) -> bool:
        """Start long work unless some is under way; returns whether it was started."""
        ...

    def show_results(self) -> None:
        """Show intervals, decisions and ground truth as they are now."""
        ...

    def show_compared(self, compared: Analysis | None) -> None:
        """Show a second analysis beside the first, or none."""
        ...

    def close(self) -> bool:
        """Close the window."""
        ...
