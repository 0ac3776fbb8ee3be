"""A portrait and its mesh go in, a pose goes in, the picture of the face in that pose comes out.

Expressions are sums of :func:`~livespot.synthesis.action_units.displacement_field`; head motion is a rotation by
the mesh's depth (:mod:`livespot.synthesis.depth`) and a similarity, both fading out around the head; blinks are a
layer (:mod:`livespot.synthesis.lids`). All of it is composed into one map of source coordinates, so every pixel is
interpolated once. The background stands still.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livespot.cv import cv2
from livespot.synthesis.action_units import Side, displacement_field, face_axes
from livespot.synthesis.depth import DepthMap
from livespot.synthesis.lids import find_eyes
from livespot.synthesis.timeline import Pose
from livespot.types import Float32Array, Image

_CELL_PX = 4  # the fields are smooth over 10 px and more, so they are summed and inverted on a coarse lattice
_INVERSIONS = 8  # each shrinks the error at least threefold; fields with slopes up to 0.3
_TURNED_INVERSIONS = 20  # the side of a nose that turns has slopes up to 0.6
_OVERSAMPLING = 2  # source px per picture px: cv2.remap rounds coordinates to 1/32 of a source px
_HEAD_CENTRE_DOWN = 0.25  # of the eye distance below the eyes; the head, hair included, moves as one within …
_HEAD_INNER = (1.35, 1.75)  # … these half axes (across, along the face), and nothing moves beyond …
_HEAD_OUTER = 1.75  # … this multiple of them
_BLINK_PULL = {6: 0.7}  # canonical px of cheek and lower lid at full closure


@dataclass(frozen=True, slots=True)
class Framing:
    """How a portrait lies in the picture: ``portrait = scale * picture + offset`` in px."""

    scale: float
    offset: tuple[float, float]
    size: tuple[int, int]  # width, height of the picture

    @classmethod
    def around(
        cls, mesh: Float32Array, size: tuple[int, int] = (640, 480), eye_distance_px: float = 120.0,
        eyes_at: tuple[float, float] = (0.5, 0.4),
    ) -> Framing:  # fmt: skip
        """Bring the eyes of a portrait's mesh to a place (shares of width and height) and distance."""
        axes = face_axes(mesh)
        scale = axes.eye_distance_px / eye_distance_px
        place = np.array(eyes_at) * size
        offset = axes.origin - scale * place
        return cls(scale, (float(offset[0]), float(offset[1])), size)

    def to_picture(self, mesh: Float32Array) -> Float32Array:
        """A portrait's mesh (478, 3) in px of the picture."""
        moved = mesh / np.float32(self.scale)
        moved[:, :2] -= np.array(self.offset, np.float32) / np.float32(self.scale)
        picture: Float32Array = moved.astype(np.float32)
        return picture

    def to_portrait(self, mesh: Float32Array) -> Float32Array:
        """The reverse: a mesh in px of the picture, in px of the portrait."""
        moved = mesh * np.float32(self.scale)
        moved[:, :2] += np.array(self.offset, np.float32)
        portrait: Float32Array = moved.astype(np.float32)
        return portrait

    def oversampled(self, portrait: Image) -> Float32Array:
        """The framed part of the portrait, (2 height, 2 width, 3) float32, mirrored beyond its edges."""
        width, height = (_OVERSAMPLING * n for n in self.size)
        step = self.scale / _OVERSAMPLING
        shift = (0.5 / _OVERSAMPLING - 0.5) * self.scale
        matrix = np.array([[step, 0.0, self.offset[0] + shift], [0.0, step, self.offset[1] + shift]])
        source = portrait.astype(np.float32)
        if step > 1.0:  # a large portrait is averaged first, or it would alias
            source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.45 * step), np.float32)
        flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
        framed = cv2.warpAffine(
            source, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT_101
        )
        return np.asarray(framed, np.float32)


