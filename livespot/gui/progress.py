"""Long work: a job on a thread of its own that can be watched and cancelled, and the strip that shows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from livespot.gui.painting import clock, labelled
from livespot.gui.palette import DARK, GRID_PX, Theme, faint

Report = Callable[[int, "int | None"], None]

_ETA_AFTER_S = 3.0


class Cancelled(Exception):
    """Raised inside the work when its job was cancelled; it passes through the work and ends it."""


class Job:
    """One piece of long work.

    Parameters
    ----------
    title : str
        What is being done, as a line for the user: ``Analysing interview.mp4``.
    work : callable
        Given a function to report with: ``report(done, total)``, ``total`` None when unknown. It raises
        :class:`Cancelled` once :meth:`cancel` was called, so work that reports often ends soon.

    Notes
    -----
    The thread is a daemon: work that hangs keeps no program alive. :meth:`poll` is for the thread that made the job.

    Examples
    --------
    >>> job = Job("Counting", lambda report: sum(range(10)))
    >>> job.start()
    >>> job.wait(5.0)
    True
    >>> job.result
    45
    """

    def __init__(self, title: str, work: Callable[[Report], Any]) -> None:
        self.title = title
        self.result: Any = None
        self.error: Exception | None = None
        self.cancelled = False
        self._work = work
        self._done = 0
        self._total: int | None = None
        self._asked_to_end = threading.Event()
        self._ended = threading.Event()
        self._began_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"livespot job: {title}"[:60], daemon=True)

    def start(self) -> None:
        """Begin."""
        self._began_s = time.monotonic()
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to end at its next report."""
        self._asked_to_end.set()

    @property
    def cancelling(self) -> bool:
        """Whether it was asked to end."""
        return self._asked_to_end.is_set()

    @property
    def ended(self) -> bool:
        """Done, failed or cancelled."""
        return self._ended.is_set()

    @property
    def fraction(self) -> float | None:
        """0 to 1; None while the end is unknown."""
        done, total = self._done, self._total
        return None if not total else min(done / total, 1.0)

    def words(self) -> str:
        """How far it is, and how long it may still take."""
        if self.cancelling:
            return "stopping …"
        share, spent_s = self.fraction, time.monotonic() - self._began_s
        if share is None:
            return "" if spent_s < 1.0 else clock(spent_s)
        text = f"{100 * share:.0f} %"
        if spent_s > _ETA_AFTER_S and 0.02 < share < 1.0:
            text += f", about {clock(max(spent_s / share - spent_s, 1.0))} left"
        return text

    def wait(self, timeout_s: float) -> bool:
        """Until it has ended; False when the time ran out."""
        ended = self._ended.wait(timeout_s)
        if ended:
            self._thread.join(timeout_s)
        return ended

    def _report(self, done: int, total: int | None) -> None:
        if self._asked_to_end.is_set():
            raise Cancelled
        self._done, self._total = done, total

    def _run(self) -> None:
        try:
            self.result = self._work(self._report)
            self.cancelled = False
        except Cancelled:
            self.cancelled = True
        except Exception as error:  # its owner shows it
            self.error = error
        finally:
            self._ended.set()


class Bar(QWidget):
    """A thin bar: filled by a fraction, or a piece that runs to and fro while the end is unknown."""

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self._theme = theme
        self._share: float | None = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(10 * GRID_PX)
        self.setFixedHeight(GRID_PX)

    def sizeHint(self) -> QSize:
        """Wide and thin."""
        return QSize(25 * GRID_PX, GRID_PX)

    def show_share(self, share: float | None) -> None:
        """None: unknown."""
        if share != self._share or share is None:
            self._share = share
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Groove and filling."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area = self.rect().toRectF()
        painter.setBrush(faint(self._theme.muted, 0.25))
        painter.drawRoundedRect(area, 4, 4)
        if self._share is None:
            width = area.width() / 4
            swing = abs((time.monotonic() / 1.2) % 2.0 - 1.0)
            area.setLeft(area.left() + swing * (area.width() - width))
            area.setWidth(width)
        else:
            area.setWidth(area.width() * self._share)
        painter.setBrush(QColor(self._theme.text))
        painter.drawRoundedRect(area, 4, 4)
        painter.end()


class ProgressStrip(QWidget):
    """What is being done, how far it is, and a button that ends it; hidden while nothing is being done.

    Signals
    -------
    ended(Job)
        When the job is over, however; the strip is free again.
    """

    ended = pyqtSignal(object)

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self.job: Job | None = None
        self._title, self._words = labelled("", "strong"), labelled("", "muted")
        self._words.setMinimumWidth(20 * GRID_PX)
        self._bar = Bar(theme)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setObjectName("slim")
        self.cancel_button.clicked.connect(self.cancel)
        line = QHBoxLayout(self)
        line.setContentsMargins(GRID_PX, 0, 0, 0)
        line.setSpacing(2 * GRID_PX)
        for widget, stretch in ((self._title, 0), (self._bar, 1), (self._words, 0), (self.cancel_button, 0)):
            line.addWidget(widget, stretch)
        self.hide()

    def run(self, job: Job) -> None:
        """Start a job and show it; an earlier one must have ended."""
        assert self.job is None, "one job at a time"
        self.job = job
        self._title.setText(job.title)
        self.cancel_button.setEnabled(True)
        self.cancel_button.setToolTip(f"End: {job.title}")
        job.start()
        self.show()
        self.poll()

    def cancel(self) -> None:
        """Ask the job to end."""
        if self.job is not None:
            self.job.cancel()
            self.cancel_button.setEnabled(False)
            self.poll()

    def poll(self) -> None:
        """Show how far it is; call it from a timer."""
        job = self.job
        if job is None:
            return
        self._bar.show_share(job.fraction)
        words = job.words()
        if words != self._words.text():
            self._words.setText(words)
            self.setAccessibleName(f"{job.title}: {words}")
        if job.ended:
            self.job = None
            self.hide()
            self.ended.emit(job)

    def close_job(self, timeout_s: float) -> None:
        """Cancel and wait; for the end of a window."""
        if self.job is not None:
            self.job.cancel()
            self.job.wait(timeout_s)
            self.job = None
