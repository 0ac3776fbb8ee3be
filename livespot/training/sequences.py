"""Training sequences: recorded, recorded with simulated expressions laid over, or simulated from a mesh alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from livespot.config import Alignment
from livespot.flow.rigid import without_rotation
from livespot.regions import PAPER, RegionLayout
from livespot.synthesis.areas import FaceAreas, Person
from livespot.synthesis.script import KINDS, draw_expressions, draw_timeline
from livespot.synthesis.statistics import Timing
from livespot.synthesis.timeline import Expression, Timeline
from livespot.training.mirror import mirrored
from livespot.training.noise import encoder_steps, grain
from livespot.training.runs import Run
from livespot.types import HALF_WINDOW, STILL_AREAS, Float32Array

_RATES_HZ = (24.0, 25.0, 30.0, 30.0)


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """Where windows are cut from.

    What the flow measures between the first frame r of a window and its frame s is the difference of the
    displacements, ``o[r, s] = d(s) - d(r)``, plus the error of that one pair; recorded windows have it in them.

    Attributes
    ----------
    timelines : tuple of Timing
        The truth, in frames of the sequence.
    frames : int
        Length n in model frames.
    rate_hz : float
    moved : (n, R + 5, 2) float32 or None
        Simulated displacement of the regions and the still areas, canonical px, freed of the nose tip's motion.
    relief : (R + 5, 3) float32 or None
        As in :class:`livespot.types.Patch`, of the mesh that was moved.
    measured : (n, 17, R, 2) float32 or None
        Recorded windows, to which the simulated motion is added.
    pair_noise_px, pair_noise_share : float
        Deviation of one pair's error: a floor, and a share of the vector's length.
    """

    timelines: tuple[Timing, ...]
    frames: int
    rate_hz: float
    moved: Float32Array | None = None
    relief: Float32Array | None = None
    measured: Float32Array | None = None
    pair_noise_px: float = 0.0
    pair_noise_share: float = 0.0

    @property
    def regions(self) -> int:
        """How many regions R the windows hold."""
        if self.measured is not None:
            return int(self.measured.shape[2])
        assert self.moved is not None
        return int(self.moved.shape[1]) - STILL_AREAS

    def windows(
        self,
        centres: NDArray[np.int64],
        rng: np.random.Generator,
        alignment: Alignment = "rigid",
        adjacent: bool = False,
    ) -> Float32Array:
        """The windows (m, 17, R, 2) centred on m frames; beyond the ends, the end frames are repeated.

        ``adjacent`` simulates the flow from each frame to the next instead, as in
        :func:`livespot.training.ablation.adjacent_run`; what was recorded must be of that kind already.
        """
        flow = np.zeros((len(centres), 2 * HALF_WINDOW + 1, self.regions, 2), np.float32)
        if self.moved is not None:
            assert self.relief is not None
            index = centres[:, None] + np.arange(-HALF_WINDOW, HALF_WINDOW + 1)
            moved = self.moved[np.clip(index, 0, self.frames - 1)]
            before = self.moved[np.clip(index - 1, 0, self.frames - 1)] if adjacent else moved[:, :1]
            pairs = moved - before
            if self.pair_noise_px or self.pair_noise_share:
                error = rng.standard_normal(pairs.shape, dtype=np.float32)
                error *= self.pair_noise_px + self.pair_noise_share * np.linalg.norm(
                    pairs, axis=-1, keepdims=True
                )
                if not adjacent:
                    error[:, 0] = 0.0  # a frame against itself is exactly still
                pairs += error
            flow += freed(pairs, self.relief, alignment)
        if self.measured is not None:
            flow += self.measured[centres]
        return flow


def freed(pairs: Float32Array, relief: Float32Array, alignment: Alignment) -> Float32Array:
    """Pairs (..., R + 5, 2) to the regions' vectors (..., R, 2), as the flow frees them."""
    regions = pairs.shape[-2] - STILL_AREAS
    if alignment == "nose":
        return pairs[..., :regions, :]
    flat = np.ascontiguousarray(pairs.reshape(-1, *pairs.shape[-2:]))
    places = np.broadcast_to(relief, (len(flat), *relief.shape))
    return without_rotation(flat, np.ascontiguousarray(places)).reshape(*pairs.shape[:-2], regions, 2)


