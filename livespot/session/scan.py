"""Finds the whole records of a file, and what lies between and behind them.

Behind a damaged record reading goes on at the next whole one, which its CRC tells from what only looks like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from livespot.errors import SessionError
from livespot.session.records import (
    FILE_HEADER,
    MAX_PAYLOAD,
    RECORD_HEADER,
    ROWS,
    Kind,
    decode_json,
)

_KNOWN = bytes(kind.value for kind in Kind)
_CANDIDATE = re.compile(rb"(?=[\s\S]{2}[\x00-\x04]\x00[" + re.escape(_KNOWN) + rb"])")


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


_ON_DISK = frozenset(
    {Kind.LANDMARKS, Kind.WINDOWS, Kind.BLANK_WINDOWS, Kind.WINDOW_GAP, Kind.REGION_WINDOWS, Kind.HOLES}
)


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
    """All whole records of an open file: (kind, offset of the payload, payload).

    Counts and problems go into ``found``, when the last one was fetched.
    """
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


def stored(path: Path, index: list[tuple[int, int, int]]) -> Iterator[tuple[int, bytes]]:
    """The payloads that a scan left on disk, with their kinds.

    Raises
    ------
    SessionError
        When the file is gone, or shorter than it was.
    """
    if not index:
        return
    try:
        with path.open("rb") as handle:
            for kind, offset, length in index:
                handle.seek(offset)
                payload = handle.read(length)
                if len(payload) != length:
                    raise SessionError(f"{path}: became shorter while it was read; open the session again")
                yield kind, payload
    except OSError as error:
        raise SessionError(
            f"{path}: cannot be read any more ({error.strerror or error}); is it still there?"
        ) from error


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
    unpack, size, crc = RECORD_HEADER.unpack_from, RECORD_HEADER.size, google_crc32c.value
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
        blocks.more(max(len(blocks.data) - RECORD_HEADER.size - MAX_PAYLOAD, at))
        at = 0


def _is_whole(data: bytes, at: int) -> bool:
    if len(data) - at < RECORD_HEADER.size:
        return False
    length, kind, check = RECORD_HEADER.unpack_from(data, at)
    after = at + RECORD_HEADER.size + length
    if after > len(data) or not _fits(kind, length):
        return False
    return bool(google_crc32c.value(data[at : at + 5] + data[at + RECORD_HEADER.size : after]) == check)
