"""ME and MaE curves over the last ten seconds, one panel each.

Time runs from −10 s to now on a fixed axis, so that a tick moves four lines and repaints no axis. The newest
point lies left of *now* by the look-ahead of the window plus the time it took: the delay is seen, not hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import PyQt6.QtWidgets  # noqa: F401  pyqtgraph takes the Qt binding that is already there
import pyqtgraph as pg
from PyQt6.QtCore import QLineF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PyQt6.QtWidgets import QGraphicsItem, QLabel, QStyleOptionGraphicsItem, QVBoxLayout, QWidget

from livespot.gui.intervals import newest_s, visible
from livespot.gui.painting import Panel, labelled, paint_hatched
from livespot.gui.palette import DARK, GRID_PX, LINE_STYLES, PHASES, Theme, faint, font
from livespot.snapshot import Snapshot
from livespot.types import CURVES, EXPRESSION_TYPES, ExpressionType, Interval

SECONDS = 10.0
"""What is shown, and what a snapshot carries."""

_LONG_NAMES: dict[ExpressionType, str] = {"ME": "Micro-expressions", "MaE": "Macro-expressions"}
_WIDTHS = {"onset": 1, "apex": 2, "offset": 1, "expression": 1}
_AXIS_PX = 32


class _IntervalShades(QGraphicsItem):
    """Intervals behind the curves: confirmed ones shaded, provisional ones hatched."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self._colour = colour
        self._spans: tuple[tuple[float, float, bool], ...] = ()
        self.setZValue(-10)

    def show_spans(self, spans: Sequence[tuple[float, float, bool]]) -> None:
        """Spans as (start, end, confirmed), in seconds against now."""
        if (made := tuple(spans)) != self._spans:
            self._spans = made
            self.update()

    def boundingRect(self) -> QRectF:
        """The whole panel; fixed, so that the scene is never indexed again."""
        return QRectF(-SECONDS, 0.0, SECONDS, 1.0)

    def paint(
        self, painter: QPainter | None, option: QStyleOptionGraphicsItem | None, widget: QWidget | None = None
    ) -> None:
        """In px of the widget: a hatch drawn in seconds × probability would be stretched out of shape."""
        if painter is None or not self._spans:
            return
        transform = painter.transform()
        painter.save()
        painter.resetTransform()
        for start_s, end_s, confirmed in self._spans:
            area = transform.mapRect(QRectF(start_s, 0.0, end_s - start_s, 1.0))
            if confirmed:
                painter.fillRect(area, faint(self._colour, 0.30))
            else:
                paint_hatched(painter, area, self._colour, strength=0.35)
        painter.restore()


