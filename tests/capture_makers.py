"""What the tests of this room are made of: pictures, films, a webcam, a network camera, a source of each."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import av
import numpy as np
import pytest

from livespot.capture import ArraySource, FrameSource, ImageFolderSource, VideoSource, camera, open_camera
from livespot.config import CaptureConfig
from livespot.cv import cv2
from livespot.types import Image

QUICK = CaptureConfig(warm_up_s=0.2, stall_s=0.5, reconnect_first_s=0.02, reconnect_max_s=0.1, give_up_s=20.0)


def picture(number: int, width: int = 160, height: int = 120) -> Image:
    """A grey ramp with a red corner at the top left, as bright as ``number`` says."""
    ramp = np.linspace(20, 200, width, dtype=np.float32) + number
    image = np.repeat(np.repeat(ramp[None, :, None], height, axis=0), 3, axis=2).astype(np.uint8)
    image[: height // 4, : width // 4] = (0, 0, 255)
    return image


def write_video(
    path: Path,
    count: int,
    *,
    codec: str = "mpeg4",
    size: tuple[int, int] = (160, 120),
    pixels: str = "yuv420p",
    rate: int = 30,
    ticks_ms: Sequence[int] | None = None,
    matrix: Sequence[int] | None = None,
) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        if ticks_ms is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if matrix is not None:
            stream.set_display_matrix(matrix)
        for i in range(count):
            frame = av.VideoFrame.from_ndarray(picture(4 * i, *size), format="bgr24").reformat(format=pixels)
            frame.pts = i if ticks_ms is None else ticks_ms[i]
            if ticks_ms is not None:
                frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def encode_video(
    path: Path, images: Sequence[Image], *, codec: str = "mpeg4", pixels: str = "yuv420p"
) -> Path:
    """These pictures as a video at 30 fps."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pixels
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


class MjpegServer:
    """Multipart MJPEG on loopback that can be cut off and brought back on the same port."""

    def __init__(self, images: Sequence[Image], fps: float = 60.0) -> None:
        self._parts = [cv2.imencode(".jpg", image)[1].tobytes() for image in images]
        self._pause_s = 1.0 / fps
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._threads: list[threading.Thread] = []
        self._connections: list[socket.socket] = []
        self.silent = threading.Event()
        self._cut = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/video"

    def start(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._threads.append(threading.current_thread())
                outer._connections.append(self.connection)
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                outer._send(self.wfile)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self._cut.clear()
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self._threads.append(thread)

    def cut(self) -> None:
        """Close every connection and the listening socket."""
        self._cut.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._connections.clear()
        self._threads.clear()

    def _send(self, out: Any) -> None:
        number = 0
        with suppress(OSError):
            while not self._cut.is_set():
                part = self._parts[number % len(self._parts)]
                if not self.silent.is_set():
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(part)}\r\n\r\n"
                    out.write(head.encode() + part + b"\r\n")
                number += 1
                self._cut.wait(self._pause_s)


class FakeCapture:
    """What OpenCV shows of a webcam: asked for settings it takes, pictures it counts, a loss on command."""

    opened = True
    alive = True
    damaged = 0  # pictures that will not decode
    asked: ClassVar[list[tuple[int, float]]] = []

    def __init__(self, index: int, backend: int) -> None:
        self._numbers = itertools.count()
        self._settings: dict[int, float] = {}

    def isOpened(self) -> bool:
        return type(self).opened

    def set(self, key: int, value: float) -> bool:
        type(self).asked.append((key, value))
        self._settings[key] = value
        return True

    def get(self, key: int) -> float:
        return {cv2.CAP_PROP_FRAME_WIDTH: 160.0, cv2.CAP_PROP_FRAME_HEIGHT: 120.0}.get(
            key, self._settings.get(key, 0.0)
        )

    def grab(self) -> bool:
        time.sleep(0.005)
        return type(self).alive

    def retrieve(self) -> tuple[bool, Any]:
        if type(self).damaged > 0:
            type(self).damaged -= 1
            return False, None
        return True, picture(next(self._numbers) % 50)

    def release(self) -> None:
        pass


def fake_webcam(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> type[FakeCapture]:
    """Put a fake in the place of ``cv2.VideoCapture``; the system lists it as ``Fake HD Camera``."""
    kind = type("Fake", (FakeCapture,), {"asked": [], **changes})
    monkeypatch.setattr(cv2, "VideoCapture", kind)
    monkeypatch.setattr(camera, "named_cameras", lambda: [(0, "Fake HD Camera", cv2.CAP_ANY)])
    return kind


def _array(request: pytest.FixtureRequest) -> FrameSource:
    return ArraySource([picture(4 * i) for i in range(12)], fps=30.0)


def _images(request: pytest.FixtureRequest) -> FrameSource:
    return ImageFolderSource(request.getfixturevalue("image_folder"))


def _video(request: pytest.FixtureRequest) -> FrameSource:
    return VideoSource(request.getfixturevalue("make_video")())


def _camera(request: pytest.FixtureRequest) -> FrameSource:
    fake_webcam(request.getfixturevalue("monkeypatch"))
    return open_camera("0", config=QUICK)


def _network(request: pytest.FixtureRequest) -> FrameSource:
    return open_camera(request.getfixturevalue("mjpeg").url, config=QUICK)


SOURCES: dict[str, Callable[[pytest.FixtureRequest], FrameSource]] = {
    "array": _array,
    "camera": _camera,
    "images": _images,
    "network": _network,
    "video": _video,
}
