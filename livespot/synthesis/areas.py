"""The motion of the measured areas without a single pixel: what the flow would see of a face that follows a timeline.

Ten ROIs, five still areas and the nose tip of one person's mesh are moved by the same action units, depth and head
motion that :mod:`livespot.synthesis.warp` draws with, averaged over each area as the flow averages. A second of video
costs some tens of microseconds, so a network can be shown as much as it can take.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from livespot.face.mesh_map import (
    INNER_EYE_LANDMARKS,
    NOSE_LANDMARKS,
    ROI_LANDMARKS,
    STILL_MESH,
    relief,
    to_68,
)
from livespot.synthesis.action_units import Float64Array, Side, displacement_field, face_axes
from livespot.synthesis.depth import DepthMap
from livespot.synthesis.neck import similarity
from livespot.synthesis.timeline import LIDS, LIDS_SHUT_PX, Action, ActionKey, Timeline
from livespot.synthesis.warp import BLINK_PULL
from livespot.types import ROIS, STILL_AREAS, Float32Array

AREAS = ROIS + STILL_AREAS
_SPREAD_PX = (-4.0, 0.0, 4.0)  # canonical px: a 3×3 raster stands for an area of 11×11
_NOSE_GROW = 0.35  # of half the inner-eye distance, as the flow's nose-tip area
_SWAY_STEP_S = 0.2  # the slowest sway has periods of 4 s, so straight lines between such points do


@dataclass(frozen=True, slots=True)
class Person:
    """How a person differs from the table: each area moves a little more or less, and the other way.

    Attributes
    ----------
    gain : (16,) float64
        Factor on what action units do to each area, the nose tip last.
    """

    gain: Float64Array

    @classmethod
    def average(cls) -> Person:
        """Everybody: as in the table."""
        return cls(np.ones(AREAS + 1))

    @classmethod
    def drawn(cls, random: np.random.Generator) -> Person:
        """Somebody: the spread is a guess, wide enough that nothing relies on the table's exact proportions."""
        return cls(np.clip(1.0 + 0.25 * random.standard_normal(AREAS + 1), 0.3, 1.8))


class FaceAreas:
    """One mesh, ready to be moved.

    Parameters
    ----------
    mesh : (478, 3) float32
        Neutral and about frontal, in px of any picture.

    Attributes
    ----------
    relief : (15, 3) float32
        As in :class:`livespot.types.Patch`.
    """

    def __init__(self, mesh: Float32Array) -> None:
        self._mesh = mesh.astype(np.float32)
        self._axes = face_axes(self._mesh)
        unit = self._axes.px_per_canonical
        basis = np.array([self._axes.right, self._axes.down])
        points = to_68(self._mesh).astype(np.float64)
        nose, inner = points[list(NOSE_LANDMARKS)], points[list(INNER_EYE_LANDMARKS)]
        grow = _NOSE_GROW * 0.5 * float(np.linalg.norm(inner[1] - inner[0])) / unit
        raster = np.stack(np.meshgrid(_SPREAD_PX, _SPREAD_PX), axis=-1).reshape(-1, 2)
        high = 0.5 * abs(float((nose[1] - nose[0]) @ self._axes.down)) / unit
        tip = raster / max(_SPREAD_PX) * np.array([grow, grow + high]) * 0.8
        centres = np.concatenate([points[list(ROI_LANDMARKS)], self._mesh[list(STILL_MESH), :2]])
        rasters = [centre + unit * raster @ basis for centre in centres]
        self._points = np.array([*rasters, nose.mean(axis=0) + unit * tip @ basis], np.float32)
        self._depth = DepthMap(self._mesh, self._axes, self._points)
        self._fields: dict[ActionKey, Float32Array] = {}
        places = relief(self._mesh).astype(np.float64) / unit
        self.relief = np.column_stack([places[:, :2] @ basis.T, places[:, 2]]).astype(np.float32)

    def displacement(
        self, timeline: Timeline, frames: NDArray[np.float64], person: Person | None = None
    ) -> Float32Array:
        """Where the areas are at some frames, against the still face.

        Parameters
        ----------
        timeline : Timeline
        frames : (n,) float64
            In the timeline's own.
        person : Person, optional

        Returns
        -------
        (n, 15, 2) float32
            (dx right, dy down) in canonical px, freed of the nose tip's motion: the difference of two rows is what the
            flow measures between those frames.
        """
        gain = (person or Person.average()).gain
        moved = np.zeros((len(frames), *self._points.shape), np.float64)
        for (action, side), share in _intensities(timeline, frames).items():
            field = self._field(action, side) * gain[:, None, None]
            moved += share[:, None, None, None] * field
        here = self._points + moved
        head = _head(timeline, frames)
        placed = self._turned(here.astype(np.float32), head)
        unit = self._axes.px_per_canonical
        areas = (placed - self._points).mean(axis=2) / unit
        freed = areas[:, :AREAS] - areas[:, AREAS:]
        basis = np.array([self._axes.right, self._axes.down])
        return np.asarray(freed @ basis.T, np.float32)

    def _field(self, unit: int, side: Side) -> Float32Array:
        key = (unit, side)
        if key not in self._fields:
            self._fields[key] = displacement_field(unit, side, self._mesh, self._points)
        return self._fields[key]

    def _turned(self, points: Float32Array, head: Float64Array) -> Float64Array:
        placed = points.astype(np.float64)
        if head[:, 4:].any():
            placed = self._depth.turned_course(points, head[:, 4], head[:, 5]).astype(np.float64)
        moves = [similarity(self._axes, row[:2], row[2], 1.0 + row[3]) for row in head]
        matrices, offsets = (np.array(part) for part in zip(*moves, strict=True))
        turned = np.einsum("n...j,nij->n...i", placed, matrices, optimize=True)
        return np.asarray(turned + offsets[:, None, None], np.float64)


