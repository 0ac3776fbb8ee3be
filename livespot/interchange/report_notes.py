"""What a report says in words: the facts of the run, how far to trust it, what speaks against one interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from livespot.interchange.report_svg import clock
from livespot.interchange.results import Note, Results
from livespot.types import Float32Array, Interval

_NEAR_S = 0.5  # a gap or a lost face this near may have cut a movement short
_LOW_FACE_SHARE = 0.9
_SLOW_HZ = 20.0
_MOVING_HEAD = 0.06  # of the eye distance; beyond, parallax is as large as a small expression
_TURNING_HEAD = 0.05  # change of the eye distance, as a share
_NOSE_TIP, _OUTER_EYES = 30, (36, 45)


def summary_rows(results: Results) -> list[tuple[str, str]]:
    """Names and values for the table at the top."""
    meta = results.meta
    counts = Counter(interval.type for interval in results.intervals)
    times_s = results.curves.times_s
    length_s = float(times_s[-1] - times_s[0]) if len(times_s) else 0.0
    rows = [("recording", results.name)]
    if meta.get("started"):
        rows.append(("recorded", str(meta["started"])))
    if (start := results.curves.start) is not None:
        rows.append(("0:00 is", f"{start.utc} (monotonic clock {start.monotonic_s:.6f} s)"))
    if meta.get("consent"):
        rows.append(("consent", str(meta["consent"])))
    size = meta.get("size")
    picture = f"{size[0]}×{size[1]}, " if isinstance(size, (list, tuple)) and len(size) == 2 else ""
    rate = _number(meta.get("fps"))
    rows.append(
        ("picture", f"{picture}{rate:.2f} frames a second" if rate else picture.rstrip(", ") or "unknown")
    )
    rows.append(("analysed", f"{clock(length_s)} min, {len(times_s)} model frames"))
    minutes = max(length_s / 60, 1e-9)
    for kind in ("MaE", "ME"):
        rows.append(
            (
                f"{kind} found",
                f"{counts[kind]} ({counts[kind] / minutes:.1f} a minute)" if length_s else str(counts[kind]),
            )
        )
    if results.truth:
        known = Counter(interval.type for interval in results.truth)
        rows.append(("ground truth", f"{known['MaE']} MaE, {known['ME']} ME"))
    engine = meta.get("engine")
    if isinstance(engine, Mapping):
        described = str(engine.get("description") or engine.get("name") or "unknown")
        rows.append(("engine", described))
        rows.append(("engine's sha256", str(engine.get("sha256", ""))))
    thresholds = meta.get("thresholds")
    if isinstance(thresholds, Mapping) and thresholds:
        rows.append(
            ("apex thresholds", ", ".join(f"{k} {_number(v):.3f}" for k, v in sorted(thresholds.items())))
        )
    versions = meta.get("versions")
    if isinstance(versions, Mapping) and versions.get("livespot"):
        rows.append(("livespot", str(versions["livespot"])))
    return rows


def quality_notes(results: Results) -> list[str]:
    """What a reader must know before believing any of it; at least one sentence."""
    notes = []
    share = _face_share(results)
    if share is not None:
        weak = "; movements in the rest were not measured" if share < 1 else ""
        word = "only " if share < _LOW_FACE_SHARE else ""
        notes.append(f"A face could be measured in {word}{share:.1%} of the frames{weak}.")
    missing = results.meta.get("frames_without_face")
    if isinstance(missing, Mapping) and missing:
        notes.append(
            "Not measured: " + ", ".join(f"{n} frames {state}" for state, n in missing.items()) + "."
        )
    if results.gaps:
        named = "; ".join(f"{_when(gap)} {gap.label}" for gap in results.gaps[:5])
        more = f"; and {len(results.gaps) - 5} more" if len(results.gaps) > 5 else ""
        notes.append(f"The recording was interrupted {len(results.gaps)} times: {named}{more}.")
    else:
        notes.append("The recording has no gaps.")
    drops = results.meta.get("drops")
    if isinstance(drops, Mapping) and any(drops.values()):
        notes.append(
            "Camera frames lost: " + ", ".join(f"{n} {reason}" for reason, n in drops.items() if n) + "."
        )
    rate = _number(results.meta.get("model_rate_hz"))
    if rate and rate < _SLOW_HZ:
        notes.append(
            f"At {rate:.1f} frames a second a movement of less than half a second can hardly be seen."
        )
    for key in ("warnings", "problems"):
        listed = results.meta.get(key)
        if isinstance(listed, (list, tuple)):
            notes += [_sentence(str(text)) for text in listed]
    notes.append(
        "Every interval is a proposal to be looked at: some will be false alarms, and some movements are missed."
    )
    return notes


def doubts(
    interval: Interval, results: Results, onset: Float32Array | None = None, apex: Float32Array | None = None
) -> list[str]:
    """What speaks against one interval.

    Parameters
    ----------
    interval : Interval
    results : Results
    onset, apex : (68, 2) float32, optional
        Landmarks at these frames.
    """
    notes = []
    begin_s, end_s = interval.onset_s - _NEAR_S, interval.offset_s + _NEAR_S
    if any(begin_s <= (gap.end_s or gap.time_s) and gap.time_s <= end_s for gap in results.gaps):
        notes.append("The recording was interrupted within half a second of it: an end may be wrong.")
    table = results.curves
    around = (table.times_s >= begin_s) & (table.times_s <= end_s)
    if np.isnan(table.curves[around]).any():
        notes.append("The face was lost within half a second of it: an end may be wrong.")
    if onset is not None and apex is not None:
        left, right = _OUTER_EYES
        eyes = float(np.hypot(*(onset[right] - onset[left])))
        later = float(np.hypot(*(apex[right] - apex[left])))
        if float(np.hypot(*(apex[_NOSE_TIP] - onset[_NOSE_TIP]))) > _MOVING_HEAD * eyes:
            notes.append("The head moved between onset and apex, which can look like a movement of the face.")
        if abs(later / max(eyes, 1e-6) - 1) > _TURNING_HEAD:
            notes.append("The head turned or came nearer between onset and apex: a likely false alarm.")
    overlapping = [i for i in results.intervals if i.type != interval.type and _meet(i, interval)]
    if overlapping:
        notes.append(f"It overlaps an interval of type {overlapping[0].type}: both may be one movement.")
    return notes


def _when(gap: Note) -> str:
    return clock(gap.time_s) + ("" if gap.end_s is None else f" to {clock(gap.end_s)}")


def _meet(a: Interval, b: Interval) -> bool:
    return a.onset <= b.offset and b.onset <= a.offset


def _face_share(results: Results) -> float | None:
    stated = results.meta.get("face_share")
    if isinstance(stated, int | float):
        return float(stated)
    rows = results.curves.curves
    return float(np.isfinite(rows).all(axis=1).mean()) if len(rows) else None


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
