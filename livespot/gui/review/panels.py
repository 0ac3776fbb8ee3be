"""The page on which an opened recording is looked at and decided about: picture, list, transport, track."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QSplitter, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from livespot.gui.magnify import MagnifyView
from livespot.gui.painting import Panel, labelled
from livespot.gui.palette import GRID_PX, Theme
from livespot.gui.picture import PictureView
from livespot.gui.review.axis import TimeAxis
from livespot.gui.review.bars import TrackContent
from livespot.gui.review.decision_panel import DecisionPanel
from livespot.gui.review.decisions import Decisions
from livespot.gui.review.overview import Overview
from livespot.gui.review.score import ScoreLabel, TrackLegend
from livespot.gui.review.table import RowTable
from livespot.gui.review.track import TrackView
from livespot.gui.review.transport_bar import TransportBar
from livespot.replay.recording import Analysis
from livespot.review.orders import ReviewService
from livespot.snapshot import Snapshot


class ReviewPanels(QWidget):
    """All panels of one recording; :class:`ReviewWindow` connects them with a service."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.axis = TimeAxis()
        self.picture = PictureView(theme)
        self.no_picture = labelled("", "muted")
        self.no_picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.no_picture.setWordWrap(True)
        self._pictures = QStackedWidget()
        self._pictures.addWidget(self.picture)
        self._pictures.addWidget(self.no_picture)
        self.magnified = MagnifyView(theme)
        self._pictures.addWidget(self.magnified)
        self.table = RowTable(theme)
        self.decide = DecisionPanel()
        self.transport = TransportBar(theme)
        self.track = TrackView(theme, self.axis)
        self.overview = Overview(self.axis, theme)
        self.score = ScoreLabel()
        self.counts = labelled("", "muted")
        self._legend = TrackLegend(theme)
        self.drop_new = QToolButton()
        self.drop_new.setText("Drop new")
        self.drop_new.setObjectName("slim")
        self.drop_new.setToolTip("Take the new analysis away again")
        self.drop_new.hide()
        self.stretch: tuple[float, float] | None = None
        """What was chosen with Shift+drag."""
        self._content = TrackContent()
        self._arrange()

    def _arrange(self) -> None:
        intervals = Panel("Intervals", self.table)
        intervals.header.addWidget(self.counts)
        self.upper = QSplitter(Qt.Orientation.Horizontal)
        self.upper.setHandleWidth(GRID_PX)
        self.upper.setChildrenCollapsible(False)
        self.upper.addWidget(Panel("", self._pictures))
        self.upper.addWidget(intervals)
        self.upper.addWidget(Panel("Review", self.decide))
        for place, stretch in enumerate((3, 2, 0)):
            self.upper.setStretchFactor(place, stretch)
        self.upper.setSizes([520, 424, 304])
        lower = QWidget()
        below = QVBoxLayout(lower)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(GRID_PX // 2)
        below.addWidget(self.transport)
        below.addWidget(self.track, 1)
        below.addWidget(self.overview)
        track = Panel("Track", lower)
        track.header.setStretch(1, 0)
        track.header.addWidget(self.score, 1)
        track.header.addWidget(self.drop_new)
        track.header.addWidget(self._legend)
        self.parts = QSplitter(Qt.Orientation.Vertical)
        self.parts.setHandleWidth(GRID_PX)
        self.parts.setChildrenCollapsible(False)
        self.parts.addWidget(self.upper)
        self.parts.addWidget(track)
        self.parts.setStretchFactor(0, 3)
        self.parts.setStretchFactor(1, 2)
        self.parts.setSizes([296, 330])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.parts)

    def begin(self, service: ReviewService, magnified: bool) -> None:
        """Another recording."""
        recording = service.player.recording
        transport = service.player.transport
        self.stretch = None
        self.track.show_range(None)
        self.axis.set_range(transport.start_s, transport.end_s)
        self.transport.show_length(transport.end_s)
        self.transport.show_loop(False)
        self.transport.show_speed(transport.speed)
        self._pictures.setCurrentWidget(self.picture if recording.has_pictures else self.no_picture)
        self.show_magnified(magnified)
        self.no_picture.setText(
            "No picture\n\nThis session was recorded without one; its curves and intervals are all here."
            if recording.info.kind == "session"
            else "No picture"
        )

    def show_results(self, service: ReviewService, decisions: Decisions, compared: Analysis | None) -> None:
        """Intervals, decisions, ground truth, second analysis: everything but the moment on show."""
        recording, marks = service.player.recording, decisions.marks
        faces = recording.faces
        shown = compared if compared is not None else recording.base
        self._content = TrackContent(
            base=recording.base,
            compared=compared,
            marks=marks,
            markers=recording.markers,
            no_face=faces.absent(),
            gaps=recording.gaps,
            selected=decisions.selected,
            thresholds={k: float(v) for k, v in shown.thresholds.items() if k in ("ME", "MaE")},
        )
        self.track.show_content(self._content)
        self.overview.show_marks(marks)
        self.table.show_marks(marks, decisions.selected)
        self.decide.show_row(decisions.row)
        self.decide.show_history(undo=decisions.can_undo, redo=decisions.can_redo)
        self.score.show_scores(marks.score, marks.compared_score, compared.name if compared else "")
        self.drop_new.setVisible(compared is not None)
        self._legend.show_parts(truth=bool(marks.truth), compared=compared is not None)
        found = [row for row in marks.rows if row.kind == "found"]
        types = [row.interval.type for row in found]
        words = (
            f"{types.count('ME')} ME  ·  {types.count('MaE')} MaE  ·  {marks.decided} of {len(found)} decided"
        )
        self.counts.setText(words if found else "")

    def show_magnified(self, on: bool) -> None:
        """The face with its motion enlarged in place of the picture."""
        if self._pictures.currentWidget() is not self.no_picture:
            self._pictures.setCurrentWidget(self.magnified if on else self.picture)

    def show_preview(self, decisions: Decisions, part: str, time_s: float) -> None:
        """An end while it is being dragged."""
        interval = decisions.moved(part, time_s)
        if interval is not None:
            self.track.show_content(replace(self._content, marks=decisions.preview(interval)))

    def show_moment(self, service: ReviewService, snapshot: Snapshot) -> None:
        """The picture and the position; at each tick."""
        player = service.player
        (self.magnified if self._pictures.currentWidget() is self.magnified else self.picture).show_snapshot(
            snapshot
        )
        time_s = player.transport.position_s
        if player.transport.playing:
            self.axis.follow(time_s)
        self.track.show_position(time_s)
        self.overview.show_position(time_s)
        self.transport.show_playing(player.transport.playing)
        self.transport.show_position(time_s, player.number)


def message_page() -> tuple[QWidget, QLabel, QLabel]:
    """A page with a headline and a sentence, for when nothing is open."""
    page = QWidget()
    headline, hint = labelled("", "display"), labelled("", "muted")
    layout = QVBoxLayout(page)
    layout.setContentsMargins(*[6 * GRID_PX] * 4)
    layout.setSpacing(2 * GRID_PX)
    layout.addStretch(1)
    for label in (headline, hint):
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(label)
    layout.addStretch(1)
    return page, headline, hint
