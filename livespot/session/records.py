"""The records of ``log.bin`` and ``features.bin``: how one is written, what its bytes mean.

A record is its length, its type, a CRC32C and its payload (FORMAT.md). Nothing points backwards and nothing stands at
the end, so a file is readable up to the moment its writer was killed.
"""

from __future__ import annotations

import json
import struct
from enum import IntEnum
from functools import cache
from typing import Any

import google_crc32c
import numpy as np

from livespot.regions import PAPER
from livespot.types import CURVES, WINDOW_FRAMES, FaceState

VERSION = 2
"""Newest version of the format; what :class:`SessionWriter` writes."""

LOG_FILE = "log.bin"
FEATURES_FILE = "features.bin"
VIDEO_FILE = "video.mkv"
LOG_MAGIC = b"LIVESPOT"
FEATURES_MAGIC = b"LIVEFEAT"
FILE_HEADER = struct.Struct("<8sI")
RECORD_HEADER = struct.Struct("<IBI")  # length of the payload, type, CRC32C
_LENGTH_AND_TYPE = struct.Struct("<IB")
MAX_PAYLOAD = 1 << 18
MAX_ROWS = 64
"""Rows of one record at most: a damaged record must not cost more than about two seconds."""


class Kind(IntEnum):
    """Types of records; a number is never given to another meaning."""

    START = 1
    FRAMES = 2
    SOURCE_GAP = 3
    TICKS = 4
    LANDMARKS = 5
    CURVES = 6
    INTERVAL = 7
    MARKER = 8
    GAP = 9
    ALARM = 10
    STOP = 11
    SETTING = 12
    ORIGIN = 13
    WINDOWS = 32
    BLANK_WINDOWS = 33
    WINDOW_GAP = 34
    REGION_WINDOWS = 35
    HOLES = 36


FRAME_ROW = np.dtype(
    [("source_index", "<i8"), ("time_s", "<f8"), ("video_frame", "<i8"), ("fate", "u1"), ("at_s", "<f8")]
)
TICK_ROW = np.dtype(
    [
        ("model_index", "<i8"), ("source_index", "<i8"), ("time_s", "<f8"), ("rate_hz", "<f8"),
        ("state", "u1"), ("at_s", "<f8"),
    ]
)  # fmt: skip
LANDMARK_ROW = np.dtype([("model_index", "<i8"), ("points", "<f4", (68, 2))])
CURVE_ROW = np.dtype(
    [("source_index", "<i8"), ("time_s", "<f8"), ("at_s", "<f8"), ("values", "<f4", (len(CURVES),))]
)
_STAMP = [("model_index", "<i8"), ("source_index", "<i8"), ("time_s", "<f8"), ("rate_hz", "<f8")]
BLANK_WINDOW_ROW = np.dtype(_STAMP)
WINDOW_ROW = np.dtype([*_STAMP, ("features", "<f4", (WINDOW_FRAMES, len(PAPER), 2))])
"""Windows of the paper's regions, as sessions held them before there were others; no longer written."""

HOLE_ROW = np.dtype([*_STAMP, ("state", "u1"), ("held", "u1")])

ROWS: dict[int, np.dtype[Any]] = {
    Kind.FRAMES: FRAME_ROW,
    Kind.TICKS: TICK_ROW,
    Kind.LANDMARKS: LANDMARK_ROW,
    Kind.CURVES: CURVE_ROW,
    Kind.WINDOWS: WINDOW_ROW,
    Kind.BLANK_WINDOWS: BLANK_WINDOW_ROW,
    Kind.HOLES: HOLE_ROW,
}
"""Kinds whose payload is one or more packed rows of one size. REGION_WINDOWS are rows too, as wide as there are regions
(:func:`region_window_row`); the payload of every other kind is JSON."""


@cache
def region_window_row(regions: int) -> np.dtype[Any]:
    """A row of REGION_WINDOWS: one window of that many regions."""
    return np.dtype(
        [
            *_STAMP,
            ("state", "u1"),
            ("held", "u1"),
            ("regions", "u1"),
            ("features", "<f4", (WINDOW_FRAMES, regions, 2)),
            ("quality", "<f4", (regions,)),
            ("noise_px", "<f4", (regions,)),
        ]
    )


FACE_STATES: tuple[FaceState, ...] = (
    FaceState.OK,
    FaceState.NO_FACE,
    FaceState.TOO_SMALL,
    FaceState.TURNED_AWAY,
    FaceState.HIDDEN,
    FaceState.TOO_DARK,
)
"""Meaning of ``state`` in a tick; further states go to the end."""


def face_state(code: int) -> FaceState:
    """Return the state that a code stands for; one of a newer writer is taken for the last one known."""
    return FACE_STATES[min(code, len(FACE_STATES) - 1)]


class Fate(IntEnum):
    """What became of a camera frame's picture."""

    RECORDED = 0
    NO_PICTURES = 1  # the mode keeps none
    BUSY = 2  # the encoder was behind
    STOPPED = 3  # the video had failed
    OTHER_SIZE = 4  # a video has one size


def file_header(magic: bytes, version: int = VERSION) -> bytes:
    """The first twelve bytes of a file."""
    return FILE_HEADER.pack(magic, version)


def encode(kind: int, payload: bytes) -> bytes:
    """One record, ready to be appended."""
    head = _LENGTH_AND_TYPE.pack(len(payload), kind)
    return RECORD_HEADER.pack(len(payload), kind, google_crc32c.value(head + payload)) + payload


def encode_json(kind: int, value: dict[str, Any]) -> bytes:
    """One record with a JSON payload; finite floats come back with the same bits."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return encode(kind, text.encode("utf-8", "surrogatepass"))


def decode_json(payload: bytes) -> dict[str, Any] | None:
    """A JSON payload, or None when it is none."""
    try:
        value = json.loads(payload.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
