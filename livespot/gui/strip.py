"""How far each ROI moved, as ROI × time: the picture of the numbers that the network reads.

Grey levels only, from still to 8 px and more, on a scale that spends half of its levels below 1 px, where
micro-expressions live. The time axis is that of the curves.
"""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPaintEvent, QPen, qRgb
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from livespot.gui.curve_axes import RIGHT_PX, SECONDS, paint_time_axis
from livespot.gui.intervals import newest_s, visible
from livespot.gui.paint_cache import StaticLayer
from livespot.gui.painting import paint_hatched
from livespot.gui.palette import DARK, GRID_PX, Theme, font
from livespot.snapshot import Snapshot
from livespot.types import EXPRESSION_TYPES, Float32Array, Image

FULL_PX = 8.0
"""Motion from here on, in canonical px, has the strongest level: a broad smile."""

KNEE_PX = 0.5
"""Below, levels grow evenly; above, with the logarithm. Half of them are used up at 1.6 px."""

_GUTTER_PX = 56
_LANE_PX = 5
_AXIS_PX = 20
_SCALE_PX = 14


def levels(motion: Float32Array) -> Image:
    """Grey levels of ``motion`` (n, R) px: 1 (still) to 255 (:data:`FULL_PX` and more), 0 without a face."""
    with np.errstate(invalid="ignore"):
        share = np.log1p(np.clip(motion, 0.0, FULL_PX) / KNEE_PX) / math.log1p(FULL_PX / KNEE_PX)
    made = np.where(np.isfinite(motion), 1 + np.rint(254 * np.nan_to_num(share)), 0)
    return np.asarray(made, np.uint8)


