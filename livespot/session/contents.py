"""What a session's records mean once they are read: markers, gaps, curves, intervals, windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from livespot.session.records import LOG_FILE, ROWS, Kind, face_state
from livespot.session.scan import Scan
from livespot.types import EXPRESSION_TYPES, FaceState, Float32Array, Gap, Interval, Movement, Setting, Window

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment that the user marked."""

    label: str
    time_s: float


@dataclass(frozen=True, slots=True)
class GapMark:
    """An interruption of the stream; ``after`` is the number of what came last before it, -1 when nothing had.

    For :attr:`SessionReader.source_gaps` that is a source frame, for :attr:`SessionReader.gaps` a model frame.
    """

    time_s: float
    reason: str
    after: int


@dataclass(frozen=True, slots=True)
class GapSpan:
    """A stretch without a stream: from the last row of the curves before it to the first one after it.

    ``row`` is how many rows there are before it; ``time_s`` is when it was noticed, ``reason`` why it came about.
    """

    row: int
    start_s: float
    end_s: float
    time_s: float
    reason: str


def gap_spans(times_s: NDArray[np.float64], gaps: Iterable[tuple[int, float, str]]) -> list[GapSpan]:
    """Find where gaps lie between the rows of a table.

    Parameters
    ----------
    times_s : (n,) float64
        Of the rows.
    gaps : iterable of (row, time_s, reason)
        Rows before it, when it was noticed, why. Of several at one row the first counts.
    """
    spans: list[GapSpan] = []
    for row, time_s, reason in gaps:
        if spans and spans[-1].row == row:
            continue
        start_s = (
            float(times_s[row - 1]) if row else min(time_s, float(times_s[0]) if len(times_s) else time_s)
        )
        end_s = float(times_s[row]) if row < len(times_s) else max(time_s, start_s)
        spans.append(GapSpan(row, start_s, end_s, min(max(time_s, start_s), end_s), reason))
    return spans


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The probabilities as they came, one row per model frame.

    Attributes
    ----------
    frames : (n,) int64
        Source frame of each row.
    video_frames : (n,) int64
        Its picture in the session's own video, counted from 0; -1 where the video has none.
    times_s : (n,) float64
    values : (n, 10) float32
        In the order of :data:`livespot.types.CURVES`; NaN where there is no face.
    """

    frames: NDArray[np.int64]
    video_frames: NDArray[np.int64]
    times_s: NDArray[np.float64]
    values: Float32Array


def window_of(row: Any, zero_s: float) -> Window:
    """A row of REGION_WINDOWS or HOLES; in older sessions of WINDOWS, without quality, or BLANK_WINDOWS.

    ``zero_s`` is the frames' own time at the session's 0 s.
    """
    fields = row.dtype.names
    return Window(
        index=int(row["model_index"]),
        source_index=int(row["source_index"]),
        time_s=float(row["time_s"]) - zero_s,
        rate_hz=float(row["rate_hz"]),
        features=np.array(row["features"], np.float32) if "features" in fields else None,
        state=_state_of(row),
        held=bool(row["held"]) if "held" in fields else False,
        quality=_estimate(row, "quality"),
        noise_px=_estimate(row, "noise_px"),
    )


def _state_of(row: Any) -> FaceState:
    if "state" not in row.dtype.names:
        return FaceState.OK if "features" in row.dtype.names else FaceState.NO_FACE
    return face_state(int(row["state"]))


def _estimate(row: Any, name: str) -> Float32Array | None:
    """None where the writer had none, which it says by NaN alone."""
    if name not in row.dtype.names or bool(np.isnan(row[name]).all()):
        return None
    return np.array(row[name], np.float32)


def interval_of(value: dict[str, Any], zero_s: float) -> Interval:
    """An INTERVAL record in session time; raises KeyError, TypeError or ValueError where it makes no sense.

    So do the functions below.
    """
    kind = value["type"]
    if kind not in EXPRESSION_TYPES:
        raise ValueError(kind)
    onset, apex, offset = (int(value[part]) for part in ("onset", "apex", "offset"))
    onset_s, apex_s, offset_s = (float(value[f"{part}_s"]) - zero_s for part in ("onset", "apex", "offset"))
    movement = Movement.of(value["movement"]) if value.get("movement") is not None else None
    return Interval(
        kind, onset, apex, offset, onset_s, apex_s, offset_s, float(value["score"]), movement=movement
    )


def setting_of(value: dict[str, Any], zero_s: float) -> Setting:
    """A SETTING record."""
    thresholds, least = (
        {str(kind): probability(value[name][kind]) for kind in EXPRESSION_TYPES}
        for name in ("thresholds", "min_scores")
    )
    return Setting(
        int(value["model_index"]),
        int(value["source_index"]),
        float(value["time_s"]) - zero_s,
        thresholds,
        least,
        str(value.get("engine", "")),
        str(value.get("sha256", "")),
        bool(value.get("restarts", False)),
    )


def probability(value: object) -> float:
    """A number from 0 to 1; raises TypeError or ValueError."""
    number = float(value)  # type: ignore[arg-type]  # whatever JSON holds
    if not 0.0 <= number <= 1.0:
        raise ValueError(value)
    return number


def marker_of(value: dict[str, Any], zero_s: float) -> Marker:
    """A MARKER record."""
    return Marker(str(value["label"]), float(value["time_s"]) - zero_s)


def gap_mark_of(value: dict[str, Any], zero_s: float) -> GapMark:
    """A GAP or SOURCE_GAP record."""
    return GapMark(float(value["time_s"]) - zero_s, str(value["reason"]), int(value["after"]))


def gap_of(value: dict[str, Any], zero_s: float) -> Gap:
    """A WINDOW_GAP record; a gap is one whatever is said of it."""
    time_s = value.get("time_s")
    known_s = float(time_s) if isinstance(time_s, int | float) else zero_s
    return Gap(known_s - zero_s, str(value.get("reason", "")))


def rows_in_session_time(log: Scan, kind: Kind, zero_s: float) -> NDArray[np.void]:
    """All rows of a kind, their times counted from the session's 0 s."""
    rows = log.rows(kind)
    if zero_s == 0.0:
        return rows
    moved = rows.copy()
    for name in {"time_s", "at_s"} & set(moved.dtype.names or ()):
        moved[name] -= zero_s
    return moved


def objects_in_session_time(
    log: Scan,
    kind: Kind,
    make: Callable[[dict[str, Any], float], _Made],
    *,
    zero_s: float,
    problems: list[str],
) -> list[_Made]:
    """All JSON records of a kind; those that make no sense are left out and told to ``problems``."""
    made = []
    for value in log.objects(kind):
        try:
            made.append(make(value, zero_s))
        except (KeyError, TypeError, ValueError):
            problems.append(f"{LOG_FILE}: a record of type {kind.name} makes no sense and was left out")
    return made


def landmark_rows(model_indices: NDArray[np.int64], payloads: Iterable[bytes]) -> Float32Array:
    """(n, 68, 2) float32, one row per model frame in ``model_indices``; NaN where no LANDMARKS record has it."""
    points = np.full((len(model_indices), 68, 2), np.nan, np.float32)
    row_of = {number: row for row, number in enumerate(model_indices.tolist())}
    for payload in payloads:
        for found in np.frombuffer(payload, ROWS[Kind.LANDMARKS]):
            row = row_of.get(int(found["model_index"]))
            if row is not None:
                points[row] = found["points"]
    return points
