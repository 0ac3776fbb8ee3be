"""What a viewer of a running stream sees: one frozen snapshot, with the stream's state and telemetry."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from livespot.types import CURVES, FaceState, Float32Array, Interval, Landmarks, ModelFrame, SourceInfo


@dataclass(frozen=True, slots=True)
class LatencyStats:
    """Percentiles over the last minute, in milliseconds."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    count: int


@dataclass(frozen=True, slots=True)
class Telemetry:
    """How the running stream is doing.

    ``drops`` counts lost camera frames by reason; ``latencies`` maps a stage (``face``, ``flow``,
    ``inference`` …) or a way (``capture to probability``, ``capture to confirmed``) to its percentiles;
    ``queues`` maps a mailbox to (held, size).
    """

    camera_fps: float = 0.0
    model_fps: float = 0.0
    frames: int = 0
    frames_with_face: int = 0
    drops: dict[str, int] = field(default_factory=dict)
    gaps: int = 0
    latencies: dict[str, LatencyStats] = field(default_factory=dict)
    queues: dict[str, tuple[int, int]] = field(default_factory=dict)


class RunState(str, Enum):
    """The stream as a whole."""

    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    RECONNECTING = "reconnecting"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a viewer needs for one repaint; made by the stream, never changed afterwards.

    Attributes
    ----------
    state, message
        Of the stream; ``message`` is a sentence for the status line (empty when there is nothing to say).
    source : SourceInfo or None
    engine : str
        Which engine runs and why, in words.
    frame : ModelFrame or None
        The newest picture.
    face : FaceState
    landmarks : Landmarks or None
        Of ``frame``.
    roi_points : (10, 2) float32 or None
        ROI centres in px of the camera picture.
    roi_vectors : (10, 2) float32 or None
        Newest motion of the ROIs against the newest complete window's first frame, in px of the camera picture.
    curve_times_s : (n,) float64
    curves : (n, 10) float32
        The last seconds, NaN where there is no face; at most a few hundred rows.
    provisional, confirmed : tuple of Interval
        ``confirmed`` holds all of this run, oldest first.
    telemetry : Telemetry
    """

    state: RunState = RunState.IDLE
    message: str = ""
    source: SourceInfo | None = None
    engine: str = ""
    frame: ModelFrame | None = None
    face: FaceState = FaceState.NO_FACE
    landmarks: Landmarks | None = None
    roi_points: Float32Array | None = None
    roi_vectors: Float32Array | None = None
    curve_times_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    curves: Float32Array = field(default_factory=lambda: np.empty((0, len(CURVES)), np.float32))
    provisional: tuple[Interval, ...] = ()
    confirmed: tuple[Interval, ...] = ()
    thresholds: dict[str, float] = field(default_factory=dict)
    telemetry: Telemetry = field(default_factory=Telemetry)
