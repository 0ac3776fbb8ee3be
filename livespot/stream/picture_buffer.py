"""The pictures of the last minute, and those of what was found: small JPEGs in bounded memory.

Packing runs on a thread of its own, which the analysis never waits for: when it is behind, a picture is left out.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from livespot.cv import cv2
from livespot.errors import OutputError, UsageError
from livespot.snapshot import Picture
from livespot.stream.sinks import QuietSink
from livespot.types import CanonicalFace, Float32Array, Image, Interval, Update

LONGEST_SIDE_PX = 480
"""A kept picture's longer side: a face is still plain, and a minute costs about 50 MB."""

KEPT_S = 64.0
"""More than the minute that the timeline shows."""

MAX_BYTES = 72_000_000
"""Of the last minute's JPEGs; a noisy camera makes larger ones, and is kept for less long."""

MAX_EVENT_BYTES = 24_000_000
"""Of the pictures of confirmed intervals; about three hundred intervals, the oldest go first."""

NEAREST_S = 0.5
_QUALITY = 85
_WAITING = 4
_LEAST_APART_S = 0.025

Trio = tuple[Picture | None, Picture | None, Picture | None]


@dataclass(frozen=True, slots=True)
class _Packed:
    """One kept picture; ``landmarks`` and ``region_points`` are in px of the small picture."""

    time_s: float
    jpeg: NDArray[np.uint8]
    landmarks: Float32Array | None
    region_points: Float32Array | None


class KeptPictures(Sequence[Picture]):
    """Pictures that are unpacked one by one as they are asked for, about 1 ms each."""

    def __init__(self, packed: Sequence[_Packed]) -> None:
        self._packed = tuple(packed)

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, place: int) -> Picture: ...

    @overload
    def __getitem__(self, place: slice) -> KeptPictures: ...

    def __getitem__(self, place: int | slice) -> Picture | KeptPictures:
        if isinstance(place, slice):
            return KeptPictures(self._packed[place])
        return _unpacked(self._packed[place])

    @property
    def times_s(self) -> list[float]:
        """The times alone, nothing being unpacked."""
        return [packed.time_s for packed in self._packed]


