"""Where the eyes look: jumps (saccades) and the rest between them (fixations), in degrees at any frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LIDS_FOLLOW = 0.02
"""Closure per degree that the eyes look down: the upper lid goes along with the eyeball."""


@dataclass(frozen=True, slots=True)
class Glance:
    """One saccade and the fixation after it: the eyes leave at ``onset`` and rest at ``to`` from ``landed`` on.

    ``to`` is (right in the picture, down) in degrees from where the portrait looks; frames may be fractions.
    """

    onset: float
    landed: float
    to: tuple[float, float]


def gaze_at(glances: Sequence[Glance], frame: float) -> tuple[float, float]:
    """(right, down) degrees at a frame; ``glances`` by onset, none overlapping the next."""
    here = (0.0, 0.0)
    for glance in glances:
        if frame <= glance.onset:
            break
        share = min((frame - glance.onset) / (glance.landed - glance.onset), 1.0)
        # Saccades speed up and slow down; at one to three frames a cubic shows no less than a finer model.
        s = share * share * (3.0 - 2.0 * share)
        here = (here[0] + s * (glance.to[0] - here[0]), here[1] + s * (glance.to[1] - here[1]))
    return here
