"""The motion of the measured areas without a single pixel: what the flow would see of a face that follows a timeline.

The regions of a layout, five still areas and the nose tip of one person's mesh are moved by the same action units,
lids, depth and head motion that :mod:`livespot.synthesis.warp` draws with, averaged over each area as the flow
averages. A second of video costs some tens of microseconds, so a network can be shown as much as it can take.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from livespot.face.mesh_map import (
    INNER_EYE_LANDMARKS,
    NOSE_LANDMARKS,
    STILL_MESH,
    region_centres,
    relief,
    to_68,
)
from livespot.regions import PAPER, RegionLayout
from livespot.synthesis.action_units import Float64Array, Side, displacement_field, face_axes
from livespot.synthesis.courses import strength
from livespot.synthesis.depth import DepthMap
from livespot.synthesis.gaze import LIDS_FOLLOW, Glance
from livespot.synthesis.lids import find_eyes
from livespot.synthesis.neck import similarity
from livespot.synthesis.renderer import VARIANTS, Renderer
from livespot.synthesis.timeline import LIDS, LIDS_SHUT_PX, Action, ActionKey, Timeline
from livespot.synthesis.warp import BLINK_PULL
from livespot.types import STILL_AREAS, Float32Array

_SPREAD_PX = (-4.0, 0.0, 4.0)  # canonical px: a 3×3 raster stands for an area of 11×11
_NOSE_GROW = 0.35  # of half the inner-eye distance, as the flow's nose-tip area
_SWAY_STEP_S = 0.2  # the slowest sway has periods of 4 s, so straight lines between such points do


@dataclass(frozen=True, slots=True)
class Person:
    """How a person differs from the table: each area moves a little more or less, and the other way.

    Attributes
    ----------
    gain : (R + 6,) float64
        Factor on what action units do to each area: regions, still areas, and the nose tip last.
    """

    gain: Float64Array

    @classmethod
    def average(cls, layout: RegionLayout = PAPER) -> Person:
        """Everybody: as in the table."""
        return cls(np.ones(len(layout) + STILL_AREAS + 1))

    @classmethod
    def drawn(cls, random: np.random.Generator, layout: RegionLayout = PAPER) -> Person:
        """Somebody: the spread is a guess, wide enough that nothing relies on the table's exact proportions."""
        spread = random.standard_normal(len(layout) + STILL_AREAS + 1)
        return cls(np.clip(1.0 + 0.25 * spread, 0.3, 1.8))


