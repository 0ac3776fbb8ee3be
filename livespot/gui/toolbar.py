"""The controls of a run: where from, start and stop, record, mark, look again, and the rest in a menu."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QFontMetrics
from PyQt6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from livespot.gui.keys import key_of
from livespot.gui.painting import Choice, clock
from livespot.gui.palette import GRID_PX, Theme
from livespot.snapshot import RecordingStatus

FIRST_SOURCES: tuple[tuple[str, str], ...] = (("demo", "Demo clip"), ("auto", "First camera found"))
"""Offered before the list of cameras has arrived, and when it cannot be had."""

_LABEL_PX = 240


class Toolbar(QWidget):
    """Source, size, start and stop, record, markers, instant replay, sensitivity, menu.

    Signals
    -------
    start_asked(str)
        With the source's specification.
    stop_asked(), record_asked(), replay_asked(), tune_asked()
    mark_asked(int)
        Number of the marker, 1 to 9; 0 for one with any text.
    mode_chosen(int, int, float)
        Width, height and rate for the camera.
    source_chosen(str)
    """

    start_asked = pyqtSignal(str)
    stop_asked = pyqtSignal()
    record_asked = pyqtSignal()
    replay_asked = pyqtSignal()
    tune_asked = pyqtSignal()
    mark_asked = pyqtSignal(int)
    mode_chosen = pyqtSignal(int, int, float)
    source_chosen = pyqtSignal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.active = False
        self._recorded: tuple[int, int] | None = None
        self.source = self._make_source(theme)
        self.modes = Choice(theme)
        self.modes.setToolTip("Size and rate to ask the camera for; what it really gives is shown below")
        self.modes.setAccessibleName("Size and rate of the camera")
        self.modes.activated.connect(self._tell_mode)
        self.modes.hide()
        self.run_button = self._button("Start", "primary", self.toggle_run)
        self.run_button.setMinimumWidth(72)
        self.record_button = self._button("● Record", "record", self.record_asked.emit)
        self.mark_button = self._button("Mark", "plain", lambda: None)
        self.mark_button.setToolTip("Note this moment, with a label (1 to 9; 0 for any text)")
        self.marks = QMenu(self)
        self.mark_button.setMenu(self.marks)
        self.replay_button = self._button("Last 10 s", "plain", self.replay_asked.emit)
        self.replay_button.setToolTip(f"The last 10 s at quarter speed, live goes on ({key_of('replay')})")
        self.replay_button.setAccessibleName("Instant replay")
        self.tune_button = self._button("Sensitivity", "plain", self.tune_asked.emit)
        self.tune_button.setToolTip(f"Sensitivity per type, neutral baseline, engine ({key_of('tune')})")
        self.tune_button.setCheckable(True)
        self.more = QMenu(self)
        self.more_button = self._button("More", "plain", lambda: None)
        self.more_button.setToolTip("Save a picture, settings, theme, keys")
        self.more_button.setMenu(self.more)
        self._arrange()
        self.show_labels(())
        self.show_active(False)
        self.show_recording(None)

    def _button(self, text: str, role: str, action: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(role)
        button.clicked.connect(lambda: action())  # type: ignore[operator]
        return button

    def _make_source(self, theme: Theme) -> Choice:
        box = Choice(theme)
        box.setEditable(True)
        box.setInsertPolicy(Choice.InsertPolicy.NoInsert)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.setMinimumWidth(144)
        box.setMaximumWidth(400)
        box.setToolTip("A camera, the demo, or type a file, a folder of images or a URL (http:// or rtsp://)")
        box.setAccessibleName("Source")
        edit = box.lineEdit()
        assert edit is not None
        edit.setPlaceholderText("Camera, file or URL")
        edit.returnPressed.connect(self._start)
        box.activated.connect(lambda _: self.source_chosen.emit(self.specification()))
        for specification, label in FIRST_SOURCES:
            box.addItem(label, specification)
        return box

    def _arrange(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GRID_PX)
        line.addWidget(self.source, 3)
        for widget in (self.modes, self.run_button, self.record_button, self.mark_button):
            line.addWidget(widget)
        line.addStretch(1)
        for widget in (self.replay_button, self.tune_button, self.more_button):
            line.addWidget(widget)

    # --- source and run -------------------------------------------------------------------------------------

    def specification(self) -> str:
        """What is chosen or typed, as :meth:`LiveController.start` takes it; empty when nothing is."""
        text = self.source.currentText().strip()
        known = self.source.findText(text, Qt.MatchFlag.MatchFixedString)
        return str(self.source.itemData(known)) if text and known >= 0 else text

    def choose(self, specification: str) -> None:
        """Show ``specification`` as chosen, by its label when it is in the list."""
        known = self.source.findData(specification)
        if known >= 0:
            self.source.setCurrentIndex(known)
        else:
            self.source.setEditText(specification)

    def show_sources(self, sources: list[tuple[str, str]]) -> None:
        """Replace the list, keeping what is chosen or typed."""
        there = [(self.source.itemData(i), self.source.itemText(i)) for i in range(self.source.count())]
        wanted = list(sources or FIRST_SOURCES)
        view = self.source.view()
        if there == wanted or (view is not None and view.isVisible()):
            return  # an open list must not be taken from under the pointer
        chosen = self.specification()
        self.source.clear()
        for specification, label in wanted:
            self.source.addItem(label, specification)
        self.choose(chosen)

    def show_modes(self, modes: Sequence[tuple[int, int, float]]) -> None:
        """Offer a camera's sizes and rates; nothing is shown when there is no choice."""
        shown = [self.modes.itemData(i) for i in range(self.modes.count())]
        if shown != list(modes):
            self.modes.clear()
            for width, height, fps in modes:
                rate = f", {fps:.0f} fps" if fps else ""
                self.modes.addItem(f"{width}×{height}{rate}", (width, height, fps))
        self.modes.setVisible(len(modes) > 1)

    def show_active(self, active: bool) -> None:
        """Say Stop while something runs, Start otherwise."""
        self.active = active
        for widget in (self.source, self.modes):
            widget.setEnabled(not active)
        self.run_button.setText("Stop" if active else "Start")
        self.run_button.setToolTip(f"{'Stop' if active else 'Start'} ({key_of('run')})")
        self._set_running(self.run_button, active)
        self.replay_button.setEnabled(active)

    def toggle_run(self) -> None:
        """Start what is chosen, or stop."""
        if self.active:
            self.stop_asked.emit()
        else:
            self._start()

    def _start(self) -> None:
        if not self.active and (specification := self.specification()):
            self.start_asked.emit(specification)

    def _tell_mode(self, index: int) -> None:
        width, height, fps = self.modes.itemData(index)
        self.mode_chosen.emit(int(width), int(height), float(fps))

    # --- recording and markers ------------------------------------------------------------------------------

    def show_recording(self, status: RecordingStatus | None) -> None:
        """Say how long and how large the recording is; with None, offer to record."""
        shown = None if status is None else (int(status.seconds), status.bytes)
        if shown == self._recorded and self.record_button.toolTip():
            return
        self._recorded = shown
        if status is None:
            self.record_button.setText("● Record")
            self.record_button.setToolTip(f"Record a session ({key_of('record')})")
        else:
            self.record_button.setText(f"■ {clock(int(status.seconds))}  {size_words(status.bytes)}")
            self.record_button.setToolTip(
                f"Stop recording ({key_of('record')})\n{status.path}\nmode: {status.mode}"
            )
        self.record_button.setAccessibleName("Record" if status is None else "Stop recording")
        self._set_running(self.record_button, status is not None)

    def show_labels(self, labels: Sequence[str]) -> None:
        """Fill the menu of markers."""
        self.marks.clear()
        metrics = QFontMetrics(self.marks.font())
        for number, label in enumerate(labels, 1):
            words = metrics.elidedText(label or "(no label)", Qt.TextElideMode.ElideRight, _LABEL_PX)
            self._mark_action(f"{number}  {words}".replace("&", "&&"), number, label)
        self.marks.addSeparator()
        self._mark_action("0  Any text …", 0, "")
        self.marks.setToolTipsVisible(True)

    def _mark_action(self, text: str, number: int, tip: str) -> None:
        action = self.marks.addAction(text)
        assert action is not None
        action.setToolTip(tip)
        action.triggered.connect(lambda: self.mark_asked.emit(number))

    def _set_running(self, button: QPushButton, running: bool) -> None:
        if button.property("running") != running:
            button.setProperty("running", running)
            if (
                style := button.style()
            ) is not None:  # the style sheet looks at properties only when polished
                style.unpolish(button)
                style.polish(button)


def size_words(count: int) -> str:
    """Bytes in the unit that reads best."""
    if count < 1_000_000:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e6:.1f} MB" if count < 1_000_000_000 else f"{count / 1e9:.2f} GB"
