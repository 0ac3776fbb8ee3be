"""What each key and button of the review window does; every refusal becomes a sentence at its foot."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QAbstractButton, QApplication

from livespot.errors import LivespotError
from livespot.gui.review.decisions import Decisions
from livespot.gui.review.keys import KEYS, KeysSheet
from livespot.gui.review.ports import ReviewPort
from livespot.gui.review.transport_bar import SPEEDS
from livespot.gui.review.work import Work
from livespot.review.orders import ReviewService
from livespot.types import ExpressionType

_MARGIN_S = 0.2


class Actions:
    """Named actions on a window with an opened service; without one, only opening and keys do something."""

    def __init__(self, window: ReviewPort) -> None:
        self._window = window
        self.work = work = Work(window)
        panels = window.panels
        self._named: dict[str, Callable[[], object]] = {
            "play": self._play,
            "first": lambda: self.seek(self._service.player.transport.start_s),
            "last": lambda: self.seek(self._service.player.transport.end_s),
            "loop": lambda: self.loop(self._service.player.transport.loop is None),
            "go": lambda: self._focus(panels.transport.time),
            "accept": lambda: self._decide(lambda d: d.accept()),
            "reject": lambda: self._decide(lambda d: d.reject()),
            "relabel": lambda: self._decide(lambda d: d.relabel()),
            "add ME": lambda: self._add("ME"),
            "add MaE": lambda: self._add("MaE"),
            "undo": lambda: self._decide(
                lambda d: self._say(d.undo() or "There is nothing of yours to undo")
            ),
            "redo": lambda: self._decide(lambda d: self._say(d.redo() or "There is nothing to redo")),
            "comment": lambda: self._focus(panels.decide.comment),
            "zoom": self._zoom,
            "all": panels.axis.show_all,
            "truth": work.ask_truth,
            "again": work.ask_again,
            "export": work.ask_export,
        }
        for part in ("onset", "apex", "offset"):
            self._named[part] = partial(self._part_here, part)
        self._always: dict[str, Callable[[], object]] = {
            "open": work.ask_open,
            "keys": lambda: work.show(KeysSheet(window.widget)),
            "close": window.close,
        }
        for name, button in window.header.switches.items():
            self._always[name] = button.toggle

    @property
    def _service(self) -> ReviewService:
        assert self._window.service is not None
        return self._window.service

    @property
    def _decisions(self) -> Decisions:
        assert self._window.decisions is not None
        return self._window.decisions

    def bind_keys(self) -> None:
        """Every key of the table; a focused button keeps the space bar."""
        for _, keys in KEYS:
            for key, name, _ in keys:
                QShortcut(QKeySequence(key), self._window.widget).activated.connect(
                    partial(self._pressed, name)
                )

    def _pressed(self, name: str) -> None:
        focus = QApplication.focusWidget()
        if name == "play" and isinstance(focus, QAbstractButton):
            focus.click()
        else:
            self.do(name)

    def do(self, name: str) -> None:
        """Carry out an action by name; ``step -1`` and the like carry a number."""
        if name in self._always:
            self._always[name]()
            return
        if self._window.service is None:
            return
        if name in self._named:
            self._named[name]()
            return
        what, _, number = name.partition(" ")
        steps: dict[str, Callable[[int], object]] = {
            "step": self._service.player.step,
            "skip": lambda n: self.seek(self._service.player.transport.position_s + n),
            "jump": self._jump,
            "speed": self._faster,
        }
        steps[what](int(number))

    # --- transport ------------------------------------------------------------------------------------------

    def _play(self) -> None:
        player = self._service.player
        if player.transport.playing:
            player.pause()
        else:
            player.play()

    def seek(self, time_s: float) -> None:
        """To a time, and make it visible on the track."""
        if self._window.service is not None:
            self._service.player.seek(time_s)
            self._window.panels.axis.follow(self._service.player.transport.position_s)

    def seek_frame(self, number: int) -> None:
        """To a frame, exactly."""
        player, numbers = self._service.player, self._service.player.recording.numbers
        if not int(numbers[0]) <= number <= int(numbers[-1]):
            self._say(f"Frame {number}: expected {int(numbers[0])} to {int(numbers[-1])}", attention=True)
            return
        player.pause()
        player.seek_frame(number)
        self._window.panels.axis.follow(player.transport.position_s)

    def speed(self, speed: float) -> None:
        """Play at this speed."""
        self._service.player.transport.set_speed(speed)

    def _faster(self, steps: int) -> None:
        transport = self._service.player.transport
        nearest = min(range(len(SPEEDS)), key=lambda n: abs(SPEEDS[n] - transport.speed))
        transport.set_speed(SPEEDS[min(max(nearest + steps, 0), len(SPEEDS) - 1)])
        self._window.panels.transport.show_speed(transport.speed)

    def loop(self, on: bool) -> None:
        """Repeat the chosen stretch, else the chosen interval, else everything."""
        transport, panels, row = self._service.player.transport, self._window.panels, self._decisions.row
        if not on:
            transport.set_loop(None)
        elif panels.stretch is not None:
            transport.set_loop(panels.stretch)
        elif row is not None:
            transport.set_loop((row.interval.onset_s - _MARGIN_S, row.interval.offset_s + _MARGIN_S))
        else:
            transport.set_loop((transport.start_s, transport.end_s))
        self._show_loop()

    def choose_stretch(self, start_s: float, end_s: float) -> None:
        """A stretch chosen with Shift+drag is looped at once; a click with Shift clears it."""
        if self._window.service is None:
            return
        panels = self._window.panels
        self._service.player.transport.set_loop((start_s, end_s))
        panels.stretch = self._service.player.transport.loop
        self._show_loop()

    def _show_loop(self) -> None:
        loop, panels = self._service.player.transport.loop, self._window.panels
        panels.transport.show_loop(loop is not None)
        panels.track.show_range(loop or panels.stretch)

    def _zoom(self) -> None:
        row, axis = self._decisions.row, self._window.panels.axis
        if row is None:
            axis.zoom(2.0, self._service.player.transport.position_s)
        else:
            length = row.interval.offset_s - row.interval.onset_s
            axis.show_range(row.interval.onset_s - length - 0.5, row.interval.offset_s + length + 0.5)

    # --- review ---------------------------------------------------------------------------------------------

    def choose(self, target: str) -> None:
        """Choose a row, pause, and show its apex."""
        decisions, panels = self._decisions, self._window.panels
        decisions.selected = target
        if (row := decisions.row) is not None:
            player = self._service.player
            player.pause()
            player.seek_frame(row.interval.apex)
            panels.axis.bring(row.interval.onset_s, row.interval.offset_s)
        self._window.show_results()

    def _jump(self, direction: int) -> None:
        target = self._decisions.next_target(direction, self._service.player.transport.position_s)
        if target:
            self.choose(target)

    def comment(self, text: str) -> None:
        """On the chosen interval."""
        self._decide(lambda d: d.comment(text))

    def rename(self, reviewer: str) -> None:
        """Whose decisions these are from now on."""
        if self._window.decisions is not None:
            self._window.decisions.reviewer = reviewer

    def move_part(self, _target: str, part: str, time_s: float, done: bool) -> None:
        """Drag an end: the picture goes with it; the decision is taken when it is let go."""
        decisions = self._decisions
        moved = decisions.moved(part, time_s)
        if moved is None:
            return
        number = {"onset": moved.onset, "apex": moved.apex, "offset": moved.offset}[part]
        self._service.player.pause()
        self._service.player.seek_frame(number)
        if done:
            self._decide(lambda d: d.move(part, time_s))
        else:
            self._window.panels.show_preview(decisions, part, time_s)

    def _part_here(self, part: str) -> None:
        self._service.player.pause()
        self._decide(lambda d: d.move(part, self._service.player.transport.position_s))

    def _add(self, kind: ExpressionType) -> None:
        self._service.player.pause()
        stretch, position_s = self._window.panels.stretch, self._service.player.transport.position_s
        self._decide(lambda d: d.add(kind, stretch, position_s))

    def _decide(self, what: Callable[[Decisions], object]) -> None:
        self._window.notice.clear()
        try:
            what(self._decisions)
        except LivespotError as error:
            self._say(str(error), attention=True)
        self._window.show_results()

    def _focus(self, field: object) -> None:
        field.setFocus()  # type: ignore[attr-defined]  # a line edit
        field.selectAll()  # type: ignore[attr-defined]

    def _say(self, text: str, *, attention: bool = False) -> None:
        self._window.notice.say(text, attention=attention)
