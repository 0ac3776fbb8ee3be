"""Detections, decisions, ground truth and a second analysis, brought together: what table and track show. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from livespot.evaluation.matching import SpottingScore, match, score_video
from livespot.types import Interval

if TYPE_CHECKING:
    from livespot.session.review import Reviewed

Against = Literal["TP", "FP", "FN", ""]
Kind = Literal["found", "missed", "new"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    kind : {"found", "missed", "new"}
        A detection or what a reviewer added; ground truth that nothing found; only in the second analysis.
    interval : Interval
    target : str
        By what decisions name it; of its own for ``missed`` and ``new``.
    verdict : str
        As in :class:`livespot.session.review.Reviewed`; empty for ``missed`` and ``new``.
    against : {"TP", "FP", "FN", ""}
        Against the ground truth; empty without one, and for what was rejected.
    detection : Interval or None
        As the program found it.
    reviewer : str
    comments : tuple of str
    """

    kind: Kind
    interval: Interval
    target: str
    verdict: str = ""
    against: Against = ""
    detection: Interval | None = None
    reviewer: str = ""
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Marks:
    """Everything, matched.

    Attributes
    ----------
    rows : tuple of Row
        By onset.
    truth : tuple of (Interval, bool)
        Each with whether something was found for it.
    compared : tuple of (Interval, {"TP", "FP", ""}, bool)
        Of the second analysis: against the ground truth, and whether the first has it too.
    score, compared_score : SpottingScore or None
        After review, and of the second analysis; None without ground truth.
    """

    rows: tuple[Row, ...] = ()
    truth: tuple[tuple[Interval, bool], ...] = ()
    compared: tuple[tuple[Interval, Against, bool], ...] = ()
    score: SpottingScore | None = None
    compared_score: SpottingScore | None = None
    decided: int = 0
    places: dict[str, int] = field(default_factory=dict)

    def row_of(self, target: str) -> Row | None:
        """The row with this target."""
        place = self.places.get(target)
        return None if place is None else self.rows[place]


def marks_of(
    state: Sequence[Reviewed], truth: Sequence[Interval], compared: Sequence[Interval] | None
) -> Marks:
    """Match everything with everything.

    Parameters
    ----------
    state : sequence of Reviewed
        :meth:`livespot.session.review.Review.state`.
    truth : sequence of Interval
        Empty: no ground truth.
    compared : sequence of Interval or None
        Of a second analysis.
    """
    standing = [r for r in state if r.verdict != "rejected"]
    now = [r.interval for r in standing]
    right = {pair.detection for pair in match(truth, now)}
    found = {pair.truth for pair in match(truth, now)}
    against: dict[str, Against] = {
        r.target: "TP" if place in right else "FP" for place, r in enumerate(standing) if truth
    }
    rows = [
        Row(
            "found",
            r.interval,
            r.target,
            r.verdict,
            against.get(r.target, ""),
            r.detection,
            r.reviewer,
            r.comments,
        )
        for r in state
    ]
    rows += [Row("missed", i, f"missed {n}", against="FN") for n, i in enumerate(truth) if n not in found]
    second, more = _second(compared or (), truth, now)
    rows = sorted([*rows, *more], key=lambda row: (row.interval.onset, row.interval.offset, row.kind))
    return Marks(
        rows=tuple(rows),
        truth=tuple((i, n in found) for n, i in enumerate(truth)),
        compared=second,
        score=score_video(truth, now) if truth else None,
        compared_score=score_video(truth, compared) if truth and compared is not None else None,
        decided=sum(r.verdict != "open" for r in state),
        places={row.target: place for place, row in enumerate(rows)},
    )


def _second(
    compared: Sequence[Interval], truth: Sequence[Interval], now: Sequence[Interval]
) -> tuple[tuple[tuple[Interval, Against, bool], ...], list[Row]]:
    right = {pair.detection for pair in match(truth, compared)}
    shared = {pair.detection for pair in match(now, compared)}
    marks: list[tuple[Interval, Against, bool]] = []
    rows = []
    for place, interval in enumerate(compared):
        against: Against = "" if not truth else "TP" if place in right else "FP"
        marks.append((interval, against, place in shared))
        if place not in shared:
            name = f"new {interval.type} {interval.onset}-{interval.apex}-{interval.offset}"
            rows.append(Row("new", interval, name, against=against))
    return tuple(marks), rows
