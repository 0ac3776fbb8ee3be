"""What a run of the bench gives: plain numbers, units in the names, None where nothing could be measured."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from livespot.snapshot import LatencyStats


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds over ``count`` measurements."""

    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    count: int

    @classmethod
    def of(cls, values_ms: Sequence[float]) -> Spread | None:
        """Of at least one measurement; None of none."""
        if not values_ms:
            return None
        p50, p95, p99 = np.percentile(values_ms, [50, 95, 99])
        mean, largest = float(np.mean(values_ms)), float(max(values_ms))
        return cls(mean, float(p50), float(p95), float(p99), largest, len(values_ms))


class Stopwatch:
    """Collects how long named things take."""

    def __init__(self) -> None:
        self.ms: dict[str, list[float]] = {}

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Time the block."""
        began_ns = time.perf_counter_ns()
        yield
        self.note(name, (time.perf_counter_ns() - began_ns) * 1e-6)

    def note(self, name: str, ms: float) -> None:
        """Keep one measurement."""
        self.ms.setdefault(name, []).append(ms)

    def spread(self, name: str) -> Spread | None:
        """Of all measurements of that name."""
        return Spread.of(self.ms.get(name, []))


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the figures were measured; ``load`` is the load average before, None where there is none."""

    processor: str
    cores: int
    system: str
    python: str
    load: float | None
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Clip:
    """What was measured on."""

    name: str
    width: int
    height: int
    fps: float
    frames: int


@dataclass(frozen=True, slots=True)
class PlainWay:
    """SW-MRO as it is defined: 16 whole-crop flows a frame; beside it ours on the same frames.

    Attributes
    ----------
    plain, incremental : Spread or None
        A model frame's 16 pairs, in processor time of one core, which a busy machine does not stretch; both over the
        same sample of frames, measured in turn.
    ratio : float or None
        Of the medians.
    rms_px : float or None
        Root mean square of the difference, over the components of all ROI vectors of the sampled windows.
    p50_px, p99_px : float or None
        Of the difference's length; a few vectors whose dominant MDMO sector is a close call make most of the RMS.
    vectors : int
        ROI vectors compared.
    """

    plain: Spread | None
    incremental: Spread | None
    ratio: float | None
    rms_px: float | None
    p50_px: float | None
    p99_px: float | None
    vectors: int


@dataclass(frozen=True, slots=True)
class Throughput:
    """The whole of ``livespot spot``, all threads at work."""

    frames: int
    seconds: float
    frames_per_second: float


@dataclass(frozen=True, slots=True)
class LiveRun:
    """The live path at the model's rate, its first seconds left out.

    Attributes
    ----------
    seconds, camera_fps, frames, frames_with_face
        ``frames`` are the model frames that were looked at.
    drops, drops_while_starting : dict
        Lost camera frames by reason; empty when none was lost. The second holds those of the first seconds.
    gaps : int
        Breaks of the stream.
    capture_to_probability : Spread or None
        From the capture of the newest frame that a window needs to the window's probabilities, so without the
        look-ahead.
    capture_to_confirmed : Spread or None
        From the capture of an interval's offset frame to its confirmation.
    stages : dict
        Each stage's step over the last minute.
    cpu_share : float
        Processor time over wall time; 1.0 is one core.
    memory_begin_mb, memory_end_mb : float or None
        Resident memory after the first seconds and at the end; None where the system does not tell.
    """

    seconds: float
    camera_fps: float
    frames: int
    frames_with_face: int
    drops: dict[str, int]
    drops_while_starting: dict[str, int]
    gaps: int
    capture_to_probability: Spread | None
    capture_to_confirmed: Spread | None
    stages: dict[str, LatencyStats]
    cpu_share: float
    memory_begin_mb: float | None
    memory_end_mb: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything of one run.

    Attributes
    ----------
    machine, clip, engine
        Where, on what, with what.
    stages : dict of str to Spread or None
        Per model frame, one thread, in the order of the data's way; ``together`` is their sum frame by frame.
    flow : PlainWay
    inference_threads : dict of str to Spread or None
        One window, by the number of threads of the engine.
    every_frame : dict of str to Spread or None
        A camera frame with ``--every-frame``, one thread, without decoding, by the camera's rate in fps.
    spot : Throughput
    live : LiveRun
    """

    machine: Machine
    clip: Clip
    engine: str
    stages: dict[str, Spread | None]
    flow: PlainWay
    inference_threads: dict[str, Spread | None]
    every_frame: dict[str, Spread | None]
    spot: Throughput
    live: LiveRun

    def as_dict(self) -> dict[str, Any]:
        """Nested plain values, as written by ``livespot bench --json``."""
        return dataclasses.asdict(self)
