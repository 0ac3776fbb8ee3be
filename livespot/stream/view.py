"""What a viewer sees: the newest picture, the last seconds of curves, all intervals, as one snapshot."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from livespot.face.mesh_map import ROI_LANDMARKS
from livespot.snapshot import RunState, Snapshot, Telemetry
from livespot.stream.sinks import QuietSink
from livespot.types import (
    CURVES,
    CanonicalFace,
    FaceState,
    Float32Array,
    Gap,
    Interval,
    SourceInfo,
    Update,
    Window,
)

_RATE_HZ = 30.0
_KEPT_INTERVALS = 100_000  # a day of live running brings a few thousand


class View(QuietSink):
    """A sink that can be asked for a :class:`Snapshot` from any thread.

    Parameters
    ----------
    seconds : float
        How much of the curves a snapshot carries.
    """

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        rows = round(seconds * _RATE_HZ)
        self._times: deque[float] = deque(maxlen=rows)
        self._curves: deque[Float32Array] = deque(maxlen=rows)
        self._confirmed: deque[Interval] = deque(maxlen=_KEPT_INTERVALS)
        self._confirmed_tuple: tuple[Interval, ...] = ()
        self._provisional: tuple[Interval, ...] = ()
        self._face: CanonicalFace | None = None
        self._motion: Float32Array | None = None

    def face(self, face: CanonicalFace) -> None:
        """Take over the newest picture."""
        with self._lock:
            self._face = face

    def window(self, window: Window) -> None:
        """Take over the newest motion."""
        with self._lock:
            self._motion = None if window.features is None else window.features[-1]

    def gap(self, gap: Gap) -> None:
        """A break in the curves."""
        with self._lock:
            self._motion = None
            self._row(gap.time_s, np.full(len(CURVES), np.nan, np.float32))

    def update(self, update: Update) -> None:
        """Take over curves and intervals."""
        with self._lock:
            if update.time_s is not None and update.probabilities is not None:
                self._row(update.time_s, update.probabilities)
            self._provisional = update.provisional
            if update.confirmed:
                self._confirmed.extend(update.confirmed)
                self._confirmed_tuple = tuple(sorted(self._confirmed, key=lambda interval: interval.onset))

    def snapshot(
        self,
        state: RunState,
        message: str,
        source: SourceInfo | None,
        engine: str,
        thresholds: dict[str, float],
        telemetry: Telemetry,
    ) -> Snapshot:
        """Everything a repaint needs."""
        with self._lock:
            face = self._face
            motion = self._motion
            curves = np.array(self._curves, np.float32).reshape(-1, len(CURVES))
            landmarks = None if face is None else face.landmarks
            return Snapshot(
                state=state,
                message=message,
                source=source,
                engine=engine,
                frame=None if face is None else face.frame,
                face=FaceState.NO_FACE if face is None else face.state,
                landmarks=landmarks,
                roi_points=None if landmarks is None else landmarks.points[list(ROI_LANDMARKS)],
                roi_vectors=None if face is None else _in_camera_px(motion, face),
                curve_times_s=np.array(self._times, np.float64),
                curves=curves,
                provisional=self._provisional,
                confirmed=self._confirmed_tuple,
                thresholds=thresholds,
                telemetry=telemetry,
            )

    def _row(self, time_s: float, values: Float32Array) -> None:
        self._times.append(time_s)
        self._curves.append(values)


def _in_camera_px(motion: Float32Array | None, face: CanonicalFace) -> Float32Array | None:
    """Canonical px to camera px; the roll of the face is a few degrees at most and left out of the drawing."""
    if motion is None or not face.patches:
        return None
    return motion / np.float32(face.patches[0].px_per_camera_px)
