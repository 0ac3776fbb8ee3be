"""The records of ``log.bin`` and ``features.bin``: how one is written, and how all that are whole are found again.

A record is its length, its type, a CRC32C and its payload (FORMAT.md). Nothing points backwards and nothing stands at the
end, so a file is readable up to the moment its writer was killed. Behind a damaged record reading goes on at the next whole
one, which the CRC tells from anything that only looks like one.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from livespot.types import CURVES, ROIS, WINDOW_FRAMES, FaceState

VERSION = 1
"""Newest version of the format; what :class:`SessionWriter` writes."""

LOG_MAGIC = b"LIVESPOT"
FEATURES_MAGIC = b"LIVEFEAT"
FILE_HEADER = struct.Struct("<8sI")
_HEADER = struct.Struct("<IBI")  # length of the payload, type, CRC32C
_LENGTH_AND_TYPE = struct.Struct("<IB")
MAX_PAYLOAD = 1 << 18
MAX_ROWS = 64
"""Rows of one record at most: a damaged record must not cost more than about two seconds."""


class Kind(IntEnum):
    """Types of records; a number is never given to another meaning."""

    START = 1
    FRAMES = 2
    DOOR_GAP = 3
    TICKS = 4
    LANDMARKS = 5
    CURVES = 6
    INTERVAL = 7
    MARKER = 8
    GAP = 9
    ALARM = 10
    STOP = 11
    WINDOWS = 32
    BLANK_WINDOWS = 33
    WINDOW_GAP = 34


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
WINDOW_ROW = np.dtype([*_STAMP, ("features", "<f4", (WINDOW_FRAMES, ROIS, 2))])

ROWS: dict[int, np.dtype[Any]] = {
    Kind.FRAMES: FRAME_ROW,
    Kind.TICKS: TICK_ROW,
    Kind.LANDMARKS: LANDMARK_ROW,
    Kind.CURVES: CURVE_ROW,
    Kind.WINDOWS: WINDOW_ROW,
    Kind.BLANK_WINDOWS: BLANK_WINDOW_ROW,
}
"""Kinds whose payload is one or more packed rows; the payload of every other kind is JSON."""

FACE_STATES: tuple[FaceState, ...] = (
    FaceState.OK,
    FaceState.NO_FACE,
    FaceState.TOO_SMALL,
    FaceState.TURNED_AWAY,
    FaceState.HIDDEN,
    FaceState.TOO_DARK,
)
"""Meaning of ``state`` in a tick; further states go to the end."""


class Fate(IntEnum):
    """What became of a camera frame's picture."""

    RECORDED = 0
    NO_PICTURES = 1  # the mode keeps none
    BUSY = 2  # the encoder was behind
    STOPPED = 3  # the video had failed
    OTHER_SIZE = 4  # a video has one size


_KNOWN = bytes(kind.value for kind in Kind)
_CANDIDATE = re.compile(rb"(?=[\s\S]{2}[\x00-\x04]\x00[" + re.escape(_KNOWN) + rb"])")


def file_header(magic: bytes, version: int = VERSION) -> bytes:
    """The first twelve bytes of a file."""
    return FILE_HEADER.pack(magic, version)


def encode(kind: int, payload: bytes) -> bytes:
    """One record, ready to be appended."""
    head = _LENGTH_AND_TYPE.pack(len(payload), kind)
    return _HEADER.pack(len(payload), kind, google_crc32c.value(head + payload)) + payload


