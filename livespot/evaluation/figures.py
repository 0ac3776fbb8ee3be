"""From labelled videos and what was spotted in them to the figures of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from livespot.evaluation.action_units import UnitScore, score_annotated, score_found
from livespot.evaluation.calibration import JUDGED_CURVES, Reliability, frame_truth, reliability
from livespot.evaluation.labelled import LabelledVideo
from livespot.evaluation.matching import Counts, SpottingScore, iou, match, score_videos
from livespot.evaluation.measured import Measured
from livespot.evaluation.online import OnlineScore, Proposed, poisson_limits, score_online
from livespot.evaluation.spotted import Spotted
from livespot.interchange import Annotation
from livespot.types import CURVES, EXPRESSION_TYPES, ExpressionType, Interval

QUIET_MARGIN_S = 0.5
"""A span is quiet this far from every annotated expression: nearer, a detection is a bad one, but not of nothing."""

_RATE_HZ = 30.0


@dataclass(frozen=True, slots=True)
class Result:
    """One video: what is true, what it was measured as, what was spotted, and all proposals whatever their score."""

    video: LabelledVideo
    measured: Measured
    spotted: Spotted
    proposals: tuple[Interval, ...] | None = None


@dataclass(frozen=True, slots=True)
class Alarms:
    """False alarms where nothing happens; they add up with ``+``. Their rate has 95 % limits of a Poisson variable."""

    me: int = 0
    mae: int = 0
    minutes: float = 0.0

    def __add__(self, other: Alarms) -> Alarms:
        return Alarms(self.me + other.me, self.mae + other.mae, self.minutes + other.minutes)

    def as_dict(self) -> dict[str, float | None]:
        """Counts, minutes, and per minute by type and together; None without time."""
        low, high = poisson_limits(self.me + self.mae)
        rate = (lambda n: n / self.minutes) if self.minutes > 0 else (lambda n: None)
        return {
            "minutes": self.minutes,
            "me": self.me,
            "mae": self.mae,
            "me_per_minute": rate(self.me),
            "mae_per_minute": rate(self.mae),
            "per_minute": rate(self.me + self.mae),
            "per_minute_low": rate(low),
            "per_minute_high": rate(high),
        }


@dataclass(frozen=True, slots=True)
class Spread:
    """Of some numbers: count, median; mean, 90th and 95th percentile of the magnitude; the numbers for a plot."""

    values: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values; None where there are no numbers."""
        sizes = np.abs(self.values)
        return {
            "count": len(self.values),
            "median": median(self.values) if self.values else None,
            "mean_size": float(sizes.mean()) if self.values else None,
            "p90_size": float(np.percentile(sizes, 90)) if self.values else None,
            "p95_size": float(np.percentile(sizes, 95)) if self.values else None,
            "values": [round(value, 3) for value in self.values],
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one spotter over a set.

    Attributes
    ----------
    score : SpottingScore
        All videos as one.
    by_kind, by_person : dict of SpottingScore
    clean, quiet : dict of Alarms
        By kind: in videos without any expression; in all spans away from expressions.
    errors : dict of Spread
        By type and point, as ``ME onset``: detected − true frame at 30 per second, of matched intervals.
    delays : Spread
        Seconds from offset to confirmation.
    calibration : dict of Reliability
        By curve; empty for spotters without probabilities.
    action_units : dict of UnitScore
        How often the candidates hold, at the ``annotated`` intervals and at the ``matched`` ones.
    online : dict of OnlineScore
        By type; empty where the proposals are not known.
    """

    score: SpottingScore
    by_kind: dict[str, SpottingScore]
    by_person: dict[str, SpottingScore]
    clean: dict[str, Alarms]
    quiet: dict[str, Alarms]
    errors: dict[str, Spread]
    delays: Spread
    calibration: dict[str, Reliability]
    action_units: dict[str, UnitScore]
    online: dict[ExpressionType, OnlineScore]

    def as_dict(self) -> dict[str, Any]:
        """Plain nested values, as ``evaluation.json`` holds them."""
        return {
            "score": self.score.as_dict(),
            "by_kind": {kind: score.as_dict() for kind, score in self.by_kind.items()},
            "by_person": {person: score.as_dict() for person, score in self.by_person.items()},
            "false_alarms_in_clips_without_expressions": {k: a.as_dict() for k, a in self.clean.items()},
            "false_alarms_in_quiet_spans": {k: a.as_dict() for k, a in self.quiet.items()},
            "errors_in_frames_at_30_hz": {name: spread.as_dict() for name, spread in self.errors.items()},
            "confirmation_delay_s": self.delays.as_dict(),
            "calibration": {curve: found.as_dict() for curve, found in self.calibration.items()},
            "action_units": {where: found.as_dict() for where, found in self.action_units.items()},
            "online": {kind: found.as_dict() for kind, found in self.online.items()},
        }


def figures(results: Sequence[Result]) -> Figures:
    """All figures of one spotter."""
    kinds = sorted({result.video.kind for result in results})
    people = sorted({result.video.person for result in results})
    of_kind = {kind: [r for r in results if r.video.kind == kind] for kind in kinds}
    return Figures(
        score=_score(results),
        by_kind={kind: _score(group) for kind, group in of_kind.items()},
        by_person={name: _score(r for r in results if r.video.person == name) for name in people},
        clean={
            kind: sum((_quiet(r) for r in group if not r.video.truth), Alarms())
            for kind, group in of_kind.items()
        },
        quiet={kind: sum((_quiet(r) for r in group), Alarms()) for kind, group in of_kind.items()},
        errors=_errors(results),
        delays=Spread(tuple(delay for r in results for delay in r.spotted.delays_s)),
        calibration=_calibration(results),
        action_units={
            "annotated": sum((score_annotated(r.video, r.measured) for r in results), UnitScore()),
            "matched": sum((score_found(r.video.truth, r.spotted.intervals) for r in results), UnitScore()),
        },
        online=_online(results),
    )


def _online(results: Sequence[Result]) -> dict[ExpressionType, OnlineScore]:
    known = [
        Proposed(
            r.video.truth,
            [r.measured.time_of(row.onset) for row in r.video.truth],
            r.proposals,
            r.measured.minutes,
        )
        for r in results
        if r.proposals is not None
    ]
    return score_online(known) if known else {}


def _score(results: Iterable[Result]) -> SpottingScore:
    return score_videos((r.video.truth, r.spotted.intervals) for r in results)


def _quiet(result: Result) -> Alarms:
    """Alarms and time away from every expression of a video; all of it where there is none."""
    margin = round(QUIET_MARGIN_S * result.measured.fps)
    wide = [
        Annotation(t.subject, t.video, max(0, t.onset - margin), t.apex, t.offset + margin, t.type)
        for t in result.video.truth
    ]
    windows = result.measured.windows
    frames = np.array([w.source_index for w in windows])
    quiet = np.ones(len(frames), bool)
    for span in wide:
        quiet &= (frames < span.onset) | (frames > span.offset)
    minutes = float(quiet.sum()) / windows[0].rate_hz / 60.0
    alarms = [i for i in result.spotted.intervals if all(iou(i, span) == 0.0 for span in wide)]
    micro = sum(alarm.type == "ME" for alarm in alarms)
    return Alarms(micro, len(alarms) - micro, minutes)


def _errors(results: Sequence[Result]) -> dict[str, Spread]:
    values: dict[str, list[float]] = {
        f"{kind} {point}": [] for kind in EXPRESSION_TYPES for point in ("onset", "apex", "offset")
    }
    for result in results:
        truth, found = result.video.truth, result.spotted.intervals
        scale = _RATE_HZ / result.measured.fps
        for pair in match(truth, found):
            true, detected = truth[pair.truth], found[pair.detection]
            for point, error in _apart(true, detected):
                values[f"{true.type} {point}"].append(error * scale)
    return {name: Spread(tuple(errors)) for name, errors in values.items()}


def _apart(true: Annotation, found: Interval) -> tuple[tuple[str, int], ...]:
    return (
        ("onset", found.onset - true.onset),
        ("apex", found.apex - true.apex),
        ("offset", found.offset - true.offset),
    )


def _calibration(results: Sequence[Result]) -> dict[str, Reliability]:
    said = [r.spotted.curves for r in results if len(r.spotted.frames)]
    if not said:
        return {}
    true = [
        frame_truth(r.video.truth, r.spotted.frames, r.measured.stride)
        for r in results
        if len(r.spotted.frames)
    ]
    curves, labels = np.concatenate(said), np.concatenate(true)
    columns = {name: CURVES.index(name) for name in JUDGED_CURVES}
    return {name: reliability(curves[:, c], labels[:, c]) for name, c in columns.items()}


def counts_of(score: SpottingScore) -> tuple[tuple[str, Counts], ...]:
    """In the order of the tables."""
    return (("MaE", score.mae), ("ME", score.me), ("overall", score.overall))
