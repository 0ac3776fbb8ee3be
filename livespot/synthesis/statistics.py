"""How long expressions last, when they peak, and which action units they consist of.

The tables are summaries (deciles and counts) of the published timelines of SAMM-LV (every seventh of 200
frames per second) and CAS(ME)² (30 frames per second), all converted to 30 frames per second: 599 macro- and
216 micro-expressions. No picture, no subject and no single annotation is in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livespot.types import ExpressionType

DECILES = np.linspace(0.0, 1.0, 11)

DURATION_FRAMES: dict[ExpressionType, tuple[float, ...]] = {
    "ME": (5.2, 8.4, 9.4, 11.5, 12.6, 13.0, 13.6, 14.0, 14.7, 15.8, 17.0),
    "MaE": (4.0, 19.0, 22.0, 26.0, 29.4, 35.0, 42.8, 50.4, 60.9, 80.8, 777.0),
}
"""Deciles of offset - onset + 1, in frames at 30 per second."""

APEX_FRACTION: dict[ExpressionType, tuple[float, ...]] = {
    "ME": (0.0, 0.29, 0.33, 0.36, 0.4, 0.43, 0.47, 0.5, 0.57, 0.64, 1.0),
    "MaE": (0.03, 0.22, 0.28, 0.32, 0.37, 0.41, 0.44, 0.5, 0.54, 0.67, 1.0),
}
"""Deciles of (apex - onset) / (offset - onset)."""

SHORTEST_FRAMES: dict[ExpressionType, int] = {"ME": 5, "MaE": 16}
LONGEST_FRAMES: dict[ExpressionType, int] = {"ME": 15, "MaE": 240}
"""Limits of what is sampled. Half a second, 15 frames, parts the types; a MaE above 8 s is a held face."""

COMBINATIONS: dict[ExpressionType, dict[str, int]] = {
    "ME": {
        "7": 32, "4": 25, "12": 17, "43": 11, "1+2": 11, "5": 8, "L2": 8, "24": 7, "4+7": 6, "L12": 5, "2": 4,
        "R2": 4, "L14": 4, "4+5": 3, "20": 3, "4+7+43": 3, "7+12": 3, "17": 3, "10": 2, "14": 2, "4+14": 2,
        "R15": 2, "9": 2, "1": 2, "R14": 2, "R20": 2, "6+12+14": 1, "4+5+7+9": 1, "5+12": 1, "18": 1,
        "1+2+5": 1,
        "1+2+6+12": 1, "15+17": 1, "25+26": 1, "L20": 1, "26": 1, "R6+R12": 1, "5+24": 1, "9+12": 1, "4+9": 1,
        "L7": 1, "L10": 1, "7+20+26": 1, "20+25+26": 1, "12+24": 1,
    },
    "MaE": {
        "4": 82, "12": 80, "7": 39, "6+12": 30, "24": 28, "14": 21, "1+2": 14, "4+7": 12, "L14": 12, "L2": 12,
        "5": 11, "25+26": 10, "43": 8, "12+14": 6, "12+24": 6, "6+12+14": 5, "2": 5, "12+14+24": 5, "26": 5,
        "6+12+15": 4, "4+14": 4, "4+7+9": 4, "23": 4, "4+9": 4, "17": 4, "4+7+17": 3, "24+25": 3, "14+24": 3,
        "6+12+24": 3, "7+L12": 3, "L12": 3, "R10+12": 3, "L10": 3, "6+12+25+26": 3, "45": 2, "4+7+12": 2,
        "4+5": 2, "18": 2, "25": 2, "6+12+25": 2, "4+17": 2, "1+2+25": 2, "7+12": 2, "6+7+12": 2, "L10+12": 2,
    },
}  # fmt: skip
"""How often each combination of action units was annotated; L and R are the person's own sides."""


SELDOM: tuple[str, ...] = (
    "5", "7", "43", "5+25", "6+7", "7+43", "L7", "R7", "1+2+5+25+26", "25", "26", "27", "25+26", "25+27", "12+25",
    "12+26", "23", "24", "23+24", "17+23", "17+24", "28", "22", "18", "22+25", "15", "15+17", "L15", "R15", "L14",
    "R14", "L12", "R12", "9", "38", "39", "9+10", "10", "L10", "R10", "9+38", "4+38", "16+25", "20", "20+25", "1+4",
    "1+2+4", "6", "4+24",
)  # fmt: skip
"""Movements of lids, nose wings and lips that the published sets annotate seldom or never."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When an expression happens, in model frames; inclusive at both ends."""

    type: ExpressionType
    onset: int
    apex: int
    offset: int

    @property
    def frames(self) -> int:
        """Length in model frames."""
        return self.offset - self.onset + 1


def sample_timeline(rng: np.random.Generator, kind: ExpressionType, onset: int) -> Timing:
    """An expression of one type that begins at frame ``onset``; onset < apex < offset."""
    low, high = SHORTEST_FRAMES[kind], LONGEST_FRAMES[kind]
    # Between deciles on a logarithmic scale: the last decile of MaE spans a factor of ten.
    duration = np.exp(np.interp(rng.random(), DECILES, np.log(DURATION_FRAMES[kind])))
    frames = int(np.clip(round(float(duration)), low, high))
    fraction = float(np.interp(rng.random(), DECILES, APEX_FRACTION[kind]))
    # Nothing on a face peaks at once or lets go at once: two frames each way at least, five for MaE.
    margin = 2 if kind == "ME" else 5
    apex = int(np.clip(round(fraction * (frames - 1)), margin, frames - 1 - margin))
    return Timing(kind, onset, onset + apex, onset + frames - 1)


def sample_combination(
    rng: np.random.Generator, kind: ExpressionType, uniform: float = 0.2
) -> tuple[str, ...]:
    """Action units of an expression, such as ``("4", "L12")``.

    Parameters
    ----------
    uniform : float
        Share of draws that ignore the counts, so that rare combinations are learned too.
    """
    table = COMBINATIONS[kind]
    names = list(table)
    if rng.random() < uniform:
        return tuple(names[int(rng.integers(len(names)))].split("+"))
    counts = np.array(list(table.values()), dtype=np.float64)
    return tuple(names[int(rng.choice(len(names), p=counts / counts.sum()))].split("+"))
