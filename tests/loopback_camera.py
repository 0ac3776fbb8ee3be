"""A network camera on loopback whose faults a test scripts: real HTTP, real JPEGs, real time.

A script is an iterable of :class:`Shot`: what the camera does and when, in seconds since its first viewer came. The
number of each picture is burned into it as black and white blocks, which :func:`number_in` reads back, also after
JPEG, video codecs and scaling: so a test can tell which picture it got. :attr:`LoopbackCamera.sent` says what was
really sent and when::

    with LoopbackCamera(in_bursts(seconds=5.0)) as camera:
        controller.run(camera.url)
        ...
        assert [number_in(frame.image) for frame in frames] == [shot.number for shot in camera.sent]

Scripts are made by one of :func:`steady`, :func:`in_bursts`, :func:`jittered`, :func:`wandering` and bent by
:func:`damaged`, :func:`doubled`, :func:`frozen`, :func:`stalled`, :func:`resized`, :func:`away` and :func:`thinned`,
which can be nested.
"""

from __future__ import annotations

import itertools
import math
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from livespot.cv import cv2
from livespot.types import Image

Script = Iterable["Shot"]

_NUMBER_BITS = 24
_CHECK_BITS = 4
_BLOCKS = (
    2 + _NUMBER_BITS + _CHECK_BITS + 2
)  # a white and a black block at the left, the reverse at the right


@dataclass(frozen=True, slots=True)
class Shot:
    """One thing that the camera does.

    Attributes
    ----------
    due_s : float
        When, in seconds since the first viewer connected.
    number : int
        Burned into the picture.
    size : (width, height) or None
        None: as the camera began.
    damaged : bool
        Some bytes in the middle of the JPEG are missing; its headers stay whole.
    repeated : bool
        The very bytes of the picture before are sent again; ``number`` is then that picture's.
    away_s : float
        When above 0, nothing is sent: all connections and the listening socket are closed for so long.
    """

    due_s: float
    number: int
    size: tuple[int, int] | None = None
    damaged: bool = False
    repeated: bool = False
    away_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A shot that reached at least one viewer; ``time_s`` is ``time.perf_counter()`` just before it was written."""

    shot: Shot
    time_s: float

    @property
    def number(self) -> int:
        """Of the picture."""
        return self.shot.number


# --- scripts ----------------------------------------------------------------------------------------------------


def steady(fps: float = 30.0, seconds: float = math.inf) -> Iterator[Shot]:
    """A picture every 1 / fps seconds."""
    return _counted(lambda n: n / fps, seconds)


def in_bursts(
    fps: float = 30.0, seconds: float = math.inf, *, burst: int = 3, apart_s: float = 0.002
) -> Iterator[Shot]:
    """Pictures taken at a steady rate that arrive ``burst`` at a time, as Wi-Fi delivers them."""

    def due(n: int) -> float:
        group, place = divmod(n, burst)
        return (group * burst + burst - 1) / fps + place * apart_s

    return _counted(due, seconds)


def jittered(
    fps: float = 30.0, seconds: float = math.inf, *, spread_s: float = 0.010, seed: int = 1
) -> Iterator[Shot]:
    """A steady camera whose pictures are late by 0 to ``spread_s``, without overtaking each other."""
    rng = np.random.default_rng(seed)
    last = 0.0

    def due(n: int) -> float:
        nonlocal last
        last = max(last, n / fps + float(rng.uniform(0.0, spread_s)))
        return last

    return _counted(due, seconds)


def wandering(
    fps: float = 30.0, seconds: float = math.inf, *, share: float = 0.04, period_s: float = 8.0
) -> Iterator[Shot]:
    """A rate that goes up and down by ``share`` every ``period_s``."""
    at = 0.0

    def due(n: int) -> float:
        nonlocal at
        if n:
            at += 1.0 / (fps * (1.0 + share * math.sin(2 * math.pi * at / period_s)))
        return at

    return _counted(due, seconds)


def changing_rate(rates: Sequence[tuple[float, float]]) -> Iterator[Shot]:
    """Stretches of (fps, seconds), one after the other."""
    began_s, number = 0.0, 0
    for fps, seconds in rates:
        count = round(fps * seconds)
        for n in range(count):
            yield Shot(began_s + n / fps, number)
            number += 1
        began_s += count / fps


def damaged(script: Script, every: int = 40) -> Iterator[Shot]:
    """Every so-many-th picture is damaged."""
    for n, shot in enumerate(script):
        yield replace(shot, damaged=n % every == every - 1)


def doubled(script: Script, every: int = 1) -> Iterator[Shot]:
    """After every so-many-th picture it is sent again, half way to the next; 1: each is sent twice."""
    for n, (shot, after) in enumerate(itertools.pairwise(script)):
        yield shot
        if n % every == every - 1:
            yield replace(shot, due_s=(shot.due_s + after.due_s) / 2, repeated=True)


def pulled_down(fps: float = 30.0, seconds: float = math.inf, *, every: int = 5) -> Iterator[Shot]:
    """A slower stream made ``fps`` by sending every ``every``-th picture twice (24 in 30: every fifth)."""
    last = 0
    for n, shot in enumerate(steady(fps, seconds)):
        again = n % every == every - 1
        last += not again and n > 0
        yield replace(shot, number=last, repeated=again)


def frozen(script: Script, at_s: float, seconds: float) -> Iterator[Shot]:
    """From ``at_s`` on, the last picture is sent over and over, at the script's times."""
    last: Shot | None = None
    for shot in script:
        if last is not None and at_s <= shot.due_s < at_s + seconds:
            yield replace(last, due_s=shot.due_s, repeated=True)
        else:
            last = shot
            yield shot


