"""Everything that is known of one recording, gathered for the writers that put all of it into one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from livespot.interchange.csv import CurveTable
from livespot.types import CURVES, Interval

ReviewDecision = Literal["accepted", "rejected", "relabelled", "moved", "added"]
REVIEW_DECISIONS: tuple[ReviewDecision, ...] = ("accepted", "rejected", "relabelled", "moved", "added")


@dataclass(frozen=True, slots=True)
class Note:
    """Something at one moment: a marker of the user's, or a break in the recording.

    Attributes
    ----------
    time_s : float
        Seconds since the session began.
    label : str
        The marker's text, or why the recording broke.
    end_s : float or None
        Of a break, the first moment at which there is something again; ``time_s`` is then the last one before it.
    """

    time_s: float
    label: str
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a reviewer decided about one interval.

    Attributes
    ----------
    interval : Interval
        As it stands after the decision; for a rejected one, the detection itself.
    decision : str
        One of :data:`REVIEW_DECISIONS`.
    reviewer : str
    at : str
        Date and time, ISO 8601.
    comment : str
    """

    interval: Interval
    decision: ReviewDecision
    reviewer: str = ""
    at: str = ""
    comment: str = ""


def no_curves() -> CurveTable:
    """A table without rows."""
    return CurveTable(np.empty(0, np.int64), np.empty(0), np.empty((0, len(CURVES)), np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What one recording gave.

    Attributes
    ----------
    name : str
        Of the recording, as its reader knows it.
    intervals : tuple of Interval
        Of the program, or after a review when that was asked for; sorted by onset.
    curves : CurveTable
    meta : mapping
        As in ``summary.json``: engine, thresholds, versions, configuration, share of frames with a face.
    markers, gaps : tuple of Note
    truth : tuple of Interval
        Ground truth, where there is one.
    review : tuple of Judged
    video : Path or None
        The picture that belongs to it.
    video_start_s : float
        Session time of the video's first frame.

    Notes
    -----
    UTC and the monotonic clock at 0 s are ``curves.start``.
    """

    name: str
    intervals: tuple[Interval, ...] = ()
    curves: CurveTable = field(default_factory=no_curves)
    meta: Mapping[str, Any] = field(default_factory=dict)
    markers: tuple[Note, ...] = ()
    gaps: tuple[Note, ...] = ()
    truth: tuple[Interval, ...] = ()
    review: tuple[Judged, ...] = ()
    video: Path | None = None
    video_start_s: float = 0.0


_FIELDS = ("onset", "apex", "offset", "onset_s", "apex_s", "offset_s", "score")


def interval_dict(interval: Interval) -> dict[str, Any]:
    """Plain numbers by name; floats read back from JSON bit for bit."""
    frames: dict[str, Any] = {name: int(getattr(interval, name)) for name in _FIELDS[:3]}
    return (
        {"type": str(interval.type)} | frames | {name: float(getattr(interval, name)) for name in _FIELDS[3:]}
    )


def interval_of(value: Any) -> Interval:
    """Back from :func:`interval_dict`.

    Raises
    ------
    ValueError
        When it is no interval: a name is missing, a value of another kind, the frames out of order.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"expected an interval, got {value!r}")
    missing = [name for name in ("type", *_FIELDS) if name not in value]
    if missing:
        raise ValueError(f"an interval lacks {', '.join(missing)}")
    kind = value["type"]
    if kind not in ("ME", "MaE"):
        raise ValueError(f"type expects MaE or ME, got {kind!r}")
    frames = [value[name] for name in _FIELDS[:3]]
    reals = [value[name] for name in _FIELDS[3:]]
    if not all(isinstance(n, int) and not isinstance(n, bool) for n in frames):
        raise ValueError(f"frames expect whole numbers, got {frames}")
    if not all(isinstance(r, int | float) and not isinstance(r, bool) for r in reals):
        raise ValueError(f"times and score expect numbers, got {reals}")
    onset, apex, offset = frames
    if not onset <= apex <= offset:
        raise ValueError(f"expected onset ≤ apex ≤ offset, got {onset}, {apex}, {offset}")
    return Interval(kind, onset, apex, offset, *map(float, reals))
