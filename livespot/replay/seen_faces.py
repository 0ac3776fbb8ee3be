"""The faces and motions of an analysis that is under way, for a player that shows them meanwhile."""

from __future__ import annotations

import numpy as np

from livespot.regions import RegionLayout
from livespot.replay.recording import Faces
from livespot.types import CanonicalFace, FaceState, Float32Array, Gap, Window


class SeenFaces:
    """Grows row by row; :meth:`made` gives arrays."""

    def __init__(self, layout: RegionLayout) -> None:
        self._layout = layout
        self._numbers: list[int] = []
        self._times: list[float] = []
        self._states: list[FaceState] = []
        self._points: list[Float32Array] = []
        self._motion_frames: list[int] = []
        self._motion: list[Float32Array] = []
        self._no_points = np.full((68, 2), np.nan, np.float32)
        self._no_motion = np.full((len(layout), 2), np.nan, np.float32)

    def look(self, item: CanonicalFace | Gap) -> None:
        """Take a model frame that was looked at."""
        if isinstance(item, Gap):
            return
        if self._numbers and item.frame.source_index <= self._numbers[-1]:
            return  # a tick that was bridged by holding a picture
        self._numbers.append(item.frame.source_index)
        self._times.append(item.frame.time_s)
        self._states.append(item.state)
        self._points.append(self._no_points if item.landmarks is None else item.landmarks.points)

    def window(self, item: Window | Gap) -> None:
        """Take a window."""
        if isinstance(item, Window):
            self._motion_frames.append(item.source_index)
            self._motion.append(self._no_motion if item.features is None else item.features[-1])

    def made(self) -> Faces:
        """Everything so far as arrays."""
        return Faces(
            numbers=np.array(self._numbers, np.int64),
            times_s=np.array(self._times, np.float64),
            states=tuple(self._states),
            points=np.array(self._points, np.float32).reshape(-1, 68, 2),
            motion_frames=np.array(self._motion_frames, np.int64),
            motion=np.array(self._motion, np.float32).reshape(-1, len(self._layout), 2),
            layout=self._layout,
        )