def stalled(script: Script, at_s: float, seconds: float) -> Iterator[Shot]:
    """Nothing is sent for so long while the connection stays; what was due meanwhile is lost."""
    return (shot for shot in script if not at_s <= shot.due_s < at_s + seconds)


def away(script: Script, at_s: float, seconds: float) -> Iterator[Shot]:
    """The camera disconnects for so long, as when its plug is pulled; what was due meanwhile is lost."""
    gone = False
    for shot in script:
        if shot.due_s >= at_s and not gone:
            gone = True
            yield Shot(shot.due_s, shot.number, away_s=seconds)
        if not at_s <= shot.due_s < at_s + seconds:
            yield shot


def resized(script: Script, at_s: float, size: tuple[int, int]) -> Iterator[Shot]:
    """From ``at_s`` on, pictures have another size."""
    for shot in script:
        yield replace(shot, size=size) if shot.due_s >= at_s else shot


def thinned(script: Script, every: int) -> Iterator[Shot]:
    """Every so-many-th picture is lost inside the camera; numbers and times of the others stay."""
    return (shot for n, shot in enumerate(script) if n % every != every - 1)


def _counted(due: Callable[[int], float], seconds: float) -> Iterator[Shot]:
    for number in itertools.count():
        shot = Shot(due(number), number)
        if shot.due_s >= seconds:
            return
        yield shot


# --- pictures with numbers --------------------------------------------------------------------------------------


