"""One suite over all sources: what a reader may rely on, whatever stands behind."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from capture_makers import SOURCES

from livespot.capture import FrameSource, SourceState
from livespot.types import Frame

Opener = Callable[[], FrameSource]


@pytest.fixture(params=sorted(SOURCES))
def opener(request: pytest.FixtureRequest) -> Iterator[Opener]:
    with ExitStack() as stack:

        def open_it() -> FrameSource:
            source: FrameSource = SOURCES[request.param](request)
            stack.callback(source.close)
            return source

        yield open_it


def frames_of(source: FrameSource, at_most: int = 12) -> list[Frame]:
    items = itertools.islice(iter(source.read, None), at_most)
    return [item for item in items if isinstance(item, Frame)]


def test_info_is_filled_and_holds_for_every_frame(opener: Opener) -> None:
    with opener() as source:
        info = source.info
        assert info.name and info.width == 160 and info.height == 120 and info.fps >= 0.0
        assert info.live == (info.kind in ("camera", "url"))
        assert info.frames is None or info.frames == 12
        for frame in frames_of(source):
            assert frame.image.shape == (info.height, info.width, 3)
            assert frame.image.dtype == np.uint8 and frame.image.flags.c_contiguous


def test_frames_count_from_zero_and_time_never_falls(opener: Opener) -> None:
    with opener() as source:
        frames = frames_of(source)
        indices, times = [f.index for f in frames], [f.time_s for f in frames]
        if source.info.live:
            assert indices == sorted(set(indices)) and indices[0] >= 0
        else:
            assert indices == list(range(12))
            assert times[0] == 0.0
        assert times == sorted(times)


def test_pictures_are_bgr_and_upright(opener: Opener) -> None:
    with opener() as source:
        blue, green, red = frames_of(source, 1)[0].image[12, 16].astype(int)
        assert red > 200 and blue < 60 and green < 60


def test_reading_after_the_end_gives_none_again_and_again(opener: Opener) -> None:
    source = opener()
    if source.info.live:
        source.close()
    else:
        frames_of(source, 1000)
    assert [source.read() for _ in range(3)] == [None, None, None]
    assert source.state is SourceState.CLOSED


def test_close_may_be_repeated_and_ends_reading(opener: Opener) -> None:
    source = opener()
    assert source.state is SourceState.OPEN and source.warning == ""
    source.close()
    source.close()
    assert source.read() is None
    assert source.state is SourceState.CLOSED


def test_close_from_another_thread_ends_a_reader(opener: Opener) -> None:
    source = opener()
    started, ended = threading.Event(), threading.Event()

    def read_all() -> None:
        for _ in iter(source.read, None):
            started.set()
        ended.set()

    reader = threading.Thread(target=read_all, daemon=True)
    reader.start()
    assert started.wait(20)
    source.close()
    assert ended.wait(20)
    reader.join(20)


def test_reading_twice_gives_the_same_bits(opener: Opener) -> None:
    with opener() as first:
        if first.info.live:
            pytest.skip("a live source has no second time")
        once = frames_of(first)
    with opener() as second:
        again = frames_of(second)
    assert [f.time_s for f in once] == [f.time_s for f in again]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(once, again, strict=True))


def test_frames_stay_as_they_are_while_others_follow(opener: Opener) -> None:
    with opener() as source:
        first = frames_of(source, 1)[0]
        copy = first.image.copy()
        frames_of(source, 5)
        assert np.array_equal(first.image, copy)
