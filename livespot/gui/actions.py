"""What keys, buttons and menus of the live window do, and what it says of what happens by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QDialog, QFileDialog

from livespot.errors import OutputError
from livespot.gui.controller import LiveController
from livespot.gui.keys import KEYS, KeysDialog, key_of
from livespot.gui.painting import clock
from livespot.gui.palette import THEMES
from livespot.gui.panels import LivePanels
from livespot.gui.ports import LivePort
from livespot.gui.preferences import MARKERS, Preferences
from livespot.gui.record_actions import RecordActions
from livespot.gui.settings_dialog import SettingsDialog
from livespot.gui.tune_actions import NUDGE, TuneActions
from livespot.snapshot import Snapshot

REPLAY_S = 10.0
DEMO, AUTO = "demo", "auto"


class LiveActions:
    """Carries out orders for one window.

    Parameters
    ----------
    window : LivePort
    """

    def __init__(self, window: LivePort) -> None:
        self._window = window
        self._cameras: set[str] | None = None
        self._dialogs: list[QDialog] = []
        self.recording, self.tuning = RecordActions(window, self._open), TuneActions(window)
        self._shortcuts()

    @property
    def _panels(self) -> LivePanels:
        return self._window.panels

    def _shortcuts(self) -> None:
        window = self._window
        actions: dict[str, Callable[[], object]] = {
            "run": lambda: window.space(),
            "record": self.recording.record,
            "sources": window.list_sources,
            "picture": self.save_picture,
            "window": self.save_window,
            "quit": window.close,
            "mark_text": lambda: self.recording.mark(0),
            "magnify": lambda: self._panels.viewbar.magnify.toggle(),
            "back": self.back,
            "strip": self.toggle_strip,
            "replay": self.replay,
            "reset": lambda: self._panels.viewbar.reset_view(),
            "tune": lambda: self._panels.toolbar.tune_button.click(),
            "me_less": lambda: self.tuning.nudge("ME", NUDGE),
            "me_more": lambda: self.tuning.nudge("ME", -NUDGE),
            "mae_less": lambda: self.tuning.nudge("MaE", NUDGE),
            "mae_more": lambda: self.tuning.nudge("MaE", -NUDGE),
            "baseline": self.tuning.toggle_baseline,
            "theme": self.switch_theme,
            "settings": self.settings,
            "help": self.help,
        }
        for name in ("box", "landmarks", "rois", "motion", "mirror"):
            actions[name] = lambda name=name: self._panels.viewbar.switches[name].toggle()  # type: ignore[misc]
        for key in (key for group in KEYS.values() for key in group if key.name in actions):
            for sequence in key.keys:
                QShortcut(QKeySequence(sequence), window.widget).activated.connect(actions[key.name])
        for number in range(1, MARKERS + 1):
            shortcut = QShortcut(QKeySequence(str(number)), window.widget)
            shortcut.activated.connect(lambda number=number: self.recording.mark(number))

    def connect_panels(self, panels: LivePanels) -> None:
        """Listen to panels that were just made."""
        toolbar, tunebar = panels.toolbar, panels.tunebar
        toolbar.record_asked.connect(self.recording.record)
        toolbar.mark_asked.connect(self.recording.mark)
        toolbar.tune_asked.connect(lambda: self.tuning.show_tuning(toolbar.tune_button.isChecked()))
        toolbar.source_chosen.connect(self._show_modes)
        toolbar.mode_chosen.connect(
            lambda w, h, fps: self._window.order(lambda: self._controller.use_mode(w, h, fps))
        )
        toolbar.show_labels(self._window.preferences.labels)
        for words, action, name in (
            ("Save picture …", self.save_picture, "picture"),
            ("Save picture of the window …", self.save_window, "window"),
            ("Reset layout", panels.viewbar.reset_view, "reset"),
            ("Motion of every region", self.toggle_strip, "strip"),
            ("Dark or light", self.switch_theme, "theme"),
            ("Settings …", self.settings, "settings"),
            ("Keys …", self.help, "help"),
        ):
            made = toolbar.more.addAction(f"{words}\t{key_of(name)}")
            assert made is not None
            made.triggered.connect(lambda _=False, action=action: action())
        tunebar.threshold_chosen.connect(self.tuning.set_threshold)
        toolbar.replay_asked.connect(self.replay)
        panels.replay.closed.connect(self.close_replay)
        panels.events.pictures_asked.connect(
            lambda event: panels.events.show_pictures(event, self._controller.pictures_of(event))
        )
        panels.events.moment_asked.connect(lambda time_s, _: self.show_moment(time_s))
        panels.viewbar.magnify_changed.connect(panels.show_magnified)
        panels.timeline.seek_asked.connect(self.show_moment)
        panels.timeline.live_asked.connect(self.back)
        panels.picture.moment_closed.connect(self.back)
        panels.curves.threshold_dragged.connect(self.tuning.set_threshold)
        tunebar.reset_asked.connect(self.tuning.reset_thresholds)
        tunebar.baseline_asked.connect(self.tuning.baseline)
        tunebar.engine_chosen.connect(self.tuning.use_engine)

    @property
    def _controller(self) -> LiveController:
        return self._window.controller

    def begin(self) -> None:
        """Bring new panels to what the user has set."""
        preferences = self._window.preferences
        self.tuning.show_tuning(preferences.tuning)
        self._panels.measuring.want(preferences.strip)
        self.tuning.begin()

    # --- sources --------------------------------------------------------------------------------------------

    def show_sources(self, sources: object) -> None:
        """Show a fresh list; say so when a camera was plugged in."""
        if not isinstance(sources, list):
            return
        self._panels.toolbar.show_sources(sources)
        self._show_modes(self._panels.toolbar.specification())
        there = {spec: label for spec, label in sources if spec not in (DEMO, AUTO)}
        new = [spec for spec in there if self._cameras is not None and spec not in self._cameras]
        self._cameras = set(there)
        if new:
            spec, label = new[0], there[new[0]]
            self._panels.banner.say(
                f"{label} was connected.", [("Start it", lambda: self._window.start(spec))], seconds=30
            )

    def _show_modes(self, source: str) -> None:
        self._panels.toolbar.show_modes(self._controller.modes(source))

    def first_sources(self, sources: object) -> None:
        """At the first start: a camera, or the demo and a word on how to go on."""
        cameras = [s for s, _ in sources if s not in (DEMO, AUTO)] if isinstance(sources, list) else []
        if cameras:
            self._window.start(AUTO)
            return
        self._window.start(DEMO)
        self._panels.banner.say(
            "No camera was found, so this is the demo. Connect one and it is offered here, or type the address of a "
            "network camera at the upper left.",
            [("Look again", self._window.list_sources)],
        )

    # --- recording and tuning, in modules of their own --------------------------------------------------------

    def stopped(self) -> None:
        """The user pressed Stop."""
        self.recording.stopped()

    def run_ended(self, snapshot: Snapshot) -> None:
        """The run ended by itself."""
        self.recording.run_ended(snapshot)

    def follow(self, before: Snapshot | None, snapshot: Snapshot) -> None:
        """Say what has happened between two snapshots."""
        self.recording.follow(snapshot)
        self.tuning.follow(before, snapshot)

    # --- looking again, saving, the window ------------------------------------------------------------------

    def back(self) -> None:
        """Back to the live picture, and no message."""
        self._panels.banner.dismiss()
        self._panels.picture.show_moment(None)
        self._panels.timeline.show_cursor(None)
        self.close_replay()

    def forget(self) -> None:
        """Put away what belongs to the run before: message, kept moment, instant replay and magnification."""
        self.back()
        self._panels.viewbar.magnify.setChecked(False)

    def replay(self) -> None:
        """Play the last seconds at quarter speed beside the live picture."""
        panels, snapshot = self._panels, self._window.snapshot
        pictures = self._controller.last_seconds(REPLAY_S)
        if not pictures:
            panels.banner.say("Nothing to play yet: start a source first.", seconds=6)
            return
        panels.aside.open_replay(True)
        panels.replay.play(pictures, snapshot.confirmed[-64:])

    def close_replay(self) -> None:
        """Back to the live picture alone."""
        self._panels.aside.open_replay(False)
        self._panels.replay.play(())

    def show_moment(self, time_s: float) -> None:
        """Hold the kept picture nearest to a time; live goes on behind it."""
        panels = self._panels
        picture = self._controller.moment(time_s)
        if picture is None:
            words = f"No picture of {clock(time_s, 1)} is kept: they are kept for a minute, and for events."
            panels.banner.say(words, seconds=6)
            return
        panels.viewbar.magnify.setChecked(False)
        panels.picture.show_moment(picture, f"{clock(picture.time_s, 2)}  ·  click or Esc: back to live")
        panels.timeline.show_cursor(picture.time_s)

    def toggle_strip(self) -> None:
        """Show or hide the motion of every region over time."""
        window = self._window
        window.prefer(replace(window.preferences, strip=not window.preferences.strip))
        self._panels.measuring.want(window.preferences.strip)

    def save_picture(self) -> None:
        """Ask where, then have the camera's newest picture written."""
        self._ask_file("Save the picture", self._save_picture)

    def _save_picture(self, path: str) -> None:
        self._window.order_long(
            lambda: self._controller.save_picture(path),
            lambda _: self._panels.banner.say(f"Saved {path}.", seconds=8),
        )

    def save_window(self) -> None:
        """Ask where, then write what the window shows now."""
        shown = self._window.grab()

        def write(path: str) -> None:
            if not shown.save(path):
                raise OutputError(f"picture {path}: cannot be written; choose another folder")
            self._panels.banner.say(f"Saved {path}.", seconds=8)

        self._ask_file("Save a picture of the window", write)

    def _ask_file(self, title: str, then: Callable[[str], object]) -> None:
        name = f"livespot {datetime.now():%Y-%m-%d %H-%M-%S}.png"
        dialog = QFileDialog(
            self._window.widget, title, str(Path(self._window.preferences.folder).parent / name)
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["PNG picture (*.png)", "JPEG picture (*.jpg)"])
        dialog.setDefaultSuffix("png")
        dialog.fileSelected.connect(then)
        self._open(dialog)

    def switch_theme(self) -> None:
        """The other theme."""
        names = list(THEMES)
        now = names.index(self._window.preferences.theme)
        theme = names[(now + 1) % len(names)]
        self._window.prefer(replace(self._window.preferences, theme=theme))

    def settings(self) -> None:
        """Show the settings."""
        dialog = SettingsDialog(self._window.preferences, self._panels.theme, self._window.widget)
        dialog.chosen.connect(self._settings_chosen)
        self._open(dialog)

    def _settings_chosen(self, preferences: object) -> None:
        if isinstance(preferences, Preferences):
            self._window.prefer(preferences)

    def help(self) -> None:
        """Show the keys."""
        self._open(KeysDialog(self._window.widget))

    def _open(self, dialog: QDialog) -> None:
        """Show a dialog that blocks nothing; only one of a kind."""
        for other in self._dialogs:
            if type(other) is type(dialog):
                other.close()
        self._dialogs = [other for other in self._dialogs if other.isVisible()]
        self._dialogs.append(dialog)
        dialog.setModal(False)
        dialog.show()
