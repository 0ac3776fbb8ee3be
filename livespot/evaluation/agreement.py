"""How far two sets of intervals of one recording agree: two reviewers, or a reviewer and the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livespot.evaluation.matching import Expression, SpottingScore, score_video
from livespot.types import EXPRESSION_TYPES, ExpressionType


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two.

    Attributes
    ----------
    kappa : dict
        Cohen's κ over frames by type (is this frame inside an expression of that type?) and ``overall`` (inside
        none, an ME, an MaE, both?). NaN where both say the same one thing of every frame: then chance explains all.
    score : SpottingScore
        Intervals matched by IoU; the F1 is the same whichever of the two counts as truth.
    """

    kappa: dict[str, float]
    score: SpottingScore

    def as_dict(self) -> dict[str, object]:
        """Plain values: ``kappa`` and ``f1`` by type and overall; NaN becomes None."""
        f1 = {"ME": self.score.me.f1, "MaE": self.score.mae.f1, "overall": self.score.overall.f1}
        return {"kappa": {k: None if v != v else v for k, v in self.kappa.items()}, "f1": f1}


def cohens_kappa(a: ArrayLike, b: ArrayLike) -> float:
    """κ = (p_o − p_e) / (1 − p_e) of two raters' labels of the same items; NaN when p_e is 1.

    Parameters
    ----------
    a, b : (n,) integers
        A label for each item.

    Raises
    ------
    ValueError
        When the two are not of one length, or empty.

    Examples
    --------
    >>> cohens_kappa([0, 0, 1, 1], [0, 0, 1, 0])
    0.5
    """
    first, second = np.asarray(a), np.asarray(b)
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise ValueError(f"expected two rows of labels of one length, got {first.shape} and {second.shape}")
    observed = float((first == second).mean())
    labels = np.union1d(first, second)
    by_chance = float(sum((first == label).mean() * (second == label).mean() for label in labels))
    return float("nan") if by_chance >= 1.0 else (observed - by_chance) / (1.0 - by_chance)


def agreement(a: Sequence[Expression], b: Sequence[Expression], frames: ArrayLike) -> Agreement:
    """Compare two sets of intervals of one recording.

    Parameters
    ----------
    a, b : sequence of Expression
        In the same frames.
    frames : (n,) integers
        The frames that were looked at, one label each.
    """
    numbers = np.asarray(frames, np.int64)
    inside = {kind: (_inside(a, kind, numbers), _inside(b, kind, numbers)) for kind in EXPRESSION_TYPES}
    kappa: dict[str, float] = {kind: cohens_kappa(*pair) for kind, pair in inside.items()}
    kappa["overall"] = cohens_kappa(*(inside["ME"][n] + 2 * inside["MaE"][n] for n in (0, 1)))
    return Agreement(kappa, score_video(a, b))


def agreements(
    raters: Mapping[str, Sequence[Expression]], frames: ArrayLike
) -> dict[tuple[str, str], Agreement]:
    """Every two of several raters, the program among them, by their names."""
    return {(x, y): agreement(raters[x], raters[y], frames) for x, y in combinations(raters, 2)}


def _inside(
    intervals: Sequence[Expression], kind: ExpressionType, frames: NDArray[np.int64]
) -> NDArray[np.int64]:
    marks = np.zeros(len(frames), np.int64)
    for interval in intervals:
        if interval.type == kind:
            marks |= (frames >= interval.onset) & (frames <= interval.offset)
    return marks
