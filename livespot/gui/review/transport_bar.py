"""Play, pause, step, speed, loop, and the position as time and as frame, both to type into."""

from __future__ import annotations

import re

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from livespot.gui.painting import Choice, clock, labelled
from livespot.gui.palette import GRID_PX, Theme

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_TIME = re.compile(r"^(?:(?:(\d+):)?(\d{1,3}):)?(\d+(?:[.,]\d*)?)$")


def seconds_of(text: str) -> float | None:
    """``1:04.25``, ``64.25`` or ``1:01:04`` in seconds; None when it is no time."""
    found = _TIME.match(text.strip())
    if found is None:
        return None
    hours, minutes, seconds = found.groups()
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds.replace(",", "."))


class TransportBar(QWidget):
    """The controls below the picture.

    Signals
    -------
    play_asked(), step_asked(frames), jump_asked(direction), speed_asked(speed), loop_asked(on)
    time_typed(seconds), frame_typed(number)
    """

    play_asked = pyqtSignal()
    step_asked = pyqtSignal(int)
    jump_asked = pyqtSignal(int)
    speed_asked = pyqtSignal(float)
    loop_asked = pyqtSignal(bool)
    time_typed = pyqtSignal(float)
    frame_typed = pyqtSignal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.play = QPushButton("Play")
        self.play.setObjectName("primary")
        self.play.setMinimumWidth(9 * GRID_PX)
        self.play.clicked.connect(self.play_asked)
        self.back = _button("◂ Frame", "One frame back (←)")
        self.on = _button("Frame ▸", "One frame on (→)")
        self.earlier = _button("◂ Event", "The interval before (↑)")
        self.later = _button("Event ▸", "The next interval (↓)")
        self.loop = _button(
            "Loop", "Repeat the chosen stretch, or the chosen interval (O); Shift+drag chooses one"
        )
        self.loop.setCheckable(True)
        self.back.clicked.connect(lambda: self.step_asked.emit(-1))
        self.on.clicked.connect(lambda: self.step_asked.emit(1))
        self.earlier.clicked.connect(lambda: self.jump_asked.emit(-1))
        self.later.clicked.connect(lambda: self.jump_asked.emit(1))
        self.loop.clicked.connect(self.loop_asked)
        self.speed = Choice(theme)
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g}×", speed)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.setFixedWidth(9 * GRID_PX)
        self.speed.setToolTip("Speed (− and +)")
        self.speed.setAccessibleName("Speed")
        self.speed.activated.connect(lambda place: self.speed_asked.emit(SPEEDS[place]))
        self.time = self._field(
            "Time", "Type a time, such as 1:04.25, and press Enter (G)", 10, self._take_time
        )
        self.frame = self._field("Frame", "Type a frame's number and press Enter", 8, self._take_frame)
        self._total = labelled("", "muted")
        self._arrange()
        self.show_playing(False)

    def _field(self, name: str, tip: str, width: int, then: object) -> QLineEdit:
        field = QLineEdit()
        field.setFixedWidth(width * GRID_PX)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setAccessibleName(name)
        field.setToolTip(tip)
        field.returnPressed.connect(then)  # type: ignore[arg-type]  # a bound method
        return field

    def _arrange(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GRID_PX // 2)
        line.addWidget(self.earlier)
        line.addWidget(self.back)
        line.addWidget(self.play)
        line.addWidget(self.on)
        line.addWidget(self.later)
        line.addSpacing(GRID_PX)
        line.addWidget(self.loop)
        line.addWidget(self.speed)
        line.addStretch(1)
        line.addWidget(self.time)
        line.addWidget(self._total)
        line.addSpacing(GRID_PX)
        line.addWidget(labelled("Frame", "muted"))
        line.addWidget(self.frame)

    def show_playing(self, playing: bool) -> None:
        """Say what the button does."""
        words = "Pause" if playing else "Play"
        if self.play.text() != words:
            self.play.setText(words)
        self.play.setToolTip(f"{words} (Space)")

    def show_speed(self, speed: float) -> None:
        """As it is."""
        nearest = min(range(len(SPEEDS)), key=lambda n: abs(SPEEDS[n] - speed))
        self.speed.setCurrentIndex(nearest)

    def show_loop(self, on: bool) -> None:
        """Whether something is repeated."""
        self.loop.setChecked(on)

    def show_length(self, end_s: float) -> None:
        """How long the recording is."""
        self._total.setText(f"of {clock(end_s, 2)}")

    def show_position(self, time_s: float, frame: int) -> None:
        """Where it stands, unless somebody is typing there."""
        for field, text in ((self.time, clock(time_s, 2)), (self.frame, str(frame))):
            if not (field.hasFocus() and field.isModified()) and field.text() != text:
                field.setText(text)

    def _take_time(self) -> None:
        seconds = seconds_of(self.time.text())
        self.time.setModified(False)
        if seconds is not None:
            self.time_typed.emit(seconds)
        self.time.clearFocus()

    def _take_frame(self) -> None:
        text = self.frame.text().strip()
        self.frame.setModified(False)
        if text.isdecimal():
            self.frame_typed.emit(int(text))
        self.frame.clearFocus()


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip.split(" (")[0])
    return button
