"""Orders of the live window that concern recordings and markers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QProcess, QUrl
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import QDialog

from livespot.gui.controller import LiveController
from livespot.gui.marker_dialog import MarkerDialog
from livespot.gui.ports import RunPort
from livespot.gui.record import RecordDialog
from livespot.gui.toolbar import size_words
from livespot.snapshot import RecordingStatus, RunState, Snapshot


class RecordActions:
    """Recording and marking for one window.

    Parameters
    ----------
    window : RunPort
    open_dialog : callable
        Shows a dialog that blocks nothing.
    """

    def __init__(self, window: RunPort, open_dialog: Callable[[QDialog], None]) -> None:
        self._window = window
        self._open = open_dialog
        self._recorded: RecordingStatus | None = None
        self._armed = False
        self._run_recorded = False

    @property
    def _controller(self) -> LiveController:
        return self._window.controller

    def record(self) -> None:
        """Ask what to record, or stop recording."""
        if self._window.snapshot.recording is not None or self._armed:
            self._armed = False
            self._window.order(self._controller.stop_recording)
            return
        running = self._window.panels.toolbar.active
        preferences = self._window.preferences
        theme = self._window.panels.theme
        dialog = RecordDialog(preferences.folder, preferences.mode, running, theme, self._window.widget)
        dialog.record_asked.connect(self._record)
        self._open(dialog)

    def _record(self, folder: str, mode: str, consent: str, name: str) -> None:
        window = self._window
        window.prefer(replace(window.preferences, folder=folder, mode=mode))
        running = self._window.panels.toolbar.active

        def armed(path: object) -> None:
            self._armed = path is None
            if path is None and not running:
                self._window.panels.banner.say(
                    "The next run will be recorded from its first frame.", seconds=20
                )

        window.order(lambda: self._controller.record(folder, mode, consent, name or None), armed)

    def stopped(self) -> None:
        """The user pressed Stop: an order to record does not outlive the run."""
        self._armed = False
        self._window.order(self._controller.stop_recording)

    def run_ended(self, snapshot: Snapshot) -> None:
        """The run ended by itself: an order to record does not outlive it, unless it is still for the next start."""
        if snapshot.recording is not None or self._run_recorded:
            self._armed = self._run_recorded = False
            self._window.order(self._controller.stop_recording)

    def mark(self, number: int) -> None:
        """Set marker 1 to 9, or ask for the text of one."""
        if self._window.snapshot.state not in (RunState.RUNNING, RunState.RECONNECTING):
            self._window.panels.banner.say("A marker needs a run: start a source first.", seconds=6)
        elif number:
            self._mark(self._window.preferences.labels[number - 1] or f"marker {number}")
        else:
            dialog = MarkerDialog(self._controller.moment_s(), self._window.widget)
            dialog.chosen.connect(self._mark)
            self._open(dialog)

    def _mark(self, label: str, time_s: float | None = None) -> None:
        # No lane: it is stamped with the moment of this call, and nothing here waits for the disk.
        self._controller.mark(label, time_s, wait_s=0.0)

    def follow(self, snapshot: Snapshot) -> None:
        """Say that a recording has ended, and where it is."""
        if self._recorded is not None and snapshot.recording is None:
            self._say_recorded(self._recorded, snapshot)
        self._recorded = snapshot.recording
        self._run_recorded = self._run_recorded or snapshot.recording is not None

    def _say_recorded(self, status: RecordingStatus, snapshot: Snapshot) -> None:
        self._window.session_recorded(status.path)
        name = Path(status.path).name
        length = f"{int(status.seconds // 60)}:{int(status.seconds % 60):02d}"
        words = f"Recorded {name}: {length}, {size_words(status.bytes)}."
        if status.alarm:
            words += f" {status.alarm}."
        elif snapshot.state is RunState.FAILED:
            words += " The source is gone; everything until then is kept."
        self._window.panels.banner.say(
            words,
            [
                ("Review", lambda: review(status.path)),
                (
                    "Show folder",
                    lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(status.path).parent))),
                ),
            ],
            attention=bool(status.alarm),
        )


def review(session: str) -> None:
    """Open a session for review, in a window and a process of its own: the live run goes on undisturbed."""
    QProcess.startDetached(sys.executable, ["-m", "livespot", "replay", session])
