"""The main window: panels side by side, one timer that fetches snapshots, orders that go out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PyQt6.QtCore import QSettings, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PyQt6.QtWidgets import QAbstractButton, QApplication, QMainWindow, QSplitter, QVBoxLayout, QWidget

from livespot.errors import LivespotError
from livespot.gui.controller import ACTIVE_STATES, LiveController, Orders
from livespot.gui.curves import CurvesView
from livespot.gui.events import EventList
from livespot.gui.painting import Panel, labelled
from livespot.gui.palette import DARK, GRID_PX, Theme
from livespot.gui.picture import Overlays, PictureView
from livespot.gui.status import StatusView
from livespot.gui.stylesheet import stylesheet
from livespot.gui.timeline import TimelineLegend, TimelineView
from livespot.gui.toolbar import Toolbar
from livespot.snapshot import RunState, Snapshot
from livespot.types import Interval

TICK_MS = 33
"""About 30 per second: a camera gives no more."""

STOP_S = 6.0
"""How long closing waits for the stream's threads: a little longer than the stream itself does."""

MINIMUM_WIDTH_PX, MINIMUM_HEIGHT_PX = 900, 600


class MainWindow(QMainWindow):
    """Picture, curves, events, timeline and status of one stream.

    Parameters
    ----------
    controller : LiveController
        Stopped when the window closes.
    title : str
    ground_truth : sequence of Interval
        Shown beside what is found, in the times of the stream.
    theme : Theme
    settings : QSettings or None
        Where geometry and overlays are kept; None: nowhere.
    """

    closed = pyqtSignal()

    def __init__(
        self,
        controller: LiveController,
        *,
        title: str = "livespot",
        ground_truth: Sequence[Interval] = (),
        theme: Theme = DARK,
        settings: QSettings | None = None,
    ) -> None:
        super().__init__()
        self._controller = controller
        self._settings = settings
        self._orders, self._lister = Orders("livespot-orders"), Orders("livespot-sources")
        self._snapshot: Snapshot | None = None
        self._asked: RunState | None = None
        self._trouble = ""
        self.setWindowTitle(title)
        self.setStyleSheet(stylesheet(theme))
        self.setMinimumSize(MINIMUM_WIDTH_PX, MINIMUM_HEIGHT_PX)
        self.resize(1280, 720)
        self.toolbar = Toolbar(theme, Overlays())
        self.picture = PictureView(theme)
        self.curves = CurvesView(theme)
        self.events = EventList(theme)
        self.timeline = TimelineView(theme, ground_truth)
        self.status = StatusView()
        self._counts = labelled("", "muted")
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._arrange(TimelineLegend(theme, truth=bool(ground_truth)))
        self._connect()
        self._restore()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        self.list_sources()
        self.toolbar.run_button.setFocus()
        self.tick()

    def _arrange(self, legend: QWidget) -> None:
        events = Panel("Events", self.events)
        events.header.addWidget(self._counts)
        self._splitter.setHandleWidth(GRID_PX)
        self._splitter.setChildrenCollapsible(False)
        for widget, share in ((Panel("", self.picture), 11), (self.curves, 9), (events, 0)):
            self._splitter.addWidget(widget)
            self._splitter.setStretchFactor(self._splitter.count() - 1, share)
        self._splitter.setSizes([536, 448, 272])
        timeline = Panel("Timeline", self.timeline)
        timeline.header.addWidget(legend)
        content = QWidget()
        content.setObjectName("content")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(*[GRID_PX] * 4)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.toolbar)
        layout.addWidget(self._splitter, 1)
        layout.addWidget(timeline)
        layout.addWidget(Panel("", self.status))
        self.setCentralWidget(content)

    def _connect(self) -> None:
        self.toolbar.start_asked.connect(self.start)
        self.toolbar.stop_asked.connect(self.stop)
        self.toolbar.overlays_changed.connect(self._show_overlays)
        switches = self.toolbar.switches
        keys: dict[str, Callable[[], object]] = {
            "B": switches["box"].toggle,
            "L": switches["landmarks"].toggle,
            "R": switches["rois"].toggle,
            "M": switches["motion"].toggle,
            "F": switches["mirror"].toggle,
            "Ctrl+0": self.toolbar.reset_view,
            "F5": self.list_sources,
            "Space": self._space,
            "Q": self.close,
            "Ctrl+Q": self.close,
        }
        for key, action in keys.items():
            QShortcut(QKeySequence(key), self).activated.connect(action)

    # --- orders ---------------------------------------------------------------------------------------------

    def start(self, source: str) -> None:
        """Order the controller to run ``source``; shows it in the source box."""
        self.toolbar.choose(source)
        self._trouble = ""
        self._ask(RunState.STARTING)
        self._orders.give(lambda: self._controller.start(source), lambda _: self._answered())

    def stop(self) -> None:
        """Order the controller to stop."""
        self._trouble = ""
        self._ask(RunState.IDLE)
        self._orders.give(self._controller.stop, lambda _: self._answered())

    def list_sources(self) -> None:
        """Look for cameras, in the background."""
        if not self._lister.busy:
            self._lister.give(self._controller.sources, self._show_sources)

    def _ask(self, state: RunState) -> None:
        self._asked = state
        self._show_run(self._snapshot.state if self._snapshot is not None else RunState.IDLE)

    def _answered(self) -> None:
        self._asked = None

    def _space(self) -> None:
        focus = QApplication.focusWidget()
        if isinstance(focus, QAbstractButton) and focus is not self.toolbar.run_button:
            focus.click()  # the key belongs to the focused switch first
        else:
            self.toolbar.toggle_run()

    # --- ticks ----------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Fetch what became of the orders and the newest snapshot, and show both."""
        for orders in (self._orders, self._lister):
            try:
                orders.poll()
            except LivespotError as error:
                self._asked, self._trouble = None, str(error)
            except Exception:
                self._asked = None
                raise  # to the report; the next tick goes on
        snapshot = self._controller.snapshot()
        if self._trouble and snapshot.state not in ACTIVE_STATES:
            snapshot = replace(snapshot, state=RunState.FAILED, message=self._trouble)
        self.show_snapshot(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Hand a snapshot to every panel; costs nothing when it is the one already shown."""
        if snapshot is self._snapshot and self._asked is None:
            return
        self._snapshot = snapshot
        for panel in (self.picture, self.curves, self.timeline, self.events, self.status):
            panel.show_snapshot(snapshot)
        self._show_run(snapshot.state)
        if (rows := self.events.events.rowCount()) != self._counts.property("rows"):
            counts = self.events.events.counts()
            self._counts.setProperty("rows", rows)
            self._counts.setText(f"{counts['ME']} ME  ·  {counts['MaE']} MaE")

    def _show_run(self, state: RunState) -> None:
        active = (self._asked or state) in ACTIVE_STATES
        if active != self.toolbar.active:
            self.toolbar.show_active(active)

    def _show_sources(self, sources: object) -> None:
        if isinstance(sources, list):
            self.toolbar.show_sources(sources)

    def _show_overlays(self, overlays: object) -> None:
        if isinstance(overlays, Overlays):
            self.picture.overlays = overlays
            self.picture.update()

    # --- beginning and end ----------------------------------------------------------------------------------

    def _restore(self) -> None:
        if self._settings is None:
            return
        for key, restore in (("geometry", self.restoreGeometry), ("splitter", self._splitter.restoreState)):
            if (kept := self._settings.value(f"live/{key}")) is not None:
                restore(kept)
        kept = self._settings.value("live/overlays")
        if isinstance(kept, dict):
            known = {name: kept[name] for name in Overlays.__slots__ if name in kept}
            self.toolbar.show_overlays(Overlays(**known))

    def _save(self) -> None:
        if self._settings is None:
            return
        self._settings.setValue("live/geometry", self.saveGeometry())
        self._settings.setValue("live/splitter", self._splitter.saveState())
        shown = self.toolbar.overlays()
        self._settings.setValue("live/overlays", {name: getattr(shown, name) for name in Overlays.__slots__})
        self._settings.sync()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop the controller and its threads, within :data:`STOP_S`."""
        if self._timer.isActive():
            self._timer.stop()
            self._save()
            self.hide()
            self._orders.give(self._controller.stop, lambda _: None)
            self._orders.close(STOP_S)
            self._lister.close(0.5)
            self.closed.emit()
        super().closeEvent(event)