class FaceAreas:
    """One mesh, ready to be moved.

    Parameters
    ----------
    mesh : (478, 3) float32
        Neutral and about frontal, in px of any picture.
    layout : RegionLayout
        Which regions are measured, R of them.
    renderer : Renderer
        Whose displacement fields and camera are followed; time courses are the timeline's own.

    Attributes
    ----------
    layout : RegionLayout
    relief : (R + 5, 3) float32
        As in :class:`livespot.types.Patch`.
    """

    def __init__(
        self, mesh: Float32Array, layout: RegionLayout = PAPER, renderer: Renderer = VARIANTS["a"]
    ) -> None:
        self.layout = layout
        self._areas = len(layout) + STILL_AREAS
        self._renderer = renderer
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
        centres = np.concatenate(
            [region_centres(self._mesh, layout)[:, :2], self._mesh[list(STILL_MESH), :2]]
        ).astype(np.float64)
        rasters = [centre + unit * raster @ basis for centre in centres]
        self._points = np.array([*rasters, nose.mean(axis=0) + unit * tip @ basis], np.float32)
        self._depth = DepthMap(self._mesh, self._axes, self._points, renderer.camera)
        self._fields: dict[ActionKey, Float32Array] = {}
        self._lids = sum(eye.lid_flow(self._points) for eye in find_eyes(self._mesh))
        places = relief(self._mesh, layout).astype(np.float64) / unit
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
        (n, R + 5, 2) float32
            (dx right, dy down) in canonical px, freed of the nose tip's motion: the difference of two rows is what the
            flow measures between those frames.
        """
        gain = (person or Person.average(self.layout)).gain
        moved = np.zeros((len(frames), *self._points.shape), np.float64)
        intensities, closure = _intensities(timeline, frames)
        for (action, side), share in intensities.items():
            field = self._field(action, side) * gain[:, None, None]
            moved += share[:, None, None, None] * field
        moved += closure[:, None, None, None] * self._lids * gain[:, None, None]
        here = self._points + moved
        head = _head(timeline, frames)
        placed = self._turned(here.astype(np.float32), head)
        unit = self._axes.px_per_canonical
        areas = (placed - self._points).mean(axis=2) / unit
        freed = areas[:, : self._areas] - areas[:, self._areas :]
        basis = np.array([self._axes.right, self._axes.down])
        return np.asarray(freed @ basis.T, np.float32)

    def pattern(self, unit: int, side: Side) -> Float64Array:
        """Displacement (R, 2) of the regions by an action unit at intensity 1: canonical px, freed of the nose tip."""
        return self._pattern(self._field(unit, side).astype(np.float64))

    def lid_pattern(self) -> Float64Array:
        """Displacement (R, 2) of the regions when both eyes shut: canonical px, freed of the nose tip."""
        return self._pattern(np.asarray(self._lids, np.float64))

    def _pattern(self, moved: Float64Array) -> Float64Array:
        basis = np.array([self._axes.right, self._axes.down])
        areas = moved.mean(axis=1) / self._axes.px_per_canonical @ basis.T
        return np.asarray(areas[: len(self.layout)] - areas[-1], np.float64)

    def _field(self, unit: int, side: Side) -> Float32Array:
        key = (unit, side)
        if key not in self._fields:
            drawn = self._renderer
            self._fields[key] = displacement_field(
                unit, side, self._mesh, self._points, drawn.falloff, drawn.reach
            )
        return self._fields[key]

    def _turned(self, points: Float32Array, head: Float64Array) -> Float64Array:
        placed = points.astype(np.float64)
        if head[:, 4:].any():
            placed = self._depth.turned_course(points, head[:, 4], head[:, 5]).astype(np.float64)
        moves = [similarity(self._axes, row[:2], row[2], 1.0 + row[3]) for row in head]
        matrices, offsets = (np.array(part) for part in zip(*moves, strict=True))
        turned = np.einsum("n...j,nij->n...i", placed, matrices, optimize=True)
        return np.asarray(turned + offsets[:, None, None], np.float64)


def _intensities(
    timeline: Timeline, frames: NDArray[np.float64]
) -> tuple[dict[ActionKey, Float64Array], Float64Array]:
    """Canonical px of each action unit (n,), and the lids' closure (n,), 0 to 1."""
    found: dict[ActionKey, Float64Array] = {}

    def act(shares: Float64Array, actions: tuple[Action, ...]) -> None:
        for action in actions:
            key = (action.unit, action.side)
            found[key] = found.get(key, 0.0) + shares * action.peak

    for e in timeline.expressions:
        act(e.strengths(frames), (*e.actions, *e.coupled))
    for stir in timeline.stirs:
        act(stir.strengths(frames), stir.actions)
    closure = np.minimum(found.get((LIDS, "both"), np.zeros(len(frames))) / LIDS_SHUT_PX, 1.0)
    for blink in timeline.blinks:
        first, last = blink.frame - blink.closing_frames, blink.frame + blink.opening_frames
        closure = np.maximum(closure, strength(first, blink.frame, blink.frame, last, frames))
    closure = np.maximum(closure, LIDS_FOLLOW * _looking_down(timeline.glances, frames))
    for unit, peak in BLINK_PULL.items():
        act(peak * closure, (Action(unit, 1.0),))
    return found, closure


def _looking_down(glances: tuple[Glance, ...], frames: NDArray[np.float64]) -> Float64Array:
    """Degrees (n,) that the eyes look down, as :func:`livespot.synthesis.gaze.gaze_at` has them."""
    down = np.zeros(len(frames))
    for glance in glances:
        share = np.clip((frames - glance.onset) / (glance.landed - glance.onset), 0.0, 1.0)
        down += share * share * (3.0 - 2.0 * share) * (glance.to[1] - down)
    return down


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
        shares = strength(move.onset, move.there, move.leaves, move.offset, frames)
        goal = (*move.shift, move.roll_deg, move.growth, move.yaw_deg, move.pitch_deg)
        head += shares[:, None] * np.array(goal)
    return head
