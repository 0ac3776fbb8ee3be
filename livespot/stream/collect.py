"""Keeps what a stream makes, and says how it went: the result of a whole recording."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livespot.clock import StartTime
from livespot.config import Config
from livespot.inference import Runner
from livespot.installation.versions import versions
from livespot.regions import PAPER, RegionLayout
from livespot.replay.run import stacked
from livespot.stream.sinks import QuietSink
from livespot.stream.stream import Stream
from livespot.types import (
    CURVES,
    CanonicalFace,
    FaceState,
    Float32Array,
    Gap,
    Interval,
    Update,
    Window,
    row_status,
)


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
        self.frames: list[int] = []
        self.times_s: list[float] = []
        self.rows: list[Float32Array] = []
        self.status: list[str] = []
        self.intervals: list[Interval] = []
        self._seen: Counter[str] = Counter()  # each of the two by a thread of its own
        self._hidden = 0
        self.gaps: list[dict[str, Any]] = []
        self.features: list[Float32Array | None] | None = [] if features else None

    def face(self, face: CanonicalFace) -> None:
        """Count what was seen of the face."""
        self._seen[face.state.value] += 1

    @property
    def states(self) -> Counter[str]:
        """How many frames had a face in each state; a face that something hides was found all the same."""
        states = Counter(self._seen)
        if self._hidden:
            states[FaceState.OK.value] -= self._hidden
            states[FaceState.HIDDEN.value] += self._hidden
        return states

    def window(self, window: Window) -> None:
        """Keep the features when they were asked for."""
        if window.features is None and window.state is FaceState.HIDDEN:
            self._hidden += 1
        if self.features is not None:
            self.features.append(window.features)

    def gap(self, gap: Gap) -> None:
        """Note where the curves are broken."""
        self.gaps.append({"time_s": gap.time_s, "reason": gap.reason, "row": len(self.frames)})

    def update(self, update: Update) -> None:
        """Keep a row and what it confirmed."""
        if update.frame is not None and update.time_s is not None and update.probabilities is not None:
            self.frames.append(update.frame)
            self.times_s.append(update.time_s)
            self.rows.append(update.probabilities)
            self.status.append(row_status(update.reason, update.held))
        self.intervals.extend(update.confirmed)

    def result(self, summary: dict[str, Any]) -> SpotResult:
        """Everything as arrays, intervals sorted by onset."""
        return SpotResult(
            intervals=sorted(self.intervals, key=lambda i: (i.onset, i.offset, i.type)),
            curves=np.array(self.rows, np.float32).reshape(-1, len(CURVES)),
            frames=(frames := np.array(self.frames, np.int64)),
            times_s=np.array(self.times_s, np.float64),
            summary=summary,
            features=None if self.features is None else stacked(self.features, self._layout),
            regions=self._layout.name,
            status=tuple(self.status),
            video_frames=frames if summary["kind"] == "video" else None,
        )


def stream_summary(
    stream: Stream, config: Config, runner: Runner, collected: Collector, seconds: float
) -> dict[str, Any]:
    """What ``summary.json`` holds: source, rates, losses, engine, versions, configuration, speed."""
    info = stream.source.info
    rows = len(collected.frames)
    missing = {state: n for state, n in collected.states.items() if state != FaceState.OK.value}
    grid = stream.vision.grid
    times = grid.held_text if info.kind == "video" else grid.irregularities  # a video names its own times
    warnings = [text for text in (stream.source.warning, grid.warning, times) if text]
    return {
        "source": info.name,
        "kind": info.kind,
        "size": [info.width, info.height],
        "fps": info.fps,
        "declared_frames": info.frames,
        "frames": rows,
        "model_rate_hz": grid.rate_hz,
        "stride": grid.stride,
        "held_frames": grid.held,
        "surplus_frames": grid.surplus,
        "gaps": collected.gaps,
        "face_share": collected.states[FaceState.OK.value] / max(sum(collected.states.values()), 1),
        "frames_without_face": missing,
        "intervals": dict(Counter(interval.type for interval in collected.intervals)),
        "warnings": warnings,
        "engine": {
            "name": runner.info.name,
            "description": runner.info.description,
            "sha256": runner.info.sha256,
        },
        "thresholds": dict(stream.spotting.thresholds),
        "versions": versions(),
        "config": config.as_dict(),
        "seconds_per_stage": stream.board.totals_s(),
        "seconds": seconds,
        "frames_per_second": rows / seconds if seconds > 0 else 0.0,
    }
