"""``video.mkv``: pictures with their real presentation times, readable up to the moment of a kill.

One thread encodes; a queue stands before it that is bounded by the memory of its pictures. When it is full the picture
is left out and counted, since the camera must not wait for an encoder. A failure (disk full, no encoder) ends the video
and nothing else.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.codec.codec import UnknownCodecError
from av.container import OutputContainer
from av.video.stream import VideoStream

from livespot.session.files import WholeWrites
from livespot.session.records import Fate
from livespot.types import Image

QUEUE_BYTES = 256 << 20
"""Pictures that wait for the encoder: nine seconds at 640×480, for a disk or a computer that is busy elsewhere."""

LOST_BUSY = "the encoder could not keep up"
LOST_SIZE = "the picture had another size than the video"

_MS = Fraction(1, 1000)  # Matroska's own time base; the exact times are in the log
_KEY_EVERY = 30  # pictures between two that decode alone: a second of seeking at most
# Each packet is written at once and a cluster lasts a quarter of a second: with what the machine itself is late, a kill
# costs less than a second.
_MATROSKA = {"flush_packets": "1", "cluster_time_limit": "250"}
_X264 = {"preset": "ultrafast", "tune": "zerolatency"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """One way to encode: FFmpeg's names, and its options."""

    codec: str
    pixel_format: str
    options: dict[str, str]


# The first that this FFmpeg has. mpeg4 costs no more than H.264 but takes three times the space; FFV1 is as exact as
# libx264rgb and costs more than twice as much.
_FULL = (
    Encoding("libx264", "yuv420p", {**_X264, "crf": "20"}),
    Encoding("mpeg4", "yuv420p", {"qmin": "2", "qmax": "4"}),
)
_LOSSLESS = (
    Encoding("libx264rgb", "bgr24", {**_X264, "qp": "0"}),
    Encoding("ffv1", "bgr0", {"level": "3", "slicecrc": "1", "coder": "1", "context": "0"}),
)


def choose_encoding(mode: str, width: int, height: int) -> Encoding | None:
    """How pictures of this size are encoded in ``full`` or ``lossless``; None when FFmpeg has none of the encoders."""
    for encoding in _LOSSLESS if mode == "lossless" else _FULL:
        try:
            av.Codec(encoding.codec, "w")
        except UnknownCodecError:
            continue
        if encoding.codec == "libx264" and (width % 2 or height % 2):
            return Encoding("libx264", "yuv444p", encoding.options)  # halved colour needs even sides
        return encoding
    return None


class VideoTrack:
    """A video file that is being written.

    Parameters
    ----------
    path : Path
        Must not exist.
    encoding : Encoding
    width, height : int
    queue_bytes : int
        Memory that waiting pictures may take.

    Attributes
    ----------
    fault : str
        Why the video ended early; empty when it did not.
    left_out : int
        Pictures for which the queue had no room.
    encoded : int
        Pictures in the file.
    """

    def __init__(
        self, path: Path, encoding: Encoding, width: int, height: int, queue_bytes: int = QUEUE_BYTES
    ) -> None:
        self.fault = ""
        self.left_out = 0
        self.encoded = 0
        self._most = max(queue_bytes // max(width * height * 3, 1), 2)
        self._path = path
        self._encoding = encoding
        self._size = (width, height)
        self._accepted = self._refused = self._other_size = 0
        self._first_s: float | None = None
        self._last_pts = -1
        self._waiting: deque[tuple[Image, float]] = deque()
        self._changed = threading.Condition()
        self._ending = False
        self._file: WholeWrites | None = None
        self._container: OutputContainer | None = None
        self._thread = threading.Thread(target=self._work, name="livespot session video", daemon=True)
        self._thread.start()

    def offer(self, image: Image, time_s: float) -> tuple[Fate, int]:
        """Hand over a picture without waiting: (what became of it, its number in the video or -1)."""
        if self.fault:
            self._refused += 1
            return Fate.STOPPED, -1
        if image.shape[:2] != (self._size[1], self._size[0]):
            self._other_size += 1
            return Fate.OTHER_SIZE, -1
        with self._changed:
            if self._ending or len(self._waiting) >= self._most:
                self.left_out += 1
                return Fate.BUSY, -1
            self._waiting.append((image, time_s))
            number = self._accepted
            self._accepted += 1
            self._changed.notify()
        return Fate.RECORDED, number

    def close(self, timeout_s: float) -> None:
        """Encode what waits and end the file; give up when not one picture is encoded within ``timeout_s``."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        before = -1
        while self._thread.is_alive() and before != self.encoded:
            before = self.encoded
            self._thread.join(timeout_s)
        if self._thread.is_alive():
            self.fault = self.fault or "the disk does not answer"

    @property
    def lost(self) -> dict[str, int]:
        """Pictures that are not, and will not be, in the file, by reason."""
        stopped = self._refused + (self._accepted - self.encoded if self.fault else 0)
        counts = {
            LOST_BUSY: self.left_out,
            f"the video ended early ({self.fault})": stopped,
            LOST_SIZE: self._other_size,
        }
        return {reason: count for reason, count in counts.items() if count}

    def _work(self) -> None:
        try:
            stream = self._open()
            while (item := self._next()) is not None:
                self._encode(stream, *item)
            self._finish(stream)
        except Exception as error:  # whatever it is, the log goes on
            self.fault = _reason(error)
            self._abandon()

    def _next(self) -> tuple[Image, float] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ending)
            return self._waiting.popleft() if self._waiting else None

    def _open(self) -> VideoStream:
        self._file = WholeWrites(self._path)
        self._container = av.open(self._file.as_binary(), "w", format="matroska", options=dict(_MATROSKA))
        stream = self._container.add_stream(
            self._encoding.codec, rate=30, options=dict(self._encoding.options)
        )
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = self._size
        stream.pix_fmt = self._encoding.pixel_format
        stream.time_base = _MS
        stream.codec_context.time_base = _MS
        stream.codec_context.gop_size = _KEY_EVERY
        stream.codec_context.thread_count = 1
        return stream

    def _encode(self, stream: VideoStream, image: Image, time_s: float) -> None:
        if self._first_s is None:
            self._first_s = time_s
        picture = av.VideoFrame.from_ndarray(image, format="bgr24")
        picture.pts = self._last_pts = max(round((time_s - self._first_s) * 1000), self._last_pts + 1)
        picture.time_base = _MS
        assert self._container is not None
        self._container.mux(stream.encode(picture))
        self.encoded += 1

    def _finish(self, stream: VideoStream) -> None:
        assert self._container is not None and self._file is not None
        if self.encoded:
            self._container.mux(stream.encode(None))
        self._container.close()
        self._file.close()

    def _abandon(self) -> None:
        """Close what can be closed: the clusters that were written stay readable."""
        with self._changed:
            self._waiting.clear()
        if self._container is not None:
            with suppress(Exception):
                self._container.close()
        if self._file is not None:
            self._file.close()


def _reason(error: BaseException) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error or type(error).__name__).split())
