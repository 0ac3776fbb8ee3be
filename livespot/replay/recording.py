"""A recording as a player sees it: frames with their times, pictures by place, faces, and what was found in it.

What enters is a session, a video or a folder of images; every one of them leaves as a :class:`Recording`, so that
nothing behind it has to know which it was. A *place* counts the frames that are there, from 0; a frame's *number* is
the source's own and may have holes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livespot.config import FlowConfig
from livespot.regions import PAPER, RegionLayout, drawn_centres
from livespot.snapshot import Marker, Span
from livespot.types import (
    CURVES,
    FaceState,
    Float32Array,
    Gap,
    Image,
    Interval,
    Setting,
    SourceInfo,
    Window,
)

_NEAR_S = 0.05
"""A tick this long before a frame still speaks of its face; a tick of the 30 Hz grid is 0.033 s long."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What one engine with one operating point found in a recording.

    Attributes
    ----------
    name : str
        In words: ``as recorded``, ``spotformer, ME 0.40, MaE 0.50``.
    engine : str
        Which engine computed it and on what.
    sha256 : str
        Of the engine's file; empty when it is not known.
    thresholds : dict
        θ of the apex curve for ``"ME"`` and ``"MaE"``.
    min_scores : dict
        The minimum score of an interval, for ``"ME"`` and ``"MaE"``; empty when it is not known.
    frames : (n,) int64
        Source frame of each row.
    times_s : (n,) float64
    curves : (n, 10) float32
        In the order of :data:`livespot.types.CURVES`; NaN where there is no face.
    intervals : tuple of Interval
        By onset.
    complete : bool
        False while the analysis is still under way.
    settings : tuple of Setting
        Where the operating point or the engine was changed under way; ``thresholds`` and ``min_scores`` are then
        those of its beginning.
    """

    name: str = ""
    engine: str = ""
    sha256: str = ""
    thresholds: dict[str, float] = field(default_factory=dict)
    min_scores: dict[str, float] = field(default_factory=dict)
    frames: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    times_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    curves: Float32Array = field(default_factory=lambda: np.empty((0, len(CURVES)), np.float32))
    intervals: tuple[Interval, ...] = ()
    complete: bool = True
    settings: tuple[Setting, ...] = ()

    def thresholds_at(self, number: int) -> dict[str, float]:
        """θ by type, at a source frame."""
        found = self.thresholds
        for setting in self.settings:
            if setting.source_index > number:
                break
            found = setting.thresholds
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """The face in every model frame that was looked at.

    Attributes
    ----------
    numbers : (m,) int64
        Source frames, rising.
    times_s : (m,) float64
    states : tuple of FaceState
    points : (m, 68, 2) float32
        Px of the camera picture; NaN where there is no face.
    motion_frames : (k,) int64
        Source frames of the rows of ``motion``, rising.
    motion : (k, R, 2) float32
        Newest motion of each window's regions, canonical px; NaN without a face.
    layout : RegionLayout
        Those regions.
    """

    numbers: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    times_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    states: tuple[FaceState, ...] = ()
    points: Float32Array = field(default_factory=lambda: np.empty((0, 68, 2), np.float32))
    motion_frames: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    motion: Float32Array = field(default_factory=lambda: np.empty((0, len(PAPER), 2), np.float32))
    layout: RegionLayout = PAPER

    def at(self, number: int, time_s: float) -> tuple[FaceState, Float32Array | None]:
        """State and landmarks of a source frame; a frame between two ticks takes the one before it."""
        row = int(np.searchsorted(self.numbers, number, side="right")) - 1
        if row < 0 or time_s - self.times_s[row] > _NEAR_S:
            return FaceState.NO_FACE, None
        points = self.points[row]
        return self.states[row], points if bool(np.isfinite(points).all()) else None

    def motion_at(self, number: int) -> Float32Array | None:
        """(R, 2) canonical px of the window at, or just before, a source frame."""
        row = int(np.searchsorted(self.motion_frames, number, side="right")) - 1
        if row < 0 or number - int(self.motion_frames[row]) > 8:
            return None
        found = self.motion[row]
        return found if bool(np.isfinite(found).any()) else None

    def absent(self) -> tuple[Span, ...]:
        """Stretches without a usable face: (start, end, reason) in seconds."""
        spans: list[Span] = []
        for time_s, state in zip(self.times_s.tolist(), self.states, strict=True):
            if state is FaceState.OK:
                continue
            if spans and spans[-1][2] == state.value and time_s - spans[-1][1] < 0.2:
                spans[-1] = (spans[-1][0], time_s, state.value)
            else:
                spans.append((time_s, time_s, str(state.value)))
        return tuple(spans)


def roi_points(points: Float32Array | None, layout: RegionLayout) -> Float32Array | None:
    """(R, 2) region centres among the (68, 2) landmarks, for drawing."""
    return None if points is None else drawn_centres(points, layout)


class Recording(ABC):
    """Something that can be played.

    Attributes
    ----------
    path : Path
    name : str
        For titles.
    info : SourceInfo
    numbers : (n,) int64
        Source numbers of the frames, rising; n is at least 1.
    times_s : (n,) float64
        Their times, never falling.
    markers : tuple of Marker
    gaps : tuple of (start_s, end_s, reason)
    problems : list of str
        What could not be read, one sentence each; may grow while pictures are fetched.
    review_path : Path
        Where decisions about it are kept.
    base : Analysis
        As recorded, or as first analysed.
    faces : Faces
    has_pictures : bool
    """

    path: Path
    name: str
    info: SourceInfo
    numbers: NDArray[np.int64]
    times_s: NDArray[np.float64]
    markers: tuple[Marker, ...]
    gaps: tuple[Span, ...]
    problems: list[str]
    review_path: Path
    base: Analysis
    faces: Faces
    has_pictures: bool

    def place_at(self, time_s: float) -> int:
        """Place of the frame on show at ``time_s``: the last that begins no later, or else the first."""
        return max(int(np.searchsorted(self.times_s, time_s + 1e-9, side="right")) - 1, 0)

    def place_of(self, number: int) -> int:
        """Place of the frame with this number, or of the last one before it."""
        return max(int(np.searchsorted(self.numbers, number, side="right")) - 1, 0)

    def time_of(self, number: int) -> float:
        """Time of a source frame; of one that is not there, by the rate."""
        place = self.place_of(number)
        missing = number - int(self.numbers[place])
        return float(self.times_s[place]) + missing / (self.info.fps or 30.0)

    @abstractmethod
    def picture(self, place: int) -> Image | None:
        """The picture at a place; None when there is none. For one thread at a time."""

    def measured_by(self, flow: FlowConfig) -> bool:
        """Whether the windows that are kept are those that this configuration would measure."""
        return True

    @abstractmethod
    def windows(self) -> Iterator[Window | Gap] | None:
        """The SW-MRO windows as the spotting stage met them; None when they are not kept."""

    @property
    @abstractmethod
    def window_count(self) -> int:
        """How many windows :meth:`windows` gives."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files; waits for no picture that is being decoded."""
