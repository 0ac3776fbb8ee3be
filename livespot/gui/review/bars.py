"""What the track shows, and the drawing of its bars: detections with verdicts, a second analysis, ground truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from livespot.gui.painting import paint_hatched
from livespot.gui.palette import Theme
from livespot.gui.review.axis import TimeAxis
from livespot.gui.review.lanes import Lanes
from livespot.gui.review.marks import Marks, Row
from livespot.gui.review.signs import paint_mark
from livespot.snapshot import Marker, Span
from livespot.types import ExpressionType, Interval

if TYPE_CHECKING:
    from livespot.replay.recording import Analysis

_MINIMUM_BAR_PX = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class TrackContent:
    """All that the track shows, but the position."""

    base: Analysis | None = None
    compared: Analysis | None = None
    marks: Marks = field(default_factory=Marks)
    markers: tuple[Marker, ...] = ()
    no_face: tuple[Span, ...] = ()
    gaps: tuple[Span, ...] = ()
    selected: str = ""
    thresholds: dict[str, float] = field(default_factory=dict)


class BarDrawing:
    """Bars on their lanes.

    Parameters
    ----------
    painter : QPainter
    theme : Theme
    lanes : Lanes
    axis : TimeAxis
    """

    def __init__(self, painter: QPainter, theme: Theme, lanes: Lanes, axis: TimeAxis) -> None:
        self._painter, self._theme, self._lanes, self._axis = painter, theme, lanes, axis

    def _x(self, time_s: float) -> float:
        return self._lanes.x_of(time_s, self._axis)

    def _on_show(self, interval: Interval) -> bool:
        return interval.offset_s >= self._axis.start_s and interval.onset_s <= self._axis.end_s

    def _span(self, start_s: float, end_s: float, lane: tuple[float, float]) -> QRectF:
        area = self._lanes.area(lane)
        left, right = max(self._x(start_s), area.left()), min(self._x(end_s), area.right())
        return QRectF(left, lane[0], max(right - left, _MINIMUM_BAR_PX), lane[1])

    def _bar(self, row: Row, *, selected: bool) -> None:
        interval, painter = row.interval, self._painter
        lane = self._lanes.found[interval.type]
        area = self._span(interval.onset_s, interval.offset_s, lane)
        colour = QColor(self._theme.of(interval.type))
        if row.verdict == "rejected":
            painter.setPen(QPen(colour, 1.2, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(0.6, 0.6, -0.6, -0.6))
            painter.drawLine(area.bottomLeft(), area.topRight())
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(area, 2, 2)
            self._notch(area, self._x(interval.apex_s), lane[0])
        if row.verdict in ("accepted", "moved", "relabelled", "added"):
            self._tick_in(area)
        if selected:
            painter.setPen(QPen(QColor(self._theme.text), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(-3, -3, 3, 3), 3, 3)
        if row.against:
            centre = QPointF(area.right() + 9, area.center().y())
            if centre.x() < self._lanes.width - 4:
                paint_mark(painter, centre, row.against, self._theme)

    def _notch(self, area: QRectF, apex: float, top: float) -> None:
        if area.width() >= 8 and area.left() < apex < area.right():
            self._painter.setBrush(QColor(self._theme.panel))
            self._painter.drawPolygon(
                QPolygonF([QPointF(apex - 3, top), QPointF(apex + 3, top), QPointF(apex, top + 6)])
            )

    def _tick_in(self, area: QRectF) -> None:
        """A person has confirmed it: a tick in the bar, below the notch."""
        if area.width() < 12:
            return
        centre = QPointF(area.center().x(), area.bottom() - 6)
        self._painter.setPen(QPen(QColor(self._theme.panel), 2.0))
        self._painter.drawPolyline(
            QPolygonF(
                [
                    QPointF(centre.x() - 4, centre.y() - 1),
                    QPointF(centre.x() - 1, centre.y() + 2),
                    QPointF(centre.x() + 4, centre.y() - 4),
                ]
            )
        )

    def _second(self, kind: ExpressionType, content: TrackContent) -> None:
        if kind not in self._lanes.compared:
            return
        for interval, against, _ in content.marks.compared:
            if interval.type != kind or not self._on_show(interval):
                continue
            area = self._span(interval.onset_s, interval.offset_s, self._lanes.compared[kind])
            paint_hatched(self._painter, area, self._theme.of(kind), spacing_px=5.0)
            self._painter.setPen(QPen(QColor(self._theme.of(kind)), 1.0))
            self._painter.setBrush(Qt.BrushStyle.NoBrush)
            self._painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
            if against and area.right() + 9 < self._lanes.width - 4:
                paint_mark(self._painter, QPointF(area.right() + 9, area.center().y()), against, self._theme)

    def _truth(self, kind: ExpressionType, content: TrackContent) -> None:
        if kind not in self._lanes.truth:
            return
        for interval, found in content.marks.truth:
            if interval.type != kind or not self._on_show(interval):
                continue
            area = self._span(interval.onset_s, interval.offset_s, self._lanes.truth[kind])
            self._painter.setPen(QPen(QColor(self._theme.of(kind)), 1.5))
            self._painter.setBrush(Qt.BrushStyle.NoBrush)
            self._painter.drawRect(area.adjusted(0.75, 0.75, -0.75, -0.75))
            if not found and area.right() + 9 < self._lanes.width - 4:
                paint_mark(self._painter, QPointF(area.right() + 9, area.center().y()), "FN", self._theme)
