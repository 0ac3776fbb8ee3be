"""Packets to rows and rows to records: the bytes that FORMAT.md describes, from the writer's side."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from livespot.session.records import FACE_STATES, MAX_PAYLOAD, MAX_ROWS, Kind, encode
from livespot.types import CanonicalFace, Float32Array, Frame, Interval, Landmarks, Setting, Window

# The same layouts as the dtypes of livespot.session.records; a struct packs a single row ten times faster.
_FRAME = struct.Struct("<qdqBd")
_TICK = struct.Struct("<qqddBd")
_CURVE = struct.Struct("<qdd")
_STAMP = struct.Struct("<qqdd")
_NUMBER = struct.Struct("<q")
_STATE_CODES = {state: code for code, state in enumerate(FACE_STATES)}

Row = tuple[int, bytes]
"""Kind and bytes of one row; of a gap, the bytes are its whole record."""


def frame_row(frame: Frame, video_frame: int, fate: int, at_s: float) -> bytes:
    """A camera frame."""
    return _FRAME.pack(frame.index, frame.time_s, video_frame, fate, at_s)


def tick_row(face: CanonicalFace, at_s: float) -> bytes:
    """A model frame and what stood in the way of its face."""
    tick, state = face.frame, _STATE_CODES[face.state]
    return _TICK.pack(tick.index, tick.source_index, tick.time_s, tick.rate_hz, state, at_s)


def landmark_row(index: int, landmarks: Landmarks) -> bytes:
    """The 68 landmarks of a model frame."""
    return _NUMBER.pack(index) + _floats(landmarks.points)


def curve_row(frame: int, time_s: float, at_s: float, values: Float32Array) -> bytes:
    """The probabilities of a model frame."""
    return _CURVE.pack(frame, time_s, at_s) + _floats(values)


def window_row(window: Window) -> Row:
    """An SW-MRO window, or a hole where nothing could be measured."""
    stamp = _STAMP.pack(window.index, window.source_index, window.time_s, window.rate_hz)
    seen = bytes([_STATE_CODES[window.state], window.held])
    if window.features is None:
        return Kind.HOLES, stamp + seen
    regions = window.features.shape[1]
    unknown = np.full(regions, np.nan, np.float32)
    quality = unknown if window.quality is None else window.quality
    noise = unknown if window.noise_px is None else window.noise_px
    measured = _floats(window.features) + _floats(quality) + _floats(noise)
    return Kind.REGION_WINDOWS, stamp + seen + bytes([regions]) + measured


def interval_object(interval: Interval) -> dict[str, Any]:
    """An interval in plain numbers, which JSON gives back with the same bits."""
    frames = {part: int(getattr(interval, part)) for part in ("onset", "apex", "offset")}
    seconds = {part: float(getattr(interval, part)) for part in ("onset_s", "apex_s", "offset_s", "score")}
    known = {"type": interval.type, **frames, **seconds}
    return known if interval.movement is None else known | {"movement": interval.movement.as_dict()}


def setting_object(setting: Setting) -> dict[str, Any]:
    """A setting in plain numbers."""
    return {
        "model_index": int(setting.model_index),
        "source_index": int(setting.source_index),
        "time_s": float(setting.time_s),
        "thresholds": {kind: float(value) for kind, value in setting.thresholds.items()},
        "min_scores": {kind: float(value) for kind, value in setting.min_scores.items()},
        "engine": setting.engine,
        "sha256": setting.sha256,
        "restarts": setting.restarts,
    }


def rows_in_records(kind: int, rows: Sequence[bytes]) -> list[bytes]:
    """Rows of one kind as records."""
    most = min(MAX_ROWS, MAX_PAYLOAD // max(map(len, rows), default=1))
    return [encode(kind, b"".join(rows[i : i + most])) for i in range(0, len(rows), most)]


def in_records(rows: Sequence[Row]) -> bytes:
    """Neighbours of one kind in one record; the order is kept, since it says between which windows a gap lies."""
    parts: list[bytes] = []
    at = 0
    while at < len(rows):
        kind, end = rows[at][0], at + 1
        while end < len(rows) and rows[end][0] == kind:
            end += 1
        same = [row for _, row in rows[at:end]]
        parts += same if kind == Kind.WINDOW_GAP else rows_in_records(kind, same)
        at = end
    return b"".join(parts)


def _floats(values: Float32Array) -> bytes:
    return np.ascontiguousarray(values, "<f4").tobytes()
