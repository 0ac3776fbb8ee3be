"""What a viewer sees: the newest picture, the last seconds of curves, all intervals, as one snapshot."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livespot.regions import PAPER, RegionLayout
from livespot.snapshot import Marker, RecordingStatus, RunState, Snapshot, Telemetry
from livespot.stream.sinks import QuietSink
from livespot.stream.spans import FaceSpans, GapSpans, HeadSpeed
from livespot.types import (
    CURVES,
    CanonicalFace,
    FaceState,
    Float32Array,
    Frame,
    Gap,
    Interval,
    SourceInfo,
    Update,
    Window,
)

_MAX_ROWS = 2000
_KEPT_INTERVALS = 100_000  # a day of live running brings a few thousand
_KEPT_MARKERS = 10_000


@dataclass(frozen=True, slots=True)
class RunStatus:
    """What a snapshot says of the run and does not come from its packets."""

    state: RunState
    message: str
    source: SourceInfo | None
    engine: str
    thresholds: Mapping[str, float]
    telemetry: Telemetry
    engine_thresholds: Mapping[str, float] = field(default_factory=dict)
    recording: RecordingStatus | None = None
    baseline_left_s: float = 0.0
    engine_build: float | None = None


class View(QuietSink):
    """A sink that can be asked for a :class:`Snapshot` from any thread.

    Parameters
    ----------
    seconds : float
        How much of the curves a snapshot carries.
    layout : RegionLayout
        The regions that are measured.
    """

    def __init__(self, seconds: float, layout: RegionLayout = PAPER) -> None:
        self._lock = threading.Lock()
        self._layout = layout
        self._rows = _Rows(seconds, len(layout))
        self._confirmed: deque[Interval] = deque(maxlen=_KEPT_INTERVALS)
        self._confirmed_tuple: tuple[Interval, ...] = ()
        self._provisional: tuple[Interval, ...] = ()
        self._markers: tuple[Marker, ...] = ()
        self._face: CanonicalFace | None = None
        self._motion: Float32Array | None = None
        self._hidden = False  # by the newest window, whose middle is a quarter of a second old
        self._no_face, self._gaps, self._speed = FaceSpans(), GapSpans(), HeadSpeed()
        self._newest_s = 0.0

    @property
    def newest_s(self) -> float:
        """Time of the newest camera frame."""
        return self._newest_s

    @property
    def newest(self) -> CanonicalFace | None:
        """The newest picture that was looked at."""
        return self._face

    def frame(self, item: Frame | Gap) -> None:
        """Note the time."""
        self._newest_s = item.time_s

    def face(self, face: CanonicalFace) -> None:
        """Take over the newest picture."""
        with self._lock:
            self._face = face
            self._no_face.add(face.frame.time_s, face.state)
            self._speed.add(face)

    def window(self, window: Window) -> None:
        """Take over the newest motion."""
        with self._lock:
            self._motion = None if window.features is None else window.features[-1]
            self._hidden = window.features is None and window.state is FaceState.HIDDEN
            self._gaps.goes_on(window.time_s)

    def gap(self, gap: Gap) -> None:
        """A break in the curves."""
        with self._lock:
            self._motion = None
            self._gaps.begins(gap)
            self._rows.add(gap.time_s, np.full(len(CURVES), np.nan, np.float32), None)

    def update(self, update: Update) -> None:
        """Take over curves and intervals."""
        with self._lock:
            if update.time_s is not None and update.probabilities is not None:
                self._rows.add(update.time_s, update.probabilities, self._motion)
            self._provisional = update.provisional
            if update.confirmed:
                self._confirmed.extend(update.confirmed)
                self._confirmed_tuple = tuple(sorted(self._confirmed, key=lambda interval: interval.onset))

    def add_marker(self, marker: Marker) -> None:
        """Show a marker that the user, or another program, has set."""
        with self._lock:
            self._markers = tuple(
                sorted((*self._markers[-_KEPT_MARKERS:], marker), key=lambda known: known.time_s)
            )

    def _state(self) -> FaceState:
        """Of the newest picture; what hides a face is known from the windows."""
        found = FaceState.NO_FACE if self._face is None else self._face.state
        return FaceState.HIDDEN if found is FaceState.OK and self._hidden else found

    def snapshot(self, status: RunStatus) -> Snapshot:
        """Everything a repaint needs; what did not change is the same object as before."""
        with self._lock:
            face, motion = self._face, self._motion
            times, curves, motions = self._rows.arrays()
            landmarks = None if face is None else face.landmarks
            return Snapshot(
                state=status.state,
                message=status.message,
                source=status.source,
                engine=status.engine,
                frame=None if face is None else face.frame,
                face=self._state(),
                landmarks=landmarks,
                roi_points=None if face is None else face.region_points,
                roi_vectors=None if face is None else _in_camera_px(motion, face),
                curve_times_s=times,
                curves=curves,
                provisional=self._provisional,
                confirmed=self._confirmed_tuple,
                thresholds=dict(status.thresholds),
                telemetry=status.telemetry,
                engine_thresholds=dict(status.engine_thresholds),
                motion=motions,
                regions=self._layout,
                markers=self._markers,
                recording=status.recording,
                no_face=self._no_face.spans,
                gaps=self._gaps.spans,
                baseline_left_s=status.baseline_left_s,
                too_fast=self._speed.too_fast,
                engine_build=status.engine_build,
            )


class _Rows:
    """The newest rows of curves and motion; arrays are made once per new row, however often they are asked for."""

    def __init__(self, seconds: float, regions: int) -> None:
        self._seconds = seconds
        self._regions = regions
        self._times: deque[float] = deque(maxlen=_MAX_ROWS)
        self._curves: deque[Float32Array] = deque(maxlen=_MAX_ROWS)
        self._motion: deque[Float32Array] = deque(maxlen=_MAX_ROWS)
        self._made: tuple[NDArray[np.float64], Float32Array, Float32Array] | None = None

    def add(self, time_s: float, curves: Float32Array, motion: Float32Array | None) -> None:
        """One more row; ``motion`` is (R, 2) in canonical px."""
        lengths = (
            np.full(self._regions, np.nan, np.float32)
            if motion is None
            else np.hypot(motion[:, 0], motion[:, 1])
        )
        self._times.append(time_s)
        self._curves.append(curves)
        self._motion.append(lengths)
        while self._times[0] < time_s - self._seconds:
            for kept in (self._times, self._curves, self._motion):
                kept.popleft()
        self._made = None

    def arrays(self) -> tuple[NDArray[np.float64], Float32Array, Float32Array]:
        """Times (n,), curves (n, 10) and lengths of motion (n, R)."""
        if self._made is None:
            self._made = (
                np.array(self._times, np.float64),
                np.array(self._curves, np.float32).reshape(-1, len(CURVES)),
                np.array(self._motion, np.float32).reshape(-1, self._regions),
            )
        return self._made


def _in_camera_px(motion: Float32Array | None, face: CanonicalFace) -> Float32Array | None:
    """Canonical px to camera px; the roll of the face is a few degrees at most and left out of the drawing."""
    if motion is None or not face.patches:
        return None
    return motion / np.float32(face.patches[0].px_per_camera_px)
