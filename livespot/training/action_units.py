"""What each action unit does to the ten ROIs.

A table of displacements at unit intensity: the node that moves most moves about 1. Units are canonical px
(outer eye corners 90 px apart), dx right, dy down, drawn from the FACS manual's descriptions by hand and
checked for sign only: they are directions and ratios, the intensity is drawn in
:mod:`livespot.training.simulate`.
"""

from __future__ import annotations

import numpy as np

from livespot.types import ROIS, Float32Array

MIRROR_NODES: tuple[int, ...] = (3, 4, 5, 0, 1, 2, 7, 6, 8, 9)
"""Which node stands where after the picture was mirrored."""

NODE_POSITIONS_PX = np.array(
    [[-14, -58], [-28, -63], [-40, -58], [14, -58], [28, -63], [40, -58], [-25, 33], [25, 33], [0, 25], [0,
    48]], dtype=np.float32,
)  # fmt: skip
"""(10, 2) float32: an average face's nodes against its nose tip, (x right, y down) in canonical px."""

# Side A stands on the left of the unmirrored picture (the person's right); outwards is -x there. Per action
# unit: brow inner, middle, outer; mouth corner; and for the two lips, which belong to both sides, half of the
# movement.
_Vector = tuple[float, float]
_SIDE_A: dict[int, tuple[_Vector, _Vector, _Vector, _Vector, _Vector, _Vector]] = {
    1: ((0.10, -1.0), (0.0, -0.65), (0.0, -0.15), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    2: ((0.0, -0.25), (-0.05, -0.8), (-0.10, -1.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    4: ((0.60, 0.80), (0.50, 0.80), (0.25, 0.40), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    5: ((0.0, -0.55), (0.0, -0.70), (0.0, -0.60), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    6: ((0.0, 0.10), (0.0, 0.35), (0.05, 0.55), (-0.20, -0.55), (0.0, -0.05), (0.0, 0.0)),
    7: ((0.20, 0.55), (0.10, 0.65), (0.05, 0.50), (0.0, -0.05), (0.0, 0.0), (0.0, 0.0)),
    9: ((0.30, 0.80), (0.15, 0.55), (0.0, 0.25), (-0.05, -0.35), (0.0, -0.40), (0.0, 0.0)),
    10: ((0.0, 0.05), (0.0, 0.10), (0.0, 0.10), (-0.15, -0.60), (0.0, -0.50), (0.0, -0.05)),
    12: ((0.0, 0.0), (0.0, 0.05), (0.0, 0.10), (-0.75, -0.75), (-0.05, -0.12), (-0.05, -0.10)),
    14: ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (-0.95, -0.10), (-0.05, 0.05), (-0.05, -0.05)),
    15: ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (-0.15, 0.95), (0.0, 0.05), (0.0, 0.10)),
    16: ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.20), (0.0, 0.0), (0.0, 0.50)),
    17: ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.05, 0.20), (0.0, -0.20), (0.0, -0.50)),
    18: ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.90, 0.0), (0.0, -0.10), (0.0, 0.10)),
    20: ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (-1.0, 0.25), (0.0, 0.05), (0.0, 0.05)),
    23: ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.50, 0.0), (0.0, 0.30), (0.0, -0.35)),
    24: ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.15, 0.10), (0.0, 0.35), (0.0, -0.45)),
    25: ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.05, 0.10), (0.0, -0.15), (0.0, 0.50)),
    26: ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.15, 0.50), (0.0, 0.05), (0.0, 0.50)),
    28: ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.25, 0.05), (0.0, 0.40), (0.0, -0.50)),
    43: ((0.05, 0.60), (0.0, 0.80), (0.0, 0.70), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    45: ((0.05, 0.60), (0.0, 0.80), (0.0, 0.70), (0.0, -0.05), (0.0, 0.0), (0.0, 0.0)),
}

ACTION_UNITS: tuple[int, ...] = tuple(_SIDE_A)


def displacement(action_unit: str) -> Float32Array:
    """The ROIs' displacement of one action unit at unit intensity.

    Parameters
    ----------
    action_unit : str
        A number of :data:`ACTION_UNITS`, with L or R in front when only that side (the person's own) moves.

    Returns
    -------
    (10, 2) float32
        (dx right, dy down) in canonical px.

    Raises
    ------
    KeyError
        When the table does not hold it.

    Examples
    --------
    >>> displacement("R12")[6], displacement("R12")[7]  # a one-sided smile: the person's right is on the left
    (array([-0.75, -0.75], dtype=float32), array([0., 0.], dtype=float32))
    """
    side = action_unit[0] if action_unit[0] in "LR" else ""
    number = int(action_unit.removeprefix(side))
    right = np.zeros((ROIS, 2), dtype=np.float32)
    right[[0, 1, 2, 6, 8, 9]] = _SIDE_A[number]
    if side == "R":
        return right
    left = mirrored(right)
    return left if side == "L" else right + left


def mirrored(vectors: Float32Array) -> Float32Array:
    """Vectors (..., 10, 2) as a mirrored picture would give them: sides swapped, dx turned round."""
    swapped = vectors[..., list(MIRROR_NODES), :].copy()
    swapped[..., 0] *= -1.0
    return swapped
