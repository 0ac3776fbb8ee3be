"""How long expressions last, when they peak, and which action units they consist of.

The statistics of the published timelines live in :mod:`livespot.synthesis.statistics`, which the synthetic
videos draw from too; training knows them by these names.
"""

from __future__ import annotations

from livespot.synthesis.statistics import (
    APEX_FRACTION,
    COMBINATIONS,
    DECILES,
    DURATION_FRAMES,
    LONGEST_FRAMES,
    SHORTEST_FRAMES,
    sample_combination,
    sample_timeline,
)
from livespot.synthesis.statistics import Timing as Timeline

__all__ = [
    "APEX_FRACTION",
    "COMBINATIONS",
    "DECILES",
    "DURATION_FRAMES",
    "LONGEST_FRAMES",
    "SHORTEST_FRAMES",
    "Timeline",
    "sample_combination",
    "sample_timeline",
]
