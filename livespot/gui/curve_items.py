"""What the plots of the curves are made of: pyqtgraph's items, made cheap to move thirty times a second."""

from __future__ import annotations

from collections.abc import Sequence

import PyQt6.QtWidgets  # noqa: F401  pyqtgraph takes the Qt binding that is already there
import pyqtgraph as pg
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QPainter, QTransform
from PyQt6.QtWidgets import QGraphicsItem, QGraphicsScene, QStyleOptionGraphicsItem, QWidget

from livespot.gui.curve_axes import AXIS_PX, RIGHT_PX, SECONDS, TOP_PX, WORDS_PX
from livespot.gui.paint_cache import side_by_side, thin_pen
from livespot.gui.painting import blended, paint_hatched
from livespot.gui.palette import GRID_PX, Theme, font

_WHOLE = QRectF(-SECONDS, 0.0, SECONDS, 1.0)
_MARGIN = 0.02


def keep_picture(item: QGraphicsItem) -> None:
    """Paint an item that stands still once, and copy it from then on."""
    item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)


class FixedRangeItem(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """An item that fills the plot: the scene need not look where it is, whatever moves in it."""

    def boundingRect(self) -> QRectF:
        """The whole plot."""
        return _WHOLE


class Curve(pg.PlotCurveItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A curve that is cheap to move.

    Parameters
    ----------
    colour : str
    width : float
        In logical px; :meth:`scale_pen` brings it to the screen's.
    style : Qt.PenStyle
    """

    def __init__(self, colour: str, width: float, style: Qt.PenStyle) -> None:
        # Smooth, because strokes of one device px are as fast smooth as they are jagged in Qt's rasteriser.
        super().__init__(connect="finite", antialias=True)
        self._stroke = (colour, width, style)
        self._ratio = 0.0
        self._steps = side_by_side(width, 1.0)

    def boundingRect(self) -> QRectF:
        """The whole plot, and the width of a stroke: measuring the data anew would cost more than drawing it."""
        return _WHOLE.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)

    def scale_pen(self, ratio: float) -> None:
        """Pens of plots count device px; on a 2× screen, 1 px would be a hair."""
        if ratio != self._ratio:
            self._ratio = ratio
            colour, width, style = self._stroke
            self._steps = side_by_side(width, ratio)
            self.setPen(thin_pen(colour, width, style, ratio))

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Only strokes of one device px are fast: a wider one is several of them, side by side."""
        if self.xData is None or len(self.xData) < 2:
            return
        path, placed = self.getPath(), painter.worldTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.opts["pen"])
        for step in self._steps:
            painter.setWorldTransform(placed * QTransform.fromTranslate(step.x(), step.y()))
            painter.drawPath(path)
        painter.setWorldTransform(placed)


class IntervalShades(FixedRangeItem):
    """Intervals behind the curves: confirmed ones shaded, provisional ones hatched."""

    def __init__(self, colour: str, ground: str) -> None:
        super().__init__()
        self._colour, self._ground = colour, ground
        self._spans: tuple[tuple[float, float, bool], ...] = ()
        self.setZValue(-20)  # opaque: below the grid

    def show_spans(self, spans: Sequence[tuple[float, float, bool]]) -> None:
        """Spans as (start, end, confirmed), in seconds against now."""
        if (made := tuple(spans)) != self._spans:
            self._spans = made
            self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """In px of the widget: a hatch drawn in seconds × probability would be stretched out of shape."""
        if not self._spans:
            return
        placed = painter.worldTransform()
        painter.setWorldTransform(QTransform())
        for start_s, end_s, confirmed in self._spans:
            area = placed.mapRect(QRectF(start_s, 0.0, end_s - start_s, 1.0))
            area.setWidth(max(area.width(), 2.0))
            if confirmed:
                painter.fillRect(area, blended(self._colour, 0.30, self._ground))
            else:
                paint_hatched(painter, area, self._colour, strength=0.35, over=self._ground)
        painter.setWorldTransform(placed)


class Axes(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """An empty plot of probability over the last ten seconds; its ranges never change.

    Parameters
    ----------
    theme : Theme
    time_axis : bool
        Whether to label the time axis.
    """

    def __init__(self, theme: Theme, *, time_axis: bool) -> None:
        super().__init__(background=theme.panel)
        self._theme = theme
        self.setAntialiasing(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=False, y=False)
        self.setRange(_WHOLE, padding=0.0, disableAutoRange=True)
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)  # everything moves at once
        self.scene().setMoveDistance(1)  # a threshold follows the first px of a drag
        box = self.getViewBox()
        box.setFlag(box.GraphicsItemFlag.ItemClipsChildrenToShape, False)  # half a stroke at 0 and at 1
        item = self.getPlotItem()
        item.setContentsMargins(0, TOP_PX, RIGHT_PX, 0)
        item.layout.setContentsMargins(0, 0, 0, 0)
        self._set_ticks(time_axis)
        self._grid = [pg.InfiniteLine(pos=value, angle=0) for value in (0.0, 0.5, 1.0)]
        for line in self._grid:
            line.setZValue(-10)
            keep_picture(line)
            self.addItem(line, ignoreBounds=True)
        self.scale_pens(1.0)

    def area(self) -> QRectF:
        """Where the curves are, in px of the widget: 0 at the bottom, 1 at the top, −10 s at the left."""
        self.getPlotItem().layout.activate()
        box = self.getViewBox()
        return QRectF(box.mapRectToScene(box.boundingRect()))

    def scale_pens(self, ratio: float) -> None:
        """As :meth:`Curve.scale_pen`."""
        pen = thin_pen(self._theme.border, 1.0, Qt.PenStyle.SolidLine, 1.0)
        pen.setWidthF(max(1.0, round(ratio)))
        self.getAxis("left").setPen(pen)
        self.getAxis("bottom").setPen(None)  # the grid's lowest line is there already
        self.getAxis("bottom").setTickPen(pen)
        for line in self._grid:
            line.setPen(pen)

    def _set_ticks(self, time_axis: bool) -> None:
        seconds = range(-int(SECONDS), 1, 2)
        times = [(float(t), "now" if t == 0 else f"−{-t} s") for t in seconds]
        ticks = {
            "left": [(0.0, "0"), (0.5, "0.5"), (1.0, "1")],
            "bottom": times if time_axis else [(t, "") for t, _ in times],
        }
        for side, values in ticks.items():
            axis = self.getAxis(side)
            axis.setTicks([values])
            axis.setStyle(
                tickFont=font("small"),
                tickLength=0 if side == "left" else 3,
                tickTextOffset=6 if side == "left" else 2,
                hideOverlappingLabels=2 * GRID_PX + GRID_PX // 2,  # how far a label may reach over its axis
                tickAlpha=255,
            )
            axis.setTextPen(pg.mkPen(self._theme.muted))
            keep_picture(axis)
        self.getAxis("left").setWidth(AXIS_PX)
        self.getAxis("bottom").setHeight(WORDS_PX if time_axis else GRID_PX // 2)
