"""How a head shifts, rolls and comes closer: a similarity about the neck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livespot.synthesis.action_units import FaceAxes

_PIVOT_DOWN = 1.6  # eye distances below the eyes: below the chin, as the neck is
# Rolling about the neck would carry the face sideways by far more than the shift: this share of it is taken out.
_TAKEN_OUT = 0.8


def similarity(
    axes: FaceAxes, shift: NDArray[np.float64], roll_deg: float, scale: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The head's motion as ``moved = points @ matrix.T + offset``.

    Parameters
    ----------
    axes : FaceAxes
        Of the neutral face.
    shift : (2,) float64
        (right, down) in canonical px.
    roll_deg : float
        Clockwise in the picture.
    scale : float
        1.0 is the neutral size.

    Returns
    -------
    matrix : (2, 2) float64
    offset : (2,) float64
        Px of the picture.
    """
    pivot = axes.origin + _PIVOT_DOWN * axes.eye_distance_px * axes.down
    angle = np.deg2rad(roll_deg)
    matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    back = axes.origin - (pivot + matrix @ (axes.origin - pivot))
    offset = pivot - matrix @ pivot + shift * axes.px_per_canonical + _TAKEN_OUT * back
    return matrix, offset
