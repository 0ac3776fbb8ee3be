"""Plays a recording: a position that moves with the clock, the very picture that belongs to it, all as a snapshot.

Pictures are decoded on a thread of the player's own, always the one wanted last: a slow disk makes it skip pictures, it
never makes anybody wait. Everything else is looked up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import numpy as np

from livespot.replay.recording import Analysis, Faces, Recording, roi_points
from livespot.replay.transport import Transport
from livespot.snapshot import RunState, Snapshot
from livespot.types import FaceState, Float32Array, Image, Landmarks, ModelFrame

CURVE_SECONDS = 10.0
_OUTER_EYES = (36, 45)
_CANONICAL_EYES_PX = 90.0
_JOIN_S = 3.0

_log = logging.getLogger(__name__)


class Player:
    """A recording under a transport.

    Parameters
    ----------
    recording : Recording
        Owned from here on: :meth:`close` closes it.
    now : callable
        Monotonic seconds.

    Notes
    -----
    All methods but :meth:`publish` are for one thread (the window's) and take well under a millisecond.
    """

    def __init__(self, recording: Recording, now: Callable[[], float] = time.perf_counter) -> None:
        self.recording = recording
        self.transport = Transport(recording.times_s)
        self._now = now
        self._lock = threading.Condition()
        self._wanted: int | None = None
        self._shown: tuple[int, Image | None] = (-1, None)
        self._closed = False
        self._made: tuple[tuple[object, ...], Snapshot] | None = None
        self._thread = threading.Thread(target=self._decode, name="livespot player", daemon=True)
        self._thread.start()

    # --- what the window orders -----------------------------------------------------------------------------

    def play(self) -> None:
        """Go on from here."""
        self.transport.play(self._now())

    def pause(self) -> None:
        """Stand on the frame on show."""
        self.transport.advance(self._now())
        self.transport.pause()

    def seek(self, time_s: float) -> None:
        """To a time."""
        self.transport.seek(time_s)

    def seek_frame(self, number: int) -> None:
        """To a source frame, exactly; to the one before it when it is not there."""
        self.transport.to_place(self.recording.place_of(number))

    def step(self, frames: int) -> None:
        """Pause, and go so many frames on or back."""
        self.transport.advance(self._now())
        self.transport.step(frames)

    @property
    def number(self) -> int:
        """Source frame on show, or about to be."""
        return int(self.recording.numbers[self.transport.place])

    @property
    def settled(self) -> bool:
        """Whether the picture on show is that of the position."""
        return not self.recording.has_pictures or self._shown[0] == self.transport.place

    def publish(self, analysis: Analysis, faces: Faces) -> None:
        """Take over what an analysis has found so far; from any thread."""
        self.recording.base, self.recording.faces = analysis, faces

    # --- what the window sees -------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The moment on show, with ten seconds of curves before it; the same object while nothing moves."""
        place = self.transport.advance(self._now())
        self._want(place)
        shown, image = self._shown
        base, faces = self.recording.base, self.recording.faces
        # While the picture of a new place is being decoded, everything stays with the one on show.
        at = shown if image is not None and shown >= 0 else place
        key = (at, image is None, id(base), id(faces))
        if self._made is not None and self._made[0] == key:
            return self._made[1]
        made = self._snapshot(at, image, base, faces)
        self._made = (key, made)
        return made

    def _snapshot(self, place: int, image: Image | None, base: Analysis, faces: Faces) -> Snapshot:
        recording = self.recording
        number, time_s = int(recording.numbers[place]), float(recording.times_s[place])
        state, points = faces.at(number, time_s)
        rate_hz = recording.info.fps or 30.0
        first, last = np.searchsorted(base.times_s, (time_s - CURVE_SECONDS, time_s + 1e-9))
        return Snapshot(
            state=RunState.RUNNING,
            source=recording.info,
            engine=base.engine,
            frame=None if image is None else ModelFrame(place, number, time_s, image, rate_hz),
            face=state if len(faces.numbers) else FaceState.OK,
            landmarks=None if points is None else _landmarks(points),
            roi_points=roi_points(points, faces.layout),
            roi_vectors=_in_camera_px(faces.motion_at(number), points),
            regions=faces.layout,
            curve_times_s=base.times_s[first:last],
            curves=base.curves[first:last],
            confirmed=base.intervals,
            thresholds=base.thresholds_at(number),
            engine_thresholds=base.thresholds,
            motion=_lengths(faces, base, int(first), int(last)),
            markers=recording.markers,
            no_face=faces.absent() if len(faces.numbers) < 20_000 else (),
            gaps=recording.gaps,
        )

    def close(self) -> None:
        """End the thread and let go of the recording."""
        with self._lock:
            self._closed = True
            self._lock.notify()
        self._thread.join(_JOIN_S)
        self.recording.close()

    # --- pictures -------------------------------------------------------------------------------------------

    def _want(self, place: int) -> None:
        if self.recording.has_pictures and place not in (self._wanted, self._shown[0]):
            with self._lock:
                self._wanted = place
                self._lock.notify()

    def _decode(self) -> None:
        while True:
            with self._lock:
                while self._wanted is None and not self._closed:
                    self._lock.wait()
                if self._closed:
                    return
                wanted, self._wanted = self._wanted, None
            assert wanted is not None
            try:
                image = self.recording.picture(wanted)
            except Exception as error:  # whatever it is, it is told, and the next picture is tried
                _log.exception("a picture could not be decoded")
                self._note(error)
                image = None
            self._shown = (wanted, image)

    def _note(self, error: Exception) -> None:
        """Among the recording's problems, which the window shows; each once."""
        what = " ".join((str(error) or type(error).__name__).split())
        problem = (
            f"{self.recording.path}: a picture cannot be shown ({what}); check that the file is still whole"
        )
        if problem not in self.recording.problems:
            self.recording.problems.append(problem)


def _landmarks(points: Float32Array) -> Landmarks:
    """Sessions keep 68 points; the forehead, which they lack, is guessed, and only the drawn box uses it."""
    mesh = np.zeros((478, 3), np.float32)
    mesh[:, :2] = np.resize(points, (478, 2))
    brows, chin = points[17:27].mean(axis=0), points[8]
    mesh[-1, :2] = brows + 0.35 * (brows - chin)
    return Landmarks(points, mesh)


def _in_camera_px(motion: Float32Array | None, points: Float32Array | None) -> Float32Array | None:
    if motion is None or points is None:
        return None
    eyes_px = float(np.hypot(*(points[_OUTER_EYES[1]] - points[_OUTER_EYES[0]])))
    return motion * np.float32(eyes_px / _CANONICAL_EYES_PX)


def _lengths(faces: Faces, base: Analysis, first: int, last: int) -> Float32Array:
    """Length of each ROI's motion along the rows of the curves, canonical px."""
    made = np.full((last - first, len(faces.layout)), np.nan, np.float32)
    if not len(faces.motion_frames) or first == last:
        return made
    numbers = base.frames[first:last]
    rows = np.searchsorted(faces.motion_frames, numbers).clip(max=len(faces.motion_frames) - 1)
    known = faces.motion_frames[rows] == numbers
    made[known] = np.linalg.norm(faces.motion[rows[known]], axis=2)
    return made
