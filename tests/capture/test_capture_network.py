from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from capture_makers import QUICK, MjpegServer

from livespot.capture import LiveSource, SourceState, network, open_camera, open_source
from livespot.capture.network import is_url, shown
from livespot.errors import CameraError
from livespot.types import Frame, Gap


def frames_then_gap(source: LiveSource) -> tuple[list[Frame], Gap]:
    frames: list[Frame] = []
    for item in iter(source.read, None):
        if isinstance(item, Gap):
            return frames, item
        frames.append(item)
    raise AssertionError("the source ended")


def test_cut_and_back(mjpeg: MjpegServer) -> None:
    with open_camera(mjpeg.url, config=QUICK) as source:
        assert source.info.kind == "url" and source.info.live and source.info.name == mjpeg.url
        before = list(itertools.islice(iter(source.read, None), 10))
        assert all(isinstance(item, Frame) for item in before)
        mjpeg.cut()
        rest, gap = frames_then_gap(source)
        last = (before + rest)[-1]
        assert gap.time_s >= last.time_s
        assert source.state is SourceState.LOST
        mjpeg.start()
        again = source.read()
        assert isinstance(again, Frame)
        assert again.index > last.index and again.time_s > gap.time_s
        assert source.state is SourceState.OPEN


def test_a_server_that_falls_silent_counts_as_lost(mjpeg: MjpegServer) -> None:
    with open_camera(mjpeg.url, config=QUICK) as source:
        source.read()
        mjpeg.silent.set()
        frames_then_gap(source)
        assert source.state is SourceState.LOST
        mjpeg.silent.clear()
        assert isinstance(source.read(), Frame)


def test_close_wakes_a_reader_that_waits_for_the_network(mjpeg: MjpegServer) -> None:
    source = open_source(mjpeg.url, config=QUICK)
    mjpeg.silent.set()
    seen: list[Any] = []
    waiting = threading.Event()

    def read_all() -> None:
        for item in iter(source.read, None):
            if isinstance(item, Gap):
                waiting.set()
        seen.append("ended")

    reader = threading.Thread(target=read_all, daemon=True)
    reader.start()
    assert waiting.wait(20)
    source.close()
    reader.join(20)
    assert seen == ["ended"]


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port that accepts connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_an_address_that_answers_nothing(mute_port: int, monkeypatch, capfd, scheme: str) -> None:
    monkeypatch.setattr(network, "FIRST_FRAME_S", 0.3)
    url = f"{scheme}://127.0.0.1:{mute_port}/video"
    with pytest.raises(CameraError) as caught:
        open_camera(url)
    assert str(caught.value) == (
        f"camera {url}: no picture within 0.3 s; check the address and that it serves MJPEG or RTSP"
    )
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_a_refused_connection_hides_the_password(scheme: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(CameraError) as caught:
        open_camera(f"{scheme}://me:secret@127.0.0.1:{port}/video")
    text = str(caught.value)
    assert text.startswith(f"camera {scheme}://127.0.0.1:{port}/video: cannot be opened (connection refused)")
    assert "secret" not in text


def answering(kind: str, body: bytes, status: int = 200) -> HTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.mark.parametrize(
    ("kind", "body", "status", "text"),
    [
        (
            "text/html",
            b"<html>log in</html>",
            200,
            "answers with a web page, not with a stream; give the address",
        ),
        ("text/plain", b"no", 404, "has nothing at this address (the server says 404 not found)"),
        ("text/plain", b"no", 403, "forbids access (the server says 403 forbidden)"),
        ("text/plain", b"no", 500, "cannot be opened (the server says 500"),
        ("application/json", b"{}", 200, "answers with text (application/json)"),
        ("image/jpeg", b"\xff\xd8\xff\xd9", 200, "answers with a single picture (image/jpeg)"),
        (
            "text/plain",
            b"no",
            401,
            "wants a user name and a password (the server says 401 unauthorized); write them into",
        ),
    ],
)
def test_a_server_that_is_no_camera(kind: str, body: bytes, status: int, text: str) -> None:
    server = answering(kind, body, status)
    try:
        with pytest.raises(CameraError) as caught:
            open_camera(f"http://127.0.0.1:{server.server_address[1]}/")
    finally:
        server.shutdown()
        server.server_close()
    assert text in str(caught.value) and "\n" not in str(caught.value)


def test_a_refused_password_is_said_to_be_refused() -> None:
    server = answering("text/plain", b"no", 401)
    try:
        with pytest.raises(CameraError, match="refuses this user name and password") as caught:
            open_camera(f"http://me:secret@127.0.0.1:{server.server_address[1]}/")
    finally:
        server.shutdown()
        server.server_close()
    assert "secret" not in str(caught.value)


def test_an_address_without_a_host_is_named() -> None:
    with pytest.raises(CameraError, match="names no host; expected http://HOST/"):
        open_camera("http:///video")


def test_a_finished_video_is_not_a_camera(make_video) -> None:
    server = answering("video/mp4", make_video("film.mp4", 5).read_bytes())
    try:
        with pytest.raises(CameraError, match="is a finished video, not a camera"):
            open_camera(f"http://127.0.0.1:{server.server_address[1]}/film.mp4")
    finally:
        server.shutdown()
        server.server_close()


def test_other_addresses_are_refused() -> None:
    with pytest.raises(CameraError, match="cannot open ftp:// addresses; expected http"):
        open_camera("ftp://example.org/film.mp4")


def test_what_is_an_address() -> None:
    assert is_url("http://a/b") and is_url("rtsp://u:p@a:554/x")
    assert not is_url("film.mp4") and not is_url(r"C:\film.mp4") and not is_url("a:b") and not is_url("/a//b")
    assert shown("rtsp://u:p@cam:554/x?y=1") == "rtsp://cam:554/x?y=1"
