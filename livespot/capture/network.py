"""A network camera: MJPEG over HTTP, or RTSP, read by PyAV.

Chosen over ``cv2.VideoCapture(URL)`` after measuring both on loopback MJPEG, 640x480 at 30 fps: 2 ms
against 5 ms from the server's encoder to the picture here, a cut noticed at once and a silent server after
the time limit by both; PyAV says why a camera cannot be opened, and gives the moment a packet came in
rather than when it was decoded.
"""

from __future__ import annotations

import re
import time
from collections import deque
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import av
import numpy as np
from av.video.stream import VideoStream

from livespot.capture.array import check_size
from livespot.capture.diagnosis import http_reason
from livespot.capture.jpeg import JpegDecoder
from livespot.capture.live import CURES, FIRST_FRAME_S, Grabbed
from livespot.clock import Clock
from livespot.config import CaptureConfig
from livespot.errors import CameraError, InputError
from livespot.types import Image

SCHEMES = ("http", "https", "rtsp", "rtsps", "rtmp", "udp", "tcp")

_PATIENCE = 3.0
"""A connection is given up after so many times ``stall_s``. A silence of ``stall_s`` is a gap, but on a busy computer
it may be this process that did not get to read: what waits in the socket must not be lost with the connection."""

_OPTIONS = {
    "fflags": "nobuffer",  # hand out the packets that were needed for probing at once
    "flags": "low_delay",
    "fpsprobesize": "0",  # the rate is not trusted anyway; guessing it costs 20 frames
}


def is_url(spec: str) -> bool:
    """Whether ``spec`` is an address (``http://…``) rather than a path or a camera's name."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", spec) is not None


def shown(url: str) -> str:
    """The address without user and password: it goes into messages and files."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


class NetworkDevice:
    """One opened network stream; the time limits are FFmpeg's own and hold for every blocking call.

    Raises
    ------
    CameraError
        When nothing answers within 5 s, or what answers is no camera.
    """

    kind: Literal["camera", "url"] = "url"

    def __init__(self, url: str, config: CaptureConfig, clock: Clock) -> None:
        self.name = shown(url)
        label = f"camera {self.name}"
        scheme = urlsplit(url).scheme.lower()
        if scheme not in SCHEMES:
            raise CameraError(
                f"{label}: cannot open {scheme}:// addresses; expected http://, https:// or rtsp://"
            )
        if not urlsplit(url).hostname:
            raise CameraError(f"{label}: names no host; expected {scheme}://HOST/…")
        options = dict(_OPTIONS)
        if scheme.startswith("rtsp"):
            options["rtsp_transport"] = "tcp"  # a lost UDP packet smears the picture, which looks like motion
        started_s = time.monotonic()
        try:
            self._container = av.open(
                url, timeout=(FIRST_FRAME_S, _PATIENCE * config.stall_s), options=options
            )
        except (av.FFmpegError, OSError, ValueError) as error:
            # The time limit shows as "immediate exit" over HTTP, as "invalid data" over RTSP.
            if time.monotonic() - started_s >= FIRST_FRAME_S:
                limit = f"{FIRST_FRAME_S:g} s"
                raise CameraError(f"{label}: no picture within {limit}; {CURES['url']}") from error
            why = http_reason(url, FIRST_FRAME_S) if scheme.startswith("http") else ""
            why = why or f"cannot be opened ({_reason(error)}); {CURES['url']}"
            raise CameraError(f"{label}: {why}") from error
        try:
            self._stream = self._live_stream(label)
        except BaseException:
            self._container.close()
            raise
        self.fps = 0.0  # what such a stream declares is a guess: FFmpeg says 25 for any MJPEG
        self._clock = clock
        self._jpeg = JpegDecoder() if self._stream.codec_context.name == "mjpeg" else None
        self._after_damage = False
        self._packets: Any = self._container.demux(self._stream)
        self._pictures: deque[Grabbed] = deque()

    def grab(self) -> Grabbed | None:
        """Wait for the next picture; None when the connection ended or was silent for three times ``stall_s``."""
        while not self._pictures:
            try:
                packet = next(self._packets)
            except (StopIteration, av.FFmpegError, OSError):
                return None
            time_s = self._clock.now_s()
            if packet.size == 0:  # the one that says that the stream has ended
                return None
            if self._jpeg is not None:
                self._pictures.append((time_s, self._jpeg.decode(bytes(packet))))
            else:
                self._pictures.extend((time_s, image) for image in self._decoded(packet))
        return self._pictures.popleft()

    def release(self) -> None:
        """Close the connection."""
        self._packets = iter(())
        self._container.close()

    def _live_stream(self, label: str) -> VideoStream:
        if (self._container.duration or 0) > 0:
            raise CameraError(f"{label}: is a finished video, not a camera; download it and give the file")
        streams = self._container.streams.video
        if not streams:
            raise CameraError(f"{label}: sends no picture; {CURES['url']}")
        stream = streams[0]
        try:
            check_size(label, stream.width, stream.height)
        except InputError as error:
            raise CameraError(str(error)) from error
        stream.thread_type = "SLICE"  # frame threads would hold back one frame each
        stream.codec_context.options = {"err_detect": "explode"}
        return stream

    def _decoded(self, packet: Any) -> list[Image | None]:
        """Pictures of a packet of a video codec; after a damaged one none is whole before the next key frame."""
        if self._after_damage and not packet.is_keyframe:
            return [None]
        try:
            frames = packet.decode()
        except av.FFmpegError:
            self._after_damage = True
            return [None]
        self._after_damage = False
        return [np.ascontiguousarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in frames]


def _reason(error: BaseException) -> str:
    """FFmpeg's words without the address, which may hold a password."""
    text = getattr(error, "strerror", None) or str(error).partition(": '")[0]
    return str(text).lower()