def with_number(image: Image, number: int) -> Image:
    """A copy of a picture with ``number`` (0 … 2^24 - 1) as a strip of blocks along its top edge."""
    if not 0 <= number < 1 << _NUMBER_BITS:
        raise ValueError(f"number {number}: expected 0 to {(1 << _NUMBER_BITS) - 1}")
    marked = image.copy()
    height, width = image.shape[:2]
    edges = np.linspace(0, width, _BLOCKS + 1).round().astype(int)
    for bit, left, right in zip(_bits(number), edges[:-1], edges[1:], strict=True):
        marked[: height // 12, left:right] = 255 if bit else 0
    return marked


def number_in(image: Image) -> int | None:
    """The number burned into a picture; None when there is none that can be read.

    Black bars at the sides or at the top and bottom, as of a picture fitted into another shape, are passed over.
    """
    grey = image.mean(axis=2)
    rows, columns = np.flatnonzero(grey.max(axis=1) > 40), np.flatnonzero(grey.max(axis=0) > 40)
    if len(rows) == 0:
        return None
    for top, left, right in ((rows[0], columns[0], columns[-1] + 1), (0, 0, image.shape[1])):
        box = grey[top : rows[-1] + 1, left:right]
        edges = np.linspace(0, box.shape[1], _BLOCKS + 1)
        middles = ((edges[:-1] + edges[1:]) / 2).astype(int)
        strip = box[: max(box.shape[0] // 12, 1)]
        low, high = strip.shape[0] // 4, max(3 * strip.shape[0] // 4, strip.shape[0] // 4 + 1)
        levels = np.array([strip[low:high, m - 1 : m + 2].mean() for m in middles])
        bits = levels > 127
        number = int("".join("1" if bit else "0" for bit in bits[2 : 2 + _NUMBER_BITS]), 2)
        if bits.tolist() == _bits(number):
            return number
    return None


def _bits(number: int) -> list[bool]:
    check = sum((number >> shift) & 0xF for shift in range(0, _NUMBER_BITS, 4)) & 0xF
    text = f"10{number:0{_NUMBER_BITS}b}{check:0{_CHECK_BITS}b}01"
    return [digit == "1" for digit in text]


def texture(width: int = 320, height: int = 240) -> Image:
    """A picture without a face, with something to see in it everywhere."""
    rng = np.random.default_rng(0)
    small = rng.integers(60, 200, (height // 16 + 1, width // 16 + 1, 3)).astype(np.uint8)
    return np.ascontiguousarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


# --- the camera -------------------------------------------------------------------------------------------------


class LoopbackCamera:
    """Serves multipart MJPEG at :attr:`url`; a context manager.

    Parameters
    ----------
    script : iterable of Shot
        What it does from the moment on when the first viewer connects; then the connections are closed. May be
        endless.
    pictures : sequence of (height, width, 3) uint8, optional
        Shown forwards and backwards without an end under the numbers; by default one :func:`texture`.
    size : (width, height), optional
        Of the texture.
    quality : int
        Of the JPEGs.

    Attributes
    ----------
    sent : list of Sent
        What reached a viewer, in order; grows while the camera runs.
    answer : (status, content type, body) or None
        What every request is answered with instead of pictures, such as ``(401, "text/plain", b"who are you?")``.
    """

    def __init__(
        self,
        script: Script,
        pictures: Sequence[Image] | None = None,
        *,
        size: tuple[int, int] = (320, 240),
        quality: int = 90,
        answer: tuple[int, str, bytes] | None = None,
    ) -> None:
        self.sent: list[Sent] = []
        self.answer = answer
        self._script = iter(script)
        self._pictures = list(pictures) if pictures is not None else [texture(*size)]
        self._quality = quality
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._viewers: dict[socket.socket, threading.Event] = {}
        self._lock = threading.Lock()
        self._began = threading.Event()
        self._closing = threading.Event()
        self._over = threading.Event()
        self._last_jpeg = b""
        self._sensor = threading.Thread(target=self._run, name="loopback sensor", daemon=True)

    @property
    def url(self) -> str:
        """Address of the stream; the same after an outage."""
        return f"http://127.0.0.1:{self._port}/video"

    @property
    def numbers(self) -> list[int]:
        """Of the pictures that were sent whole and for the first time."""
        return [s.number for s in list(self.sent) if not (s.shot.damaged or s.shot.repeated)]

    def wait(self, timeout_s: float = 60.0) -> bool:
        """Wait until the script is over."""
        return self._over.wait(timeout_s)

    def __enter__(self) -> LoopbackCamera:
        """Listen; nothing is filmed before the first viewer comes."""
        self._listen()
        self._sensor.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything and wait for the threads."""
        self._closing.set()
        self._began.set()
        self._disconnect()
        self._sensor.join(10)

    def _run(self) -> None:
        """Film by the script; what nobody watches is not sent."""
        self._began.wait()
        began_s = time.perf_counter()
        for shot in self._script:
            jpeg = b"" if shot.away_s else self._jpeg(shot)
            if self._closing.wait(max(began_s + shot.due_s - time.perf_counter(), 0.0)):
                return
            if not shot.away_s:
                self._show(shot, jpeg)
                continue
            self._disconnect()
            if self._closing.wait(shot.away_s):
                return
            self._listen()
        self._over.set()
        self._disconnect()

    def _jpeg(self, shot: Shot) -> bytes:
        if shot.repeated and self._last_jpeg:
            return self._last_jpeg
        count = len(self._pictures)
        place = shot.number % max(2 * count - 2, 1)
        image = self._pictures[min(place, 2 * count - 2 - place) if count > 1 else 0]
        if shot.size is not None:
            image = np.ascontiguousarray(cv2.resize(image, shot.size), np.uint8)
        marked = with_number(image, shot.number)
        jpeg = cv2.imencode(".jpg", marked, [cv2.IMWRITE_JPEG_QUALITY, self._quality])[1].tobytes()
        if shot.damaged:
            return damage(jpeg)
        self._last_jpeg = jpeg
        return jpeg

    def _show(self, shot: Shot, jpeg: bytes) -> None:
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
        now_s = time.perf_counter()
        with self._lock:
            viewers = list(self._viewers.items())
        seen = False
        for connection, gone in viewers:
            try:
                connection.sendall(head + jpeg + b"\r\n")
                seen = True
            except OSError:
                gone.set()
                with self._lock:
                    self._viewers.pop(connection, None)
        if seen:
            self.sent.append(Sent(shot, now_s))

    def _listen(self) -> None:
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera._serve(self)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        server = self._server
        threading.Thread(
            target=server.serve_forever, args=(0.01,), name="loopback listener", daemon=True
        ).start()

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            if self.answer is not None:
                status, kind, body = self.answer
                request.send_response(status)
                request.send_header("Content-Type", kind)
                request.send_header("Content-Length", str(len(body)))
                request.end_headers()
                request.wfile.write(body)
                return
            request.send_response(200)
            request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            request.end_headers()
            gone = threading.Event()
            request.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._viewers[request.connection] = gone
            self._began.set()
            gone.wait()

    def _disconnect(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        with self._lock:
            viewers, self._viewers = self._viewers, {}
        for connection, gone in viewers.items():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            gone.set()


def damage(jpeg: bytes) -> bytes:
    """A JPEG from the middle of whose picture data a twentieth is missing, as when a packet is lost."""
    middle = len(jpeg) // 2
    return jpeg[:middle] + jpeg[middle + len(jpeg) // 20 :]