def encode_json(kind: int, value: dict[str, Any]) -> bytes:
    """One record with a JSON payload; finite floats come back with the same bits."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return encode(kind, text.encode("utf-8", "surrogatepass"))


@dataclass(slots=True)
class Scan:
    """What the whole records of a file say.

    Attributes
    ----------
    version : int or None
        As its header says; None when that is damaged.
    payloads : dict
        Kind to its payloads in order, but for the large ones.
    index : list of (kind, offset, length)
        Payloads that are left on disk, in order: landmarks, windows and the gaps between windows.
    good_bytes, size : int
        End of the last whole record; bytes in the file.
    damaged_bytes : int
        Bytes between whole records that belong to none.
    tail_bytes : int
        Bytes after the last whole record.
    problems : list of str
    """

    version: int | None = None
    payloads: dict[int, list[bytes]] = field(default_factory=dict)
    index: list[tuple[int, int, int]] = field(default_factory=list)
    good_bytes: int = 0
    size: int = 0
    damaged_bytes: int = 0
    tail_bytes: int = 0
    problems: list[str] = field(default_factory=list)

    def rows(self, kind: int) -> NDArray[np.void]:
        """All rows of one kind, in the order they were written."""
        return np.frombuffer(b"".join(self.payloads.get(kind, ())), ROWS[kind])

    def objects(self, kind: int) -> list[dict[str, Any]]:
        """All JSON payloads of one kind; what is no object is left out."""
        found = (decode_json(payload) for payload in self.payloads.get(kind, ()))
        return [value for value in found if value is not None]


def decode_json(payload: bytes) -> dict[str, Any] | None:
    """A JSON payload, or None when it is none."""
    try:
        value = json.loads(payload.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


_ON_DISK = frozenset({Kind.LANDMARKS, Kind.WINDOWS, Kind.BLANK_WINDOWS, Kind.WINDOW_GAP})


def scan(path: Path, magic: bytes) -> Scan:
    """Find all whole records of a file.

    Raises
    ------
    OSError
        When the file cannot be read; damage is never an error.
    """
    found = Scan()
    with path.open("rb") as handle:
        for kind, offset, payload in whole_records(handle, magic, found):
            if kind in _ON_DISK:
                found.index.append((kind, offset, len(payload)))
            else:
                found.payloads.setdefault(kind, []).append(payload)
    found.problems = [f"{path.name}: {problem}" for problem in found.problems]
    return found


def whole_records(handle: BinaryIO, magic: bytes, found: Scan) -> Iterator[tuple[int, int, bytes]]:
    """All whole records of an open file: (kind, offset of the payload, payload); counts and problems go into ``found``."""
    head = handle.read(FILE_HEADER.size)
    if len(head) < FILE_HEADER.size:
        found.problems.append(f"ends inside its first {FILE_HEADER.size} bytes")
    else:
        mark, version = FILE_HEADER.unpack(head)
        if mark == magic and version >= 1:
            found.version = version
        else:
            found.problems.append("the first bytes are damaged")
    blocks = _Blocks(handle, len(head))
    yield from _whole_records(blocks, found)
    found.size = blocks.end
    found.tail_bytes = max(found.size - max(found.good_bytes, len(head)), 0)
    if found.damaged_bytes:
        found.problems.append(f"{found.damaged_bytes} damaged bytes between whole records were skipped")
    if found.tail_bytes:
        found.problems.append(f"the last {found.tail_bytes} bytes are no whole record")


class _Blocks:
    """A window of bytes that moves over a file, so that two hours need no more memory than a minute."""

    SIZE = 8 << 20

    def __init__(self, handle: BinaryIO, start: int) -> None:
        self._handle = handle
        self.data = b""
        self.base = start  # position in the file of data[0]
        self.end = start
        self.exhausted = False

    def more(self, at: int) -> None:
        """Drop what lies before ``at`` (in ``data``) and read on."""
        block = self._handle.read(self.SIZE)
        self.exhausted = not block
        self.data = self.data[at:] + block
        self.base += at
        self.end += len(block)


def _whole_records(blocks: _Blocks, found: Scan) -> Iterator[tuple[int, int, bytes]]:
    unpack, size, crc = _HEADER.unpack_from, _HEADER.size, google_crc32c.value
    at = 0
    while True:
        if len(blocks.data) - at < size + MAX_PAYLOAD and not blocks.exhausted:
            blocks.more(at)
            at = 0
            continue
        data = blocks.data
        if len(data) - at < size:
            return
        length, kind, check = unpack(data, at)
        after = at + size + length
        # A length beyond the block is damage or the cut-off end; both are for the search below.
        if length <= MAX_PAYLOAD and after <= len(data):
            payload = data[at + size : after]
            if crc(data[at : at + 5] + payload) == check:
                if _fits(kind, length):
                    yield kind, blocks.base + at + size, payload
                found.good_bytes = blocks.base + after
                at = after
                continue
        at = _next_whole(blocks, at + 1, found)
        if at < 0:
            return


def _fits(kind: int, length: int) -> bool:
    """Whether the payload can be what its type says; unknown types are passed over."""
    row = ROWS.get(kind)
    return kind in _KNOWN and length > 0 and (row is None or length % row.itemsize == 0)


def _next_whole(blocks: _Blocks, at: int, found: Scan) -> int:
    """Where the next whole record begins in the block, or -1; counts what was passed over."""
    begin = blocks.base + at - 1
    while True:
        for match in _CANDIDATE.finditer(blocks.data, at):
            start = match.start()
            if _is_whole(blocks.data, start):
                found.damaged_bytes += blocks.base + start - begin
                return start
        if blocks.exhausted:
            return -1
        blocks.more(max(len(blocks.data) - _HEADER.size - MAX_PAYLOAD, at))
        at = 0


def _is_whole(data: bytes, at: int) -> bool:
    if len(data) - at < _HEADER.size:
        return False
    length, kind, check = _HEADER.unpack_from(data, at)
    after = at + _HEADER.size + length
    if after > len(data) or not _fits(kind, length):
        return False
    return bool(google_crc32c.value(data[at : at + 5] + data[at + _HEADER.size : after]) == check)
