"""Pictures to a video file: H.264 that keeps faint motion, or what a webcam would have sent, with its times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
from av.video.stream import VideoStream

from livespot.types import Image

_OPTIONS = {
    "crf": "20",
    "preset": "slow",
    "g": "30",  # a key frame a second: fast seeking, and no slow drift away from the truth
    "bf": "2",
    # x264 saves most by declaring blocks unmoved; half-pixel motion of skin is just what it would drop.
    "x264-params": "no-fast-pskip=1:no-dct-decimate=1:deadzone-inter=8:aq-mode=1:threads=1",
}


def write_video(
    path: Path, frames: Iterable[Image], rate_hz: int, options: dict[str, str] | None = None
) -> int:
    """Encode BGR pictures as MP4 (H.264, yuv420p) and return their number.

    ``frames`` are (height, width, 3) uint8 of one size, even in both directions. ``options`` replaces
    entries of the encoder's settings. One encoder thread, so the same frames give the same file.
    """
    count = 0
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate_hz, options={**_OPTIONS, **(options or {})})
        stream.pix_fmt = "yuv420p"
        for image in frames:
            if count == 0:
                stream.height, stream.width = image.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
            count += 1
        container.mux(stream.encode())
    return count


@dataclass(frozen=True, slots=True)
class Codec:
    """How a clip is compressed.

    ``quality`` is the crf of H.264 (18 fine … 30 coarse) or the quantiser of MJPEG (2 fine … 12 coarse).
    """

    name: Literal["h264", "mjpeg"] = "h264"
    quality: int = 20

    @property
    def suffix(self) -> str:
        """Ending of the file: MJPEG goes into Matroska."""
        return ".mp4" if self.name == "h264" else ".mkv"


_TICKS_HZ = 90_000  # fine enough for any camera's times


def write_clip(path: Path, frames: Iterable[tuple[Image, float]], rate_hz: float, codec: Codec) -> int:
    """Encode (BGR picture, presentation time in s) pairs, times increasing, and return their number.

    The same frames give the same file. ``rate_hz`` is nominal; what counts are the times.
    """
    count = 0
    # Matroska stamps every file with a random number unless it is told not to.
    options = {"fflags": "+bitexact"} | ({"movflags": "+faststart"} if codec.name == "h264" else {})
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(
            "libx264" if codec.name == "h264" else "mjpeg",
            rate=Fraction(rate_hz).limit_denominator(1001),
            options=_options(codec),
        )
        assert isinstance(stream, VideoStream)
        stream.pix_fmt = "yuv420p" if codec.name == "h264" else "yuvj420p"
        stream.codec_context.time_base = Fraction(1, _TICKS_HZ)
        stream.codec_context.thread_count = 1
        for image, time_s in frames:
            if count == 0:
                stream.height, stream.width = image.shape[:2]
            picture = av.VideoFrame.from_ndarray(image, format="bgr24")
            picture.pts, picture.time_base = round(time_s * _TICKS_HZ), Fraction(1, _TICKS_HZ)
            container.mux(stream.encode(picture))
            count += 1
        container.mux(stream.encode())
    return count


def _options(codec: Codec) -> dict[str, str]:
    if codec.name == "mjpeg":
        return {"qmin": str(codec.quality), "qmax": str(codec.quality)}
    # As a recorder encodes while it records: fast, and without looking ahead. (With uneven times, x264's macroblock
    # tree over B-frames did not give the same bytes twice; without them it does.)
    return {
        "crf": str(codec.quality),
        "preset": "veryfast",
        "g": "60",
        "bf": "0",
        "x264-params": "threads=1:no-mbtree=1",
    }
