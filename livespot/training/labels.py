"""From timelines to what the network has to answer for every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livespot.synthesis.statistics import Timing
from livespot.types import EXPRESSION_TYPES, ExpressionType, Float32Array

EXTENT_FRAMES: dict[ExpressionType, int] = {"ME": 1, "MaE": 3}
"""Frames on each side of onset, apex and offset that count as such (authors' configuration)."""

APEX_SIGMA_FRAMES = 4.0

ONSET, OFFSET, NONE = 0, 1, 2
"""Classes of the three-class heads."""

NEUTRAL, MACRO, MICRO = 0, 1, 2
"""Labels of the contrastive loss."""


@dataclass(frozen=True, slots=True)
class FrameLabels:
    """Targets of n frames.

    Attributes
    ----------
    classes : (n, 2) int64
        Onset, offset or none, of ME and of MaE.
    soft : (n, 4) float32
        ME apex, MaE apex, ME expression, MaE expression, each 0…1.
    contrast : (n,) int64
        Neutral, MaE or ME.
    """

    classes: NDArray[np.int64]
    soft: Float32Array
    contrast: NDArray[np.int64]

    def take(self, frames: NDArray[np.int64]) -> FrameLabels:
        """The targets of some frames."""
        return FrameLabels(self.classes[frames], self.soft[frames], self.contrast[frames])


def concatenate(parts: Sequence[FrameLabels]) -> FrameLabels:
    """Several targets behind one another."""
    return FrameLabels(
        np.concatenate([part.classes for part in parts]),
        np.concatenate([part.soft for part in parts]),
        np.concatenate([part.contrast for part in parts]),
    )


def frame_labels(timelines: Sequence[Timing], frames: int) -> FrameLabels:
    """Targets of all frames of a sequence.

    Where two expressions of one type claim the same frame for onset and offset, the nearer one wins; where
    types overlap, the contrastive label is the micro-expression's, the rarer.

    Parameters
    ----------
    timelines : sequence of Timing
        In frames of the sequence; parts outside it are ignored.
    frames : int
        Its length n.
    """
    index = np.arange(frames)
    classes = np.full((frames, 2), NONE, dtype=np.int64)
    soft = np.zeros((frames, 4), dtype=np.float32)
    nearest = np.full((frames, 2), np.inf)
    for line in timelines:
        head = EXPRESSION_TYPES.index(line.type)
        extent = EXTENT_FRAMES[line.type]
        for frame, label in ((line.onset, ONSET), (line.offset, OFFSET)):
            distance = np.abs(index - frame)
            claimed = (distance <= extent) & (distance < nearest[:, head])
            classes[claimed, head] = label
            nearest[claimed, head] = distance[claimed]
        from_apex = np.abs(index - line.apex)
        bump = np.exp(-0.5 * (from_apex / APEX_SIGMA_FRAMES) ** 2) * (from_apex <= extent)
        soft[:, head] = np.maximum(soft[:, head], bump)
        soft[(index >= line.onset) & (index <= line.offset), 2 + head] = 1.0
    contrast = np.where(soft[:, 2] > 0, MICRO, np.where(soft[:, 3] > 0, MACRO, NEUTRAL)).astype(np.int64)
    return FrameLabels(classes, soft, contrast)
