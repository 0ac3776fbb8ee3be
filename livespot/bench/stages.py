"""Every stage on one thread, frame by frame, the plain SW-MRO on a sample of the same frames in between.

The steps are those of the live run; what is measured is only how long each takes. A frame counts when all 16
pairs of it were due, so that neither the filling window at the beginning nor a lost face makes the flow look
cheaper than it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from livespot.bench.figures import PlainWay, Spread, Stopwatch
from livespot.bench.machine import core_s
from livespot.bench.reference import ReferenceSampler
from livespot.capture import FrameSource
from livespot.config import Config
from livespot.cv import cv2
from livespot.face.canonical import CanonicalCrop
from livespot.face.tracker import FaceTracker
from livespot.flow.grid import Grid
from livespot.flow.sliding import SlidingFlow
from livespot.inference import EngineInfo, Runner, TwoStageRunner, open_runner
from livespot.pipeline import Spotting
from livespot.types import WINDOW_FRAMES, Float32Array, Gap, ModelFrame, Window

STAGES = ("decode", "face", "crop", "SW-MRO", "inference", "second stage", "spotting")
TOGETHER = "together"

_PRELOADED = 60  # pictures decoded ahead of the other stages; more would only cost memory
_LEAD_FRAMES = 2 * WINDOW_FRAMES  # left out: first calls plan their memory


@dataclass(frozen=True, slots=True)
class StageFigures:
    """What :func:`measure_stages` gives; ``windows`` are those measured, for the engines to be tried on."""

    stages: dict[str, Spread | None]
    flow: PlainWay
    windows: list[Float32Array]


def measure_stages(
    source: FrameSource, config: Config, runner: Runner, frames: int, plain_every: int
) -> StageFigures:
    """Measure up to ``frames`` model frames of a recorded source, each ``plain_every``-th also plainly."""
    bench = _Bench(source, config, runner, plain_every)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # both ways to the flow use OpenCV: one core for each
    try:
        for tick in bench.ticks(frames + _LEAD_FRAMES):
            bench.step(tick)
    finally:
        cv2.setNumThreads(threads)
        bench.close()
    return bench.figures()


def measure_threads(windows: list[Float32Array], config: Config) -> dict[str, Spread | None]:
    """One window with one and with two threads of the engine, in turn."""
    watch = Stopwatch()
    runners = {n: open_runner(replace(config.inference, threads=n)) for n in (1, 2)}
    for runner in runners.values():
        runner.warm_up()
    for window in windows:
        for n, runner in runners.items():
            with watch.timing(str(n)):
                runner.infer(window)
    for runner in runners.values():
        runner.close()
    return {str(n): watch.spread(str(n)) for n in runners}


class _TimedRunner:
    """A runner that notes how long it took, so that the spotter's share can be told from it."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._watch = Stopwatch()

    @property
    def info(self) -> EngineInfo:
        return self._runner.info

    def warm_up(self) -> None:
        self._runner.warm_up()

    def infer(self, windows: Float32Array) -> Float32Array:
        with self._watch.timing("inference"):
            return self._runner.infer(windows)

    def represent(self, windows: Float32Array) -> Float32Array:
        with self._watch.timing("inference"):
            return cast(TwoStageRunner, self._runner).represent(windows)

    def refine(self, frames: Float32Array, present: Float32Array) -> Float32Array:
        with self._watch.timing("second stage"):
            return cast(TwoStageRunner, self._runner).refine(frames, present)

    def close(self) -> None:
        """The runner stays its owner's."""

    def taken_ms(self, stage: str) -> float:
        """Time that one of the engine's two stages took since the last question."""
        return sum(self._watch.ms.pop(stage, []))


class _Bench:
    def __init__(self, source: FrameSource, config: Config, runner: Runner, plain_every: int) -> None:
        self._source = source
        self._grid = Grid(config.grid, source.info.fps, adaptive=False)
        self._tracker = FaceTracker(config.face)
        self._crop = CanonicalCrop(config.flow)
        self._flow = SlidingFlow(config.flow)
        self._runner = _TimedRunner(runner)
        self._spotting = Spotting(config, self._runner)
        self._plain = ReferenceSampler(config.flow)
        self._plain_every = plain_every
        self._watch = Stopwatch()
        self._seen = 0
        self._stretch = 0  # faces in a row
        self._windows: list[Float32Array] = []

    def ticks(self, count: int) -> Iterator[tuple[float, ModelFrame | Gap]]:
        """Model frames with the time that decoding took for each, decoded ahead in small batches."""
        given, ended = 0, False
        while not ended and given < count:
            batch: list[tuple[float, ModelFrame | Gap]] = []
            ms = 0.0
            while len(batch) < min(_PRELOADED, count - given):
                watch = Stopwatch()
                with watch.timing("decode"):
                    item = self._source.read()
                ms += watch.ms["decode"][0]
                if item is None:
                    ended = True
                    break
                for tick in self._grid.step(item):
                    batch.append((ms, tick))
                    ms = 0.0
            given += len(batch)
            yield from batch

    def step(self, timed: tuple[float, ModelFrame | Gap]) -> None:
        decode_ms, tick = timed
        watch = Stopwatch()
        watch.note("decode", decode_ms)
        self._seen += 1
        if isinstance(tick, Gap):
            self._tracker.reset()
            self._crop.reset()
            self._flow.step(tick)
            self._spotting.step(tick)
            self._stretch = 0
            return
        with watch.timing("face"):
            face = self._tracker.step(tick)
        with watch.timing("crop"):
            canonical = self._crop.step(face)
        began_s = core_s()
        with watch.timing("SW-MRO"):
            windows = self._flow.step(canonical)
        flow_ms = (core_s() - began_s) * 1e3
        self._stretch = self._stretch + 1 if canonical.patches else 0
        self._spot(windows, watch)
        counts = self._seen > _LEAD_FRAMES and self._stretch >= WINDOW_FRAMES and len(windows) == 1
        self._plain.add(canonical, self._crop.anchors)
        if not counts:
            return
        self._keep(watch, windows[0])
        if self._seen % self._plain_every == 0:
            self._plain.sample(windows[0], flow_ms)

    def _spot(self, windows: list[Window], watch: Stopwatch) -> None:
        engine = ("inference", "second stage")
        for stage in engine:
            self._runner.taken_ms(stage)
        with watch.timing("spotting"):
            for window in windows:
                self._spotting.step(window)
        for stage in engine:
            taken_ms = self._runner.taken_ms(stage)
            watch.note(stage, taken_ms)
            watch.ms["spotting"][0] -= taken_ms

    def _keep(self, watch: Stopwatch, window: Window) -> None:
        for name in STAGES:
            self._watch.note(name, watch.ms[name][0])
        self._watch.note(TOGETHER, sum(watch.ms[name][0] for name in STAGES))
        if window.features is not None:
            self._windows.append(window.features)

    def figures(self) -> StageFigures:
        spreads = {name: self._watch.spread(name) for name in (*STAGES, TOGETHER)}
        return StageFigures(spreads, self._plain.figures(), self._windows)

    def close(self) -> None:
        self._tracker.close()
