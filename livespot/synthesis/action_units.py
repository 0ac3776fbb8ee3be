"""Action units as displacement fields on a face.

A mesh of MediaPipe's 478 points goes in with a grid of picture points; the displacement that one action unit
causes at each of them comes out. An action unit is a table of anchors (:mod:`livespot.synthesis.anchors`).

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
from livespot.synthesis.anchors import ACTION_UNITS, Anchor
from livespot.types import Float32Array

Float64Array = NDArray[np.float64]
Side = Literal["A", "B", "both"]
"""A is the left half of the unmirrored picture (the person's own right), as in ``ROI_NAMES``."""

Falloff = Literal["gaussian", "compact", "shepard"]
"""How an anchor's pull falls off with distance: as a Gaussian; as a polynomial that ends at 2.4 radii (Wendland's); or
by inverse distances between all anchors and rest (Shepard's interpolation), which has longer tails."""

CANONICAL_EYE_DISTANCE_PX = 90.0
_COMPACT_REACH = 2.4  # radii at which the compact fall-off ends; at one radius it has fallen to 0.31
_SHEPARD_CORE, _SHEPARD_REST = (
    0.25,
    0.6,
)  # squared radii within which it is flat; weight of what stays at rest
_CHIN, _NOSE_BRIDGE = 152, 168


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


def displacement_field(
    unit: int,
    side: Side,
    mesh: Float32Array,
    points: Float32Array,
    falloff: Falloff = "gaussian",
    reach: float = 1.0,
) -> Float32Array:
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
    falloff : {"gaussian", "compact", "shepard"}
        How the anchors' pull falls off with distance.
    reach : float
        Factor on the anchors' radii.

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
        squared = (offset**2).sum(axis=-1) / (reach * radius * axes.eye_distance_px) ** 2
        pull = _pull(squared, falloff)
        vector = (outward * axes.right + down * axes.down) * axes.px_per_canonical
        moved += pull[..., None] * vector
        weight += pull
        if falloff != "shepard":
            uncovered *= 1.0 - pull
    if falloff == "shepard":
        return np.asarray(moved / (weight + _SHEPARD_REST)[..., None], np.float32)
    # A weighted mean of the anchors, times how far the point lies inside their reach: smooth, and never above
    # them.
    field: Float32Array = (
        moved / np.maximum(weight, 1e-12)[..., None] * (1.0 - uncovered)[..., None]
    ).astype(np.float32)
    return field


def _pull(squared: Float64Array, falloff: Falloff) -> Float64Array:
    """Weight of an anchor at squared distances in radii."""
    if falloff == "gaussian":
        return np.asarray(np.exp(-squared), np.float64)
    if falloff == "compact":
        q = np.minimum(np.sqrt(squared) / _COMPACT_REACH, 1.0)
        return np.asarray((1.0 - q) ** 4 * (4.0 * q + 1.0), np.float64)
    return np.asarray(1.0 / (squared + _SHEPARD_CORE) ** 2, np.float64)


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