class FaceRig:
    """One portrait, ready to be posed.

    Parameters
    ----------
    portrait : (height, width, 3) uint8
        BGR, one upright face.
    mesh : (478, 3) float32
        Its mesh, in px of ``portrait``.
    framing : Framing
        Where the face stands in the picture.
    """

    def __init__(self, portrait: Image, mesh: Float32Array, framing: Framing) -> None:
        self.size = framing.size
        self.mesh = framing.to_picture(mesh)
        self.axes = face_axes(self.mesh)
        self._framing = framing
        self._source = framing.oversampled(portrait)
        self._eyes = find_eyes(self.mesh)
        self._lattice = _lattice(self.size)
        self._pixels = _pixels(self.size)
        self._head = self._head_weight()
        self._fields: dict[tuple[int, Side], Float32Array] = {}
        self._depth: DepthMap | None = None

    def show(self, portrait: Image) -> None:
        """Exchange the picture, mesh and framing kept: the next frame of a person who sits still."""
        self._source = self._framing.oversampled(portrait)

    def render(self, pose: Pose) -> Float32Array:
        """The picture in a pose: (height, width, 3) float32, BGR 0-255 with slight overshoot; about 30 ms."""
        came_from = self.source_points(pose)
        picture = self._sample(came_from)
        if pose.closure > 0.0:
            for eye in self._eyes:
                x0, y0, x1, y1 = eye.box
                points = came_from[y0:y1, x0:x1]
                lid_points, cover = eye.lid_layer(points, pose.closure)
                lid = self._sample(lid_points)
                picture[y0:y1, x0:x1] += cover[..., None] * (lid - picture[y0:y1, x0:x1])
        return picture

    def neutral(self) -> Image:
        """The picture at rest, uint8."""
        return np.rint(np.clip(self.render(Pose()), 0.0, 255.0)).astype(np.uint8)

    def source_points(self, pose: Pose) -> Float32Array:
        """The point of the neutral picture that each pixel of the posed one shows: (height, width, 2) px."""
        moved = self.displacement(pose)
        back = np.zeros_like(moved)
        for _ in range(_TURNED_INVERSIONS if pose.yaw_deg or pose.pitch_deg else _INVERSIONS):
            at = (self._lattice - back - self._lattice[0, 0]) / np.float32(_CELL_PX)
            back = _remap(moved, at, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
        # The lattice covers whole cells, the picture may end within the last one.
        height, width = (n * _CELL_PX for n in back.shape[:2])
        dense = cv2.resize(back, (width, height), interpolation=cv2.INTER_CUBIC)[
            : self.size[1], : self.size[0]
        ]
        return np.asarray(self._pixels - dense, np.float32)

    def displacement(self, pose: Pose) -> Float32Array:
        """Where the neutral picture's lattice points go: (rows, columns, 2) float32 px; without the lids."""
        moved = np.zeros_like(self._lattice)
        pulls: dict[tuple[int, Side], float] = {
            (unit, "both"): peak * pose.closure for unit, peak in _BLINK_PULL.items() if pose.closure > 0.0
        }
        for (unit, side), intensity in (*pose.intensities.items(), *pulls.items()):
            moved += np.float32(intensity) * self._field(unit, side)
        here = self._lattice + moved
        if pose.yaw_deg or pose.pitch_deg:
            self._depth = self._depth or DepthMap(self.mesh, self.axes, self._lattice)
            here = self._depth.turned(here, pose.yaw_deg, pose.pitch_deg)
        turned = self._turned(pose, here)
        moved += self._head[..., None] * (turned - (self._lattice + moved))
        return moved

    def _field(self, unit: int, side: Side) -> Float32Array:
        key = (unit, side)
        if key not in self._fields:
            self._fields[key] = displacement_field(unit, side, self.mesh, self._lattice)
        return self._fields[key]

    def _turned(self, pose: Pose, points: Float32Array) -> Float32Array:
        """Points after the head's similarity, about a point below the chin as the neck is."""
        pivot = self.axes.origin + 1.6 * self.axes.eye_distance_px * self.axes.down
        angle = np.deg2rad(pose.roll_deg)
        matrix = pose.scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        # Rolling about the neck would carry the face sideways by far more than `shift`; that share is taken
        # out.
        back = self.axes.origin - (pivot + matrix @ (self.axes.origin - pivot))
        shift = np.array(pose.shift) * self.axes.px_per_canonical + 0.8 * back
        turned: Float32Array = ((points - pivot) @ matrix.T + pivot + shift).astype(np.float32)
        return turned

    def _head_weight(self) -> Float32Array:
        """1 on the head, 0 on the background, smooth between: (rows, columns) float32."""
        axes = self.axes
        centre = axes.origin + _HEAD_CENTRE_DOWN * axes.eye_distance_px * axes.down
        offset = (self._lattice - centre) / axes.eye_distance_px
        across, along = offset @ axes.right / _HEAD_INNER[0], offset @ axes.down / _HEAD_INNER[1]
        fade = np.clip((_HEAD_OUTER - np.hypot(across, along)) / (_HEAD_OUTER - 1.0), 0.0, 1.0)
        weight: Float32Array = (fade * fade * (3.0 - 2.0 * fade)).astype(np.float32)
        return weight

    def _sample(self, points: Float32Array) -> Float32Array:
        at = (points + np.float32(0.5)) * np.float32(_OVERSAMPLING) - np.float32(0.5)
        return _remap(self._source, at, cv2.INTER_CUBIC, cv2.BORDER_REFLECT_101)


def _remap(picture: Float32Array, at: Float32Array, interpolation: int, border: int) -> Float32Array:
    drawn = cv2.remap(picture, at[..., 0], at[..., 1], interpolation, borderMode=border)
    return np.asarray(drawn, np.float32)


def _pixels(size: tuple[int, int]) -> Float32Array:
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    return np.stack([x, y], axis=-1)


def _lattice(size: tuple[int, int]) -> Float32Array:
    """Centres of cells of ``_CELL_PX`` px that cover the picture."""
    cells = (-(-size[0] // _CELL_PX), -(-size[1] // _CELL_PX))
    centres: Float32Array = (_pixels(cells) + np.float32(0.5)) * np.float32(_CELL_PX) - np.float32(0.5)
    return centres