class PictureBuffer(QuietSink):
    """A sink that keeps small pictures for the instant replay and for the events.

    Attributes
    ----------
    left_out : int
        Pictures that were not kept because packing was behind.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self._lock = threading.Condition()
        self._waiting: deque[CanonicalFace] = deque()
        self._kept: deque[_Packed] = deque()
        self._bytes = self._event_bytes = 0
        self._events: OrderedDict[Interval, tuple[_Packed | None, ...]] = OrderedDict()
        self._last_s = -np.inf
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="livespot pictures", daemon=True)
        self._thread.start()

    def face(self, face: CanonicalFace) -> None:
        """Hand a picture over to be kept; returns at once."""
        if 0.0 <= face.frame.time_s - self._last_s < _LEAST_APART_S:
            return  # of a camera faster than the model, every second picture is enough
        self._last_s = face.frame.time_s
        with self._lock:
            if len(self._waiting) >= _WAITING:
                self.left_out += 1
                return
            self._waiting.append(face)
            self._lock.notify()

    def update(self, update: Update) -> None:
        """Keep the pictures of what was confirmed for longer."""
        for interval in update.confirmed:
            with self._lock:
                trio = tuple(self._nearest(t) for t in (interval.onset_s, interval.apex_s, interval.offset_s))
                self._events[interval] = trio
                self._event_bytes += _size(trio)
                while self._event_bytes > MAX_EVENT_BYTES and len(self._events) > 1:
                    self._event_bytes -= _size(self._events.popitem(last=False)[1])

    def moment(self, time_s: float) -> Picture | None:
        """The picture nearest to ``time_s``, from the last minute or an event; None when none is near."""
        with self._lock:
            found = self._nearest(time_s)
            if found is None:
                kept = [p for trio in self._events.values() for p in trio if p is not None]
                near = min(kept, key=lambda p: abs(p.time_s - time_s), default=None)
                found = near if near is not None and abs(near.time_s - time_s) <= NEAREST_S else None
        return None if found is None else _unpacked(found)

    def last_seconds(self, seconds: float) -> KeptPictures:
        """The pictures of the last ``seconds``, oldest first."""
        with self._lock:
            newest_s = self._kept[-1].time_s if self._kept else 0.0
            return KeptPictures([p for p in self._kept if p.time_s >= newest_s - seconds])

    def pictures_of(self, interval: Interval) -> Trio:
        """Onset, apex and offset of a confirmed interval; None where none is kept any more."""
        with self._lock:
            onset, apex, offset = self._events.get(interval, (None, None, None))
        return _or_none(onset), _or_none(apex), _or_none(offset)

    @property
    def bytes(self) -> int:
        """What the kept pictures occupy."""
        return self._bytes + self._event_bytes

    def close(self) -> None:
        """End the packing thread; what is kept stays readable."""
        with self._lock:
            self._closed = True
            self._lock.notify()
        self._thread.join(2.0)

    def _nearest(self, time_s: float) -> _Packed | None:
        place = bisect_left(self._kept, time_s, key=attrgetter("time_s"))
        near = [self._kept[i] for i in (place - 1, place) if 0 <= i < len(self._kept)]
        best = min(near, key=lambda p: abs(p.time_s - time_s), default=None)
        return best if best is not None and abs(best.time_s - time_s) <= NEAREST_S else None

    def _work(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                face = self._waiting.popleft()
            packed = _pack(face)
            with self._lock:
                if self._kept and packed.time_s < self._kept[-1].time_s:
                    continue  # times only grow; a source that turns back would spoil the search
                self._kept.append(packed)
                self._bytes += packed.jpeg.nbytes
                while self._kept and (
                    self._bytes > MAX_BYTES or self._kept[0].time_s < packed.time_s - KEPT_S
                ):
                    self._bytes -= self._kept.popleft().jpeg.nbytes


def write_picture(face: CanonicalFace | None, path: Path) -> None:
    """Write a picture as the camera gave it, to a PNG or JPEG file.

    Raises
    ------
    UsageError
        There is none, or the file's name ends in neither.
    OutputError
        The file cannot be written.
    """
    if face is None:
        raise UsageError("picture: there is none to save yet; start a source first")
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise UsageError(f"picture {path.name}: expected a name that ends in .png or .jpg; choose another")
    _, packed = cv2.imencode(path.suffix, face.frame.image)
    try:
        path.write_bytes(packed.tobytes())
    except OSError as error:
        raise OutputError(
            f"picture {path}: cannot be written ({error.strerror}); choose another folder"
        ) from error


def _pack(face: CanonicalFace) -> _Packed:
    image = face.frame.image
    height, width = image.shape[:2]
    scale = min(1.0, LONGEST_SIDE_PX / max(height, width))
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    points = None if face.landmarks is None else _scaled(face.landmarks.points, scale)
    regions = None if face.region_points is None else _scaled(face.region_points, scale)
    return _Packed(face.frame.time_s, jpeg.astype(np.uint8, copy=False), points, regions)


def _scaled(points: Float32Array, scale: float) -> Float32Array:
    """Pixel centres are whole numbers: the edges scale, not the centres."""
    return ((points + 0.5) * scale - 0.5).astype(np.float32)


def _unpacked(packed: _Packed) -> Picture:
    image: Image = np.asarray(cv2.imdecode(packed.jpeg, cv2.IMREAD_COLOR), np.uint8)
    return Picture(packed.time_s, image, packed.landmarks, packed.region_points)


def _or_none(packed: _Packed | None) -> Picture | None:
    return None if packed is None else _unpacked(packed)


def _size(trio: Sequence[_Packed | None]) -> int:
    return sum(p.jpeg.nbytes for p in trio if p is not None)
