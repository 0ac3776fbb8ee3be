"""Labelled SW-MRO windows without a labelled video.

A sequence is a background, simulated or measured, with simulated expressions on top. What the flow measures
between the first frame r of a window and its frame s is the difference of the displacements, ``o[r, s] = d(s)
- d(r)``, plus the error of that one pair; a measured background already has its own windows, to which the
expressions' difference is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livespot.training import motion
from livespot.training.action_units import mirrored
from livespot.training.labels import FrameLabels, concatenate, frame_labels
from livespot.training.residuals import ResidualRun
from livespot.training.timelines import Timeline, sample_combination, sample_timeline
from livespot.types import HALF_WINDOW, ROIS, ExpressionType, Float32Array

CLOSED_EYES = ("43", "45")
"""Action units that the ten ROIs cannot tell from a blink."""


@dataclass(frozen=True, slots=True)
class SimulationConfig:
    """What is drawn, and how often.

    Attributes
    ----------
    shortest_frames, longest_frames : int
        Length of a sequence.
    gap_frames : float
        Mean stillness between two expressions.
    empty : float
        Share of sequences without any expression.
    micro : float
        Share of micro-expressions among the expressions.
    overlap : float
        Share of expressions that begin before the one before has ended.
    real : float
        Share of sequences on a measured background, where there are any.
    faintest, strongest : float
        Measured backgrounds are scaled by a factor between these, even on a logarithmic scale: the clips
        at hand are livelier than a person before a screen, but their noise is of the right kind.
    drop_node : float
        Chance of a node to be lost (zero) in a window.
    """

    shortest_frames: int = 150
    longest_frames: int = 300
    gap_frames: float = 40.0
    empty: float = 0.15
    micro: float = 0.5
    overlap: float = 0.08
    real: float = 0.65
    faintest: float = 0.15
    strongest: float = 1.2
    drop_node: float = 0.01


@dataclass(frozen=True, slots=True)
class SimulatedSequence:
    """A background, what is shown on it, and when.

    Attributes
    ----------
    timelines : tuple of Timeline
    displacement : (n, 10, 2) float32
        Of everything simulated, against the still face, canonical px.
    measured : (n, 17, 10, 2) float32 or None
        Windows of a measured background.
    pair_noise_px, pair_noise_share : float
        Deviation of one pair's error: a floor, and a share of the vector's length.
    mirror : bool
        The windows leave as of a mirrored picture.
    """

    timelines: tuple[Timeline, ...]
    displacement: Float32Array
    measured: Float32Array | None
    pair_noise_px: float
    pair_noise_share: float
    mirror: bool

    @property
    def frames(self) -> int:
        """Length n in model frames."""
        return len(self.displacement)

    def windows(
        self, centres: NDArray[np.int64], rng: np.random.Generator, drop_node: float = 0.0
    ) -> Float32Array:
        """The windows (m, 17, 10, 2) centred on m frames; beyond the ends, the end frames are repeated."""
        index = centres[:, None] + np.arange(-HALF_WINDOW, HALF_WINDOW + 1)
        moved = self.displacement[np.clip(index, 0, self.frames - 1)]
        flow = moved - moved[:, :1]
        length = np.linalg.norm(flow, axis=-1, keepdims=True)
        error = rng.standard_normal(flow.shape, dtype=np.float32)
        error *= self.pair_noise_px + self.pair_noise_share * length
        error[:, 0] = 0.0  # a frame against itself is exactly still
        flow += error
        if self.measured is not None:
            flow += self.measured[centres]
        if drop_node:
            flow *= rng.random((len(centres), 1, ROIS, 1)) >= drop_node
        return mirrored(flow) if self.mirror else flow


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows (N, 17, 10, 2) float32 and the targets of their centre frames."""

    windows: Float32Array
    labels: FrameLabels


