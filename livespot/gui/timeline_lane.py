"""Time along a lane, and going through it: seeking, selecting, by mouse and keys; nothing is painted here."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QWidget

from livespot.gui.palette import GRID_PX

FRAME_S = 1 / 30
GUTTER_PX = 56


class TimeLane(QWidget):
    """A stretch of time from the gutter to the right edge, following the present or held.

    Signals
    -------
    seek_asked(float)
        The user wants to see this moment, in seconds.
    live_asked()
        Escape: back to what happens now.
    selection_changed(object)
        (start_s, end_s) of the stretch chosen with Shift and the mouse, or None.
    """

    SECONDS = 30.0
    """Long enough for the longest macro-expression and its neighbours, short enough to see a micro-expression."""

    seek_asked = pyqtSignal(float)
    live_asked = pyqtSignal()
    selection_changed = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._range: tuple[float, float] | None = None
        self._cursor_s: float | None = None
        self._selection: tuple[float, float] | None = None
        self._from_s: float | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def stops(self) -> Sequence[float]:
        """Where Page Up and Page Down stop, sorted; none by default."""
        return ()

    def show_range(self, start_s: float | None, end_s: float = 0.0) -> None:
        """Show a fixed stretch, with a line at the present; None: follow the present again."""
        self._range = None if start_s is None else (start_s, max(end_s, start_s + FRAME_S))
        self.update()

    def show_cursor(self, time_s: float | None) -> None:
        """Mark the moment that is looked at; None: none."""
        if time_s != self._cursor_s:
            self._cursor_s = time_s
            self.update()

    def select(self, start_s: float | None, end_s: float = 0.0) -> None:
        """Choose a stretch, as for a loop; None: nothing."""
        chosen = None if start_s is None else (min(start_s, end_s), max(start_s, end_s))
        if chosen != self._selection:
            self._selection = chosen
            self.selection_changed.emit(chosen)
            self.update()

    @property
    def selection(self) -> tuple[float, float] | None:
        """The stretch that is chosen."""
        return self._selection

    def span(self) -> tuple[float, float]:
        """What the lanes show: from, to."""
        return self._range or (self._now_s - self.SECONDS, self._now_s)

    def x_of(self, time_s: float) -> float:
        """Widget x of a time."""
        (start, end), width = self.span(), self.width() - GUTTER_PX - GRID_PX
        return GUTTER_PX + width * (time_s - start) / (end - start)

    def time_at(self, x: float) -> float:
        """Time at a widget x, kept inside what is shown and has happened."""
        (start, end), width = self.span(), self.width() - GUTTER_PX - GRID_PX
        wanted = start + (end - start) * (x - GUTTER_PX) / max(width, 1)
        last = end if self._range else self._now_s
        return min(max(wanted, start, 0.0), max(last, 0.0))

    # --- mouse and keys -------------------------------------------------------------------------------------

    def _seek(self, time_s: float) -> None:
        self.show_cursor(time_s)
        self.seek_asked.emit(time_s)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Go to a moment; with Shift, begin a selection."""
        if event is None or event.button() is not Qt.MouseButton.LeftButton or self._now_s <= 0.0:
            return
        time_s = self.time_at(event.position().x())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._from_s = time_s
        else:
            self._seek(time_s)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag the moment or the end of the selection."""
        if event is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        time_s = self.time_at(event.position().x())
        if self._from_s is not None:
            self.select(self._from_s, time_s)
        elif self._cursor_s is not None:
            self._seek(time_s)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """The selection stands; one without length is none."""
        if self._from_s is not None and event is not None:
            if abs(self.time_at(event.position().x()) - self._from_s) < FRAME_S:
                self.select(None)
            self._from_s = None

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Arrows by a frame, with Shift by a second; Page Up and Down between expressions; Home, End, Escape."""
        if event is None:
            return
        here = self._cursor_s if self._cursor_s is not None else self._now_s
        step = 1.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else FRAME_S
        start, end = self.span()
        apexes = self.stops()
        targets: dict[int, float] = {
            Qt.Key.Key_Left: here - step,
            Qt.Key.Key_Right: here + step,
            Qt.Key.Key_Home: start,
            Qt.Key.Key_End: end,
            Qt.Key.Key_PageUp: max((a for a in apexes if a < here - 0.01), default=here),
            Qt.Key.Key_PageDown: min((a for a in apexes if a > here + 0.01), default=here),
        }
        if event.key() == Qt.Key.Key_Escape:
            self.select(None)
            self.show_cursor(None)
            self.live_asked.emit()
        elif (target := targets.get(event.key())) is not None and self._now_s > 0.0:
            self._seek(min(max(target, 0.0), max(self._now_s, end)))
        else:
            super().keyPressEvent(event)
