"""Draws the track: curves of the first and the second analysis, bars with verdicts, ground truth, faces, time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from livespot.gui.painting import clock, paint_hatched
from livespot.gui.palette import GRID_PX, LINE_STYLES, faint, font
from livespot.gui.review.bars import BarDrawing, TrackContent
from livespot.gui.review.curve_lines import stretch, whole_parts
from livespot.gui.review.lanes import GUTTER_PX
from livespot.snapshot import Marker
from livespot.types import CURVES, EXPRESSION_TYPES, ExpressionType

if TYPE_CHECKING:
    from livespot.replay.recording import Analysis

_ALL_PHASES_S = 15.0
"""Closer than this, onset and offset curves are drawn too; further out they would be hair."""

_TICKS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)


class TrackDrawing(BarDrawing):
    """Paints one content at one axis; knows no mouse.

    Parameters
    ----------
    painter : QPainter
    theme : Theme
    lanes : Lanes
    axis : TimeAxis
    """

    def draw(self, content: TrackContent) -> None:
        """Everything, from the back to the front."""
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ticks()
        for kind in EXPRESSION_TYPES:
            self._curves(kind, content)
            self._lane(self._lanes.found[kind], kind, self._theme.of(kind), strong=True)
            for lanes, name in ((self._lanes.compared, "new"), (self._lanes.truth, "truth")):
                if kind in lanes:
                    self._lane(lanes[kind], name, self._theme.muted)
            for row in content.marks.rows:
                if row.kind == "found" and row.interval.type == kind and self._on_show(row.interval):
                    self._bar(row, selected=row.target == content.selected)
            self._second(kind, content)
            self._truth(kind, content)
        self._faces(content)
        self._markers(content.markers)

    # --- time -----------------------------------------------------------------------------------------------

    def _ticks(self) -> None:
        area = self._lanes.area(self._lanes.axis)
        per_s = area.width() / self._axis.span_s
        step = next((s for s in _TICKS_S if s * per_s >= 72), _TICKS_S[-1])
        decimals = 0 if step >= 1 else 1
        self._painter.setFont(font("small"))
        first = math.ceil(self._axis.start_s / step - 1e-9)
        for n in range(first, math.floor(self._axis.end_s / step + 1e-9) + 1):
            x = self._x(n * step)
            self._painter.setPen(QColor(self._theme.border))
            self._painter.drawLine(QPointF(x, 0), QPointF(x, area.top() + 2))
            words = QRectF(x - 32, area.top() + 2, 64, area.height() - 2)
            if words.left() >= area.left() - 32 and words.right() <= self._lanes.width + 8:
                self._painter.setPen(QColor(self._theme.muted))
                self._painter.drawText(words, Qt.AlignmentFlag.AlignCenter, clock(n * step, decimals))

    def _lane(self, lane: tuple[float, float], name: str, colour: str, *, strong: bool = False) -> None:
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(faint(self._theme.muted, 0.08))
        self._painter.drawRoundedRect(self._lanes.area(lane), 3, 3)
        self._name(lane, name, colour, strong=strong)

    def _name(self, lane: tuple[float, float], name: str, colour: str, *, strong: bool = False) -> None:
        self._painter.setFont(font("body" if strong else "small", strong=strong))
        self._painter.setPen(QColor(colour))
        area = QRectF(0, lane[0] - 4, GUTTER_PX - GRID_PX, lane[1] + 8)
        self._painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)

    # --- curves ---------------------------------------------------------------------------------------------

    def _curves(self, kind: ExpressionType, content: TrackContent) -> None:
        lane = self._lanes.curves[kind]
        area = self._lanes.area(lane)
        self._painter.setPen(QPen(QColor(self._theme.border), 1.0))
        for share in (0.0, 1.0):
            y = self._y(lane, share)
            self._painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        self._painter.save()
        self._painter.setClipRect(area)
        base = content.base
        if base is not None:
            expression = self._line(base, kind, "expression", lane)
            for points in expression:
                self._filled(points, lane, self._theme.expression)
            near = self._axis.span_s <= _ALL_PHASES_S
            for phase in ("onset", "offset", "apex") if near else ("apex",):
                pen = QPen(QColor(self._theme.of(phase)), 2.0 if phase == "apex" else 1.2)
                pen.setStyle(LINE_STYLES[phase])
                self._painter.setPen(pen)
                for points in self._line(base, kind, phase, lane):
                    self._painter.drawPolyline(points)
        if content.compared is not None:
            pen = QPen(QColor(self._theme.text), 1.4, Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([4.0, 2.5])
            self._painter.setPen(pen)
            for points in self._line(content.compared, kind, "apex", lane):
                self._painter.drawPolyline(points)
        self._painter.restore()
        self._threshold(kind, content, lane)

    def _threshold(self, kind: ExpressionType, content: TrackContent, lane: tuple[float, float]) -> None:
        value = content.thresholds.get(kind)
        if value is None:
            self._name(lane, "curves", self._theme.muted)
            return
        area, y = self._lanes.area(lane), self._y(lane, value)
        self._painter.setPen(QPen(QColor(self._theme.muted), 1.2, Qt.PenStyle.DashDotLine))
        self._painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        self._painter.setBrush(QColor(self._theme.muted))
        self._painter.setPen(Qt.PenStyle.NoPen)
        left = area.left()
        self._painter.drawPolygon(
            QPolygonF([QPointF(left - 7, y - 4), QPointF(left - 7, y + 4), QPointF(left, y)])
        )
        self._painter.setFont(font("small"))
        self._painter.setPen(QColor(self._theme.muted))
        words = QRectF(area.left() + 4, min(max(y - 15, lane[0]), lane[0] + lane[1] - 16), 160, 16)
        self._painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, f"threshold {value:.2f}")

    @staticmethod
    def _y(lane: tuple[float, float], value: float) -> float:
        return lane[0] + 3 + (1.0 - value) * (lane[1] - 6)

    def _line(
        self, analysis: Analysis, kind: ExpressionType, phase: str, lane: tuple[float, float]
    ) -> list[QPolygonF]:
        """One polygon per stretch without a hole; the highest value per px where there are more rows than px."""
        times, values = stretch(
            analysis.times_s,
            analysis.curves[:, CURVES.index(f"{kind.lower()}_{phase}")],
            (self._axis.start_s, self._axis.end_s),
            int(self._lanes.width),
        )
        area = self._lanes.area(lane)
        x = area.left() + (times - self._axis.start_s) / self._axis.span_s * area.width()
        y = lane[0] + 3 + (1.0 - values) * (lane[1] - 6)
        made = []
        for part in whole_parts(times, values, max(0.2, 3 * self._axis.span_s / max(area.width(), 1))):
            points = [QPointF(a, b) for a, b in zip(x[part].tolist(), y[part].tolist(), strict=True)]
            made.append(QPolygonF(points))
        return made

    def _filled(self, points: QPolygonF, lane: tuple[float, float], colour: str) -> None:
        if points.count() < 2:
            return
        bottom = self._y(lane, 0.0)
        corners = [QPointF(points.last().x(), bottom), QPointF(points.first().x(), bottom)]
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(faint(colour, 0.28))
        self._painter.drawPolygon(QPolygonF([points.at(n) for n in range(points.count())] + corners))

    # --- the rest -------------------------------------------------------------------------------------------

    def _faces(self, content: TrackContent) -> None:
        lane = self._lanes.face
        self._name(lane, "Face", self._theme.muted)
        base = content.base
        if base is None or not len(base.times_s):
            return
        area = self._span(float(base.times_s[0]), float(base.times_s[-1]), lane)
        self._painter.setPen(QPen(QColor(self._theme.muted), 2.0))
        self._painter.drawLine(
            QPointF(area.left(), area.center().y()), QPointF(area.right(), area.center().y())
        )
        for spans, words in ((content.no_face, ""), (content.gaps, "no stream")):
            for start_s, end_s, reason in spans:
                if end_s < self._axis.start_s or start_s > self._axis.end_s:
                    continue
                hole = self._span(start_s, end_s, lane)
                self._painter.fillRect(hole, QColor(self._theme.panel))
                paint_hatched(self._painter, hole, self._theme.muted, spacing_px=5.0)
                self._words_in(hole, words or reason)

    def _words_in(self, area: QRectF, words: str) -> None:
        self._painter.setFont(font("small"))
        width = self._painter.fontMetrics().horizontalAdvance(words) + GRID_PX
        if area.width() < width + 2 * GRID_PX:
            return
        ground = QRectF(area.center().x() - width / 2, area.center().y() - 8, width, 16)
        self._painter.fillRect(ground, QColor(self._theme.panel))
        self._painter.setPen(QColor(self._theme.muted))
        self._painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)

    def _markers(self, markers: Sequence[Marker]) -> None:
        top = self._lanes.axis[0]
        for marker in markers:
            if self._axis.start_s <= marker.time_s <= self._axis.end_s:
                x = self._x(marker.time_s)
                self._painter.setPen(QPen(QColor(self._theme.text), 1.0, Qt.PenStyle.DashLine))
                self._painter.drawLine(QPointF(x, 0), QPointF(x, top))
                self._painter.setPen(Qt.PenStyle.NoPen)
                self._painter.setBrush(QColor(self._theme.text))
                flag = [QPointF(x, top - 2), QPointF(x + 8, top + 2), QPointF(x, top + 6)]
                self._painter.drawPolygon(QPolygonF(flag))