class Simulator:
    """Draws sequences and batches; all chance comes from the generator handed in."""

    def __init__(self, config: SimulationConfig | None = None, runs: Sequence[ResidualRun] = ()) -> None:
        self.config = config or SimulationConfig()
        self.runs = tuple(runs)
        # Long clips hold more to learn, but one talkative person must not drown the others.
        weights = np.sqrt([len(run.features) for run in self.runs])
        self._chances = weights / weights.sum() if self.runs else weights

    def sequence(self, rng: np.random.Generator) -> SimulatedSequence:
        """One sequence."""
        config = self.config
        frames = int(rng.integers(config.shortest_frames, config.longest_frames + 1))
        if self.runs and rng.random() < config.real:
            features = self.runs[int(rng.choice(len(self.runs), p=self._chances))].features
            frames = min(frames, len(features))
            first = int(rng.integers(len(features) - frames + 1))
            gain = np.exp(rng.uniform(np.log(config.faintest), np.log(config.strongest)))
            return self.on_background(rng, features[first : first + frames] * np.float32(gain))
        return self._assemble(rng, simulated_background(rng, frames), None)

    def on_background(self, rng: np.random.Generator, measured: Float32Array) -> SimulatedSequence:
        """Expressions over measured windows (n, 17, 10, 2)."""
        displacement = np.zeros((len(measured), ROIS, 2), dtype=np.float32)
        if rng.random() < 0.3:  # more blinks and a little more head motion than the clip happened to have
            displacement += motion.blinks(rng, len(measured))
            displacement += motion.head(rng, len(measured), float(np.exp(rng.normal(-2.0, 0.7))))
        return self._assemble(rng, displacement, measured)

    def _assemble(
        self, rng: np.random.Generator, displacement: Float32Array, measured: Float32Array | None
    ) -> SimulatedSequence:
        frames = len(displacement)
        timelines = () if rng.random() < self.config.empty else self._timelines(rng, frames)
        level = _level_px(displacement, measured)
        for line in timelines:
            units = _seen_units(rng, line.type)
            amplitude = _amplitude_px(rng, line.type, level)
            displacement = displacement + motion.expression(rng, line, units, amplitude, frames)
        floor, share = (0.0, 0.0) if measured is not None else (np.exp(rng.normal(-3.0, 0.5)), 0.04)
        return SimulatedSequence(
            timelines, displacement, measured, float(floor), share, bool(rng.random() < 0.5)
        )

    def _timelines(self, rng: np.random.Generator, frames: int) -> tuple[Timeline, ...]:
        config = self.config
        lines: list[Timeline] = []
        onset = int(rng.exponential(config.gap_frames))
        while onset < frames - 4:
            kind: ExpressionType = "ME" if rng.random() < config.micro else "MaE"
            line = sample_timeline(rng, kind, onset)
            lines.append(line)
            if rng.random() < config.overlap:
                onset += int(rng.integers(4, max(5, line.frames)))
            else:
                onset = line.offset + 4 + int(rng.exponential(config.gap_frames))
        return tuple(lines)

    def batch(self, rng: np.random.Generator, segments: int = 16, windows: int = 4, stride: int = 4) -> Batch:
        """``segments * windows`` windows; the paper's are 32 segments of 16 windows at stride 1.

        Neighbouring windows share 16 of their 17 frames, so where time is short, fewer windows farther
        apart teach more; steps of 64 windows took the loss farther than a quarter as many steps of 256.
        """
        flows, labels = [], []
        for _ in range(segments):
            sequence = self.sequence(rng)
            centres = _centres(rng, sequence, windows, stride)
            flows.append(sequence.windows(centres, rng, self.config.drop_node))
            labels.append(frame_labels(sequence.timelines, sequence.frames).take(centres))
        return Batch(np.concatenate(flows), concatenate(labels))


def simulated_background(rng: np.random.Generator, frames: int) -> Float32Array:
    """A person without expression: still, restless, or talking (half, a quarter, a quarter of the draws)."""
    mood = rng.random()
    restless = mood > 0.5
    level = float(np.exp(rng.normal(-0.3 if restless else -2.0, 0.6)))
    moved = motion.grain(rng, frames) + motion.head(rng, frames, level) + motion.blinks(rng, frames)
    if rng.random() < 0.3:
        moved += motion.encoder_steps(rng, frames)
    if mood > 0.75:
        moved += motion.speech(rng, frames)
    return moved


def _seen_units(rng: np.random.Generator, kind: ExpressionType) -> tuple[str, ...]:
    """Action units of an expression, without closed eyes.

    No ROI lies on the lids, and what reaches the brows is what a blink does there: asked for action unit 43,
    a network called every other blink a micro-expression.
    """
    while True:
        units = tuple(unit for unit in sample_combination(rng, kind) if unit not in CLOSED_EYES)
        if units:
            return units


def _level_px(displacement: Float32Array, measured: Float32Array | None) -> float:
    """How lively a background is: the median length of its flow over about half a window."""
    moved = np.linalg.norm(displacement[HALF_WINDOW:] - displacement[:-HALF_WINDOW], axis=-1)
    level = float(np.median(moved))
    return level if measured is None else level + float(np.median(np.linalg.norm(measured[::4, 1:], axis=-1)))


def _amplitude_px(rng: np.random.Generator, kind: ExpressionType, level_px: float) -> float:
    """Faint and strong of both types overlap: what parts them is how long they last.

    On a lively background they are stronger: nobody would have annotated what drowns in it, and a network
    that is asked for it learns to guess.
    """
    if kind == "ME":
        amplitude, strongest = np.clip(np.exp(rng.normal(np.log(1.0), 0.45)), 0.4, 3.0), 3.5
    else:
        amplitude, strongest = np.clip(np.exp(rng.normal(np.log(3.0), 0.55)), 1.0, 10.0), 12.0
    return float(np.clip(rng.uniform(1.5, 3.0) * level_px, amplitude, strongest))


def _centres(
    rng: np.random.Generator, sequence: SimulatedSequence, windows: int, stride: int
) -> NDArray[np.int64]:
    """Centre frames of a segment: mostly about an expression, half of those about a key frame."""
    anchor = int(rng.integers(sequence.frames))
    if sequence.timelines and rng.random() < 0.75:
        line = sequence.timelines[int(rng.integers(len(sequence.timelines)))]
        anchor = int(rng.integers(line.onset - 4, line.offset + 5))
        if rng.random() < 0.5:
            anchor = int(rng.choice([line.onset, line.apex, line.offset]))
    span = windows * stride
    first = anchor - int(rng.integers(span)) + stride * np.arange(windows, dtype=np.int64)
    # Near the ends several windows would be the same; shifting the segment keeps them apart.
    shift = max(0, -int(first[0])) - max(0, int(first[-1]) - (sequence.frames - 1))
    return np.clip(first + shift, 0, sequence.frames - 1)
