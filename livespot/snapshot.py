"""What a viewer of a running stream sees: one frozen snapshot, with the stream's state and telemetry."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from livespot.regions import PAPER, RegionLayout
from livespot.types import (
    CURVES,
    FaceState,
    Float32Array,
    Image,
    Interval,
    Landmarks,
    ModelFrame,
    SourceInfo,
)


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
    ``queues`` maps a mailbox to (held, size); ``stalled`` names the stage that has stopped advancing, empty when none
    has.
    """

    camera_fps: float = 0.0
    model_fps: float = 0.0
    frames: int = 0
    frames_with_face: int = 0
    drops: dict[str, int] = field(default_factory=dict)
    gaps: int = 0
    latencies: dict[str, LatencyStats] = field(default_factory=dict)
    queues: dict[str, tuple[int, int]] = field(default_factory=dict)
    stalled: str = ""


class RunState(StrEnum):
    """What a viewer sees of the run; :mod:`livespot.stream.run` says which state follows which.

    RECONNECTING is RUNNING while the camera is lost; OPENING lasts until the first frame.
    """

    IDLE = "idle"
    OPENING = "opening"
    RUNNING = "running"
    RECONNECTING = "reconnecting"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment that the user marked, in the times of the frames."""

    time_s: float
    label: str


@dataclass(frozen=True, slots=True)
class RecordingStatus:
    """The session that is being written.

    Attributes
    ----------
    path : str
        The session's folder.
    mode : str
        ``full``, ``lossless`` or ``features``.
    seconds : float
        Since its beginning.
    bytes : int
        On the disk so far, as of about a second ago.
    alarm : str
        What is being lost, in words; empty when all is well.
    frames : int
        Camera frames taken so far.
    lost : dict
        What the recording lacks, by reason: pictures, and bytes of the log.
    """

    path: str
    mode: str
    seconds: float
    bytes: int
    alarm: str = ""
    frames: int = 0
    lost: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was kept, usually smaller than the camera's.

    Attributes
    ----------
    time_s : float
    image : (height, width, 3) uint8
        BGR.
    landmarks : (68, 2) float32 or None
        In px of ``image``; pixel centres are whole numbers.
    roi_points : (R, 2) float32 or None
        ROI centres in px of ``image``.
    """

    time_s: float
    image: Image
    landmarks: Float32Array | None = None
    roi_points: Float32Array | None = None


Span = tuple[float, float, str]
"""(start, end, reason) in seconds: without a face, or without a stream."""


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
    roi_points : (R, 2) float32 or None
        ROI centres in px of the camera picture.
    roi_vectors : (R, 2) float32 or None
        Newest motion of the ROIs against the newest complete window's first frame, in px of the camera picture.
    curve_times_s : (n,) float64
    curves : (n, 10) float32
        The last seconds, NaN where there is no face; at most a few hundred rows.
    provisional, confirmed : tuple of Interval
        ``confirmed`` holds all of this run, oldest first.
    thresholds : dict
        θ of the apex curve in force for ``"ME"`` and ``"MaE"``.
    engine_thresholds : dict
        The engine's own operating point, to which ``thresholds`` can go back.
    telemetry : Telemetry
    motion : (n, R) float32
        Length in canonical px of each ROI's newest motion, row by row along ``curve_times_s``; NaN without a face.
    markers : tuple of Marker
        Of this run, oldest first.
    recording : RecordingStatus or None
        None: nothing is recorded.
    no_face, gaps : tuple of (start_s, end_s, reason)
        Stretches of this run without a usable face, and without a stream, oldest first; the newest may still last.
    baseline_left_s : float
        Seconds of a neutral face still wanted for the personal baseline; 0.0 when none is being taken.
    too_fast : bool
        The head moves too fast for a micro-expression to be seen.
    engine_build : float or None
        How much of a faster engine is built, 0 … 1, while the present one runs; None when none is being built.
    regions : RegionLayout
        The R regions that are measured, in the order of ``roi_points``, ``roi_vectors`` and ``motion``.
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
    engine_thresholds: dict[str, float] = field(default_factory=dict)
    motion: Float32Array = field(default_factory=lambda: np.empty((0, len(PAPER)), np.float32))
    markers: tuple[Marker, ...] = ()
    recording: RecordingStatus | None = None
    no_face: tuple[Span, ...] = ()
    gaps: tuple[Span, ...] = ()
    baseline_left_s: float = 0.0
    too_fast: bool = False
    engine_build: float | None = None
    regions: RegionLayout = PAPER
