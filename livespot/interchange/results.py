"""Everything that is known of one recording, gathered for the writers that put all of it into one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from livespot.interchange.csv import CurveTable
from livespot.types import CURVES, Interval, Movement

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
    video_speed : float
        Seconds of the video's own time for each second of the results: 4.0 where 120 frames a second are played at 30.

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
    video_speed: float = 1.0


_FIELDS = ("onset", "apex", "offset", "onset_s", "apex_s", "offset_s", "score")


def interval_dict(interval: Interval) -> dict[str, Any]:
    """Plain numbers by name, ``movement`` where it was measured; floats read back from JSON bit for bit."""
    frames: dict[str, Any] = {name: int(getattr(interval, name)) for name in _FIELDS[:3]}
    reals = {name: float(getattr(interval, name)) for name in _FIELDS[3:]}
    known = {"type": str(interval.type)} | frames | reals
    return known if interval.movement is None else known | {"movement": interval.movement.as_dict()}


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
    onset_s, apex_s, offset_s, score = map(float, reals)
    interval = Interval(kind, onset, apex, offset, onset_s, apex_s, offset_s, score)
    return replace(interval, movement=_movement_of(value.get("movement")))


def movement_words(movement: Movement) -> str:
    """All of it in one line, for people."""
    units = f" · AU candidates {', '.join(movement.action_units)}" if movement.action_units else ""
    side = movement.asymmetry
    uneven = (
        f" · asymmetry {abs(side):.2f} to the {'left' if side > 0 else 'right'}" if abs(side) >= 0.1 else ""
    )
    return (
        f"{movement.words} · {movement.amplitude_px:.1f} px{uneven} · onset {movement.onset_speed_px_s:.0f} px/s,"
        f" offset {movement.offset_speed_px_s:.0f} px/s{units}"
    )


def _movement_of(value: Any) -> Movement | None:
    if value is None:
        return None
    try:
        return Movement.of(value)
    except (KeyError, TypeError) as error:
        raise ValueError(f"expected a movement, got {value!r}") from error
