"""The last seconds once more at quarter speed, while the stream goes on.

It plays the pictures that were kept, each as long as it lasted, four times over; nothing is made up between them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt6.QtCore import QElapsedTimer, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from livespot.gui.painting import clock, labelled
from livespot.gui.palette import DARK, GRID_PX, Theme
from livespot.gui.replay_parts import ReplayBar, ReplayPicture
from livespot.snapshot import Picture, Snapshot
from livespot.types import Interval

SPEED = 0.25
SECONDS = 10.0
"""What is asked for when the replay opens."""

_TICK_MS = 33
_PHASES = ("onset", "apex", "offset")
_NEAR_S = 0.05


class InstantReplay(QWidget):
    """A picture, a bar to drag, play and close.

    Show it alone with ``InstantReplay().play(pictures, intervals)``.

    Signals
    -------
    closed()
        The user has had enough; the owner hides it.
    moment_changed(float)
        The time of the picture that is shown.
    """

    closed = pyqtSignal()
    moment_changed = pyqtSignal(float)

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self._pictures: Sequence[Picture] = ()
        self._times: list[float] = []
        self._unpacked: tuple[int, Picture] | None = None
        self._at = 0
        self._spent_s = 0.0
        self.view = ReplayPicture(theme)
        self.bar = ReplayBar(theme)
        self.bar.asked.connect(self.seek)
        self._words = labelled("", "muted")
        self._words.setMinimumWidth(0)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.play_button = self._button("Pause", "Play or pause (Space)", self.toggle)
        self.close_button = self._button("Close", "Back to the live picture alone (Esc)", self.close_replay)
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._advance)
        self._arrange()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Instant replay at quarter speed")
        self.setMinimumSize(216, 200)
        self._set_playing(False)

    def _button(self, text: str, tip: str, action: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda: action())
        return button

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.bar)
        line = QHBoxLayout()
        line.setSpacing(GRID_PX)
        line.addWidget(self.play_button)
        line.addWidget(self._words, 1)
        line.addWidget(self.close_button)
        layout.addLayout(line)

    def sizeHint(self) -> QSize:
        """A small 4:3 with its controls."""
        return QSize(320, 320)

    # --- what is shown --------------------------------------------------------------------------------------

    def play(self, pictures: Sequence[Picture], intervals: Sequence[Interval] = ()) -> None:
        """Begin with the first of ``pictures`` (oldest first); ``intervals`` are marked on the bar."""
        # Kept as they come: they may be unpacked only when they are asked for.
        self._pictures, self._unpacked = pictures, None
        self._times = list(getattr(pictures, "times_s", None) or [picture.time_s for picture in pictures])
        self._at, self._spent_s = 0, 0.0
        self.show_intervals(intervals)
        self._set_playing(len(self._pictures) > 1)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Mark what has been found meanwhile; the pictures stay."""
        if self._pictures:
            self.show_intervals((*snapshot.confirmed[-64:], *snapshot.provisional), len(snapshot.provisional))

    def show_intervals(self, intervals: Sequence[Interval], provisional: int = 0) -> None:
        """Mark ``intervals``, of which the last ``provisional`` may still change."""
        start, end = self.span()
        known = len(intervals) - provisional
        shown = tuple(
            (i, number < known)
            for number, i in enumerate(intervals)
            if i.offset_s >= start and i.onset_s <= end
        )
        if shown != self.bar.shown or (start, end) != self.bar.span:
            self.bar.shown, self.bar.span = shown, (start, end)
            self.bar.update()
            self._show()

    def span(self) -> tuple[float, float]:
        """Times of the first and the last picture."""
        if not self._pictures:
            return 0.0, 0.0
        return self._times[0], self._times[-1]

    @property
    def playing(self) -> bool:
        """Whether it moves by itself."""
        return self._timer.isActive()

    @property
    def picture(self) -> Picture | None:
        """What is shown."""
        if not self._pictures:
            return None
        if self._unpacked is None or self._unpacked[0] != self._at:
            self._unpacked = self._at, self._pictures[self._at]
        return self._unpacked[1]

    def _show(self) -> None:
        picture = self.picture
        self.view.show_picture(picture, self._moment_words())
        self.bar.show_time(picture.time_s if picture is not None else 0.0)
        if picture is None:
            self._words.setText("Nothing kept yet")
            return
        ago = self.span()[1] - picture.time_s
        self._words.setText(f"{clock(picture.time_s, 2)}   −{ago:.1f} s   ¼ speed")
        self.moment_changed.emit(picture.time_s)

    def _moment_words(self) -> str:
        """``ME apex`` while one is passed; within an interval its type."""
        if (picture := self.picture) is None:
            return ""
        inside = ""
        for interval, _ in self.bar.shown:
            for phase in _PHASES:
                if abs(getattr(interval, f"{phase}_s") - picture.time_s) <= _NEAR_S:
                    return f"{interval.type} {phase}"
            if interval.onset_s <= picture.time_s <= interval.offset_s:
                inside = str(interval.type)
        return inside

    # --- playing --------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Play or pause; from the end, play from the beginning."""
        if not self.playing and self._at >= len(self._pictures) - 1:
            self._at = 0
        self._set_playing(not self.playing and len(self._pictures) > 1)

    def seek(self, time_s: float) -> None:
        """Show the picture nearest to ``time_s``, and pause."""
        self._set_playing(False)
        if self._pictures:
            times = [abs(known - time_s) for known in self._times]
            self._at = times.index(min(times))
        self._show()

    def step(self, by: int) -> None:
        """Go on or back by pictures, and pause."""
        self._set_playing(False)
        self._at = min(max(self._at + by, 0), max(len(self._pictures) - 1, 0))
        self._show()

    def close_replay(self) -> None:
        """Stop, forget the pictures and tell the owner."""
        self._set_playing(False)
        self._pictures, self._times, self._unpacked, self._at = (), [], None, 0
        self.bar.shown = ()
        self._show()
        self.closed.emit()

    def _set_playing(self, playing: bool) -> None:
        if playing:
            self._spent_s = 0.0
            self._clock.start()
            self._timer.start()
        else:
            self._timer.stop()
        self.play_button.setText("Pause" if playing else "Play")
        self.play_button.setEnabled(len(self._pictures) > 1)
        self._show()

    def _advance(self) -> None:
        self._spent_s += SPEED * self._clock.restart() / 1000.0
        before = self._at
        while self._at < len(self._pictures) - 1:
            lasts = max(self._times[self._at + 1] - self._times[self._at], 1e-3)
            if self._spent_s < lasts:
                break
            self._spent_s -= lasts
            self._at += 1
        if self._at >= len(self._pictures) - 1:
            self._set_playing(False)
        elif self._at != before:
            self._show()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Space, arrows and Escape."""
        if event is None:
            return
        match event.key():
            case Qt.Key.Key_Space:
                self.toggle()
            case Qt.Key.Key_Left:
                self.step(-1)
            case Qt.Key.Key_Right:
                self.step(1)
            case Qt.Key.Key_Escape:
                self.close_replay()
            case _:
                super().keyPressEvent(event)
