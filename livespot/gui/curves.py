"""ME and MaE curves over the last ten seconds, one panel each, with thresholds that are dragged.

Time runs from −10 s to now on a fixed axis, so that a tick moves four lines and repaints no axis. The newest
point lies left of *now* by the look-ahead of the window plus the time it took: the delay is seen, not hidden.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from livespot.gui.curve_axes import SECONDS, CurveLegend, panel_title
from livespot.gui.curve_items import Axes, Curve, IntervalShades
from livespot.gui.intervals import newest_s, visible
from livespot.gui.painting import Panel, labelled
from livespot.gui.palette import DARK, GRID_PX, LINE_STYLES, LINE_WIDTHS, PHASES, Theme
from livespot.gui.threshold import GRAB_PX, ThresholdLine
from livespot.snapshot import Snapshot
from livespot.types import CURVES, EXPRESSION_TYPES, ExpressionType, Float32Array, Interval

_LEGEND_FROM_PX = 228
"""Height from which on titles, curves, time axis and a legend of two lines do not touch."""

LONG_NAMES: dict[ExpressionType, str] = {"ME": "Micro-expressions", "MaE": "Macro-expressions"}


class CurvePanel(QWidget):
    """The curves of one type, drawn with pyqtgraph.

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
        self._kind: ExpressionType = kind
        self._columns = {phase: CURVES.index(f"{kind.lower()}_{phase}") for phase in PHASES}
        self._snapshot = Snapshot()
        self._now_s = 0.0
        self._ratio = 0.0
        self._x: list[NDArray[np.float64]] = [np.empty(1024), np.empty(0)]
        self._other: tuple[NDArray[np.float64], Float32Array] | None = None
        self.plot = Axes(theme, time_axis=time_axis)
        self._shades = IntervalShades(theme.of(kind), theme.panel)
        self._other_line = Curve(theme.muted, 1.0, Qt.PenStyle.DashDotDotLine)
        self._lines = {  # the apex decides: it is drawn last, on top
            phase: Curve(theme.of(phase), LINE_WIDTHS[phase], LINE_STYLES[phase])
            for phase in ("expression", "onset", "offset", "apex")
        }
        for item in (self._shades, self._other_line, *self._lines.values()):
            self.plot.addItem(item, ignoreBounds=True)
        self.threshold = ThresholdLine(kind, theme, self.plot, self._told)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self._words = labelled("Probabilities appear here while a face is watched", "muted", self)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        self._words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.plot.getViewBox().sigResized.connect(lambda _: self._fit())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 72)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"{LONG_NAMES[kind]}: probability curves")

    def sizeHint(self) -> QSize:
        """Half of the curves' column."""
        return QSize(420, 180)

    def area(self) -> QRectF:
        """Where the curves are: 0 at the bottom, 1 at the top, −10 s at the left, now at the right."""
        return self.plot.area()

    def curve(self, phase: str) -> tuple[NDArray[np.float64], Float32Array]:
        """What is shown of a phase: seconds against now (n,), and values (n,) float32."""
        return self._snapshot.curve_times_s - self._now_s, self._snapshot.curves[:, self._columns[phase]]

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Move the curves to the snapshot's newest time; does nothing when it brings nothing new."""
        before, self._snapshot = self._snapshot, snapshot
        now_s = newest_s(snapshot)
        if self.threshold.take(snapshot.thresholds, snapshot.engine_thresholds):
            self.setAccessibleDescription(self.threshold.words())
        if (
            now_s != self._now_s
            or snapshot.curves is not before.curves
            or snapshot.provisional != before.provisional
            or len(snapshot.confirmed) != len(before.confirmed)
        ):
            self._now_s = now_s
            self._move()

    def show_other(self, times_s: NDArray[np.float64] | None, curves: Float32Array | None) -> None:
        """Draw the apex curve of another analysis behind, (n,) seconds and (n, 10); None takes it away."""
        self._other = None if times_s is None or curves is None else (times_s, curves)
        self._move()

    def _move(self) -> None:
        self._scale_pens()
        times, curves = self._snapshot.curve_times_s, self._snapshot.curves
        self._words.setVisible(not len(times))
        x, shown = self._against_now(times, 0)
        for phase, line in self._lines.items():
            line.setData(x, curves[shown, self._columns[phase]])
        if self._other is not None:
            x, shown = self._against_now(self._other[0], 1)
            self._other_line.setData(x, self._other[1][shown, self._columns["apex"]])
        self._other_line.setVisible(self._other is not None)
        self._shades.show_spans(
            self._spans(self._snapshot.confirmed, True) + self._spans(self._snapshot.provisional, False)
        )

    def _against_now(self, times_s: NDArray[np.float64], row: int) -> tuple[NDArray[np.float64], slice]:
        """Which of the times are shown, and what they are against now; in memory that is used again."""
        first, after = (int(np.searchsorted(times_s, self._now_s - back)) for back in (SECONDS, -1e-9))
        if after - first > len(self._x[row]):
            self._x[row] = np.empty(2 * (after - first))
        x = self._x[row][: after - first]
        np.subtract(times_s[first:after], self._now_s, out=x)
        return x, slice(first, after)

    def _spans(self, intervals: Sequence[Interval], confirmed: bool) -> list[tuple[float, float, bool]]:
        shown = visible(intervals, self._now_s - SECONDS, self._now_s)
        return [
            (max(i.onset_s - self._now_s, -SECONDS), min(i.offset_s - self._now_s, 0.0), confirmed)
            for i in shown
            if i.type == self._kind
        ]

    def _scale_pens(self) -> None:
        if (ratio := self.devicePixelRatioF()) != self._ratio:
            self._ratio = ratio
            self.plot.scale_pens(ratio)
            self.threshold.scale_pens(ratio)
            for line in (self._other_line, *self._lines.values()):
                line.scale_pen(ratio)

    # --- the user -------------------------------------------------------------------------------------------

    def _told(self, value: float) -> None:
        self.setAccessibleDescription(self.threshold.words())
        self.threshold_dragged.emit(self._kind, value)

    def _fit(self) -> None:
        """What lies over the plot goes along with its size."""
        self._scale_pens()
        area = self.area()
        self.threshold.fit(area.width())
        lower = area.adjusted(0, 0.55 * area.height(), 0, 0)  # clear of the threshold's line and handle
        self._words.setGeometry(lower.toRect())

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """The keys move the threshold now."""
        super().focusInEvent(event)
        self.threshold.show_focus(True)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """No longer."""
        super().focusOutEvent(event)
        self.threshold.show_focus(False)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Up and Down by 0.01, Page Up and Page Down by 0.05, Home: the engine's own."""
        if event is None or not self.threshold.step(event.key()):
            super().keyPressEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """What the curves say under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def words_at(self, at: QPointF) -> str:
        """The tooltip at a place of the widget."""
        area, times, value = self.area(), self._snapshot.curve_times_s, self.threshold.value
        if not area.adjusted(0, -GRAB_PX, 0, GRAB_PX).contains(at):
            return ""
        if value is not None and abs(at.y() - (area.bottom() - value * area.height())) <= GRAB_PX:
            return f"{self.threshold.words()}.\nDrag it, or use ↑ and ↓; double-click for the engine's own."
        if not len(times):
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
            layout.addWidget(panel_title(kind, LONG_NAMES[kind], theme))
            layout.addWidget(panel, 1)
        self._legend = CurveLegend(theme)
        layout.addWidget(self._legend)
        self.setAccessibleName("Probability curves")

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """In a low window the curves need the legend's place: the line styles are the same everywhere."""
        super().resizeEvent(event)
        self._legend.setVisible(self.height() >= _LEGEND_FROM_PX)

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
