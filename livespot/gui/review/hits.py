"""What lies under the mouse on the track. Pure geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PyQt6.QtCore import QPointF

from livespot.gui.review.axis import TimeAxis
from livespot.gui.review.bars import TrackContent
from livespot.gui.review.lanes import Lanes
from livespot.gui.review.marks import Row
from livespot.snapshot import Marker
from livespot.types import EXPRESSION_TYPES, ExpressionType

Part = Literal["onset", "apex", "offset"]

_GRIP_PX = 6.0
_LINE_PX = 5.0


@dataclass(frozen=True, slots=True)
class Hits:
    """Looks things up by their place in the widget."""

    lanes: Lanes
    axis: TimeAxis
    content: TrackContent

    def row_at(self, place: QPointF) -> Row | None:
        """The detection, missed truth or new interval here; the shortest where they overlap."""
        hits = []
        for row in self.content.marks.rows:
            lane = self._lane_of(row)
            if lane is None or not lane[0] - 2 <= place.y() <= lane[0] + lane[1] + 2:
                continue
            left = self._x(row.interval.onset_s)
            right = max(self._x(row.interval.offset_s), left + _LINE_PX)
            if left - 3 <= place.x() <= right + 3:
                hits.append(row)
        return min(hits, key=lambda row: row.interval.offset_s - row.interval.onset_s, default=None)

    def grip_at(self, place: QPointF) -> Part | None:
        """Which part of the chosen interval can be taken here."""
        row = self.content.marks.row_of(self.content.selected)
        if row is None or row.kind != "found":
            return None
        lane = self.lanes.found[row.interval.type]
        if not lane[0] - 3 <= place.y() <= lane[0] + lane[1] + 3:
            return None
        parts: list[tuple[float, Part]] = [
            (abs(self._x(row.interval.onset_s) - 2 - place.x()), "onset"),
            (abs(self._x(row.interval.offset_s) + 2 - place.x()), "offset"),
            (abs(self._x(row.interval.apex_s) - place.x()) + 2, "apex"),
        ]
        distance, part = min(parts)
        return part if distance <= _GRIP_PX else None

    def threshold_at(self, place: QPointF) -> ExpressionType | None:
        """Whose θ line is here."""
        for kind in EXPRESSION_TYPES:
            value, lane = self.content.thresholds.get(kind), self.lanes.curves[kind]
            if value is None or not lane[0] <= place.y() <= lane[0] + lane[1]:
                continue
            if abs(lane[0] + 3 + (1.0 - value) * (lane[1] - 6) - place.y()) <= _LINE_PX:
                return kind
        return None

    def markers_at(self, place: QPointF) -> list[Marker]:
        """The user's markers here."""
        return [m for m in self.content.markers if abs(self._x(m.time_s) - place.x()) <= _LINE_PX]

    def _x(self, time_s: float) -> float:
        return self.lanes.x_of(time_s, self.axis)

    def _lane_of(self, row: Row) -> tuple[float, float] | None:
        lanes = {"found": self.lanes.found, "missed": self.lanes.truth, "new": self.lanes.compared}
        return lanes[row.kind].get(row.interval.type)
