"""What every frame of a fast camera costs: the clip's pictures as if they came at 60, 120 and 200 a second.

Each camera frame then takes the whole way of a model frame; only the windows lie further apart. So the cost of a
frame is about that of a model frame, and what one thread can bear is a camera of 1000 / (ms a frame) fps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from livespot.bench.camera import back_and_forth
from livespot.bench.figures import Spread, Stopwatch
from livespot.capture import FrameSource
from livespot.config import Config
from livespot.inference import Runner
from livespot.pipeline import Spotting, Vision
from livespot.types import WINDOW_FRAMES, Frame, Gap, Image

RATES_HZ = (60.0, 120.0, 200.0)

_PICTURES = 60  # decoded beforehand and shown back and forth: decoding is not what is measured here


def measure_every_frame(
    source: FrameSource, config: Config, runner: Runner, frames: int, rates_hz: Sequence[float] = RATES_HZ
) -> dict[str, Spread | None]:
    """Milliseconds a camera frame on one thread, by the camera's rate; no frame counts before its pairs are all due."""
    pictures: list[Image] = []
    while len(pictures) < _PICTURES and (item := source.read()) is not None:
        if isinstance(item, Frame):
            pictures.append(item.image)
    every = replace(config, grid=replace(config.grid, every_frame=True))
    return {f"{rate:.0f}": _at(pictures, rate, every, runner, frames) for rate in rates_hz}


def _at(
    pictures: Sequence[Image], rate_hz: float, config: Config, runner: Runner, frames: int
) -> Spread | None:
    if not pictures:
        return None
    watch = Stopwatch()
    vision, spotting = Vision(config, rate_hz), Spotting(config, runner)
    lead = WINDOW_FRAMES * vision.grid.phases
    try:
        for n in range(lead + frames):
            frame = Frame(n, n / rate_hz, pictures[back_and_forth(n, len(pictures))])
            one = Stopwatch()
            with one.timing("frame"):
                windows = vision.step(frame)
                for window in windows:
                    spotting.step(window)
            if n >= lead and len(windows) == 1 and not isinstance(windows[0], Gap):
                watch.note("frame", one.ms["frame"][0])
    finally:
        vision.close()
    return watch.spread("frame")
