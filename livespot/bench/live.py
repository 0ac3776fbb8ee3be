"""The live path on a made-up camera: drops, latency and load over a given time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from livespot.bench.camera import ClipCamera, Jpeg
from livespot.bench.figures import LiveRun, Spread
from livespot.bench.machine import resident_mb
from livespot.capture import LiveSource
from livespot.clock import Clock, MonotonicClock
from livespot.config import Config
from livespot.inference import Runner
from livespot.stream import Stream
from livespot.stream.sinks import QuietSink
from livespot.types import HALF_WINDOW, CanonicalFace, Update, Window

FIRST_S = 2.0
"""Left out at the beginning: the face model loads, the first window fills."""

_MISSED = "too late for the grabbing thread"
_REMEMBERED = 512  # model frames whose capture times are kept; windows come 8 frames later


def measure_live(
    pictures: Sequence[Jpeg], fps: float, config: Config, runner: Runner, seconds: float
) -> LiveRun:
    """Run the stream for ``seconds`` after its first two, on a camera that shows ``pictures`` at ``fps``."""
    clock = MonotonicClock()
    camera = ClipCamera(pictures, fps, clock)
    source = LiveSource("camera of the bench", lambda: camera, config.capture, clock)
    ear = _Ear(clock)
    stream = Stream(source, runner, config, [ear], clock)
    stream.start()
    try:
        stream.wait(FIRST_S)
        ear.listening = True
        before, memory_before = stream.telemetry(), resident_mb()
        missed_before = camera.missed
        began_s, busy_before = time.perf_counter(), time.process_time()
        stream.wait(seconds)
        wall_s, busy_s = time.perf_counter() - began_s, time.process_time() - busy_before
        after, memory = stream.telemetry(), resident_mb()
        missed = camera.missed
        ear.listening = False
    finally:
        stream.stop()
    starting = _without_zeros({**before.drops, _MISSED: missed_before})
    lost = {reason: total - before.drops.get(reason, 0) for reason, total in after.drops.items()}
    return LiveRun(
        seconds=wall_s,
        camera_fps=after.camera_fps,
        frames=after.frames - before.frames,
        frames_with_face=after.frames_with_face - before.frames_with_face,
        drops=_without_zeros({**lost, _MISSED: missed - missed_before}),
        drops_while_starting=starting,
        gaps=after.gaps,
        capture_to_probability=Spread.of(ear.probability_ms),
        capture_to_confirmed=Spread.of(ear.confirmed_ms),
        stages={name: stats for name, stats in after.latencies.items() if " to " not in name},
        cpu_share=busy_s / wall_s,
        memory_begin_mb=memory_before,
        memory_end_mb=memory,
    )


class _Ear(QuietSink):
    """Keeps every latency of the run; the stream's own telemetry remembers a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._captured: dict[int, tuple[float, bool]] = {}  # model frame to (time of capture, face found)
        self._due_s: float | None = None
        self.listening = False
        self.probability_ms: list[float] = []
        self.confirmed_ms: list[float] = []

    def face(self, face: CanonicalFace) -> None:
        index = face.frame.index
        self._captured[index] = (face.frame.time_s, bool(face.patches))
        self._captured.pop(index - _REMEMBERED, None)

    def window(self, window: Window) -> None:
        """When the last frame that this window had to wait for was captured."""
        self._due_s = None
        for index in range(window.index, window.index + HALF_WINDOW + 1):
            if index not in self._captured:  # the stream ended first
                return
            self._due_s, face = self._captured[index]
            if not face:  # a lost face ends the stretch, and the window is padded at once
                return

    def update(self, update: Update) -> None:
        if not self.listening:
            return
        now_s = self._clock.now_s()
        if update.frame is not None and self._due_s is not None:
            self.probability_ms.append((now_s - self._due_s) * 1e3)
        self.confirmed_ms.extend((now_s - interval.offset_s) * 1e3 for interval in update.confirmed)


def _without_zeros(counts: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in counts.items() if count}
