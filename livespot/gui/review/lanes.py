"""Where everything lies on the track: rows from the top, and time from left to right. Pure geometry."""

from __future__ import annotations

from dataclasses import dataclass, field

from PyQt6.QtCore import QRectF

from livespot.gui.palette import GRID_PX
from livespot.gui.review.axis import TimeAxis
from livespot.types import EXPRESSION_TYPES, ExpressionType

GUTTER_PX = 7 * GRID_PX
RIGHT_PX = GRID_PX
LANE_PX, SMALL_PX, FACE_PX, AXIS_PX = 20, 14, 8, 20
LEAST_CURVE_PX = 22
_BETWEEN_PX = GRID_PX // 2


@dataclass(slots=True)
class Lanes:
    """Tops and heights, made for one size of the widget.

    ``curves``, ``found``, ``truth`` and ``compared`` map a type to (top, height); the last two are empty where there is
    nothing to show.
    """

    width: float = 0.0
    height: float = 0.0
    curves: dict[ExpressionType, tuple[float, float]] = field(default_factory=dict)
    found: dict[ExpressionType, tuple[float, float]] = field(default_factory=dict)
    truth: dict[ExpressionType, tuple[float, float]] = field(default_factory=dict)
    compared: dict[ExpressionType, tuple[float, float]] = field(default_factory=dict)
    face: tuple[float, float] = (0.0, 0.0)
    axis: tuple[float, float] = (0.0, 0.0)

    def x_of(self, time_s: float, axis: TimeAxis) -> float:
        """Widget x of a time."""
        return GUTTER_PX + (time_s - axis.start_s) / axis.span_s * (self.width - GUTTER_PX - RIGHT_PX)

    def time_at(self, x: float, axis: TimeAxis) -> float:
        """Time at a widget x."""
        return axis.start_s + (x - GUTTER_PX) / max(self.width - GUTTER_PX - RIGHT_PX, 1.0) * axis.span_s

    def area(self, lane: tuple[float, float]) -> QRectF:
        """A lane's whole width."""
        return QRectF(GUTTER_PX, lane[0], max(self.width - GUTTER_PX - RIGHT_PX, 1.0), lane[1])


def fixed_height(truth: bool, compared: bool) -> int:
    """Height of everything but the curves."""
    lanes = LANE_PX + _BETWEEN_PX + (SMALL_PX + _BETWEEN_PX) * (truth + compared)
    return 2 * (lanes + GRID_PX) + FACE_PX + _BETWEEN_PX + AXIS_PX


def lanes_for(width: float, height: float, *, truth: bool, compared: bool) -> Lanes:
    """Share ``height`` out; the curves take what the lanes leave."""
    made = Lanes(width, height)
    curve = max((height - fixed_height(truth, compared)) / 2, LEAST_CURVE_PX)
    top = 0.0
    for kind in EXPRESSION_TYPES:
        made.curves[kind] = (top, curve)
        top += curve + _BETWEEN_PX
        made.found[kind] = (top, LANE_PX)
        top += LANE_PX
        if compared:
            made.compared[kind] = (top + _BETWEEN_PX, SMALL_PX)
            top += _BETWEEN_PX + SMALL_PX
        if truth:
            made.truth[kind] = (top + _BETWEEN_PX, SMALL_PX)
            top += _BETWEEN_PX + SMALL_PX
        top += GRID_PX
    made.face = (top, FACE_PX)
    made.axis = (top + FACE_PX + _BETWEEN_PX, AXIS_PX)
    return made