class CurvePanel(QWidget):
    """The curves of one type; nothing else in it moves.

    Parameters
    ----------
    kind : {"ME", "MaE"}
    theme : Theme
    time_axis : bool
        Whether to label the time axis; of stacked panels only the lowest does.
    """

    def __init__(self, kind: ExpressionType, theme: Theme = DARK, *, time_axis: bool = True) -> None:
        super().__init__()
        self._kind: ExpressionType = kind
        self._columns = {phase: CURVES.index(f"{kind.lower()}_{phase}") for phase in PHASES}
        self._plot = _empty_plot(theme, time_axis=time_axis)
        self._shades = _IntervalShades(theme.of(kind))
        self._plot.addItem(self._shades, ignoreBounds=True)
        self._threshold = pg.InfiniteLine(pos=0.5, angle=0, movable=False)
        self._threshold.hide()
        self._plot.addItem(self._threshold, ignoreBounds=True)
        self.lines: dict[str, Any] = {}
        for phase in ("expression", "onset", "offset", "apex"):  # the apex decides: it is drawn last, on top
            self.lines[phase] = pg.PlotCurveItem(connect="finite", antialias=False)
            self._plot.addItem(self.lines[phase], ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self.setAccessibleName(f"{_LONG_NAMES[kind]}: probability curves")
        self._seen: tuple[object, ...] = ()
        self._theme = theme
        self._ratio = 0.0
        self._set_pens()

    def _set_pens(self) -> None:
        """Pens count device px; on a 2× screen, 1 px would be a hair."""
        if (ratio := self.devicePixelRatioF()) == self._ratio:
            return
        self._ratio = ratio
        for phase, line in self.lines.items():
            width = max(1, round(ratio * _WIDTHS[phase]))
            line.setPen(pg.mkPen(self._theme.of(phase), width=width, style=LINE_STYLES[phase]))
        pen = pg.mkPen(self._theme.muted, width=max(1, round(ratio)), style=Qt.PenStyle.DashDotLine)
        self._threshold.setPen(pen)

    def sizeHint(self) -> QSize:
        """Half of the curves' column."""
        return QSize(420, 180)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Move the curves to the snapshot's newest time; does nothing when it brings nothing new."""
        now_s = newest_s(snapshot)
        seen = (snapshot.curves, now_s, snapshot.provisional, snapshot.confirmed)
        if self._seen and seen[0] is self._seen[0] and seen[1:] == self._seen[1:]:
            return
        self._seen = seen
        self._set_pens()
        times = snapshot.curve_times_s - now_s
        for phase, line in self.lines.items():
            line.setData(times, snapshot.curves[:, self._columns[phase]], connect="finite")
        self._show_threshold(snapshot.thresholds)
        self._shades.show_spans(self._spans(snapshot, now_s))

    def _show_threshold(self, thresholds: dict[str, float]) -> None:
        value = thresholds.get(self._kind)
        self._threshold.setVisible(value is not None)
        if value is not None and value != self._threshold.value():
            self._threshold.setValue(value)

    def _spans(self, snapshot: Snapshot, now_s: float) -> list[tuple[float, float, bool]]:
        def of(intervals: Sequence[Interval], confirmed: bool) -> list[tuple[float, float, bool]]:
            shown = [i for i in visible(intervals, now_s - SECONDS, now_s) if i.type == self._kind]
            return [
                (max(i.onset_s - now_s, -SECONDS), min(i.offset_s - now_s, 0.0), confirmed) for i in shown
            ]

        return of(snapshot.confirmed, True) + of(snapshot.provisional, False)


class CurveLegend(QWidget):
    """Samples of the line styles with their names, on as many lines as the width asks for."""

    _STROKE_PX, _GAP_PX, _LINE_PX = 18, 4, 2 * GRID_PX

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName("Legend: " + ", ".join(PHASES))
        self._entries = [
            (phase, LINE_STYLES[phase], float(_WIDTHS[phase]), theme.of(phase)) for phase in PHASES
        ]
        self._entries.append(("threshold", Qt.PenStyle.DashDotLine, 1.0, theme.muted))
        metrics = QFontMetrics(font("small"))
        words = [metrics.horizontalAdvance(entry[0]) for entry in self._entries]
        self._widths = [self._STROKE_PX + self._GAP_PX + width for width in words]
        self.setFixedHeight(self._LINE_PX)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Take the height that this width needs."""
        super().resizeEvent(event)
        self.setFixedHeight(self._LINE_PX * (1 + max(line for _, line in self._places())))

    def _places(self) -> list[tuple[float, int]]:
        """Where each entry goes: (x, line)."""
        left = _AXIS_PX + GRID_PX
        made, x, line = [], left, 0
        for width in self._widths:
            if x + width > self.width() and x > left:
                x, line = left, line + 1
            made.append((float(x), line))
            x += width + 12
        return made

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """A stroke and a word each."""
        painter = QPainter(self)
        painter.setFont(font("small"))
        for (name, style, width, colour), (x, line), whole in zip(
            self._entries, self._places(), self._widths, strict=True
        ):
            top = line * self._LINE_PX
            middle = top + self._LINE_PX / 2
            painter.setPen(QPen(QColor(colour), max(width, 1.5), style))
            painter.drawLine(QLineF(x, middle, x + self._STROKE_PX, middle))
            painter.setPen(QColor(self._theme.text))
            start = x + self._STROKE_PX + self._GAP_PX
            painter.drawText(QRectF(start, top, whole, self._LINE_PX), Qt.AlignmentFlag.AlignVCenter, name)
        painter.end()


class CurvesView(Panel):
    """Both types, ME above MaE, and the legend.

    Show it alone with ``CurvesView().show_snapshot(snapshot)``.
    """

    def __init__(self, theme: Theme = DARK) -> None:
        body = QWidget()
        super().__init__("", body)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        self.panels: dict[ExpressionType, CurvePanel] = {}
        for kind in EXPRESSION_TYPES:
            self.panels[kind] = CurvePanel(kind, theme, time_axis=kind == EXPRESSION_TYPES[-1])
            layout.addWidget(_title(kind, theme))
            layout.addWidget(self.panels[kind], 1)
        layout.addWidget(CurveLegend(theme))
        self.setAccessibleName("Probability curves")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Move the curves of both panels."""
        for panel in self.panels.values():
            panel.show_snapshot(snapshot)


def _title(kind: ExpressionType, theme: Theme) -> QLabel:
    title = labelled("", "title")
    title.setText(f'<span style="color:{theme.of(kind)}">{kind}</span>&nbsp;&nbsp;{_LONG_NAMES[kind]}')
    title.setContentsMargins(GRID_PX // 2, 0, 0, 0)
    return title


def _empty_plot(theme: Theme, *, time_axis: bool) -> Any:
    plot = pg.PlotWidget(background=theme.panel)
    plot.setAntialiasing(False)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setFrameShape(plot.Shape.NoFrame)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(x=False, y=False)
    plot.setRange(xRange=(-SECONDS, 0.0), yRange=(0.0, 1.0), padding=0.02, disableAutoRange=True)
    plot.getPlotItem().setContentsMargins(0, 4, 8, 0)
    ticks = {
        "left": [(0.0, "0"), (0.5, "0.5"), (1.0, "1")],
        "bottom": [(float(t), "now" if t == 0 else f"−{-t} s") for t in range(-int(SECONDS), 1, 2)],
    }
    for side, values in ticks.items():
        axis = plot.getAxis(side)
        axis.setTicks([values if side == "left" or time_axis else [(t, "") for t, _ in values]])
        axis.setStyle(tickFont=font("small"), tickLength=-4, hideOverlappingLabels=False)
        axis.setPen(pg.mkPen(theme.border))
        axis.setTextPen(pg.mkPen(theme.muted))
    plot.getAxis("left").setWidth(_AXIS_PX)
    plot.getAxis("bottom").setHeight(20 if time_axis else 6)
    grid = pg.mkPen(theme.border, width=1)
    plot.addItem(pg.InfiniteLine(pos=0.5, angle=0, pen=grid), ignoreBounds=True)
    return plot
