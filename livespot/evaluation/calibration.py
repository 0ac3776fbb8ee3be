"""How honest probabilities are: the share of frames that are what the curve says, against what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livespot.interchange import Annotation
from livespot.types import CURVES, EXPRESSION_TYPES, ExpressionType

BINS = 10
JUDGED_CURVES = tuple(
    f"{kind.lower()}_{what}" for what in ("apex", "expression") for kind in EXPRESSION_TYPES
)
"""The curves that a truth by frame exists for."""

APEX_EXTENT_FRAMES: dict[ExpressionType, int] = {"ME": 1, "MaE": 3}
"""Model frames on each side of an apex that count as such, as in training."""


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Of one curve, in bins of equal width from 0 to 1.

    Attributes
    ----------
    frames : (10,) int64
    said, true : (10,) float64
        Mean probability and share of true frames in each bin; NaN where it is empty.
    """

    frames: NDArray[np.int64]
    said: NDArray[np.float64]
    true: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error, |said − true| weighted by frames; NaN without frames."""
        filled = self.frames > 0
        if not filled.any():
            return float("nan")
        weights = self.frames[filled] / self.frames.sum()
        return float(weights @ np.abs(self.said[filled] - self.true[filled]))

    def as_dict(self) -> dict[str, Any]:
        """Plain arrays and the error."""
        return {"error": self.error, "frames": self.frames, "said": self.said, "true": self.true}


def reliability(said: ArrayLike, true: ArrayLike) -> Reliability:
    """Sort frames into bins by what was said.

    Parameters
    ----------
    said : (n,) float
        Probabilities; NaN (no face) is left out.
    true : (n,) bool

    Examples
    --------
    >>> round(reliability([0.9, 0.9, 0.1, 0.1], [True, False, False, False]).error, 3)
    0.25
    """
    values, labels = np.asarray(said, np.float64), np.asarray(true, np.float64)
    known = np.isfinite(values)
    values, labels = values[known], labels[known]
    bins = np.minimum((values * BINS).astype(np.int64), BINS - 1)
    frames = np.bincount(bins, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean_said = np.bincount(bins, values, BINS) / frames
        mean_true = np.bincount(bins, labels, BINS) / frames
    return Reliability(frames.astype(np.int64), mean_said, mean_true)


def frame_truth(truth: Sequence[Annotation], frames: ArrayLike, stride: int) -> NDArray[np.bool_]:
    """What the curves should have said: (n, 10) bool, as ``CURVES``; only those of ``JUDGED_CURVES`` are filled.

    Parameters
    ----------
    truth : sequence of Annotation
        In source frames.
    frames : (n,) integers
        Source frame of each row.
    stride : int
        Source frames per model frame.
    """
    numbers = np.asarray(frames, np.int64)
    labels = np.zeros((len(numbers), len(CURVES)), bool)
    for item in truth:
        name = item.type.lower()
        near = np.abs(numbers - item.apex) <= APEX_EXTENT_FRAMES[item.type] * stride
        labels[:, CURVES.index(f"{name}_apex")] |= near
        labels[:, CURVES.index(f"{name}_expression")] |= (numbers >= item.onset) & (numbers <= item.offset)
    return labels