def recorded(run: Run, rng: np.random.Generator, frames: int) -> Sequence:
    """A part of a run as it is, a little louder or quieter."""
    first = int(rng.integers(max(1, len(run.features) - frames + 1)))
    part = run.features[first : first + frames] * np.float32(np.exp(rng.uniform(-0.2, 0.2)))
    lines = tuple(moved for line in run.timelines if (moved := _shifted(line, first, len(part))) is not None)
    return Sequence(lines, len(part), run.rate_hz, measured=part)


def overlay(face: FaceAreas, rng: np.random.Generator, frames: int, rate_hz: float) -> Sequence:
    """Expressions on a face that does nothing else, without any noise."""
    expressions = draw_expressions(rng, rate_hz, frames)
    timeline = Timeline(frames, rate_hz, expressions)
    moved = face.displacement(timeline, np.arange(frames, dtype=np.float64), Person.drawn(rng, face.layout))
    return Sequence(timings(expressions), frames, rate_hz, moved, face.relief)


def laid_over(run: Run, shown: Sequence, rng: np.random.Generator, gain: tuple[float, float]) -> Sequence:
    """Simulated expressions on a part of a run that shows none."""
    first = int(rng.integers(max(1, len(run.features) - shown.frames + 1)))
    part = run.features[first : first + shown.frames] * np.float32(np.exp(rng.uniform(*np.log(gain))))
    assert shown.moved is not None
    lines = tuple(line for line in shown.timelines if line.onset < len(part))
    return replace(
        shown, timelines=lines, frames=len(part), rate_hz=run.rate_hz, moved=shown.moved[: len(part)], measured=part,
        pair_noise_share=0.04,
    )  # fmt: skip


def simulated(face: FaceAreas, rng: np.random.Generator, frames: int, neutral: float) -> Sequence:
    """A whole clip without a pixel: what the person does, expressions, and the flow's noise."""
    kind = KINDS[int(rng.integers(len(KINDS)))]
    rate = float(rng.choice(_RATES_HZ))
    timeline = draw_timeline(rng, kind, rate, frames, bool(rng.random() >= neutral))
    moved = face.displacement(timeline, np.arange(frames, dtype=np.float64), Person.drawn(rng, face.layout))
    moved += grain(rng, frames, face.layout)
    if rng.random() < 0.3:
        moved += encoder_steps(rng, frames, moved.shape[1])
    return Sequence(
        timings(timeline.expressions), frames, rate, moved, face.relief,
        pair_noise_px=float(np.exp(rng.normal(-3.0, 0.4))), pair_noise_share=0.05,
    )  # fmt: skip


def augmented(
    windows: Float32Array,
    rng: np.random.Generator,
    layout: RegionLayout = PAPER,
    drop_node: float = 0.0,
    drop_part: float = 0.0,
) -> Float32Array:
    """Windows (m, 17, R, 2) of one segment with regions lost (zero) in some, and every second segment mirrored.

    ``drop_node`` is the chance of a region to be lost in a window, ``drop_part`` that of a facial part to be lost in
    the whole segment, as behind a hand or a cup.
    """
    lost = rng.random((len(windows), 1, len(layout), 1)) < drop_node
    for _, nodes in layout.parts:
        if drop_part and rng.random() < drop_part:
            lost[:, :, nodes.start : nodes.stop] = True
    if lost.any():
        windows = np.where(lost, np.float32(0.0), windows)
    return mirrored(windows, layout) if rng.random() < 0.5 else windows


def timings(expressions: tuple[Expression, ...]) -> tuple[Timing, ...]:
    """What the labels need of expressions."""
    return tuple(Timing(e.type, e.onset, e.apex, e.offset) for e in expressions)


def _shifted(line: Timing, first: int, frames: int) -> Timing | None:
    moved = replace(line, onset=line.onset - first, apex=line.apex - first, offset=line.offset - first)
    return moved if moved.offset >= 0 and moved.onset < frames else None
