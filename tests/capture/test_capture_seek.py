"""A random seek gives the very frame that plain reading gives, whatever the codec, the container and the rate."""

from __future__ import annotations

import hashlib
import random
from fractions import Fraction
from itertools import chain

import av
import numpy as np
import pytest

from livespot.capture import VideoSource
from livespot.capture.seek import VideoSeeker
from livespot.errors import InputError
from livespot.types import Frame

FILMS = {
    "h264 mp4": ("a.mp4", "libx264", "yuv420p", {"g": "40", "bf": "3"}),
    "h264 mkv": ("b.mkv", "libx264", "yuv420p", {"g": "25", "bf": "2", "x264-params": "open-gop=1"}),
    "mpeg4 avi": ("c.avi", "mpeg4", "yuv420p", {}),
    "mpeg4 mp4": ("d.mp4", "mpeg4", "yuv420p", {"bf": "2"}),
    "mjpeg mkv": ("e.mkv", "mjpeg", "yuvj420p", {}),
    "mjpeg avi": ("f.avi", "mjpeg", "yuvj420p", {}),
    "ffv1 mkv": ("g.mkv", "ffv1", "bgr0", {}),
    "vp8 webm": (
        "h.webm",
        "libvpx",
        "yuv420p",
        {"auto-alt-ref": "1", "lag-in-frames": "16", "cpu-used": "8"},
    ),
    "vp9 webm": ("i.webm", "libvpx-vp9", "yuv420p", {"cpu-used": "8", "deadline": "realtime"}),
}


def write_film(path, codec, pixels, options, count, varying):
    rng = np.random.default_rng(count)
    still = rng.integers(0, 255, (8, 10, 3)).astype(np.uint8).repeat(12, 0).repeat(12, 1)
    steps_ms = rng.choice([17, 33, 34, 67, 400], count, p=[0.1, 0.6, 0.2, 0.09, 0.01])
    ticks = np.cumsum(steps_ms) if varying else None
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 120, 96, pixels
        if varying:
            stream.codec_context.time_base = Fraction(1, 1000)
        for n in range(count):
            image = np.roll(still, n, axis=1)
            frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format=pixels)
            frame.pts = n if ticks is None else int(ticks[n])
            frame.time_base = Fraction(1, 30) if ticks is None else Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def digest(frame):
    return frame.index, frame.time_s, hashlib.blake2b(frame.image.tobytes()).digest()


def read_through(path):
    found = []
    with VideoSource(path) as source:
        while (item := source.read()) is not None:
            if isinstance(item, Frame):
                found.append(digest(item))
    return found


@pytest.mark.parametrize("varying", [False, True], ids=["constant", "varying"])
@pytest.mark.parametrize("kind", FILMS)
def test_random_seeks_give_what_reading_gives(tmp_path, kind, varying):
    name, codec, pixels, options = FILMS[kind]
    if varying and name.endswith(".avi"):
        pytest.skip("AVI knows one rate only")
    path = write_film(tmp_path / name, codec, pixels, options, 120, varying)
    frames = read_through(path)
    dice = random.Random(5)
    with VideoSeeker(path) as video:
        assert len(video) == len(frames)
        assert video.times_s.tolist() == [time_s for _, time_s, _ in frames]
        place = 0
        for _ in range(40):
            place = dice.choice(
                [dice.randrange(len(frames)), min(place + 1, len(frames) - 1), max(place - 1, 0)]
            )
            number, time_s, _ = frames[place]
            assert digest(video.frame(number)) == frames[place]
            until_s = frames[place + 1][1] if place + 1 < len(frames) else time_s + 1.0
            assert digest(video.at(time_s + dice.random() * 0.99 * (until_s - time_s))) == frames[place]


def test_times_outside_give_the_ends_and_numbers_outside_an_error(tmp_path):
    path = write_film(tmp_path / "a.mp4", "mpeg4", "yuv420p", {}, 30, False)
    with VideoSeeker(path) as video:
        assert video.at(-3.0).index == 0
        assert video.at(1e6).index == 29
        for number in (-1, 30):
            with pytest.raises(InputError, match="expected 0 to 29"):
                video.frame(number)


def test_a_file_of_two_recordings_is_read_from_the_start(tmp_path):
    parts = [write_film(tmp_path / f"{i}.ts", "mpeg2video", "yuv420p", {}, 40 + i, False) for i in range(2)]
    both = tmp_path / "both.ts"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = read_through(both)
    with VideoSeeker(both) as video:
        for place in chain(range(len(frames) - 5, len(frames)), (3, 50, 20)):
            assert digest(video.frame(frames[place][0])) == frames[place]


def test_a_missing_video_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.mp4: no such file"):
        VideoSeeker(tmp_path / "gone.mp4")
