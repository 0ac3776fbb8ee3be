"""A layer of decisions over the detections: who accepted, rejected, relabelled, moved or added what, and when.

Decisions lie beside the detections, in a file of their own, and never over them
(:mod:`livespot.session.review_file`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from livespot.errors import UsageError
from livespot.session.review_file import (
    REVIEW_FILE,
    Action,
    Decision,
    key_of,
    read_decisions,
    write_decisions,
)
from livespot.types import EXPRESSION_TYPES, ExpressionType, Interval

__all__ = ["REVIEW_FILE", "Decision", "Review", "Reviewed", "key_of", "merged"]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An interval as it stands.

    Attributes
    ----------
    interval : Interval
        After all decisions.
    detection : Interval or None
        As the program found it; None for what a reviewer added.
    verdict : {"open", "accepted", "rejected", "relabelled", "moved", "added"}
        By the last decision that is no comment; ``open`` while there is none.
    target : str
    reviewer, at : str
        Of that decision.
    comments : tuple of str
        All that was said about it, oldest first.
    """

    interval: Interval
    detection: Interval | None
    verdict: Literal["open", "accepted", "rejected", "relabelled", "moved", "added"]
    target: str
    reviewer: str = ""
    at: str = ""
    comments: tuple[str, ...] = ()


class Review:
    """The decisions about one recording's detections. Each change is on disk when its method returns.

    Parameters
    ----------
    path : Path
        The file ``review.json``; need not exist yet.
    detections : iterable of Interval
        What the program found.

    Raises
    ------
    InputError
        When the file cannot be read, is damaged, or is of a newer format.

    Examples
    --------
    >>> review = Review(folder / "review.json", session.intervals)  # doctest: +SKIP
    >>> review.reject(session.intervals[0], "Ada", "a blink")  # doctest: +SKIP
    >>> review.undo("Ada")  # doctest: +SKIP
    """

    def __init__(self, path: str | Path, detections: Iterable[Interval]) -> None:
        self.path = Path(path)
        self.detections = tuple(detections)
        self.decisions: list[Decision] = read_decisions(self.path)

    @property
    def reviewers(self) -> list[str]:
        """Who has a decision that stands, by name."""
        return sorted({d.reviewer for d in self.decisions if not d.undone_at})

    def accept(self, target: Interval | str, reviewer: str, text: str = "") -> Decision:
        """The detection is right."""
        return self._decide("accept", target, None, reviewer, text)

    def reject(self, target: Interval | str, reviewer: str, text: str = "") -> Decision:
        """The detection is wrong."""
        return self._decide("reject", target, None, reviewer, text)

    def relabel(
        self, target: Interval | str, kind: ExpressionType, reviewer: str, text: str = ""
    ) -> Decision:
        """It is of the other type."""
        if kind not in EXPRESSION_TYPES:
            raise UsageError(f"review: type expects MaE or ME, got {kind!r}")
        now = self._now(target, reviewer)
        return self._decide("relabel", target, replace(now, type=kind), reviewer, text)

    def move(self, target: Interval | str, to: Interval, reviewer: str, text: str = "") -> Decision:
        """It begins, peaks or ends elsewhere; type and score of ``to`` are not looked at."""
        now = self._now(target, reviewer)
        return self._decide("move", target, replace(to, type=now.type, score=now.score), reviewer, text)

    def add(self, interval: Interval, reviewer: str, text: str = "") -> Decision:
        """The program missed this one."""
        return self._decide("add", f"added {len(self.decisions) + 1}", interval, reviewer, text)

    def comment(self, target: Interval | str, reviewer: str, text: str) -> Decision:
        """Say something without deciding."""
        return self._decide("comment", target, None, reviewer, text)

    def undo(self, reviewer: str) -> Decision | None:
        """Take back the reviewer's last decision that stands; it stays in the file, marked. None when there is none."""
        for place in range(len(self.decisions) - 1, -1, -1):
            decision = self.decisions[place]
            if decision.reviewer == reviewer and not decision.undone_at:
                self._replace(place, replace(decision, undone_at=_now_text()))
                return decision
        return None

    def redo(self, reviewer: str) -> Decision | None:
        """Let the decision that was taken back last stand again, unless the reviewer has decided anew since."""
        mine = [(place, d) for place, d in enumerate(self.decisions) if d.reviewer == reviewer]
        undone = []
        for place, decision in reversed(mine):
            if not decision.undone_at:
                break
            undone.append((place, decision))
        if not undone:
            return None
        place, decision = undone[-1]
        self._replace(place, replace(decision, undone_at=""))
        return self.decisions[place]

    def state(self, reviewer: str | None = None) -> list[Reviewed]:
        """Every interval as it stands, by onset: in the view of one reviewer, or after the decisions of all."""
        found = {key_of(d): Reviewed(d, d, "open", key_of(d)) for d in self.detections}
        for decision in self.decisions:
            if decision.undone_at or reviewer not in (None, decision.reviewer):
                continue
            if decision.action == "add" and decision.interval is not None:
                found[decision.target] = Reviewed(decision.interval, None, "added", decision.target)
            # A detection that is no longer there (the session was analysed again) has nothing to be decided.
            if decision.target in found:
                found[decision.target] = _after(found[decision.target], decision)
        return sorted(found.values(), key=lambda r: (r.interval.onset, r.interval.offset, r.interval.type))

    def _now(self, target: Interval | str, reviewer: str) -> Interval:
        key = target if isinstance(target, str) else key_of(target)
        for reviewed in self.state(reviewer):
            if reviewed.target == key:
                return reviewed.interval
        raise UsageError(
            f"review: {key} is none of the intervals of {self.path.parent.name}; it may have been undone"
        )

    def _decide(
        self, action: Action, target: Interval | str, interval: Interval | None, reviewer: str, text: str
    ) -> Decision:
        reviewer = reviewer.strip()
        if not reviewer:
            raise UsageError("review: a decision needs its reviewer's name")
        if interval is not None and not 0 <= interval.onset <= interval.apex <= interval.offset:
            frames = f"{interval.onset}, {interval.apex}, {interval.offset}"
            raise UsageError(
                f"review: expected 0 ≤ onset ≤ apex ≤ offset, got {frames}; move the ends the other way"
            )
        if action != "add":
            self._now(target, reviewer)
        key = target if isinstance(target, str) else key_of(target)
        made = Decision(len(self.decisions) + 1, action, key, interval, text, reviewer, _now_text())
        self._save([*self.decisions, made])
        return made

    def _replace(self, place: int, decision: Decision) -> None:
        self._save([*self.decisions[:place], decision, *self.decisions[place + 1 :]])

    def _save(self, decisions: list[Decision]) -> None:
        write_decisions(self.path, decisions)  # raises before anything here has changed
        self.decisions = decisions


def merged(review: Review, reviewer: str | None = None) -> list[Interval]:
    """The intervals after review: without the rejected, with what was relabelled, moved and added; by onset."""
    return [r.interval for r in review.state(reviewer) if r.verdict != "rejected"]


_VERDICTS: dict[str, Literal["accepted", "rejected", "relabelled", "moved", "added"]] = {
    "accept": "accepted", "reject": "rejected", "relabel": "relabelled", "move": "moved", "add": "added",
}  # fmt: skip


def _after(before: Reviewed, decision: Decision) -> Reviewed:
    comments = (*before.comments, decision.text) if decision.text else before.comments
    if decision.action == "comment":
        return replace(before, comments=comments)
    verdict = _VERDICTS[decision.action]
    if verdict == "accepted" and before.verdict in ("relabelled", "moved", "added"):
        verdict = before.verdict  # what is accepted is what it has become
    return replace(
        before,
        interval=decision.interval or before.interval,
        verdict=verdict,
        reviewer=decision.reviewer,
        at=decision.at,
        comments=comments,
    )


def _now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
