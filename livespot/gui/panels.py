"""Everything inside the live window, for one theme: made anew when the theme changes."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from livespot.gui.banner import Banner
from livespot.gui.curves import CurvesView
from livespot.gui.events import EventList
from livespot.gui.magnify import MagnifyView
from livespot.gui.painting import Panel, labelled
from livespot.gui.palette import GRID_PX, Theme
from livespot.gui.picture import Overlays, PictureView
from livespot.gui.status import StatusView
from livespot.gui.strip import StripView
from livespot.gui.timeline import TimelineLegend, TimelineView
from livespot.gui.toolbar import Toolbar
from livespot.gui.tunebar import TuneBar
from livespot.gui.viewbar import ViewBar
from livespot.snapshot import Snapshot
from livespot.types import Interval


class LivePanels(QWidget):
    """Controls on top, picture, curves and events side by side, timeline and status below.

    Parameters
    ----------
    theme : Theme
    truth : sequence of Interval
        Ground truth in the times of the stream; empty: no lanes for it.
    """

    def __init__(self, theme: Theme, truth: Sequence[Interval]) -> None:
        super().__init__()
        self.setObjectName("content")
        self.theme = theme
        self.truth = tuple(truth)
        self.toolbar = Toolbar(theme)
        self.tunebar = TuneBar(theme)
        self.banner = Banner()
        self.viewbar = ViewBar(theme, Overlays())
        self.picture = PictureView(theme)
        self.curves = CurvesView(theme)
        self.events = EventList(theme)
        self.magnify = MagnifyView(theme)
        self.watching = QStackedWidget()
        self.strip = StripView(theme)
        self.strip_panel = Panel("", self.strip)
        self.timeline = TimelineView(theme, self.truth)
        self.status = StatusView()
        self._counts = labelled("", "muted")
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.tune_panel = Panel("", self.tunebar)
        self.tune_panel.hide()
        self._arrange()

    def _arrange(self) -> None:
        events = Panel("Events", self.events)
        events.header.addWidget(self._counts)
        self.splitter.setHandleWidth(GRID_PX)
        self.splitter.setChildrenCollapsible(False)
        for widget, share in ((self._watching(), 11), (self._measuring(), 9), (events, 0)):
            self.splitter.addWidget(widget)
            self.splitter.setStretchFactor(self.splitter.count() - 1, share)
        self.splitter.setSizes([536, 448, 272])
        timeline = Panel("Timeline", self.timeline)
        timeline.header.addWidget(TimelineLegend(self.theme, truth=bool(self.truth)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[GRID_PX] * 4)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.toolbar)
        layout.addWidget(self.tune_panel)
        layout.addWidget(self.banner)
        layout.addWidget(self.splitter, 1)
        layout.addWidget(timeline)
        layout.addWidget(Panel("", self.status))

    def _watching(self) -> Panel:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX // 2)
        column.addWidget(self.viewbar)
        column.addWidget(self.watching, 1)
        self.watching.addWidget(self.picture)
        self.watching.addWidget(self.magnify)
        return Panel("", body)

    def _measuring(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.curves, 1)
        column.addWidget(self.strip_panel)
        return body

    def show_magnified(self, shown: bool) -> None:
        """The magnified motion in place of the picture."""
        self.watching.setCurrentWidget(self.magnify if shown else self.picture)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Hand a snapshot to every panel that is seen."""
        for panel in (self.curves, self.timeline, self.events, self.status):
            panel.show_snapshot(snapshot)
        seen = self.magnify if self.watching.currentWidget() is self.magnify else self.picture
        seen.show_snapshot(snapshot)
        if not self.strip_panel.isHidden():
            self.strip.show_snapshot(snapshot)
        if not self.tune_panel.isHidden():
            self.tunebar.show_snapshot(snapshot)
        self.toolbar.show_recording(snapshot.recording)
        if (rows := self.events.events.rowCount()) != self._counts.property("rows"):
            counts = self.events.events.counts()
            self._counts.setProperty("rows", rows)
            self._counts.setText(f"{counts['ME']} ME  ·  {counts['MaE']} MaE")
