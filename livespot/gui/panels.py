"""Everything inside the live window, for one theme: made anew when the theme changes."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from livespot.gui.banner import Banner
from livespot.gui.curves import CurvesView
from livespot.gui.events import EventList
from livespot.gui.instant_replay import InstantReplay
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

CROWDED_PX = 680
"""Below this height of the window, sliders and a message do not fit together."""

BOTH_PX, LEAST_PX = 340, 200
"""Heights at which curves and strip can be read together, and the curves alone."""


class Measuring(QWidget):
    """The curves, and below them the strip where there is room for both to be read.

    Attributes
    ----------
    wanted : bool
        Whether the user wants the strip.
    """

    def __init__(self, curves: QWidget, strip: QWidget) -> None:
        super().__init__()
        self.wanted = True
        self._strip = strip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(curves, 1)
        column.addWidget(strip)

    @property
    def strip_shown(self) -> bool:
        """Whether there is room for the strip, and it is wanted."""
        return not self._strip.isHidden()

    def want(self, wanted: bool) -> None:
        """Show the strip from now on, or no more."""
        self.wanted = wanted
        self._strip.setVisible(wanted and self.height() >= BOTH_PX)

    def minimumSizeHint(self) -> QSize:
        """Without the strip, which goes when it must."""
        return QSize(super().minimumSizeHint().width(), LEAST_PX)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Let the strip go before the curves become too flat."""
        super().resizeEvent(event)
        self.want(self.wanted)


class Aside(QSplitter):
    """The events, below them the instant replay while it is open; where there is no room for both, it alone."""

    def __init__(self, events: QWidget, replay: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._events, self._replay = events, replay
        self.setHandleWidth(GRID_PX)
        self.setChildrenCollapsible(False)
        self.addWidget(events)
        self.addWidget(replay)
        self.setStretchFactor(0, 1)
        self.setSizes([160, 280])
        replay.hide()

    def open_replay(self, opened: bool) -> None:
        """Show the replay, or the events alone."""
        self._replay.setVisible(opened)
        self._events.setVisible(not opened or self.height() >= BOTH_PX)

    def minimumSizeHint(self) -> QSize:
        """That of one of them."""
        return QSize(super().minimumSizeHint().width(), LEAST_PX)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Decide anew."""
        super().resizeEvent(event)
        self.open_replay(not self._replay.isHidden())


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
        self.replay = InstantReplay(theme)
        self.replay_panel = Panel("", self.replay)
        self.magnify = MagnifyView(theme)
        self.watching = QStackedWidget()
        self.strip = StripView(theme)
        self.measuring = Measuring(self.curves, Panel("", self.strip))
        self.timeline = TimelineView(theme, self.truth)
        self.status = StatusView()
        self._counts = labelled("", "muted")
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.tune_panel = Panel("", self.tunebar)
        self.tune_panel.hide()
        self._tuning = False
        self.banner.shown.connect(self._make_room)
        self._arrange()

    def _arrange(self) -> None:
        events = Panel("Events", self.events)
        events.header.addWidget(self._counts)
        self.splitter.setHandleWidth(GRID_PX)
        self.splitter.setChildrenCollapsible(False)
        self.aside = Aside(events, self.replay_panel)
        for widget, share in ((self._watching(), 11), (self.measuring, 9), (self.aside, 0)):
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

    def show_tuning(self, shown: bool) -> None:
        """Show sliders, baseline and engine, or no more."""
        self._tuning = shown
        self._make_room()

    def _make_room(self) -> None:
        """In a low window a message takes the place of the sliders."""
        crowded = not self.banner.isHidden() and self.height() < CROWDED_PX
        self.tune_panel.setVisible(self._tuning and not crowded)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Decide anew what there is room for."""
        super().resizeEvent(event)
        self._make_room()

    def show_magnified(self, shown: bool) -> None:
        """The magnified motion in place of the picture."""
        self.watching.setCurrentWidget(self.magnify if shown else self.picture)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Hand a snapshot to every panel that is seen."""
        for panel in (self.curves, self.timeline, self.events, self.status):
            panel.show_snapshot(snapshot)
        seen = self.magnify if self.watching.currentWidget() is self.magnify else self.picture
        seen.show_snapshot(snapshot)
        if self.measuring.strip_shown:
            self.strip.show_snapshot(snapshot)
        if not self.replay_panel.isHidden():
            self.replay.show_snapshot(snapshot)
        if not self.tune_panel.isHidden():
            self.tunebar.show_snapshot(snapshot)
        self.toolbar.show_recording(snapshot.recording)
        if (rows := self.events.events.rowCount()) != self._counts.property("rows"):
            counts = self.events.events.counts()
            self._counts.setProperty("rows", rows)
            self._counts.setText(f"{counts['ME']} ME  ·  {counts['MaE']} MaE")
