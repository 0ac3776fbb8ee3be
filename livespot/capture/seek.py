"""Any frame of a video file, exactly: by its number or by its time, over constant and varying rate.

Players and OpenCV jump to where a frame *should* be; here the presentation times of all frames are known first, so
that frame ``n`` is the very frame, with the same number, time and bits, that
:class:`~livespot.capture.video.VideoSource` gives as its ``n``-th. The times come from the packets, without
decoding anything (a hundred thousand a second); where packets cannot tell, one decoding pass does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from livespot.capture.video import VideoSource
from livespot.errors import InputError
from livespot.types import Frame, Gap

_HIDDEN_FRAMES = frozenset(("vp8",))  # codecs whose packets may hold frames that are never shown
_RUN_UP = 48  # decoding this many frames forward is no dearer than seeking back to a key frame
_KEPT = 16  # frames held for stepping to and fro
_EPSILON_S = 1e-9  # a time given as n / fps must find frame n


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """Where every frame of a video is.

    Attributes
    ----------
    numbers : (n,) int64
        :attr:`Frame.index` of each frame that decodes, rising.
    times_s : (n,) float64
        Its presentation time, the first frame being 0.0; never falling.
    stamps : (n,) int64 or None
        Presentation times in the stream's own unit, strictly rising; None where the file's own are missing or
        ambiguous, which leaves decoding from the start.
    keys : list of int
        Of ``stamps``, those at which decoding can begin.
    """

    numbers: NDArray[np.int64]
    times_s: NDArray[np.float64]
    stamps: NDArray[np.int64] | None
    keys: list[int]


class VideoSeeker:
    """Random access to the frames of a video file; for one thread at a time.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    InputError
        As :class:`~livespot.capture.video.VideoSource` does.

    Examples
    --------
    >>> with VideoSeeker("interview.mp4") as video:  # doctest: +SKIP
    ...     video.frame(1200).time_s, video.at(40.0).index
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._film = _Film(self._path)
        try:
            self.info = self._film.info
            self.index = _packet_index(self._path, self._film) or _decoded_index(self._path)
        except BaseException:
            self._film.close()
            raise
        self._place = {int(number): place for place, number in enumerate(self.index.numbers)}
        self._next = -1  # place of the frame that decoding would give next; -1: unknown
        self._kept: OrderedDict[int, Frame] = OrderedDict()

    def __len__(self) -> int:
        """How many frames decode."""
        return len(self.index.numbers)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Presentation time of each frame, (n,) float64."""
        return self.index.times_s

    def frame(self, number: int) -> Frame:
        """The frame with this number.

        Raises
        ------
        InputError
            When there is no such frame, or the file no longer gives it.
        """
        place = self._place.get(number)
        if place is None:
            last = int(self.index.numbers[-1])
            raise InputError(f"{self._path}: has no frame {number}; expected 0 to {last}")
        return self._at(place)

    def at(self, time_s: float) -> Frame:
        """The frame that is on show at ``time_s``: the last one that begins no later, or else the first."""
        place = int(np.searchsorted(self.index.times_s, time_s + _EPSILON_S, side="right")) - 1
        return self._at(max(place, 0))

    def close(self) -> None:
        """Let go of the file; frames already given stay valid."""
        self._film.close()
        self._kept.clear()

    def __enter__(self) -> VideoSeeker:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _at(self, place: int) -> Frame:
        if (kept := self._kept.get(place)) is not None:
            self._kept.move_to_end(place)
            return kept
        frame = self._by_stamp(place) if self.index.stamps is not None else self._from_start(place)
        self._kept[place] = frame
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return frame

    def _by_stamp(self, place: int) -> Frame:
        stamps = self.index.stamps
        assert stamps is not None
        target = int(stamps[place])
        if 0 <= self._next <= place <= self._next + _RUN_UP and self._no_key_between(place):
            found = self._film.decode_to(target)
            if found is not None:
                return self._taken(place, found)
        # The container may land later than asked for; then an earlier key frame, and at last the beginning.
        key = bisect_right(self.index.keys, target) - 1
        for start in (key, key - 1, key - 4, -1):
            self._film.rewind(self.index.keys[start] if start >= 0 else None)
            found = self._film.decode_to(target)
            if found is not None:
                return self._taken(place, found)
        raise InputError(f"{self._path}: frame {place} no longer decodes; the file changed or is damaged")

    def _no_key_between(self, place: int) -> bool:
        """Whether running on from here is shorter than beginning at the key frame before the target."""
        stamps = self.index.stamps
        assert stamps is not None
        key = self.index.keys[max(bisect_right(self.index.keys, int(stamps[place])) - 1, 0)]
        return key <= int(stamps[self._next]) or place - self._next <= 2

    def _taken(self, place: int, picture: VideoFrame) -> Frame:
        self._next = place + 1 if place + 1 < len(self) else -1
        return Frame(
            int(self.index.numbers[place]), float(self.index.times_s[place]), self._film.picture(picture)
        )

    def _from_start(self, place: int) -> Frame:
        if not 0 <= self._next <= place:
            self._film.close()
            self._film = _Film(self._path)
            self._next = 0
        while (item := self._film.read()) is not None:
            if isinstance(item, Frame):
                self._next += 1
                if self._next == place + 1:
                    return item
        raise InputError(f"{self._path}: frame {place} no longer decodes; the file changed or is damaged")


class _Film(VideoSource):
    """A video source that can be set back."""

    @property
    def codec(self) -> str:
        return str(self._stream.codec_context.name)

    @property
    def first_stamp(self) -> int | None:
        return None if self._held is None else self._held.pts

    @property
    def stream_index(self) -> int:
        return int(self._stream.index)

    def rewind(self, stamp: int | None) -> None:
        """Let decoding begin at the key frame at or before ``stamp``; None is the very beginning."""
        self._held = None
        if stamp is None:
            # Before everything, whatever negative times the first packets carry.
            self._container.seek(-(1 << 40), backward=True, any_frame=False)
        else:
            self._container.seek(stamp, stream=self._stream, backward=True, any_frame=False)
        self._frames = self._decoded_frames()

    def decode_to(self, stamp: int) -> VideoFrame | None:
        """The frame with this presentation time; None when decoding is past it or at its end."""
        while True:
            held = self._held if self._held is not None else next(self._frames, None)
            self._held = None
            if held is None or held.pts is None:
                return None
            if held.pts == stamp:
                return held
            if held.pts > stamp:
                return None

    def picture(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """As :meth:`read` would give it."""
        return self._fitted(frame)

    def read_stamped(self) -> tuple[Frame | Gap | None, int | None]:
        """Like :meth:`read`, with the frame's own presentation time."""
        if self._held is None:
            self._held = next(self._frames, None)
        stamp = None if self._held is None else self._held.pts
        return self.read(), stamp