def course(
    onset: float, there: float, leaves: float, offset: float, frames: NDArray[np.float64]
) -> Float64Array:
    """Share of the peak (n,) of what rises, stays and falls as people move."""
    rising = smooth((frames - onset) / max(there - onset, 1e-9))
    return np.where(frames <= there, rising, smooth((offset - frames) / max(offset - leaves, 1e-9)))


def smooth(share: Float64Array) -> Float64Array:
    """Minimum-jerk course from 0 to 1."""
    s = np.clip(share, 0.0, 1.0)
    return np.asarray(s * s * s * (10.0 - 15.0 * s + 6.0 * s * s), np.float64)


def _intensities(timeline: Timeline, frames: NDArray[np.float64]) -> dict[ActionKey, Float64Array]:
    found: dict[ActionKey, Float64Array] = {}

    def act(strength: Float64Array, actions: tuple[Action, ...]) -> None:
        for action in actions:
            key = (action.unit, action.side)
            found[key] = found.get(key, 0.0) + strength * action.peak

    for e in timeline.expressions:
        held = e.apex if e.held_until is None else e.held_until
        act(course(e.onset, e.apex, held, e.offset, frames), (*e.actions, *e.coupled))
    for stir in timeline.stirs:
        act(course(stir.onset, stir.apex, stir.apex, stir.offset, frames), stir.actions)
    closure = np.minimum(found.get((LIDS, "both"), np.zeros(len(frames))) / LIDS_SHUT_PX, 1.0)
    for blink in timeline.blinks:
        first, last = blink.frame - blink.closing_frames, blink.frame + blink.opening_frames
        closure = np.maximum(closure, course(first, blink.frame, blink.frame, last, frames))
    for unit, peak in BLINK_PULL.items():
        act(peak * closure, (Action(unit, 1.0),))
    return found


def _head(timeline: Timeline, frames: NDArray[np.float64]) -> Float64Array:
    """Shift x and y, roll, growth, yaw and pitch, (n, 6)."""
    head = np.zeros((len(frames), 6))
    if timeline.sway is not None and len(frames):
        step = _SWAY_STEP_S * timeline.rate_hz
        still = replace(timeline, moves=())
        knots = np.arange(float(frames.min()), float(frames.max()) + 2 * step, step)
        at_knots = np.array([still._head(knot) for knot in knots.tolist()])
        head += np.stack([np.interp(frames, knots, column) for column in at_knots.T], axis=1)
    for move in timeline.moves:
        strength = course(move.onset, move.there, move.leaves, move.offset, frames)
        goal = (*move.shift, move.roll_deg, move.growth, move.yaw_deg, move.pitch_deg)
        head += strength[:, None] * np.array(goal)
    return head
