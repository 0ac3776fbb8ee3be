"""A head that turns out of the plane: the mesh's depth, spread over the picture, rotated and projected.

What enters is the neutral mesh, what leaves is where each picture point goes under yaw and pitch. The depth of
the 478 mesh points is carried to every point of a lattice by Gaussians, as the action units are; around the
face, where the mesh knows nothing, it runs out to the depth of the face's rim.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livespot.synthesis.action_units import FaceAxes
from livespot.types import Float32Array

Float64Array = NDArray[np.float64]

_RADIUS = 0.06  # of the eye distance: the spacing of the mesh at its densest; larger would flatten the nose
_NEIGHBOUR = 3  # a point's Gaussian reaches to its third neighbour,
_REACH = 0.9  # this share of the way, and at least over _RADIUS
_RIM = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
        150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
_FAR = 0.5  # of the eye distance: over this the rim's own depth gives way to its mean
_PIVOT_DOWN, _PIVOT_BACK = 0.9, 0.9  # the atlas joint, from between the eyes, in eye distances


class DepthMap:
    """The head's depth at fixed points of the neutral picture.

    Parameters
    ----------
    mesh : (478, 3) float32
        Neutral, px of the picture; z has the scale of x, towards the camera negative.
    axes : FaceAxes
        Of that mesh.
    points : (..., 2) float32
        Where depth is wanted, px.
    camera : float
        Eye distances from the camera; 7 is about 65 cm, as before a screen.

    Attributes
    ----------
    depth : (...) float64
        px, against the midpoint of the outer eye corners, towards the camera negative.
    """

    def __init__(self, mesh: Float32Array, axes: FaceAxes, points: Float32Array, camera: float = 7.0) -> None:
        self._axes, self._camera = axes, camera
        z = mesh[:, 2].astype(np.float64)
        z = z - z[[33, 263]].mean()
        self.depth = _spread(mesh[:, :2].astype(np.float64), z, axes.eye_distance_px, points)

    def turned(self, points: Float32Array, yaw_deg: float, pitch_deg: float) -> Float32Array:
        """Where points go when the head turns about its neck; the eyes' share of the shift is taken out half.

        Parameters
        ----------
        points : (..., 2) float32
            Of the same shape as at construction: where the skin of each point is now, px.
        yaw_deg : float
            Positive turns the nose to the picture's right.
        pitch_deg : float
            Positive lowers the chin.

        Returns
        -------
        (..., 2) float32
        """
        angles = np.array([yaw_deg]), np.array([pitch_deg])
        turned: Float32Array = self.turned_course(points[None], *angles)[0]
        return turned

    def turned_course(
        self, points: Float32Array, yaw_deg: Float64Array, pitch_deg: Float64Array
    ) -> Float32Array:
        """The same over n frames: points (n, ..., 2), angles (n,)."""
        axes, unit = self._axes, self._axes.eye_distance_px
        offset = points.astype(np.float64) - axes.origin
        depth = np.broadcast_to(self.depth, offset.shape[:-1])
        place = np.stack([offset @ axes.right, offset @ axes.down, depth], axis=-1)
        pivot = np.array([0.0, _PIVOT_DOWN, _PIVOT_BACK]) * unit
        turns = np.array([_turn(y, x) for y, x in zip(yaw_deg, pitch_deg, strict=True)])
        moved = np.einsum("n...j,nij->n...i", place - pivot, turns, optimize=True) + pivot
        shift = 0.5 * (turns @ -pivot + pivot) * np.array([1.0, 1.0, 0.0])
        moved -= shift.reshape(len(shift), *[1] * (place.ndim - 2), 3)
        near = (self._camera * unit + place[..., 2]) / (self._camera * unit + moved[..., 2])
        u, v = moved[..., 0] * near, moved[..., 1] * near
        return np.asarray(axes.origin + u[..., None] * axes.right + v[..., None] * axes.down, np.float32)


def _turn(yaw_deg: float, pitch_deg: float) -> Float64Array:
    """The rotation (3, 3) of a head."""
    yaw, pitch = np.deg2rad(yaw_deg), np.deg2rad(pitch_deg)
    about_down = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_right = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    turn: Float64Array = about_right @ about_down
    return turn


def _spread(mesh: Float64Array, z: Float64Array, unit: float, points: Float32Array) -> Float64Array:
    """Mesh depth as a field over the points; line by line, since all pairs at once would fill the memory."""
    flat = points.reshape(-1, 2).astype(np.float64)
    rim = np.array(_RIM)
    rim_mean = float(z[rim].mean())
    radii = np.maximum(_RADIUS, _REACH * _spacing(mesh) / unit)
    depth = np.empty(len(flat))
    for first in range(0, len(flat), 2048):
        part = flat[first : first + 2048]
        squared = ((part[:, None] - mesh) ** 2).sum(axis=-1) / unit**2
        near = np.exp(-squared / radii**2)
        far = 1.0 / (squared[:, rim] + 0.01)
        outside = (far * z[rim]).sum(axis=1) / far.sum(axis=1)
        gone = 1.0 - np.exp(-squared[:, rim].min(axis=1) / _FAR**2)
        outside = outside * (1.0 - gone) + rim_mean * gone
        # Within the face the mesh's own Gaussians outweigh the rim by far; beyond it they die out.
        floor = 0.02
        depth[first : first + 2048] = (near @ z + floor * outside) / (near.sum(axis=1) + floor)
    return depth.reshape(points.shape[:-1])


def _spacing(mesh: Float64Array) -> Float64Array:
    """How far apart the mesh points lie at each of them, px: at the rim four times as far as at the lips.

    Gaussians narrower than that would leave troughs between the points, which show as ripples of the contour when the
    head turns.
    """
    apart = np.linalg.norm(mesh[:, None] - mesh[None], axis=-1)
    distance: Float64Array = np.partition(apart, _NEIGHBOUR, axis=1)[:, _NEIGHBOUR]
    return distance
