"""The stretch of time that the track shows: zoomed, moved, and turned like a page when the position leaves it."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

SHORTEST_S = 0.5
_COMFORTABLE_S = 30.0


class TimeAxis(QObject):
    """A view ``[start_s, end_s]`` inside the whole recording.

    Signals
    -------
    changed()
    """

    changed = pyqtSignal()

    def __init__(self, first_s: float = 0.0, last_s: float = 1.0) -> None:
        super().__init__()
        self.first_s, self.last_s = first_s, max(last_s, first_s + SHORTEST_S)
        self.start_s, self.end_s = self.first_s, self.last_s

    @property
    def span_s(self) -> float:
        """Seconds on show."""
        return self.end_s - self.start_s

    def set_range(self, first_s: float, last_s: float) -> None:
        """Another recording: its first minute half, or all when it is short."""
        self.first_s, self.last_s = first_s, max(last_s, first_s + SHORTEST_S)
        self.show_range(self.first_s, min(self.last_s, self.first_s + 2 * _COMFORTABLE_S))

    def show_range(self, start_s: float, end_s: float) -> None:
        """Show this stretch, moved into the recording when it reaches beyond."""
        whole = self.last_s - self.first_s
        span = min(max(end_s - start_s, min(SHORTEST_S, whole)), whole)
        middle = (start_s + end_s) / 2
        start = min(max(middle - span / 2, self.first_s), self.last_s - span)
        if (start, start + span) != (self.start_s, self.end_s):
            self.start_s, self.end_s = start, start + span
            self.changed.emit()

    def show_all(self) -> None:
        """The whole recording."""
        self.show_range(self.first_s, self.last_s)

    def zoom(self, factor: float, at_s: float) -> None:
        """Show ``factor`` times less around a time that stays where it is."""
        share = (at_s - self.start_s) / self.span_s
        span = min(max(self.span_s / factor, SHORTEST_S), self.last_s - self.first_s)
        start = at_s - share * span
        self.show_range(start, start + span)

    def pan(self, seconds: float) -> None:
        """Move on or back."""
        self.show_range(self.start_s + seconds, self.end_s + seconds)

    def follow(self, time_s: float) -> None:
        """Turn the page when ``time_s`` is not on show."""
        if time_s > self.end_s:
            start = time_s - 0.05 * self.span_s
        elif time_s < self.start_s:
            start = time_s - 0.5 * self.span_s
        else:
            return
        self.show_range(start, start + self.span_s)

    def bring(self, start_s: float, end_s: float) -> None:
        """Make a stretch visible with a margin, zooming out only when it does not fit."""
        margin = 0.1 * self.span_s
        if self.start_s <= start_s and end_s <= self.end_s:
            return
        if end_s - start_s + 2 * margin > self.span_s:
            self.show_range(start_s - margin, end_s + margin)
        else:
            middle = (start_s + end_s) / 2
            self.show_range(middle - self.span_s / 2, middle + self.span_s / 2)
