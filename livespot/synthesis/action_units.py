"""Action units as displacement fields on a face.

A mesh of MediaPipe's 478 points goes in with a grid of picture points; the displacement that one action unit
causes at each of them comes out. An action unit is a table of anchors: mesh points, where they go, and how
far around they pull.

Everything is measured in the face's own units: directions in its own axes (outward from the midline, down
along the face), distances in outer-eye-corner distances, intensities in canonical px (outer eye corners
:data:`CANONICAL_EYE_DISTANCE_PX` apart), the unit of the SW-MRO features. So one table fits every portrait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from livespot.errors import UsageError
from livespot.face.mesh_map import OUTER_EYE_MESH
from livespot.types import Float32Array

Float64Array = NDArray[np.float64]
Side = Literal["A", "B", "both"]
"""A is the left half of the unmirrored picture (the person's own right), as in ``ROI_NAMES``."""

CANONICAL_EYE_DISTANCE_PX = 90.0
_CHIN, _NOSE_BRIDGE = 152, 168


@dataclass(frozen=True, slots=True)
class Anchor:
    """A mesh point, its twin on the other half of the face, and what happens there at intensity 1.

    Attributes
    ----------
    a, b : int
        Mesh index on half A and on half B; equal on the midline.
    outward, down : float
        Displacement in canonical px; ``outward`` leads away from the midline and is 0 on it. Both 0 pins the
        point.
    radius : float
        Where the Gaussian has fallen to 1/e, in outer-eye-corner distances.
    """

    a: int
    b: int
    outward: float
    down: float
    radius: float


def _pins(*pairs: tuple[int, int], radius: float = 0.13) -> tuple[Anchor, ...]:
    return tuple(Anchor(a, b, 0.0, 0.0, radius) for a, b in pairs)


_EYE_PINS = _pins((159, 386), (145, 374), (133, 362), (33, 263))
_NOSE_PINS = _pins((1, 1), (98, 327), radius=0.16)
_CHIN_PINS = _pins((152, 152), (199, 199), radius=0.16)

ACTION_UNITS: dict[int, tuple[Anchor, ...]] = {
    1: (  # inner brow raiser
        Anchor(107, 336, -0.05, -1.0, 0.16), Anchor(55, 285, -0.05, -1.0, 0.16),
        Anchor(66, 296, 0.0, -1.0, 0.15), Anchor(65, 295, 0.0, -0.9, 0.15),
        Anchor(105, 334, 0.0, -0.4, 0.15), Anchor(9, 9, 0.0, -0.6, 0.14), Anchor(108, 337, 0.0, -0.6, 0.16),
        *_EYE_PINS, *_pins((6, 6)),
    ),
    2: (  # outer brow raiser
        Anchor(63, 293, 0.1, -1.0, 0.16), Anchor(53, 283, 0.1, -0.95, 0.15),
        Anchor(105, 334, 0.05, -0.65, 0.15), Anchor(70, 300, 0.1, -0.85, 0.15),
        Anchor(104, 333, 0.0, -0.6, 0.16),
        *_EYE_PINS, *_pins((107, 336), (9, 9)),
    ),
    4: (  # brow lowerer
        Anchor(107, 336, -0.55, 0.85, 0.16), Anchor(55, 285, -0.55, 0.85, 0.15),
        Anchor(66, 296, -0.4, 0.9, 0.15), Anchor(65, 295, -0.4, 0.85, 0.14),
        Anchor(105, 334, -0.3, 0.75, 0.15), Anchor(63, 293, -0.15, 0.4, 0.14), Anchor(9, 9, 0.0, 0.55, 0.13),
        *_EYE_PINS, *_pins((6, 6)),
    ),
    6: (  # cheek raiser, with the lower lid
        Anchor(117, 346, -0.1, -0.9, 0.18), Anchor(50, 280, 0.0, -1.0, 0.2),
        Anchor(145, 374, 0.0, -0.35, 0.09),
        *_pins((33, 263), (133, 362), (98, 327)),
    ),
    12: (  # lip corner puller; the cheek goes with it
        Anchor(61, 291, 0.8, -0.75, 0.17), Anchor(57, 287, 0.75, -0.7, 0.16),
        Anchor(40, 270, 0.4, -0.3, 0.12),
        Anchor(91, 321, 0.5, -0.3, 0.12), Anchor(205, 425, 0.35, -0.65, 0.2),
        Anchor(50, 280, 0.15, -0.45, 0.2),
        *_pins((0, 0), (17, 17)), *_NOSE_PINS, *_CHIN_PINS,
    ),
    14: (  # dimpler
        Anchor(61, 291, 0.95, 0.0, 0.16), Anchor(57, 287, 0.9, 0.0, 0.15), Anchor(40, 270, 0.4, 0.0, 0.12),
        Anchor(91, 321, 0.4, 0.0, 0.12), *_pins((0, 0), (17, 17)), *_NOSE_PINS,
    ),
    15: (  # lip corner depressor
        Anchor(61, 291, 0.15, 1.0, 0.16), Anchor(57, 287, 0.15, 1.0, 0.15), Anchor(91, 321, 0.1, 0.6, 0.12),
        Anchor(40, 270, 0.0, 0.4, 0.12), Anchor(210, 430, 0.1, 0.6, 0.16),
        *_pins((0, 0), (17, 17)), *_NOSE_PINS,
    ),
    17: (  # chin raiser, which pushes the lower lip
        Anchor(199, 199, 0.0, -1.0, 0.17), Anchor(175, 175, 0.0, -0.8, 0.15),
        Anchor(18, 18, 0.0, -0.95, 0.13),
        Anchor(17, 17, 0.0, -0.8, 0.12), Anchor(84, 314, 0.0, -0.7, 0.12),
        *_pins((0, 0), (61, 291), (40, 270), radius=0.1),
    ),
    20: (  # lip stretcher
        Anchor(61, 291, 1.0, 0.1, 0.18), Anchor(57, 287, 1.0, 0.15, 0.17), Anchor(40, 270, 0.5, 0.0, 0.12),
        Anchor(91, 321, 0.55, 0.1, 0.12), Anchor(205, 425, 0.4, 0.0, 0.16),
        *_pins((0, 0), (17, 17)), *_NOSE_PINS, *_CHIN_PINS,
    ),
    24: (  # lip presser
        Anchor(0, 0, 0.0, 0.75, 0.11), Anchor(37, 267, 0.0, 0.75, 0.11), Anchor(40, 270, -0.05, 0.4, 0.11),
        Anchor(17, 17, 0.0, -1.0, 0.12), Anchor(84, 314, 0.0, -0.95, 0.12),
        Anchor(91, 321, -0.05, -0.45, 0.11),
        Anchor(61, 291, -0.25, 0.0, 0.13), *_NOSE_PINS, *_CHIN_PINS,
    ),
    25: (  # lips part
        Anchor(17, 17, 0.0, 1.0, 0.13), Anchor(84, 314, 0.0, 0.95, 0.12), Anchor(14, 14, 0.0, 0.9, 0.1),
        Anchor(91, 321, 0.0, 0.5, 0.11), Anchor(199, 199, 0.0, 0.45, 0.16), Anchor(0, 0, 0.0, -0.15, 0.1),
        *_pins((61, 291), (1, 1), radius=0.1),
    ),
}  # fmt: skip
"""The basis. Overlapping anchors are averaged: a table never adds up to more than its largest."""


@dataclass(frozen=True, slots=True)
class FaceAxes:
    """The face's own coordinates in a picture.

    Attributes
    ----------
    origin : (2,) float64
        Midpoint of the outer eye corners, px.
    right, down : (2,) float64
        Unit vectors in the picture: from eye A to eye B, and at right angles to it towards the chin.
    eye_distance_px : float
        Distance of the outer eye corners.
    """

    origin: Float64Array
    right: Float64Array
    down: Float64Array
    eye_distance_px: float

    @property
    def px_per_canonical(self) -> float:
        """Picture px per canonical px."""
        return self.eye_distance_px / CANONICAL_EYE_DISTANCE_PX


def face_axes(mesh: Float32Array) -> FaceAxes:
    """Axes of the face whose mesh, (478, 3) or (478, 2) in px, is given."""
    a, b = mesh[OUTER_EYE_MESH[0], :2].astype(np.float64), mesh[OUTER_EYE_MESH[1], :2].astype(np.float64)
    distance = float(np.linalg.norm(b - a))
    if not distance > 0:
        raise UsageError(
            "face mesh: the outer eye corners (33, 263) coincide; give the mesh in px of the picture"
        )
    right = (b - a) / distance
    down = np.array([-right[1], right[0]])
    if float((mesh[_CHIN, :2] - mesh[_NOSE_BRIDGE, :2]) @ down) < 0:
        raise UsageError(
            "face mesh: the chin lies above the eyes; turn the portrait upright and do not mirror it"
        )
    return FaceAxes((a + b) / 2, right, down, distance)


def displacement_field(unit: int, side: Side, mesh: Float32Array, points: Float32Array) -> Float32Array:
    """Displacement of picture points by one action unit at intensity 1 canonical px.

    Parameters
    ----------
    unit : int
        Number of the action unit, a key of :data:`ACTION_UNITS`.
    side : {"A", "B", "both"}
        Which half of the face moves. The two halves add up to ``both`` away from the midline.
    mesh : (478, 3) float32
        The neutral face, px of the picture.
    points : (..., 2) float32
        Where, (x, y) in the same px.

    Returns
    -------
    (..., 2) float32
        (dx right, dy down) in picture px. The largest is about 1 canonical px, and it falls off to nothing
        within about two radii of the anchors.

    Raises
    ------
    UsageError
        For an action unit that the table lacks.
    """
    if unit not in ACTION_UNITS:
        known = ", ".join(str(u) for u in ACTION_UNITS)
        raise UsageError(
            f"action unit {unit}: not in the basis; known are {known} (45, the blink, is a lid closure)"
        )
    axes = face_axes(mesh)
    moved = np.zeros(points.shape, np.float64)
    weight = np.zeros(points.shape[:-1], np.float64)
    uncovered = np.ones(points.shape[:-1], np.float64)
    for index, outward, down, radius in _placed(ACTION_UNITS[unit], side):
        offset = points.astype(np.float64) - mesh[index, :2]
        gaussian = np.exp(-(offset**2).sum(axis=-1) / (radius * axes.eye_distance_px) ** 2)
        vector = (outward * axes.right + down * axes.down) * axes.px_per_canonical
        moved += gaussian[..., None] * vector
        weight += gaussian
        uncovered *= 1.0 - gaussian
    # A weighted mean of the anchors, times how far the point lies inside their reach: smooth, and never above
    # them.
    field: Float32Array = (
        moved / np.maximum(weight, 1e-12)[..., None] * (1.0 - uncovered)[..., None]
    ).astype(np.float32)
    return field


def _placed(anchors: tuple[Anchor, ...], side: Side) -> list[tuple[int, float, float, float]]:
    """Anchors as (mesh index, right, down, radius): each pair twice, one at rest if the other acts."""
    placed: list[tuple[int, float, float, float]] = []
    for anchor in anchors:
        if anchor.a == anchor.b:
            share = 1.0 if side == "both" else 0.5
            placed.append((anchor.a, 0.0, anchor.down * share, anchor.radius))
            continue
        a_moves, b_moves = float(side != "B"), float(side != "A")
        placed.append((anchor.a, -anchor.outward * a_moves, anchor.down * a_moves, anchor.radius))
        placed.append((anchor.b, anchor.outward * b_moves, anchor.down * b_moves, anchor.radius))
    return placed
