"""The last half minute as lanes: what was found, what was true, and where nothing could be measured.

Solid: confirmed. Hatched: provisional. Outlined: ground truth. Each lane is named, so no colour has to be
known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QSizePolicy, QWidget

from livespot.gui.intervals import FaceHistory, newest_s, visible
from livespot.gui.painting import clock, paint_hatched
from livespot.gui.palette import DARK, GRID_PX, Theme, faint, font
from livespot.snapshot import Snapshot
from livespot.types import EXPRESSION_TYPES, Interval

SECONDS = 30.0
"""Long enough for the longest macro-expression and its neighbours, short enough to see a micro-expression."""

TICK_S = 5
_GUTTER_PX = 56
_LANE_PX = 20
_TRUTH_PX = 12
_FACE_PX = 8
_AXIS_PX = 20
_MINIMUM_BAR_PX = 4.0


class TimelineView(QWidget):
    """Bars of ME and MaE, ground truth when there is one, and a lane for the face.

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
        self._truth = tuple(sorted(ground_truth, key=lambda i: i.onset_s))
        self._snapshot = Snapshot()
        self._now_s = 0.0
        self._faces = FaceHistory(SECONDS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.sizeHint().height())
        self.setMinimumWidth(320)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # spares the styled panel below
        self.setAccessibleName("Timeline of expressions")

    def sizeHint(self) -> QSize:
        """As high as its lanes."""
        lane = _LANE_PX + GRID_PX + (_TRUTH_PX + GRID_PX // 2 if self._truth else 0)
        return QSize(800, 2 * lane + _FACE_PX + GRID_PX // 2 + _AXIS_PX)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Move to the snapshot's newest time."""
        before, self._snapshot = self._snapshot, snapshot
        self._faces.add(snapshot)
        now_s = newest_s(snapshot)
        if (
            now_s != self._now_s
            or snapshot.provisional != before.provisional
            or len(snapshot.confirmed) != len(before.confirmed)
        ):
            self._now_s = now_s
            self.update()

    def x_of(self, time_s: float) -> float:
        """Widget x of a time; now is at the right edge."""
        width = self.width() - _GUTTER_PX - GRID_PX
        return _GUTTER_PX + width * (1.0 - (self._now_s - time_s) / SECONDS)

    # --- painting -------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Lanes from the top, then the axis; well under 1 ms."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        start_s = self._now_s - SECONDS
        self._paint_ticks(painter, start_s)
        top = 0.0
        for kind in EXPRESSION_TYPES:
            self._paint_lane(painter, top, _LANE_PX, kind, colour=self._theme.of(kind))
            confirmed = visible(self._snapshot.confirmed, start_s, self._now_s)
            for interval in (i for i in confirmed if i.type == kind):
                self._paint_bar(painter, top, interval, provisional=False)
            for interval in (i for i in self._snapshot.provisional if i.type == kind):
                self._paint_bar(painter, top, interval, provisional=True)
            top += _LANE_PX
            if self._truth:
                top += GRID_PX // 2
                self._paint_lane(painter, top, _TRUTH_PX, "truth", colour=self._theme.muted)
                for interval in self._truth:
                    if (
                        interval.type == kind
                        and interval.offset_s >= start_s
                        and interval.onset_s <= self._now_s
                    ):
                        self._paint_truth(painter, top, interval)
                top += _TRUTH_PX
            top += GRID_PX
        self._paint_faces(painter, top)
        painter.end()

    def _paint_ticks(self, painter: QPainter, start_s: float) -> None:
        if self._now_s <= 0.0:
            return
        bottom = self.height() - _AXIS_PX
        painter.setFont(font("small"))
        first = math.ceil(max(start_s, 0.0) / TICK_S) * TICK_S
        for tick in range(first, math.floor(self._now_s) + 1, TICK_S):
            x = self.x_of(tick)
            painter.setPen(QColor(self._theme.border))
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
            if x - 24 >= _GUTTER_PX - 24 and x + 24 <= self.width():
                painter.setPen(QColor(self._theme.muted))
                painter.drawText(
                    QRectF(x - 24, bottom, 48, _AXIS_PX), Qt.AlignmentFlag.AlignCenter, clock(tick)
                )

    def _paint_lane(self, painter: QPainter, top: float, height: float, name: str, *, colour: str) -> None:
        area = QRectF(_GUTTER_PX, top, self.width() - _GUTTER_PX - GRID_PX, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint(self._theme.muted, 0.08))
        painter.drawRoundedRect(area, 3, 3)
        self._paint_name(painter, top, height, name, colour, strong=name in EXPRESSION_TYPES)

    def _paint_name(
        self, painter: QPainter, top: float, height: float, name: str, colour: str, *, strong: bool
    ) -> None:
        painter.setFont(font("body" if strong else "small", strong=strong))
        painter.setPen(QColor(colour))
        area = QRectF(0, top - 4, _GUTTER_PX - GRID_PX, height + 8)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)

    def _span(self, start_s: float, end_s: float, top: float, height: float) -> QRectF:
        left, right = max(self.x_of(start_s), _GUTTER_PX), min(self.x_of(end_s), self.width() - GRID_PX)
        return QRectF(left, top, max(right - left, _MINIMUM_BAR_PX), height)

    def _paint_bar(self, painter: QPainter, top: float, interval: Interval, *, provisional: bool) -> None:
        colour = self._theme.of(interval.type)
        area = self._span(interval.onset_s, interval.offset_s, top, _LANE_PX)
        if provisional:
            paint_hatched(painter, area, colour)
            painter.setPen(QPen(QColor(colour), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(area, 2, 2)
        apex = self.x_of(interval.apex_s)
        if area.width() >= 8 and area.left() < apex < area.right():
            # A notch, not another colour: the apex must be seen inside a bar of either colour.
            painter.setBrush(QColor(self._theme.panel))
            painter.drawPolygon(
                QPolygonF([QPointF(apex - 3, top), QPointF(apex + 3, top), QPointF(apex, top + 6)])
            )

    def _paint_truth(self, painter: QPainter, top: float, interval: Interval) -> None:
        area = self._span(interval.onset_s, interval.offset_s, top, _TRUTH_PX)
        painter.setPen(QPen(QColor(self._theme.of(interval.type)), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area.adjusted(0.75, 0.75, -0.75, -0.75))

    def _paint_faces(self, painter: QPainter, top: float) -> None:
        self._paint_name(painter, top, _FACE_PX, "Face", self._theme.muted, strong=False)
        middle = top + _FACE_PX / 2
        for span in self._faces.spans:
            if span.end_s < self._now_s - SECONDS:
                continue
            area = self._span(span.start_s, span.end_s, top, _FACE_PX)
            if span.kind == "face":
                painter.setPen(QPen(QColor(self._theme.muted), 2.0))
                painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
            elif span.kind == "none":
                paint_hatched(painter, area, self._theme.muted, spacing_px=5.0)
            if area.width() >= 64 and span.kind != "face":
                self._paint_span_words(painter, area, "no face" if span.kind == "none" else "no stream")

    def _paint_span_words(self, painter: QPainter, area: QRectF, words: str) -> None:
        painter.setFont(font("small"))
        metrics = painter.fontMetrics()
        width = metrics.horizontalAdvance(words) + GRID_PX
        ground = QRectF(area.center().x() - width / 2, area.center().y() - 7, width, 14)
        painter.fillRect(ground, QColor(self._theme.panel))
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)


class TimelineLegend(QWidget):
    """What solid, hatched and outlined mean."""

    def __init__(self, theme: Theme = DARK, *, truth: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._words = ["confirmed", "provisional", *(["ground truth"] if truth else [])]
        self.setAccessibleName("Legend: " + ", ".join(self._words))
        self.setMinimumHeight(2 * GRID_PX)

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        metrics = QFontMetrics(font("small"))
        return QSize(sum(24 + metrics.horizontalAdvance(w) + 16 for w in self._words) - 16, 2 * GRID_PX)

    def minimumSizeHint(self) -> QSize:
        """Never cut off."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """A sample and a word each."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("small"))
        colour, x = self._theme.muted, 0.0
        for word in self._words:
            area = QRectF(x, self.height() / 2 - 5, 18, 10)
            if word == "confirmed":
                painter.fillRect(area, QColor(colour))
            elif word == "provisional":
                paint_hatched(painter, area, colour)
            painter.setPen(QPen(QColor(colour), 1.0 if word == "provisional" else 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
            painter.setPen(QColor(self._theme.text))
            painter.drawText(QRectF(x + 24, 0, 90, self.height()), Qt.AlignmentFlag.AlignVCenter, word)
            x += 24 + painter.fontMetrics().horizontalAdvance(word) + 16
        painter.end()
