"""ME and MaE curves over the last ten seconds, one panel each, with thresholds that are dragged.

Time runs from −10 s to now on a fixed axis, so that a tick moves four lines and repaints no axis. The newest
point lies left of *now* by the look-ahead of the window plus the time it took: the delay is seen, not hidden.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from livespot.gui import curve_axes
from livespot.gui.curve_axes import RIGHT_PX, SECONDS, CurveLegend
from livespot.gui.fast import StaticLayer, paint_curve, polylines
from livespot.gui.intervals import newest_s, visible
from livespot.gui.painting import Panel, paint_hatched
from livespot.gui.palette import DARK, GRID_PX, LINE_STYLES, LINE_WIDTHS, PHASES, Theme, faint
from livespot.gui.threshold import GRAB_PX, ThresholdLine
from livespot.snapshot import Snapshot
from livespot.types import CURVES, EXPRESSION_TYPES, ExpressionType, Float32Array, Interval

LONG_NAMES: dict[ExpressionType, str] = {"ME": "Micro-expressions", "MaE": "Macro-expressions"}


class CurvePanel(QWidget):
    """The curves of one type.

    Parameters
    ----------
    kind : {"ME", "MaE"}
    theme : Theme
    time_axis : bool
        Whether to label the time axis; of stacked panels only the lowest does.

    Signals
    -------
    threshold_dragged(str, float)
        The type, and what the user has moved its threshold to; many times while dragging.
    """

    threshold_dragged = pyqtSignal(str, float)

    def __init__(self, kind: ExpressionType, theme: Theme = DARK, *, time_axis: bool = True) -> None:
        super().__init__()
        self.threshold = ThresholdLine(kind, theme)
        self._kind: ExpressionType = kind
        self._theme = theme
        self._time_axis = time_axis
        self._columns = {phase: CURVES.index(f"{kind.lower()}_{phase}") for phase in PHASES}
        self._snapshot = Snapshot()
        self._now_s = 0.0
        self._other: tuple[NDArray[np.float64], Float32Array] | None = None
        self._axes = StaticLayer(lambda p: curve_axes.paint_axes(p, self.area(), theme, time_axis=time_axis))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # spares the styled panel below
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 72)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"{LONG_NAMES[kind]}: probability curves")

    def sizeHint(self) -> QSize:
        """Half of the curves' column."""
        return QSize(420, 180)

    def area(self) -> QRectF:
        """Where the curves are: 0 at the bottom, 1 at the top, −10 s at the left, now at the right."""
        return curve_axes.plot_area(self.width(), self.height(), time_axis=self._time_axis)

    def curve(self, phase: str) -> tuple[NDArray[np.float64], Float32Array]:
        """What is shown of a phase: seconds against now (n,), and values (n,) float32."""
        return self._snapshot.curve_times_s - self._now_s, self._snapshot.curves[:, self._columns[phase]]

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Move the curves to the snapshot's newest time; does nothing when it brings nothing new."""
        before, self._snapshot = self._snapshot, snapshot
        now_s = newest_s(snapshot)
        moved = self.threshold.take(snapshot.thresholds, snapshot.engine_thresholds)
        if moved:
            self.setAccessibleDescription(self.threshold.words())
        if (
            moved
            or now_s != self._now_s
            or snapshot.curves is not before.curves
            or snapshot.provisional != before.provisional
            or len(snapshot.confirmed) != len(before.confirmed)
        ):
            self._now_s = now_s
            self.update()

    def show_other(self, times_s: NDArray[np.float64] | None, curves: Float32Array | None) -> None:
        """Draw the apex curve of another analysis behind, (n,) seconds and (n, 10); None takes it away."""
        self._other = None if times_s is None or curves is None else (times_s, curves)
        self.update()

    # --- painting -------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Axes from the cache, intervals, curves, threshold; about 0.4 ms."""
        painter = QPainter(self)
        area, ratio = self.area(), self.devicePixelRatioF()
        self._axes.draw(painter, self, self._theme.panel)
        self._paint_intervals(painter, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not len(self._snapshot.curve_times_s):
            curve_axes.paint_nothing_yet(painter, area, self._theme)
        painter.save()
        painter.setClipRect(area.adjusted(0, -1, RIGHT_PX, 1))
        if self._other is not None:
            runs = self._runs(area, *self._other, self._columns["apex"])
            paint_curve(painter, runs, self._theme.muted, 1.0, Qt.PenStyle.DashDotDotLine, ratio)
        for phase in ("expression", "onset", "offset", "apex"):  # the apex decides: it is drawn last, on top
            runs = self._runs(area, self._snapshot.curve_times_s, self._snapshot.curves, self._columns[phase])
            colour, width = self._theme.of(phase), LINE_WIDTHS[phase]
            paint_curve(painter, runs, colour, width, LINE_STYLES[phase], ratio)
        painter.restore()
        self.threshold.focused = self.hasFocus()
        self.threshold.paint(painter, area, ratio)
        painter.end()

    def _runs(
        self, area: QRectF, times_s: NDArray[np.float64], curves: Float32Array, column: int
    ) -> list[QPolygonF]:
        first = int(np.searchsorted(times_s, self._now_s - SECONDS))
        x = area.right() + (times_s[first:] - self._now_s) * (area.width() / SECONDS)
        y = area.bottom() - np.clip(curves[first:, column].astype(np.float64), 0.0, 1.0) * area.height()
        return polylines(x, y)

    def _paint_intervals(self, painter: QPainter, area: QRectF) -> None:
        def paint(intervals: Sequence[Interval], confirmed: bool) -> None:
            for i in visible(intervals, self._now_s - SECONDS, self._now_s):
                if i.type != self._kind:
                    continue
                left, right = (self._x(area, t) for t in (i.onset_s, i.offset_s))
                shade = QRectF(left, area.top(), max(right - left, 2.0), area.height())
                if confirmed:
                    painter.fillRect(shade, faint(self._theme.of(self._kind), 0.30))
                else:
                    paint_hatched(painter, shade, self._theme.of(self._kind), strength=0.35)

        paint(self._snapshot.confirmed, True)
        paint(self._snapshot.provisional, False)

    def _x(self, area: QRectF, time_s: float) -> float:
        x = area.right() + (time_s - self._now_s) * area.width() / SECONDS
        return min(max(x, area.left()), area.right())

    # --- the threshold, by mouse and keys -------------------------------------------------------------------

    def _near(self, at: QPointF) -> bool:
        value, area = self.threshold.value, self.area()
        if value is None or not area.left() <= at.x() <= area.right():
            return False
        return abs(at.y() - (area.bottom() - value * area.height())) <= GRAB_PX + 3.0

    def _ask(self, value: float | None) -> None:
        if value is not None:
            self.setAccessibleDescription(self.threshold.words())
            self.threshold_dragged.emit(self._kind, value)
            self.update()

    def _drag_to(self, at: QPointF) -> None:
        area = self.area()
        self._ask(self.threshold.ask((area.bottom() - at.y()) / area.height()))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Take hold of the threshold."""
        if (
            event is None
            or event.button() is not Qt.MouseButton.LeftButton
            or not self._near(event.position())
        ):
            super().mousePressEvent(event)
            return
        self.threshold.dragging = True
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag it, or show that it can be dragged."""
        if event is None:
            return
        if self.threshold.dragging:
            self._drag_to(event.position())
            return
        near = self._near(event.position())
        if near != self.threshold.hovered:
            self.threshold.hovered = near
            self.setCursor(Qt.CursorShape.SplitVCursor if near else Qt.CursorShape.ArrowCursor)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let it go."""
        if self.threshold.dragging:
            self.threshold.dragging = False
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Back to the engine's own."""
        own = self.threshold.engine_value
        if event is not None and own is not None and self._near(event.position()):
            self._ask(self.threshold.ask(own))

    def leaveEvent(self, event: QEvent | None) -> None:
        """Nothing is under the mouse any more."""
        if self.threshold.hovered:
            self.threshold.hovered = False
            self.update()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Up and Down by 0.01, Page Up and Page Down by 0.05, Home: the engine's own."""
        if event is not None and (value := self.threshold.step(event.key())) is not None:
            self._ask(value)
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """What the curves say under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def words_at(self, at: QPointF) -> str:
        """The tooltip at a place of the widget."""
        if self._near(at):
            return f"{self.threshold.words()}.\nDrag it, or use ↑ and ↓; double-click for the engine's own."
        area, times = self.area(), self._snapshot.curve_times_s
        if not len(times) or not area.contains(at):
            return ""
        wanted = self._now_s - SECONDS * (area.right() - at.x()) / area.width()
        row = int(np.argmin(np.abs(times - wanted)))
        values = self._snapshot.curves[row]
        if abs(times[row] - wanted) > 0.2:
            return ""
        ahead = f"{times[row] - self._now_s:.1f} s".replace("-", "−")
        if not np.isfinite(values).any():
            return f"{ahead}: no face"
        return f"{ahead}: " + ", ".join(f"{p} {values[c]:.2f}" for p, c in self._columns.items())


class CurvesView(Panel):
    """Both types, ME above MaE, and the legend.

    Show it alone with ``CurvesView().show_snapshot(snapshot)``.

    Signals
    -------
    threshold_dragged(str, float)
        Of either panel.
    """

    threshold_dragged = pyqtSignal(str, float)

    def __init__(self, theme: Theme = DARK) -> None:
        body = QWidget()
        super().__init__("", body)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        self.panels: dict[ExpressionType, CurvePanel] = {}
        for kind in EXPRESSION_TYPES:
            panel = self.panels[kind] = CurvePanel(kind, theme, time_axis=kind == EXPRESSION_TYPES[-1])
            panel.threshold_dragged.connect(self.threshold_dragged)
            layout.addWidget(curve_axes.panel_title(kind, LONG_NAMES[kind], theme))
            layout.addWidget(panel, 1)
        layout.addWidget(CurveLegend(theme))
        self.setAccessibleName("Probability curves")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Move the curves of both panels."""
        for panel in self.panels.values():
            panel.show_snapshot(snapshot)

    def show_other(
        self, times_s: NDArray[np.float64] | None = None, curves: Float32Array | None = None
    ) -> None:
        """Apex curves of another analysis behind those shown: (n,) seconds and (n, 10); None takes them away."""
        for panel in self.panels.values():
            panel.show_other(times_s, curves)
