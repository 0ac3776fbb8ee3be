"""What is found in a recording: rows of curves, intervals, gaps and windows, kept as they come, and the summary of it.

Whoever has updates in order keeps them here: the sink of a stream, the replay of a session, the player, the evaluation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livespot.config import Config
from livespot.inference import Runner
from livespot.installation.versions import versions
from livespot.regions import PAPER, RegionLayout
from livespot.types import (
    CURVES,
    WINDOW_FRAMES,
    FaceState,
    Float32Array,
    Gap,
    Interval,
    Update,
    Window,
    row_status,
)


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What was found in a recording, or so far.

    Attributes
    ----------
    intervals : list of Interval
        In the order in which they were confirmed.
    frames : (n,) int64
        Source frame of each row.
    times_s : (n,) float64
    curves : (n, 10) float32
        In the order of :data:`livespot.types.CURVES`; NaN where there is no face.
    status : tuple of str
        What each row is: ``ok``, ``held``, or why it has no probabilities (:func:`livespot.types.row_status`).
    gaps : list of (row, Gap)
        Each with the number of rows before it.
    hidden : int
        Windows of which too little of the face could be measured.
    features : (n, 17, R, 2) float32 or None
        The windows when they were asked for; NaN where there is no face.
    problems : list of str
        Why it cannot be what the live run gave, as far as that is known; of replays.
    """

    intervals: list[Interval]
    frames: NDArray[np.int64]
    times_s: NDArray[np.float64]
    curves: Float32Array
    status: tuple[str, ...]
    gaps: list[tuple[int, Gap]]
    hidden: int
    features: Float32Array | None
    problems: list[str] = field(default_factory=list)

    @property
    def intervals_by_onset(self) -> list[Interval]:
        """The intervals sorted by onset, offset and type."""
        return sorted(self.intervals, key=lambda i: (i.onset, i.offset, i.type))


class Accumulator:
    """Keeps what the spotting says, row by row. For one thread at a time; rows may be counted from any.

    Parameters
    ----------
    layout : RegionLayout
        Of the windows.
    features : bool
        Whether the windows are kept too.

    Examples
    --------
    >>> import numpy as np
    >>> found = Accumulator()
    >>> found.update(Update(8, 0.27, np.zeros(10, np.float32)))
    >>> found.window(Gap(0.3, "the cable was pulled"))
    >>> len(found), found.findings().gaps[0][0]
    (1, 1)
    """

    def __init__(self, layout: RegionLayout = PAPER, features: bool = False) -> None:
        self._layout = layout
        self._frames: list[int] = []
        self._times_s: list[float] = []
        self._values: list[Float32Array] = []
        self._status: list[str] = []
        self._intervals: list[Interval] = []
        self._gaps: list[tuple[int, Gap]] = []
        self._features: list[Float32Array | None] | None = [] if features else None
        self.hidden = 0

    def __len__(self) -> int:
        """Rows so far."""
        return len(self._frames)

    def window(self, item: Window | Gap) -> None:
        """Take what the spotting is about to be given."""
        if isinstance(item, Gap):
            self._gaps.append((len(self._frames), item))
            return
        if item.features is None and item.state is FaceState.HIDDEN:
            self.hidden += 1
        if self._features is not None:
            self._features.append(item.features)

    def update(self, update: Update) -> None:
        """Take what the spotting said: a row, what it confirmed, or both."""
        if update.frame is not None and update.time_s is not None and update.probabilities is not None:
            self._frames.append(update.frame)
            self._times_s.append(update.time_s)
            self._values.append(update.probabilities)
            self._status.append(row_status(update.reason, update.held))
        self._intervals.extend(update.confirmed)

    def findings(self, problems: Iterable[str] = ()) -> Findings:
        """Everything so far as arrays."""
        return Findings(
            intervals=list(self._intervals),
            frames=np.array(self._frames, np.int64),
            times_s=np.array(self._times_s, np.float64),
            curves=np.array(self._values, np.float32).reshape(-1, len(CURVES)),
            status=tuple(self._status),
            gaps=list(self._gaps),
            hidden=self.hidden,
            features=None if self._features is None else stacked(self._features, self._layout),
            problems=list(problems),
        )


def stacked(windows: Iterable[Float32Array | None], layout: RegionLayout) -> Float32Array:
    """Windows of a layout's regions as one array (n, 17, R, 2) float32, NaN for those without a face."""
    blank = np.full((WINDOW_FRAMES, len(layout), 2), np.nan, np.float32)
    rows = [blank if window is None else window for window in windows]
    return np.array(rows, np.float32).reshape(-1, *blank.shape)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The recording that a summary is of; ``fps`` is nominal, ``rate_hz`` that of the model frames."""

    source: str
    kind: str
    width: int
    height: int
    fps: float
    declared_frames: int | None
    rate_hz: float


def summary(
    recorded: Recorded,
    found: Findings,
    looks: Mapping[str, int],
    config: Config,
    runner: Runner,
    thresholds: Mapping[str, float],
    seconds: float,
    warnings: Iterable[str],
) -> dict[str, Any]:
    """Return what every ``summary.json`` holds, whatever the recording was and however it was analysed.

    Parameters
    ----------
    recorded : Recorded
    found : Findings
    looks : mapping
        State of the face, in words, to the number of model frames that the face stage saw in it. A face that something
        hides was found all the same; the windows say how many those are.
    config, runner
    thresholds : mapping
        θ by type, at the end.
    seconds : float
        How long the analysis took.
    warnings : iterable of str
        Sentences for the user.
    """
    states = Counter(looks)
    if found.hidden:
        states[FaceState.OK.value] -= found.hidden
        states[FaceState.HIDDEN.value] += found.hidden
    rows, info = len(found.frames), runner.info
    return {
        "source": recorded.source,
        "kind": recorded.kind,
        "size": [recorded.width, recorded.height],
        "fps": recorded.fps,
        "declared_frames": recorded.declared_frames,
        "frames": rows,
        "model_rate_hz": recorded.rate_hz,
        "gaps": [{"time_s": gap.time_s, "reason": gap.reason, "row": row} for row, gap in found.gaps],
        "face_share": states[FaceState.OK.value] / max(sum(states.values()), 1),
        "frames_without_face": {
            state: count for state, count in states.items() if state != FaceState.OK.value
        },
        "intervals": dict(Counter(interval.type for interval in found.intervals)),
        "warnings": list(warnings),
        "engine": info.facts(),
        "thresholds": dict(thresholds),
        "versions": versions(),
        "config": config.as_dict(),
        "seconds": seconds,
        "frames_per_second": rows / seconds if seconds > 0 else 0.0,
    }
