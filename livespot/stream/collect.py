"""Keeps what a stream makes, and says how it went: the result of a whole recording."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livespot.clock import StartTime
from livespot.config import Config
from livespot.findings import Accumulator, Findings, Recorded, summary
from livespot.inference import Runner
from livespot.regions import PAPER, RegionLayout
from livespot.stream.sinks import QuietSink
from livespot.stream.stream import Stream
from livespot.types import CanonicalFace, Float32Array, Gap, Interval, Update, Window


@dataclass(frozen=True)
class SpotResult:
    """What was found in a recording.

    Attributes
    ----------
    intervals : list of Interval
        Sorted by onset; frames in the source's own numbering.
    curves : (n, 10) float32
        Columns in the order of :data:`livespot.types.CURVES`; NaN where there is no face.
    frames : (n,) int64
        Source frame of each row.
    times_s : (n,) float64
        Its time.
    summary : dict
        Source, sizes, rates, engine, versions, configuration, speed, as in ``summary.json``.
    features : (n, 17, R, 2) float32 or None
        The SW-MRO windows when they were asked for; NaN where there is no face.
    regions : str
        Name of the layout of their R regions; see :mod:`livespot.regions`.
    status : tuple of str
        What each row is: ``ok``, ``held``, or why it has no probabilities (:func:`livespot.types.row_status`).
    video_frames : (n,) int64 or None
        Each row's picture in the recording's own video, from 0; -1 where it has none; None: there is no video.
    start : StartTime or None
        UTC and the monotonic clock at 0 s, for sessions that know it.
    """

    intervals: list[Interval]
    curves: Float32Array
    frames: NDArray[np.int64]
    times_s: NDArray[np.float64]
    summary: dict[str, Any]
    features: Float32Array | None = None
    regions: str = PAPER.name
    status: tuple[str, ...] = ()
    video_frames: NDArray[np.int64] | None = None
    start: StartTime | None = None


class Collector(QuietSink):
    """Keeps every row.

    Parameters
    ----------
    features : bool
        Whether the windows are kept too.
    layout : RegionLayout
        Their regions.
    """

    def __init__(self, features: bool, layout: RegionLayout = PAPER) -> None:
        self._layout = layout
        self._found = Accumulator(layout, features)  # by the spotting stage alone
        self.looks: Counter[str] = Counter()  # by the crop stage alone

    def __len__(self) -> int:
        """Rows so far; from any thread."""
        return len(self._found)

    def face(self, face: CanonicalFace) -> None:
        """Count what was seen of the face."""
        self.looks[face.state.value] += 1

    def window(self, window: Window) -> None:
        """Keep the features when they were asked for."""
        self._found.window(window)

    def gap(self, gap: Gap) -> None:
        """Note where the curves are broken."""
        self._found.window(gap)

    def update(self, update: Update) -> None:
        """Keep a row and what it confirmed."""
        self._found.update(update)

    def findings(self) -> Findings:
        """Everything so far."""
        return self._found.findings()


def result_of(
    found: Findings,
    summary: dict[str, Any],
    layout: RegionLayout,
    video_frames: NDArray[np.int64] | None,
    start: StartTime | None = None,
) -> SpotResult:
    """Return what users get of findings: intervals by onset."""
    return SpotResult(
        intervals=found.intervals_by_onset,
        curves=found.curves,
        frames=found.frames,
        times_s=found.times_s,
        summary=summary,
        features=found.features,
        regions=layout.name,
        status=found.status,
        video_frames=video_frames,
        start=start,
    )


def stream_summary(
    stream: Stream, config: Config, runner: Runner, collected: Collector, found: Findings, seconds: float
) -> dict[str, Any]:
    """What ``summary.json`` holds, with what only a stream knows: the grid's counts and the seconds per stage."""
    info, grid = stream.source.info, stream.vision.grid
    recorded = Recorded(info.name, info.kind, info.width, info.height, info.fps, info.frames, grid.rate_hz)
    times = grid.held_text if info.kind == "video" else grid.irregularities  # a video names its own times
    warnings = [text for text in (stream.source.warning, grid.warning, times) if text]
    made = summary(
        recorded, found, collected.looks, config, runner, stream.spotting.thresholds, seconds, warnings
    )
    counts = {"stride": grid.stride, "held_frames": grid.held, "surplus_frames": grid.surplus}
    return {**made, **counts, "seconds_per_stage": stream.board.totals_s()}
