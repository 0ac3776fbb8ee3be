"""What a reviewer does with the chosen interval, turned into decisions that are on disk at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from livespot.errors import UsageError
from livespot.gui.review.marks import Marks, Row, marks_of
from livespot.session.review import Reviewed, key_of
from livespot.types import ExpressionType, Interval

if TYPE_CHECKING:
    from livespot.replay.recording import Recording
    from livespot.review.orders import ReviewService

_ADDED_S: dict[str, tuple[float, float]] = {"ME": (0.15, 0.15), "MaE": (0.5, 0.7)}
"""How far before and after the position an interval reaches that is added without a chosen stretch."""


class Decisions:
    """The chosen row, and everything that can be decided about it.

    Parameters
    ----------
    service : ReviewService

    Attributes
    ----------
    reviewer : str
        Whose decisions these are.
    selected : str
        Target of the chosen row; empty: none.
    truth, compared : sequences of Interval
        As shown; ``compared`` is None without a second analysis.
    marks : Marks
        After the last change.
    """

    def __init__(self, service: ReviewService, reviewer: str = "") -> None:
        self._service = service
        self.reviewer = reviewer
        self.selected = ""
        self.truth: tuple[Interval, ...] = ()
        self.compared: tuple[Interval, ...] | None = None
        self.marks = Marks()
        self.refresh()

    @property
    def _recording(self) -> Recording:
        return self._service.player.recording

    @property
    def row(self) -> Row | None:
        """The chosen row."""
        return self.marks.row_of(self.selected)

    def refresh(self) -> None:
        """Match again; a row that is gone is no longer chosen."""
        base = self._recording.base
        # Under way, what was found so far can be looked at; decisions wait for the end.
        state = (
            self._service.review.state()
            if base.complete
            else [Reviewed(i, i, "open", key_of(i)) for i in base.intervals]
        )
        # What has not been looked at yet is not missed yet: it is shown, and does not count.
        until_s = float(base.times_s[-1]) if len(base.times_s) else -1.0
        counted = [i for i in self.truth if base.complete or i.offset_s <= until_s]
        later = [(i, True) for i in self.truth if i not in counted]
        marks = marks_of(state, counted, self.compared)
        self.marks = replace(marks, truth=(*marks.truth, *later))
        if self.selected not in self.marks.places:
            self.selected = ""

    def accept(self, text: str = "") -> None:
        """The chosen detection is right; what was missed, or is only in the second analysis, is added.

        Raises
        ------
        UsageError
            Nothing is chosen, or there is no reviewer; as all that follow.
        OutputError
            It cannot be saved.
        """
        row = self._chosen()
        if row.kind == "found":
            self._service.review.accept(row.target, self._name(), text)
        else:
            self.selected = self._service.review.add(row.interval, self._name(), text).target
        self.refresh()

    def reject(self, text: str = "") -> None:
        """It is no expression."""
        self._service.review.reject(self._found().target, self._name(), text)
        self.refresh()

    def relabel(self) -> None:
        """It is of the other type."""
        row = self._found()
        kind: ExpressionType = "ME" if row.interval.type == "MaE" else "MaE"
        self._service.review.relabel(row.target, kind, self._name())
        self.refresh()

    def comment(self, text: str) -> None:
        """Say something about it."""
        self._service.review.comment(self._found().target, self._name(), text)
        self.refresh()

    def add(self, kind: ExpressionType, stretch: tuple[float, float] | None, position_s: float) -> None:
        """An expression that was missed: in the chosen stretch, or around the position."""
        before, after = _ADDED_S[kind]
        start, end = stretch or (position_s - before, position_s + after)
        apex = position_s if start <= position_s <= end else (start + end) / 2
        made = self._service.review.add(self._interval(kind, start, apex, end), self._name())
        self.selected = made.target
        self.refresh()

    @property
    def can_undo(self) -> bool:
        """Whether a decision of the reviewer stands."""
        return any(d.reviewer == self.reviewer and not d.undone_at for d in self._service.review.decisions)

    @property
    def can_redo(self) -> bool:
        """Whether the reviewer has decided nothing since the last undo."""
        mine = [d for d in self._service.review.decisions if d.reviewer == self.reviewer]
        return bool(mine) and bool(mine[-1].undone_at)

    def undo(self) -> str:
        """Undo the last decision; says which, empty when there is none."""
        taken = self._service.review.undo(self._name())
        self.refresh()
        return "" if taken is None else f"Undone: {taken.action}"

    def redo(self) -> str:
        """Redo the decision that was undone last; says which, empty when there is none."""
        again = self._service.review.redo(self._name())
        self.refresh()
        return "" if again is None else f"Redone: {again.action}"

    def moved(self, part: str, time_s: float) -> Interval | None:
        """The chosen interval with its onset, apex or offset at ``time_s``, as far as the order of the three allows."""
        row = self.row
        if row is None or row.kind != "found":
            return None
        i, recording = row.interval, self._recording
        place = recording.place_at(time_s)
        low, high = {
            "onset": (0, recording.place_of(i.apex)),
            "apex": (recording.place_of(i.onset), recording.place_of(i.offset)),
            "offset": (recording.place_of(i.apex), len(recording.numbers) - 1),
        }[part]
        place = min(max(place, low), high)
        number, at_s = int(recording.numbers[place]), float(recording.times_s[place])
        if part == "onset":
            return replace(i, onset=number, onset_s=at_s)
        if part == "apex":
            return replace(i, apex=number, apex_s=at_s)
        return replace(i, offset=number, offset_s=at_s)

    def preview(self, interval: Interval) -> Marks:
        """The marks as they would look; nothing is decided."""
        rows = tuple(
            replace(row, interval=interval) if row.target == self.selected else row for row in self.marks.rows
        )
        return replace(self.marks, rows=rows)

    def move(self, part: str, time_s: float) -> None:
        """Put the onset, apex or offset of the chosen interval there."""
        row, to = self._found(), self.moved(part, time_s)
        if to is not None and to != row.interval:
            self._service.review.move(row.target, to, self._name())
        self.refresh()

    def next_target(self, direction: int, position_s: float) -> str:
        """The row after or before the chosen one while the position is in it, else after or before the position."""
        rows = self.marks.rows
        if not rows:
            return ""
        place = self.marks.places.get(self.selected)
        here = rows[place].interval if place is not None else None
        if place is None or here is None or not here.onset_s - 0.05 <= position_s <= here.offset_s + 0.05:
            later = [n for n, row in enumerate(rows) if row.interval.apex_s > position_s + 1e-6]
            first_later = later[0] if later else len(rows)
            place = first_later - 1 if direction > 0 else first_later
        place = min(max(place + direction, 0), len(rows) - 1)
        return rows[place].target

    def _interval(self, kind: ExpressionType, start_s: float, apex_s: float, end_s: float) -> Interval:
        recording = self._recording
        places = [recording.place_at(t) for t in (start_s, apex_s, end_s)]
        onset, apex, offset = (int(recording.numbers[p]) for p in places)
        times = [float(recording.times_s[p]) for p in places]
        return Interval(kind, onset, apex, offset, times[0], times[1], times[2], 1.0)

    def _chosen(self) -> Row:
        row = self.row
        if row is None:
            raise UsageError("review: no interval is chosen; click one, or press ↓")
        return row

    def _found(self) -> Row:
        row = self._chosen()
        if row.kind != "found":
            raise UsageError(
                "review: this one is not among the detections; accept it first (A), which adds it"
            )
        return row

    def _name(self) -> str:
        if not self._recording.base.complete:
            raise UsageError("review: the analysis is still under way; decide when it is done")
        if not self.reviewer.strip():
            raise UsageError("review: whose decision is it? type your name into the field Reviewer")
        return self.reviewer
