"""Made-up frames and packets for sessions; no face, no engine, no camera."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import numpy as np

from livespot.session import SessionWriter
from livespot.types import (
    CanonicalFace,
    FaceState,
    Frame,
    Gap,
    Interval,
    Landmarks,
    ModelFrame,
    Update,
    Window,
)

MESH = np.zeros((478, 3), np.float32)


def info(width=64, height=48, **more):
    source = {
        "name": "made up",
        "kind": "camera",
        "width": width,
        "height": height,
        "fps": 30.0,
        "live": True,
    }
    return {"source": source, **more}


def picture(number, width=64, height=48):
    """Smooth, moving, coloured, with a little noise: what a camera gives."""
    y, x = np.mgrid[:height, :width]
    rng = np.random.default_rng(number)
    planes = [128 + 90 * np.sin((x * (k + 1) + y + 3 * number) / 17.0) for k in range(3)]
    return np.clip(np.stack(planes, -1) + rng.normal(0, 3, (height, width, 3)), 0, 255).astype(np.uint8)


def feed(writer: SessionWriter, number: int, image, time_s: float, rate_hz: float = 30.0) -> None:
    """What one camera frame brings in a run: itself, its face, a window, probabilities."""
    rng = np.random.default_rng(number)
    seen = number % 10 != 3
    writer.frame(Frame(number, time_s, image))
    tick = ModelFrame(number, number, time_s, image, rate_hz)
    points = rng.random((68, 2), np.float32) * 40
    found = Landmarks(points, MESH) if seen else None
    writer.face(CanonicalFace(tick, found, FaceState.OK if seen else FaceState.NO_FACE, ()))
    features = rng.normal(size=(17, 10, 2)).astype(np.float32) if seen else None
    writer.window(Window(number, number, time_s, rate_hz, features))
    values = rng.random(10, np.float32) if seen else np.full(10, np.nan, np.float32)
    confirmed = (interval(number),) if number % 30 == 7 else ()
    writer.update(Update(number, time_s, values, (), confirmed))


def settle(writer: SessionWriter) -> None:
    """Wait for the encoder: made-up pictures come faster than a camera's."""
    track, deadline = writer._video, time.monotonic() + 20.0
    while track is not None and track._waiting and not track.fault:
        assert time.monotonic() < deadline, "the encoder stands still"
        time.sleep(0.001)


def interval(number: int) -> Interval:
    return Interval(
        "ME",
        number - 5,
        number - 3,
        number,
        (number - 5) / 29.97,
        (number - 3) / 29.97,
        number / 29.97,
        1 / 3,
    )


def record(folder, frames=40, mode="features", name="made", size=(64, 48), gap_at=20, **more) -> Path:
    """A whole session with an interruption and a marker."""
    writer = SessionWriter(folder, info(*size, **more), mode, consent="made-up pictures only", name=name)
    for number in range(frames):
        if number == gap_at:
            gap = Gap(number / 30, "the cable was pulled")
            writer.frame(gap)
            writer.gap(gap)
        feed(writer, number, picture(number, *size), number / 30 + 1e-7 * number)
        settle(writer)
    writer.marker("a smile: ☺", 0.5)
    writer.close({"drops": {"made up": 3}})
    assert writer.alarm == ""
    return writer.path


def digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
