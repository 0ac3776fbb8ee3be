"""Pictures to an H.264 file that keeps faint motion."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import av

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