class StripView(QWidget):
    """A row for each region over the last ten seconds, with what was found above them.

    Show it alone with ``StripView().show_snapshot(snapshot)``.
    """

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self._theme = theme
        self._snapshot = Snapshot()
        self._now_s = 0.0
        self._table = _colours(theme)
        self._axes = StaticLayer(self._paint_axes)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 112)
        self.setAccessibleName("Motion of the regions over the last ten seconds")

    def sizeHint(self) -> QSize:
        """Rows of 9 px."""
        return QSize(420, 144)

    def area(self) -> QRectF:
        """Where the rows are."""
        top = 2 * _LANE_PX + GRID_PX // 2
        height = self.height() - top - _AXIS_PX - _SCALE_PX
        return QRectF(_GUTTER_PX, top, max(self.width() - _GUTTER_PX - RIGHT_PX, 1), max(height, self._count))

    @property
    def _count(self) -> int:
        return len(self._snapshot.regions)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Move to the snapshot's newest time; does nothing when it brings nothing new."""
        before, self._snapshot = self._snapshot, snapshot
        if snapshot.regions != before.regions:
            self._axes = StaticLayer(self._paint_axes)
        now_s = newest_s(snapshot)
        if now_s != self._now_s or snapshot.motion is not before.motion:
            self._now_s = now_s
            self.update()

    # --- painting -------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Names and axis from the cache, rows as one picture; about 0.3 ms."""
        painter = QPainter(self)
        self._axes.draw(painter, self, self._theme.panel)
        area, rows = self.area(), self._rows()
        if rows is None:
            painter.setFont(font("body"))
            painter.setPen(QColor(self._theme.muted))
            words = "The motion of each region appears here"
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)
            painter.end()
            return
        times, motion = rows
        painter.save()
        painter.setClipRect(area)
        self._paint_rows(painter, area, times, levels(motion))
        painter.restore()
        painter.setPen(QPen(QColor(self._theme.panel), 1.0))
        groups = self._snapshot.regions.parts[1:]
        edges = [area.top() + area.height() * rows.start / self._count for _, rows in groups]
        painter.drawLines(*(QLineF(area.left(), y, area.right(), y) for y in edges))
        self._paint_found(painter, area)
        painter.end()

    def _rows(self) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], Float32Array] | None:
        count = min(len(self._snapshot.motion), len(self._snapshot.curve_times_s))
        if count < 2:
            return None
        times = self._snapshot.curve_times_s[-count:]
        first = max(int(np.searchsorted(times, self._now_s - SECONDS)) - 1, 0)
        return (times[first:], self._snapshot.motion[-count:][first:]) if count - first > 1 else None

    def _paint_rows(
        self,
        painter: QPainter,
        area: QRectF,
        times: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
        shades: Image,
    ) -> None:
        """Pieces between breaks of the stream, each one picture of (R, n)."""
        per_s, count = area.width() / SECONDS, self._count
        usual_s = float(np.median(np.diff(times)))
        breaks = np.flatnonzero(np.diff(times) > max(4 * usual_s, 0.2)) + 1
        for piece in np.split(np.arange(len(times)), breaks):
            if len(piece) == 0:
                continue
            pixels = np.zeros((count, (len(piece) + 3) // 4 * 4), np.uint8)  # Qt wants lines of whole words
            pixels[:, : len(piece)] = shades[piece].T
            picture = QImage(
                pixels.tobytes(), len(piece), count, pixels.shape[1], QImage.Format.Format_Indexed8
            )
            picture.setColorTable(self._table)
            left = area.right() + (float(times[piece[0]]) - usual_s / 2 - self._now_s) * per_s
            right = area.right() + (float(times[piece[-1]]) + usual_s / 2 - self._now_s) * per_s
            painter.drawImage(QRectF(left, area.top(), right - left, area.height()), picture)

    def _paint_found(self, painter: QPainter, area: QRectF) -> None:
        start = self._now_s - SECONDS
        for lane, kind in enumerate(EXPRESSION_TYPES):
            for intervals, solid in ((self._snapshot.confirmed, True), (self._snapshot.provisional, False)):
                for i in visible(intervals, start, self._now_s):
                    if i.type != kind:
                        continue
                    ends = (max(i.onset_s, start), min(i.offset_s, self._now_s))
                    left, right = (area.right() + (t - self._now_s) * area.width() / SECONDS for t in ends)
                    bar = QRectF(left, lane * _LANE_PX, max(right - left, 2.0), _LANE_PX - 1)
                    if solid:
                        painter.fillRect(bar, QColor(self._theme.of(kind)))
                    else:
                        paint_hatched(painter, bar, self._theme.of(kind), spacing_px=4.0)

    def _paint_axes(self, painter: QPainter) -> None:
        area = self.area()
        painter.setFont(font("small"))
        for name, rows in self._snapshot.regions.parts:
            painter.setPen(QColor(self._theme.muted))
            top, bottom = (area.top() + area.height() * row / self._count for row in (rows.start, rows.stop))
            place = QRectF(0, top - 4, _GUTTER_PX - 6, bottom - top + 8)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
        paint_time_axis(painter, area, self._theme, words=True)
        self._paint_scale(painter, area.bottom() + _AXIS_PX)

    def _paint_scale(self, painter: QPainter, top: float) -> None:
        """What a level means: a bar, with px beside it."""
        painter.setFont(font("small"))
        painter.setPen(QColor(self._theme.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        x = float(_GUTTER_PX)
        for px in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0):
            words = f"{px:g}" + ("+ px" if px == FULL_PX else "")
            level = int(levels(np.array([[px]], np.float32))[0, 0])
            swatch = QRectF(x, top + 2, 14, 10)
            painter.fillRect(swatch, QColor.fromRgb(self._table[level]))
            painter.drawRect(swatch)
            painter.drawText(QRectF(x + 18, top - 1, 40, 16), middle, words)
            x += 18 + painter.fontMetrics().horizontalAdvance(words) + 8

    # --- words ----------------------------------------------------------------------------------------------

    def event(self, event: QEvent | None) -> bool:
        """Which region moved how far, under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def words_at(self, at: QPointF) -> str:
        """The tooltip at a place of the widget."""
        area, rows = self.area(), self._rows()
        if rows is None or not area.contains(at):
            return ""
        times, motion = rows
        roi = min(int(self._count * (at.y() - area.top()) / area.height()), self._count - 1)
        wanted = self._now_s - SECONDS * (area.right() - at.x()) / area.width()
        row = int(np.argmin(np.abs(times - wanted)))
        value = float(motion[row, roi])
        moved = f"moved {value:.2f} px in half a second" if math.isfinite(value) else "not measured"
        return f"{self._snapshot.regions.names[roi]}, {self._now_s - times[row]:.1f} s ago: {moved}"


def _colours(theme: Theme) -> list[int]:
    """256 colours from the panel's ground to the text's; 0, without a face, is the ground itself."""
    low, high = QColor(theme.panel), QColor(theme.text)
    made = []
    for level in range(256):
        share = 0.0 if level == 0 else 0.06 + 0.94 * (level - 1) / 254
        made.append(
            qRgb(
                *(
                    round(a + share * (b - a))
                    for a, b in (
                        (low.red(), high.red()),
                        (low.green(), high.green()),
                        (low.blue(), high.blue()),
                    )
                )
            )
        )
    return made
