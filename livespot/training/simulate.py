"""Batches of windows and their targets, drawn from recordings and meshes; all chance comes from the generator."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from livespot.config import Alignment
from livespot.regions import LAYOUTS, PAPER, RegionLayout
from livespot.synthesis.areas import FaceAreas
from livespot.training.labels import FrameLabels, concatenate, frame_labels
from livespot.training.runs import Run, bare_parts
from livespot.training.sequences import Sequence, augmented, laid_over, overlay, recorded, simulated
from livespot.types import Float32Array


@dataclass(frozen=True, slots=True)
class SimulationConfig:
    """What is drawn, and how often.

    Attributes
    ----------
    shortest_frames, longest_frames : int
        Length of a sequence.
    neutral : float
        Share of simulated sequences without any expression.
    recorded, laid_over : float
        Shares of sequences as recorded, and recorded without expressions and laid over; the rest is simulated. A share
        of something that there is not goes to the others.
    bare : float
        Share of sequences to be laid over that stay as they are.
    quietest, loudest : float
        Recordings to be laid over are scaled by a factor between these, even on a logarithmic scale.
    drop_node : float
        Chance of a region to be lost (zero) in a window.
    drop_part : float
        Chance of each facial part to be lost in a whole segment of windows.
    pool : int
        Different simulated sequences, of each kind; drawn when first needed, then used again in other pieces.
    alignment : "nose" or "rigid"
        Of the recordings too: it is not checked here.
    adjacent : bool
        Flow between neighbouring frames instead of SW-MRO, for ablations; of the recordings too.
    regions : str
        Name of the layout of regions, of the recordings and the faces too.
    """

    shortest_frames: int = 150
    longest_frames: int = 360
    neutral: float = 0.2
    recorded: float = 0.3
    laid_over: float = 0.35
    bare: float = 0.3
    quietest: float = 0.5
    loudest: float = 1.15
    drop_node: float = 0.01
    drop_part: float = 0.01
    pool: int = 1500
    alignment: Alignment = "rigid"
    adjacent: bool = False
    regions: str = PAPER.name

    @property
    def layout(self) -> RegionLayout:
        """The regions of the windows."""
        return LAYOUTS[self.regions]


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows (N, 17, R, 2) float32 and the targets of their centre frames."""

    windows: Float32Array
    labels: FrameLabels


@dataclass(eq=False)
class Simulator:
    """Draws sequences and batches.

    Parameters
    ----------
    config : SimulationConfig
    runs : sequence of Run
        Recordings of the training people; what they show between their expressions may be laid over. One that is named
        several times counts as often.
    faces : sequence of FaceAreas
        Meshes of the training people.
    """

    config: SimulationConfig = field(default_factory=SimulationConfig)
    runs: SequenceOf[Run] = ()
    faces: SequenceOf[FaceAreas] = ()

    def __post_init__(self) -> None:
        if not self.runs and not self.faces:
            raise ValueError("a simulator expects recordings or meshes, got neither")
        nodes = len(self.config.layout)
        for found in (
            *(run.features.shape[2] for run in self.runs),
            *(len(face.layout) for face in self.faces),
        ):
            if found != nodes:
                raise ValueError(
                    f"a simulator of layout {self.config.regions} expects {nodes} regions, got {found}"
                )
        self._shown = [run for run in self.runs if run.timelines]
        self._bare = [part for run in self.runs for part in bare_parts(run)]
        self._pooled = lru_cache(self.config.pool)(self._pool_sequence)
        self._pooled_overlay = lru_cache(4 * self.config.pool)(self._pool_overlay)

    def sequence(self, rng: np.random.Generator) -> Sequence:
        """One sequence."""
        config = self.config
        kind, frames = rng.random(), int(rng.integers(config.shortest_frames, config.longest_frames + 1))
        if self._shown and (kind < config.recorded or (not self.faces and not self._bare)):
            return recorded(_drawn(self._shown, rng), rng, frames)
        if self._bare and (kind < config.recorded + config.laid_over or not self.faces):
            run = _drawn(self._bare, rng)
            if not self.faces or rng.random() < config.bare:
                return recorded(run, rng, frames)
            shown = self._pooled_overlay(int(rng.integers(config.pool)), run.rate_hz)
            return laid_over(run, shown, rng, (config.quietest, config.loudest))
        return self._pooled(int(rng.integers(config.pool)))

    def _pool_sequence(self, number: int) -> Sequence:
        rng = np.random.default_rng((number, 20))
        frames = int(rng.integers(self.config.shortest_frames, self.config.longest_frames + 1))
        face = self.faces[int(rng.integers(len(self.faces)))]
        return simulated(face, rng, frames, self.config.neutral)

    def _pool_overlay(self, number: int, rate_hz: float) -> Sequence:
        rng = np.random.default_rng((number, 21))
        frames = int(rng.integers(self.config.shortest_frames, self.config.longest_frames + 1))
        return overlay(self.faces[int(rng.integers(len(self.faces)))], rng, frames, rate_hz)

    def batch(self, rng: np.random.Generator, segments: int = 16, windows: int = 4, stride: int = 4) -> Batch:
        """``segments * windows`` windows; the paper's are 32 segments of 16 windows at stride 1.

        Neighbouring windows share 16 of their 17 frames, so where time is short, fewer windows farther apart teach
        more; steps of 64 windows took the loss farther than a quarter as many steps of 256.
        """
        flows, labels = [], []
        for _ in range(segments):
            sequence = self.sequence(rng)
            centres = _centres(rng, sequence, windows, stride)
            made = sequence.windows(centres, rng, self.config.alignment, self.config.adjacent)
            config = self.config
            flows.append(augmented(made, rng, config.layout, config.drop_node, config.drop_part))
            labels.append(frame_labels(sequence.timelines, sequence.frames).take(centres))
        return Batch(np.concatenate(flows), concatenate(labels))


def _drawn(runs: SequenceOf[Run], rng: np.random.Generator) -> Run:
    """By the root of their length: long clips hold more to learn, but no person must drown the others."""
    weights = np.sqrt([len(run.features) for run in runs])
    return runs[int(rng.choice(len(runs), p=weights / weights.sum()))]


def _centres(rng: np.random.Generator, sequence: Sequence, windows: int, stride: int) -> NDArray[np.int64]:
    """Centre frames of a segment: mostly about an expression, half of those about a key frame."""
    anchor = int(rng.integers(sequence.frames))
    if sequence.timelines and rng.random() < 0.7:
        line = sequence.timelines[int(rng.integers(len(sequence.timelines)))]
        anchor = int(rng.integers(line.onset - 4, line.offset + 5))
        if rng.random() < 0.5:
            anchor = int(rng.choice([line.onset, line.apex, line.offset]))
    span = windows * stride
    first = anchor - int(rng.integers(span)) + stride * np.arange(windows, dtype=np.int64)
    # Near the ends several windows would be the same; shifting the segment keeps them apart.
    shift = max(0, -int(first[0])) - max(0, int(first[-1]) - (sequence.frames - 1))
    return np.clip(first + shift, 0, sequence.frames - 1)
