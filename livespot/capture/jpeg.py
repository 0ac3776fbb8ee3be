"""Damaged JPEGs, told from whole ones.

A JPEG that lost or changed some bytes on its way still decodes: from the damage on, blocks are shifted and tinted,
which looks like motion. FFmpeg's decoder reports it only when data run out or a code does not exist, with the option
``err_detect=explode``; of overwritten or repeated bytes it found one in four. So the Huffman codes are walked here as
well, without computing any picture: in a whole JPEG the last block ends exactly where the data end, and no coefficient
is larger than 8-bit pictures can have.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import av
import numba
import numpy as np
from numpy.typing import NDArray

from livespot.cv import cv2
from livespot.types import Image

_ALWAYS_REFUSED = 15  # pictures at the beginning: then this encoder writes what is not understood here

_SOI, _SOS, _DQT, _DHT, _DRI = 0xD8, 0xDA, 0xDB, 0xC4, 0xDD
_SOF_BASELINE, _SOF_EXTENDED = 0xC0, 0xC1
_OTHER_FRAMES = frozenset(range(0xC0, 0xD0)) - {_SOF_BASELINE, _SOF_EXTENDED, _DHT, 0xC8, 0xCC}

_MAX_DC = 1024 + 16  # 8 * 128, and what rounding adds
_MAX_AC = 1500

UInt16 = NDArray[np.uint16]
Int64 = NDArray[np.int64]


class JpegDecoder:
    """Decodes single JPEGs to BGR and refuses damaged ones.

    An encoder whose first 15 pictures would all be refused is trusted from then on: it writes JPEGs in a way that the
    checks do not understand.
    """

    def __init__(self) -> None:
        self._strict = _context(strict=True)
        self._tolerant: Any = None
        self._refused = 0  # in a row, at the beginning; -1 once a picture was whole

    def decode(self, data: bytes) -> Image | None:
        """One picture, (height, width, 3) uint8, or None when it is damaged."""
        image = None
        if is_whole(data):
            image = _decoded(self._strict, data)
        if image is not None:
            self._refused = -1
        elif self._tolerant is not None:
            image = _decoded(self._tolerant, data)
        elif self._refused >= 0:
            self._refused += 1
            if self._refused >= _ALWAYS_REFUSED:
                self._tolerant = _context(strict=False)
        if self._refused < 0:
            self._tolerant = None
        return image


def _context(strict: bool) -> Any:
    context: Any = av.CodecContext.create("mjpeg", "r")
    context.thread_count = 1
    if strict:
        context.options = {"err_detect": "explode"}
    return context


def _decoded(context: Any, data: bytes) -> Image | None:
    try:
        frames = context.decode(av.Packet(data))
    except av.FFmpegError:
        return None
    return np.ascontiguousarray(frames[0].to_ndarray(format="bgr24"), np.uint8) if frames else None


def is_whole(data: bytes) -> bool:
    """Whether the picture data of a baseline JPEG are complete: no code is wrong, nothing is missing or left over.

    Other kinds of JPEG (progressive, several scans) count as whole; 1 to 2 ms at 640×480.
    """
    try:
        scan = _Scan.of(data)
    except (IndexError, KeyError, ValueError):
        return False
    if scan is None:
        return True
    left = _walk(
        np.frombuffer(data, np.uint8),
        scan.start,
        scan.units,
        scan.restart,
        scan.blocks,
        scan.steps,
        scan.tables,
    )
    if left < 0:
        return False
    rest = data[left:].split(b"\xff\xd9", 1)[0]
    return not rest.strip(b"\x00\xff")  # some encoders fill up to a round length


@dataclass(frozen=True, slots=True)
class _Scan:
    """What the headers say about the picture data."""

    start: int
    units: int  # interleaved groups of blocks
    restart: int  # units between restart markers; 0: none
    blocks: Int64  # (blocks of a unit, 3): its component, its DC table, its AC table
    steps: Int64  # (components, 2): quantisation step of the DC coefficient, and the smallest of the others
    tables: UInt16  # (tables, 65536): code length * 256 + symbol for the next 16 bits; 0: no such code

    @classmethod
    def of(cls, data: bytes) -> _Scan | None:
        """None when it is no JPEG of the kind that can be walked."""
        if data[0] != 0xFF or data[1] != _SOI:
            raise ValueError("no JPEG")
        size, parts, restart = (0, 0), [], 0
        steps: dict[int, tuple[int, int]] = {}
        tables: dict[int, UInt16] = {}
        place = 2
        while True:
            while data[place + 1] == 0xFF:
                place += 1
            kind, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
            if data[place] != 0xFF or length < 2 or kind in _OTHER_FRAMES:
                if kind in _OTHER_FRAMES and data[place] == 0xFF:
                    return None
                raise ValueError("headers are damaged")
            body = data[place + 4 : place + 2 + length]
            place += 2 + length
            if kind in (_SOF_BASELINE, _SOF_EXTENDED):
                size = int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
                parts = [body[i : i + 3] for i in range(6, 6 + 3 * body[5], 3)]
            elif kind == _DQT:
                steps |= _quantisation(body)
            elif kind == _DHT:
                tables |= _huffman_tables(body)
            elif kind == _DRI:
                restart = int.from_bytes(body[:2], "big")
            elif kind == _SOS:
                return cls._with(place, body, size, parts, restart, steps, tables or _usual_tables())

    @classmethod
    def _with(
        cls,
        start: int,
        header: bytes,
        size: tuple[int, int],
        parts: list[bytes],
        restart: int,
        steps: dict[int, tuple[int, int]],
        tables: dict[int, UInt16],
    ) -> _Scan | None:
        if header[0] != len(parts) or not parts or 0 in size:
            return None  # the components come one after the other
        names = sorted(tables)
        chosen = {header[1 + 2 * i]: header[2 + 2 * i] for i in range(header[0])}
        sampled = [(1, 1)] if len(parts) == 1 else [(part[1] >> 4, part[1] & 15) for part in parts]
        wide, high = max(h for h, _ in sampled), max(v for _, v in sampled)
        blocks = []
        for number, (part, (h, v)) in enumerate(zip(parts, sampled, strict=True)):
            table = chosen[part[0]]
            blocks += [[number, names.index(table >> 4), names.index(0x10 | (table & 15))]] * (h * v)
        units = -(-size[0] // (8 * wide)) * -(-size[1] // (8 * high))
        quantised = np.array([steps[part[2]] for part in parts], np.int64)
        stacked = np.stack([tables[name] for name in names])
        return cls(start, units, restart, np.array(blocks, np.int64), quantised, stacked)


def _quantisation(body: bytes) -> dict[int, tuple[int, int]]:
    """Tables of one DQT segment by number: the step of the DC coefficient and the smallest of the others."""
    steps = {}
    place = 0
    while place < len(body):
        width, number = 1 + (body[place] >> 4), body[place] & 15
        values = np.frombuffer(body[place + 1 : place + 1 + 64 * width], ">u2" if width == 2 else np.uint8)
        steps[number] = int(values[0]), int(values[1:].min())
        place += 1 + 64 * width
    return steps


@lru_cache(maxsize=8)
def _huffman_tables(body: bytes) -> dict[int, UInt16]:
    """Tables of one DHT segment by class (0x10: AC) and number."""
    tables: dict[int, UInt16] = {}
    place = 0
    while place < len(body):
        name, counts = body[place], body[place + 1 : place + 17]
        place += 17
        table = np.zeros(1 << 16, np.uint16)
        code = 0
        for length, count in enumerate(counts, 1):
            for symbol in body[place : place + count]:
                table[code << (16 - length) : (code + 1) << (16 - length)] = length * 256 + symbol
                code += 1
            place += count
            code <<= 1
        tables[name] = table
    return tables


@lru_cache(maxsize=1)
def _usual_tables() -> dict[int, UInt16]:
    """Those of the standard, which webcams leave out; an encoder that uses them says what they are."""
    _, packed = cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))
    data = packed.tobytes()
    tables: dict[int, UInt16] = {}
    place = 2
    while data[place + 1] != _SOS:
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place + 1] == _DHT:
            tables |= _huffman_tables(data[place + 4 : place + 2 + length])
        place += 2 + length
    return tables


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _walk(
    data: NDArray[np.uint8],
    place: int,
    units: int,
    restart: int,
    blocks: Int64,
    steps: Int64,
    tables: UInt16,
) -> int:
    """Walk all blocks; the place behind the last one, or -1 when the data cannot be right."""
    bits, held, over = 0, 0, 0  # the next bits, how many, how many of them were made up past the end
    size = len(data)
    levels = np.zeros(len(steps), np.int64)
    for unit in range(units):
        if restart and unit and unit % restart == 0:
            bits, held, over = 0, 0, 0
            levels[:] = 0
            while place < size and data[place] != 0xFF:
                place += 1
            if place + 1 >= size or data[place + 1] != 0xD0 + (unit // restart - 1) % 8:
                return -1
            place += 2
        for block in range(len(blocks)):
            part = blocks[block, 0]
            k = 0
            while k < 64:
                while held < 32:
                    byte = 0
                    if place < size and not (
                        data[place] == 0xFF and (place + 1 >= size or data[place + 1] != 0)
                    ):
                        byte = data[place]
                        place += 2 if byte == 0xFF else 1
                    else:
                        over += 8
                    bits = ((bits << 8) | byte) & 0xFFFFFFFFFF
                    held += 8
                table = blocks[block, 1] if k == 0 else blocks[block, 2]
                entry = tables[table, (bits >> (held - 16)) & 0xFFFF]
                length, symbol = entry >> 8, entry & 255
                more = symbol if k == 0 else symbol & 15
                if length == 0 or more > 15:
                    return -1
                held -= length + more
                if held < over:  # needed bits that are not there
                    return -1
                value = 0
                if more:
                    value = (bits >> held) & ((1 << more) - 1)
                    if value < 1 << (more - 1):
                        value -= (1 << more) - 1
                if k == 0:
                    levels[part] += value
                    if abs(levels[part]) * steps[part, 0] > _MAX_DC + steps[part, 0]:
                        return -1
                    k = 1
                elif more == 0:
                    k = k + 16 if symbol == 0xF0 else 64
                else:
                    k += (symbol >> 4) + 1
                    if k > 64 or abs(value) * steps[part, 1] > _MAX_AC:
                        return -1
    # Whole bytes that were read ahead of the last code are left over.
    ahead = (held - over) // 8
    while ahead > 0:
        place -= 2 if data[place - 1] == 0 and data[place - 2] == 0xFF else 1
        ahead -= 1
    return place
