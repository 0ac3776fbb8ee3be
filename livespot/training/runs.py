"""Runs: stretches of consecutive windows and what is true in them; numpy alone, so that any machine can read them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from livespot.synthesis.statistics import Timing
from livespot.types import Float32Array

MARGIN_FRAMES, SHORTEST_BARE_FRAMES = 12, 70


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Windows of consecutive model frames.

    Attributes
    ----------
    name, subject, kind : str
        Of the video; ``kind`` is what the person does besides, ``unknown`` where nobody said.
    features : (n, 17, R, 2) float32
        Finite; zeros where a region was missing.
    timelines : tuple of Timing
        The truth, in frames of the run; an expression that the run cuts off may reach beyond its ends.
    rate_hz : float
        Model rate.
    mesh : (478, 3) float32 or None
        The person's face where it was seen first, px.
    """

    name: str
    subject: str
    kind: str
    features: Float32Array
    timelines: tuple[Timing, ...]
    rate_hz: float
    mesh: Float32Array | None = None

    @property
    def minutes(self) -> float:
        """Length."""
        return len(self.features) / self.rate_hz / 60.0


def bare_parts(run: Run) -> list[Run]:
    """What a run shows between its expressions, with a margin that annotators may have been late by."""
    if not run.timelines:
        return [run]
    return [
        replace(run, features=run.features[first:last], timelines=())
        for first, last in bare_spans(run.timelines, len(run.features))
    ]


def bare_spans(timelines: tuple[Timing, ...], frames: int) -> list[tuple[int, int]]:
    """First and one past the last frame of each stretch without an expression that is long enough to be of use."""
    busy = np.zeros(frames, bool)
    for line in timelines:
        busy[max(0, line.onset - MARGIN_FRAMES) : line.offset + MARGIN_FRAMES + 1] = True
    edges = np.flatnonzero(np.diff(np.concatenate([[1], busy.astype(np.int8), [1]])))
    spans = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(first, last) for first, last in spans if last - first >= SHORTEST_BARE_FRAMES]