def _packet_index(path: Path, film: _Film) -> FrameIndex | None:
    """The index from the packets alone; None where they do not settle it."""
    if film.codec in _HIDDEN_FRAMES or film.first_stamp is None:
        return None
    stamps: list[int] = []
    keys: list[int] = []
    with av.open(str(path.resolve())) as container:
        stream = container.streams[film.stream_index]
        base = stream.time_base
        try:
            for packet in container.demux(stream):
                if packet.size == 0:  # the one that only says that the end is reached
                    continue
                if packet.pts is None or packet.is_corrupt:
                    return None
                if packet.is_discard:  # cut away by an edit list
                    continue
                stamps.append(packet.pts)
                if packet.is_keyframe:
                    keys.append(packet.pts)
        except av.FFmpegError:
            return None
    ordered = np.array(sorted(stamps), np.int64)
    clear = len(ordered) > 0 and base is not None and bool(np.all(np.diff(ordered) > 0))
    # A file that begins with frames that need an earlier key frame shows fewer than it holds.
    if not clear or int(ordered[0]) != film.first_stamp or not keys:
        return None
    # Presentation times that fall back mean two recordings in one file: then numbers do not follow times.
    fallen_s = float(np.max(np.maximum.accumulate(stamps) - np.array(stamps)) * base)
    if fallen_s > 1.0:
        return None
    times_s = np.array([float(stamp * base) for stamp in ordered.tolist()])
    return FrameIndex(np.arange(len(ordered)), times_s - times_s[0], ordered, sorted(keys))


def _decoded_index(path: Path) -> FrameIndex:
    numbers: list[int] = []
    times_s: list[float] = []
    stamps: list[int | None] = []
    gaps = 0
    with _Film(path) as film:
        while True:
            item, stamp = film.read_stamped()
            if item is None:
                break
            if isinstance(item, Gap):
                gaps += 1
                continue
            numbers.append(item.index)
            times_s.append(item.time_s)
            stamps.append(stamp)
    known = [stamp for stamp in stamps if stamp is not None]
    ordered = np.array(known, np.int64)
    clear = not gaps and len(known) == len(stamps) and bool(np.all(np.diff(ordered) > 0))
    return FrameIndex(
        np.array(numbers, np.int64),
        np.array(times_s),
        ordered if clear else None,
        known if clear else [],  # which of them are key frames the container knows
    )
