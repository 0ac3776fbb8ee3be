"""The last half minute as lanes: what was found, what was true, and where nothing could be measured.

Solid: confirmed. Hatched: provisional. Outlined: ground truth. A tick, a cross and a diamond say right, false alarm
and missed. Each lane is named, so no colour has to be known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PyQt6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QToolTip

from livespot.gui.intervals import FaceHistory, newest_s, visible
from livespot.gui.paint_cache import Stamps, StaticLayer
from livespot.gui.painting import clock, paint_hatched
from livespot.gui.palette import DARK, GRID_PX, Theme, faint, font
from livespot.gui.timeline_bars import (
    TimelineLegend,
    marker_flag,
    paint_found,
    paint_marker,
    paint_open,
    paint_truth,
)
from livespot.gui.timeline_lane import GUTTER_PX, TimeLane
from livespot.gui.timeline_words import words_at
from livespot.gui.verdicts import Verdicts, judge
from livespot.snapshot import Snapshot
from livespot.types import EXPRESSION_TYPES, Interval

__all__ = ["SECONDS", "TimelineLegend", "TimelineView"]

DECIDED_S = 3.0
"""What ended this long ago and was not found is missed: confirmation takes up to 2.4 s."""

SECONDS = TimeLane.SECONDS
_LANE_PX = 20
_TRUTH_PX = 12
_FACE_PX = 8
_AXIS_PX = 20
_MINIMUM_BAR_PX = 4.0


class TimelineView(TimeLane):
    """Bars of ME and MaE, ground truth when there is one, face, gaps and markers.

    Show it alone with ``TimelineView().show_snapshot(snapshot)``.

    Parameters
    ----------
    theme : Theme
    ground_truth : sequence of Interval
        In the times of the stream; empty: no lanes for it.
    """

    def __init__(self, theme: Theme = DARK, ground_truth: Sequence[Interval] = ()) -> None:
        super().__init__()
        self._theme = theme
        self._truth: tuple[Interval, ...] = ()
        self._snapshot = Snapshot()
        self._judged: tuple[object, ...] = ()
        self.verdicts = Verdicts()
        self._faces = FaceHistory(SECONDS)
        self._stamps = Stamps()
        self._lanes = StaticLayer(self._paint_lanes)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(320)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # spares the styled panel below
        self.setAccessibleName("Timeline of expressions")
        self.show_truth(ground_truth)

    def sizeHint(self) -> QSize:
        """As high as its lanes."""
        return QSize(800, round(self._tops()["axis"]) + _AXIS_PX)

    def _tops(self) -> dict[str, float]:
        """Where each lane begins."""
        tops: dict[str, float] = {}
        top = float(GRID_PX // 2)
        for kind in EXPRESSION_TYPES:
            tops[kind] = top
            top += _LANE_PX
            if self._truth:
                tops[f"{kind} truth"] = top + GRID_PX // 2
                top += GRID_PX // 2 + _TRUTH_PX
            top += GRID_PX
        tops["face"] = top
        tops["axis"] = top + _FACE_PX + GRID_PX // 2
        return tops

    # --- what is shown --------------------------------------------------------------------------------------

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Move to the snapshot's newest time."""
        before, self._snapshot = self._snapshot, snapshot
        self._faces.add(snapshot)
        now_s = newest_s(snapshot)
        if (
            now_s != self._now_s
            or snapshot.provisional != before.provisional
            or len(snapshot.confirmed) != len(before.confirmed)
            or snapshot.markers != before.markers
        ):
            self._now_s = now_s
            self._judge()
            self.update()

    def show_truth(self, truth: Sequence[Interval]) -> None:
        """Put ground truth beside what is found; empty: take its lanes away."""
        self._truth = tuple(sorted(truth, key=lambda i: i.onset_s))
        self._judged = ()
        self._judge()
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def _judge(self) -> None:
        if not self._truth:
            self.verdicts = Verdicts()
            return
        start, end = self.span()
        key = (len(self._snapshot.confirmed), int(self._now_s), self._truth)
        if key != self._judged:
            self._judged = key
            near = (start - 20.0, end)  # a margin, so that no pair is torn apart at the edge
            truth = [i for i in self._truth if i.offset_s >= near[0] and i.onset_s <= near[1]]
            self.verdicts = judge(truth, visible(self._snapshot.confirmed, *near), self._now_s - DECIDED_S)

    # --- painting -------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Lanes from the cache, then what moves; about 0.5 ms."""
        painter = QPainter(self)
        self._lanes.draw(painter, self, self._theme.panel, bool(self._truth))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        start, end = self.span()
        self._paint_selection(painter)
        tops = self._tops()
        marks = [m for m in self._snapshot.markers if start <= m.time_s <= end]
        flags = [marker_flag(self.x_of(m.time_s), tops["axis"], m.label) for m in marks]
        self._paint_ticks(painter, start, end, [flag for flag, _ in flags])
        found = visible(self._snapshot.confirmed, start, end)
        for kind in EXPRESSION_TYPES:
            colour = self._theme.of(kind)
            for i in (i for i in found if i.type == kind):
                area, apex = self._bar(i.onset_s, i.offset_s, tops[kind], _LANE_PX), self.x_of(i.apex_s)
                paint_found(painter, area, apex, self._theme, colour, self.verdicts.found.get(i))
            for i in (i for i in self._snapshot.provisional if i.type == kind and i.offset_s >= start):
                paint_open(painter, self._bar(i.onset_s, i.offset_s, tops[kind], _LANE_PX), colour)
            for i in self._truth:
                if i.type == kind and i.offset_s >= start and i.onset_s <= end:
                    area = self._bar(i.onset_s, i.offset_s, tops[f"{kind} truth"], _TRUTH_PX)
                    paint_truth(painter, area, self._theme, colour, self.verdicts.truth.get(i))
        self._paint_faces(painter, tops["face"])
        for flag, words in flags:
            paint_marker(painter, self._stamps, flag, words, self._theme, self.devicePixelRatioF())
        self._paint_lines(painter)
        painter.end()

    def _paint_lanes(self, painter: QPainter) -> None:
        tops, width = self._tops(), self.width() - GUTTER_PX - GRID_PX
        for name, top in tops.items():
            if name == "axis":
                continue
            kind, truth = name.split(" ")[0], name.endswith("truth")
            height = _TRUTH_PX if truth else _FACE_PX if name == "face" else _LANE_PX
            if name != "face":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(faint(self._theme.muted, 0.08))
                painter.drawRoundedRect(QRectF(GUTTER_PX, top, width, height), 3, 3)
            strong = name in EXPRESSION_TYPES
            painter.setFont(font("body" if strong else "small", strong=strong))
            painter.setPen(QColor(self._theme.of(kind) if strong else self._theme.muted))
            place = QRectF(0, top - 4, GUTTER_PX - GRID_PX, height + 8)
            words = "truth" if truth else "Face" if name == "face" else name
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_ticks(self, painter: QPainter, start_s: float, end_s: float, flags: list[QRectF]) -> None:
        if end_s <= 0.0:
            return
        bottom, ratio = self._tops()["axis"], self.devicePixelRatioF()
        step = _tick_s((end_s - start_s) * 112 / max(self.width() - GUTTER_PX, 112))
        lines = []
        for number in range(math.ceil(max(start_s, 0.0) / step), math.floor(end_s / step) + 1):
            x = self.x_of(number * step)
            lines.append(QLineF(x, 0, x, bottom))
            # A time half under a marker's flag would read as another.
            if x + 24 <= self.width() and not any(f.left() < x + 24 and f.right() > x - 24 for f in flags):
                at = QPointF(x, bottom + _AXIS_PX / 2)
                self._stamps.draw(painter, at, clock(number * step), self._theme.muted, ratio)
        painter.setPen(QColor(self._theme.border))
        if lines:
            painter.drawLines(*lines)

    def _bar(self, start_s: float, end_s: float, top: float, height: float) -> QRectF:
        left, right = max(self.x_of(start_s), GUTTER_PX), min(self.x_of(end_s), self.width() - GRID_PX)
        return QRectF(left, top, max(right - left, _MINIMUM_BAR_PX), height)

    def _paint_faces(self, painter: QPainter, top: float) -> None:
        start, end = self.span()
        middle = top + _FACE_PX / 2
        for span in self._faces.spans:
            if span.kind == "face" and span.end_s >= start and span.start_s <= end:
                area = self._bar(span.start_s, span.end_s, top, _FACE_PX)
                painter.setPen(QPen(QColor(self._theme.muted), 2.0))
                painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
        for begin, finish, reason, gap in self.missing():
            area = self._bar(begin, finish, top, _FACE_PX)
            painter.fillRect(area, QColor(self._theme.panel))
            if not gap:
                paint_hatched(painter, area, self._theme.muted, spacing_px=5.0)
            if area.width() >= 72:
                at, ratio = QPointF(area.center().x(), middle), self.devicePixelRatioF()
                words = self.fontMetrics().elidedText(
                    reason, Qt.TextElideMode.ElideRight, int(area.width()) - 16
                )
                self._stamps.draw(painter, at, words, self._theme.muted, ratio, ground=self._theme.panel)

    def missing(self) -> list[tuple[float, float, str, bool]]:
        """Stretches shown without a face or without a stream: (start, end, reason, whether it is a gap)."""
        start, end = self.span()
        told = [(*span, False) for span in self._snapshot.no_face] + [
            (*span, True) for span in self._snapshot.gaps
        ]
        if not told:  # a stream that does not tell: what the curves say
            names = {"none": "no face", "gap": "no stream"}
            told = [
                (s.start_s, s.end_s, names[s.kind], s.kind == "gap")
                for s in self._faces.spans
                if s.kind != "face"
            ]
        return [item for item in told if item[1] >= start and item[0] <= end]

    def _paint_selection(self, painter: QPainter) -> None:
        if self._selection is None:
            return
        area = self._bar(*self._selection, 0.0, self._tops()["axis"])
        painter.fillRect(area, faint(self._theme.text, 0.12))
        painter.setPen(QPen(QColor(self._theme.text), 1.0))
        painter.drawLines(
            QLineF(area.topLeft(), area.bottomLeft()), QLineF(area.topRight(), area.bottomRight())
        )

    def _paint_lines(self, painter: QPainter) -> None:
        bottom, ratio = self._tops()["axis"], self.devicePixelRatioF()
        here = self._cursor_s if self._cursor_s is not None else self._now_s if self._range else None
        if here is not None and self.span()[0] <= here <= self.span()[1]:
            x = self.x_of(here)
            painter.setPen(QPen(QColor(self._theme.text), 2.0))
            painter.drawLine(QLineF(x, 0, x, bottom))
            at = QPointF(min(max(x, GUTTER_PX + 28), self.width() - 36), bottom + _AXIS_PX / 2)
            self._stamps.draw(
                painter, at, clock(here, 2), self._theme.text, ratio, strong=True, ground=self._theme.raised
            )
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.text), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    # --- words ----------------------------------------------------------------------------------------------

    def stops(self) -> Sequence[float]:
        """The apexes of what was confirmed."""
        return sorted(i.apex_s for i in self._snapshot.confirmed)

    def event(self, event: QEvent | None) -> bool:
        """What is under the mouse, in words."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def words_at(self, at: QPointF) -> str:
        """The tooltip at a place of the widget."""
        if at.x() < GUTTER_PX or self._now_s <= 0.0:
            return ""
        lane = [name for name, top in self._tops().items() if top - 2 <= at.y()]
        return words_at(
            self.time_at(at.x()),
            lane[-1] if lane else "",
            (self.span()[1] - self.span()[0]) * 4 / max(self.width() - GUTTER_PX, 1),
            self._snapshot,
            self._truth,
            self.verdicts,
            self.missing(),
        )


def _tick_s(least_s: float) -> float:
    """The first comfortable distance of ticks that is at least ``least_s``."""
    return next((t for t in (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800) if t >= least_s), 3600)
