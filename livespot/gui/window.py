"""The live window: panels side by side, one timer that fetches snapshots, orders that go out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PyQt6.QtCore import QSettings, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QAbstractButton, QApplication, QMainWindow, QWidget

from livespot.errors import LivespotError
from livespot.gui import preferences as kept
from livespot.gui.actions import LiveActions
from livespot.gui.control_style import control_style
from livespot.gui.controller import ACTIVE_STATES, Lanes, LiveController
from livespot.gui.palette import DARK, THEMES, Theme
from livespot.gui.panels import LivePanels
from livespot.gui.picture import Overlays
from livespot.gui.preferences import Preferences
from livespot.gui.stylesheet import stylesheet
from livespot.snapshot import RunState, Snapshot
from livespot.types import Interval

TICK_MS = 22
"""Oftener than a camera gives pictures, so that each of them is shown; a tick without one repaints nothing."""

LOOK_MS = 3000
"""How often cameras are looked for, so that one that is plugged in shows up by itself."""

STOP_S = 6.0
"""How long closing waits for the stream's threads: a little longer than the stream itself does."""

MINIMUM_WIDTH_PX, MINIMUM_HEIGHT_PX = 900, 600


class MainWindow(QMainWindow):
    """Picture, curves, events, timeline and status of one stream, and all that can be ordered.

    Parameters
    ----------
    controller : LiveController
        Stopped when the window closes.
    title : str
    ground_truth : sequence of Interval
        Shown beside what is found, in the times of the stream, whatever the source.
    truths : mapping of str to sequence of Interval
        The same for single sources, by their specification.
    theme : Theme
        The user's own choice goes before it.
    settings : QSettings or None
        Where geometry, overlays and preferences are kept; None: nowhere.
    """

    closed = pyqtSignal()
    recorded = pyqtSignal(str)

    def __init__(
        self,
        controller: LiveController,
        *,
        title: str = "livespot",
        ground_truth: Sequence[Interval] = (),
        truths: Mapping[str, Sequence[Interval]] | None = None,
        theme: Theme = DARK,
        settings: QSettings | None = None,
    ) -> None:
        super().__init__()
        self.controller = controller
        self._settings = settings
        self._truth, self._truths = tuple(ground_truth), dict(truths or {})
        self._lanes = Lanes()
        self._snapshot: Snapshot | None = None
        self._asked: RunState | None = None
        self._asks = 0  # starts and stops so far
        self._trouble = ""
        self._ended = False
        self.preferences = kept.load(settings)
        if settings is None or not settings.contains("live/preferences"):
            self.preferences = replace(self.preferences, theme=theme.name)
        self.setWindowTitle(title)
        self.setMinimumSize(MINIMUM_WIDTH_PX, MINIMUM_HEIGHT_PX)
        self.resize(1280, 720)
        self.actions_ = LiveActions(self)
        self.panels = self._built(THEMES[self.preferences.theme], self._truth)
        self._restore()
        self._timer, self._looking = QTimer(self), QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        for timer, pause_ms, action in (
            (self._timer, TICK_MS, self.tick),
            (self._looking, LOOK_MS, self.list_sources),
        ):
            timer.setInterval(pause_ms)
            timer.timeout.connect(action)
            timer.start()
        self.list_sources()
        self.actions_.begin()
        self.panels.toolbar.run_button.setFocus()
        self.tick()

    # --- panels ---------------------------------------------------------------------------------------------

    def _built(self, theme: Theme, truth: Sequence[Interval]) -> LivePanels:
        self.setStyleSheet(stylesheet(theme) + control_style(theme))
        panels = LivePanels(theme, truth)
        panels.toolbar.start_asked.connect(self.start)
        panels.toolbar.stop_asked.connect(self.stop)
        panels.viewbar.overlays_changed.connect(self._show_overlays)
        self.actions_.connect_panels(panels)
        self.setCentralWidget(panels)
        return panels

    def rebuild(self, theme: Theme | None = None, truth: Sequence[Interval] | None = None) -> None:
        """Make the panels anew in another theme, or for another ground truth; what they show stays."""
        before = self.panels
        overlays, sizes = before.viewbar.overlays(), before.splitter.saveState()
        sources = [(before.toolbar.source.itemData(i), before.toolbar.source.itemText(i))
                   for i in range(before.toolbar.source.count())]  # fmt: skip
        chosen, active = before.toolbar.specification(), before.toolbar.active
        self.panels = self._built(theme or before.theme, before.truth if truth is None else truth)
        self.panels.splitter.restoreState(sizes)
        self.panels.viewbar.show_overlays(overlays)
        self.panels.toolbar.show_sources(sources)
        self.panels.toolbar.choose(chosen)
        self.panels.toolbar.show_active(active)
        self.actions_.begin()
        self._show_overlays(overlays)
        shown, self._snapshot = self._snapshot, None
        if shown is not None:
            self.show_snapshot(shown)

    # --- orders ---------------------------------------------------------------------------------------------

    def order(self, order: Callable[[], object], then: Callable[[object], object] = lambda _: None) -> None:
        """Have a worker do something at once and ``then`` show what came of it, in this thread."""
        self._lanes.give(order, lambda result: (then(result), None)[1])

    def order_long(
        self, order: Callable[[], object], then: Callable[[object], object] = lambda _: None
    ) -> None:
        """The same for what may take long: no other order waits for it."""
        self._lanes.give_long(order, lambda result: (then(result), None)[1])

    def start(self, source: str) -> None:
        """Order the controller to run ``source``; shows it in the source box."""
        self.panels.toolbar.choose(source)
        truth = self._truths.get(source, self._truth)
        if tuple(truth) != self.panels.truth:
            self.rebuild(truth=truth)
        self._trouble, self._ended = "", False
        self.actions_.forget()
        asked = self._ask(RunState.OPENING)
        self.order_long(lambda: self.controller.start(source), lambda _: self._answered(asked))

    def start_first(self, source: str) -> None:
        """The same; ``auto`` without any camera shows the demo, and says how to go on."""
        if source != "auto":
            self.start(source)
            return
        self._ask(RunState.OPENING)
        self.order_long(self.controller.sources, self.actions_.first_sources)

    def stop(self) -> None:
        """Order the controller to stop, and to complete what it records."""
        self._trouble = ""
        asked = self._ask(RunState.IDLE)
        self.order(self.controller.stop, lambda _: self._answered(asked))
        self.actions_.stopped()

    def list_sources(self) -> None:
        """Look for cameras, in the background."""
        if not self._lanes.sources.busy:
            self._lanes.sources.give(self.controller.sources, self.actions_.show_sources)

    @property
    def widget(self) -> QWidget:
        """The window itself, as parent of dialogs and owner of shortcuts."""
        return self

    @property
    def snapshot(self) -> Snapshot:
        """The one that is shown."""
        return self._snapshot or Snapshot()

    def _ask(self, state: RunState) -> int:
        """Show what was asked for until that is answered; gives the number of this start or stop."""
        self._asked, self._asks = state, self._asks + 1
        self._show_run(self.snapshot.state)
        return self._asks

    def _answered(self, asked: int) -> None:
        if asked == self._asks:  # nothing else was asked for meanwhile
            self._asked = None

    def space(self) -> None:
        """Start or stop; the key belongs to a focused button first."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QAbstractButton) and focus is not self.panels.toolbar.run_button:
            focus.click()
        else:
            self.panels.toolbar.toggle_run()

    # --- ticks ----------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Fetch what became of the orders and the newest snapshot, and show both."""
        for orders in self._lanes.all:
            try:
                orders.poll()
            except LivespotError as error:
                if self._asked is not None and orders is self._lanes.long:
                    self._asked, self._trouble = None, str(error)
                else:
                    self.panels.banner.say(str(error), attention=True)
            except Exception:
                self._asked = None
                raise  # to the report; the next tick goes on
        snapshot = self.controller.snapshot()
        if self._trouble and self._asked is None and snapshot.state is RunState.IDLE:
            snapshot = replace(snapshot, state=RunState.FAILED, message=self._trouble)
        self.show_snapshot(snapshot)
        if snapshot.state in (RunState.FAILED, RunState.ENDED) and not self._ended:
            self._ended = True
            self.actions_.run_ended(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Hand a snapshot to every panel; costs nothing when it is the one already shown."""
        if snapshot is self._snapshot and self._asked is None:
            return
        before, self._snapshot = self._snapshot, snapshot
        self.panels.show_snapshot(snapshot)
        self._show_run(snapshot.state)
        self.actions_.follow(before, snapshot)

    def _show_run(self, state: RunState) -> None:
        active = (self._asked or state) in ACTIVE_STATES
        if active != self.panels.toolbar.active:
            self.panels.toolbar.show_active(active)

    def _show_overlays(self, overlays: object) -> None:
        if isinstance(overlays, Overlays):
            self.panels.picture.overlays = overlays
            self.panels.picture.update()
            self.panels.magnify.mirror = self.panels.replay.view.mirror = overlays.mirror

    # --- beginning and end ----------------------------------------------------------------------------------

    def session_recorded(self, path: str) -> None:
        """Tell whoever listens that a recording has ended, and where its session is."""
        self.recorded.emit(path)

    def prefer(self, preferences: Preferences) -> None:
        """Take over changed preferences and keep them."""
        before, self.preferences = self.preferences, preferences
        kept.save(self._settings, preferences)
        if preferences.theme != before.theme:
            self.rebuild(theme=THEMES[preferences.theme])
        else:
            self.panels.toolbar.show_labels(preferences.labels)

    def _restore(self) -> None:
        if self._settings is None:
            return
        splitter = self.panels.splitter
        for key, restore in (("geometry", self.restoreGeometry), ("splitter", splitter.restoreState)):
            if (stored := self._settings.value(f"live/{key}")) is not None:
                restore(stored)
        stored = self._settings.value("live/overlays")
        if isinstance(stored, dict):
            known = {name: stored[name] for name in Overlays.__slots__ if name in stored}
            self.panels.viewbar.show_overlays(Overlays(**known))

    def _save(self) -> None:
        if self._settings is None:
            return
        self._settings.setValue("live/geometry", self.saveGeometry())
        self._settings.setValue("live/splitter", self.panels.splitter.saveState())
        shown = self.panels.viewbar.overlays()
        self._settings.setValue("live/overlays", {name: getattr(shown, name) for name in Overlays.__slots__})
        kept.save(self._settings, self.preferences)
        self._settings.sync()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop the controller and its threads, within :data:`STOP_S`."""
        if self._timer.isActive():
            self._timer.stop()
            self._looking.stop()
            self._save()
            self.hide()
            self._lanes.close(self.controller.close, STOP_S)
            self.closed.emit()
        super().closeEvent(event)
