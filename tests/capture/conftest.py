"""Films and a network camera made on the spot: no file is shipped, nothing but loopback is touched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from capture_makers import MjpegServer, picture, write_video

from livespot.cv import cv2

VideoMaker = Callable[..., Path]


@pytest.fixture
def make_video(tmp_path: Path) -> VideoMaker:
    """Write a video with PyAV and return its path."""

    def make(name: str = "film.mp4", count: int = 12, **options: Any) -> Path:
        path = tmp_path / name
        write_video(path, count, **options)
        return path

    return make


@pytest.fixture
def image_folder(tmp_path: Path) -> Path:
    """Twelve images whose names sort naturally only, one of them grey, beside files that are no images."""
    folder = tmp_path / "series"
    folder.mkdir()
    for i in range(12):
        image = picture(4 * i)
        cv2.imwrite(str(folder / f"img{i}.png"), cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if i == 3 else image)
    (folder / "notes.txt").write_text("no image")
    (folder / "._img0.png").write_bytes(b"\0\5")
    return folder


@pytest.fixture
def mjpeg() -> Iterator[MjpegServer]:
    server = MjpegServer([picture(8 * i) for i in range(10)])
    server.start()
    yield server
    server.cut()


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Every grabbing thread that a test starts is gone when it ends."""
    yield
    left = [t for t in threading.enumerate() if t.name.startswith("grab ")]
    for thread in left:
        thread.join(10)
    assert not [t.name for t in left if t.is_alive()]
