"""A portrait and its mesh go in, a pose goes in, the picture of the face in that pose comes out.

Expressions are sums of :func:`~livespot.synthesis.action_units.displacement_field`; head motion is a rotation by
the mesh's depth (:mod:`livespot.synthesis.depth`) and a similarity, both fading out around the head; blinks and
gaze are layers (:mod:`livespot.synthesis.lids`). All of it is composed into one map of source coordinates, so every
pixel is interpolated once; motion blur averages it over the exposure where motion is fast. Folds of the skin and
shadows are light taken away. The background stands still.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livespot.cv import cv2
from livespot.synthesis.action_units import Side, displacement_field, face_axes
from livespot.synthesis.depth import DepthMap
from livespot.synthesis.framing import OVERSAMPLING, Framing
from livespot.synthesis.lids import Eye, find_eyes
from livespot.synthesis.neck import similarity
from livespot.synthesis.renderer import VARIANTS, Kernel, Renderer
from livespot.synthesis.shadows import light
from livespot.synthesis.timeline import Pose
from livespot.synthesis.wrinkles import Wrinkles
from livespot.types import Float32Array, Image

_CELL_PX = 4  # the fields are smooth over 10 px and more, so they are summed and inverted on a coarse lattice
_INVERSIONS = 8  # each shrinks the error at least threefold; fields with slopes up to 0.3
_TURNED_INVERSIONS = 20  # the side of a nose that turns has slopes up to 0.6
_INVERTED_PX = 0.002  # a change between two inversions that is none any more
_HEAD_CENTRE_DOWN = 0.25  # of the eye distance below the eyes; the head, hair included, moves as one within …
_HEAD_INNER = (1.35, 1.75)  # … these half axes (across, along the face), and nothing moves beyond …
_HEAD_OUTER = 1.75  # … this multiple of them
BLINK_PULL = {6: 0.7}  # canonical px of cheek and lower lid at full closure
_BLURRED_PX = (
    1.2  # travel during the exposure from which blur is drawn: below it, it is fainter than the lens's
)
_COARSE_BLUR_PX = 5.0  # … and from which three pictures would show as three
_LIDS_BLURRED, _GAZE_BLURRED_DEG = 0.08, 2.0  # change of closure and gaze from which the eyes are blurred

_KERNELS: dict[Kernel, int] = {
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "lanczos": cv2.INTER_LANCZOS4,
}

Box = tuple[int, int, int, int]  # x0, y0, x1, y1 px, the last exclusive


@dataclass(frozen=True, slots=True)
class Motion:
    """Where the skin has gone in a pose, on the rig's lattice: (rows, columns, 2) float32 px each.

    ``there`` is how far each point of the neutral picture has moved; ``back`` is how far each point of the posed
    picture came.
    """

    there: Float32Array
    back: Float32Array


@dataclass(frozen=True, slots=True)
class Smear:
    """What changes while the shutter is open: ``back`` as in :class:`Motion`, closure, and gaze in degrees."""

    back: Float32Array
    closure: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)


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
    renderer : Renderer
        The variant that it is drawn by; its time course is the timeline's business.
    """

    def __init__(
        self,
        portrait: Image,
        mesh: Float32Array,
        framing: Framing,
        renderer: Renderer = VARIANTS["a"],
    ) -> None:
        self.renderer = renderer
        self.size = framing.size
        self.mesh = framing.to_picture(mesh)
        self.axes = face_axes(self.mesh)
        self._framing = framing
        self._source = framing.oversampled(portrait)
        self._eyes = find_eyes(self.mesh)
        self._lattice = _lattice(self.size)
        self._pixels = _pixels(self.size)
        self._head = self._head_weight()
        self._wrinkles = Wrinkles(self.mesh, self.axes, self.size)
        self._fields: dict[tuple[int, Side], Float32Array] = {}
        self._depth: DepthMap | None = None

    def show(self, portrait: Image) -> None:
        """Exchange the picture, mesh and framing kept: the next frame of a person who sits still."""
        self._source = self._framing.oversampled(portrait)

    def render(self, pose: Pose, motion: Motion | None = None, smear: Smear | None = None) -> Float32Array:
        """The picture in a pose: (height, width, 3) float32, BGR 0-255 with slight overshoot; about 20 ms.

        ``motion`` is :meth:`motion` of that pose, if it is known already; ``smear`` blurs what moves fast.
        """
        motion = motion or self.motion(pose)
        came_from = self._dense(motion)
        eyes = [(eye, self._eye_box(eye, motion)) for eye in self._eyes]
        picture = self._drawn(came_from, (0, 0), eyes, pose.closure, pose.gaze)
        if smear is not None:
            for box, taps in self._blurred(smear, eyes):
                self._blur(picture, box, taps, came_from, eyes, pose, smear)
        self._fold(picture, pose, motion, came_from)
        if pose.shadows:
            left = cv2.resize(light(pose.shadows, self.axes, self._lattice), None, fx=_CELL_PX, fy=_CELL_PX)
            picture *= left[: self.size[1], : self.size[0], None]
        return picture

    def _drawn(
        self, points: Float32Array, corner: tuple[int, int], eyes: list[tuple[Eye, Box]], closure: float,
        gaze: tuple[float, float],
    ) -> Float32Array:  # fmt: skip
        """The skin that came from ``points``, a part of the picture whose first pixel is ``corner``, with eyes."""
        picture = self._sample(points)
        height, width = picture.shape[:2]
        for eye, (x0, y0, x1, y1) in eyes:
            x0, x1 = (min(max(x - corner[0], 0), width) for x in (x0, x1))
            y0, y1 = (min(max(y - corner[1], 0), height) for y in (y0, y1))
            here = np.s_[y0:y1, x0:x1]
            if x0 >= x1 or y0 >= y1:
                continue
            if any(gaze):
                ball, cover = eye.ball_layer(points[here], gaze, self.axes.right)
                picture[here] += cover[..., None] * (self._sample(ball) - picture[here])
            if closure > 0.0:
                lid, cover = eye.lid_layer(points[here], closure)
                picture[here] += cover[..., None] * (self._sample(lid) - picture[here])
        return picture

    def _eye_box(self, eye: Eye, motion: Motion) -> Box:
        """The eye's box where the head has carried it, within the picture."""
        x0, y0, x1, y1 = eye.box
        row, column = ((y0 + y1) // 2 // _CELL_PX, (x0 + x1) // 2 // _CELL_PX)
        rows, columns = motion.there.shape[:2]
        dx, dy = np.rint(motion.there[min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)]).astype(
            int
        )
        width, height = self.size
        xs = (min(max(x0 + int(dx), 0), width), min(max(x1 + int(dx), 0), width))
        ys = (min(max(y0 + int(dy), 0), height), min(max(y1 + int(dy), 0), height))
        return xs[0], ys[0], xs[1], ys[1]

    def _blurred(self, smear: Smear, eyes: list[tuple[Eye, Box]]) -> list[tuple[Box, int]]:
        """Where motion is fast, and of how many pictures the blur is made there."""
        travel = np.abs(smear.back).max(axis=-1)
        fast = travel > _BLURRED_PX
        if fast.any():
            rows, columns = np.flatnonzero(fast.any(axis=1)), np.flatnonzero(fast.any(axis=0))
            box = (
                int(columns[0]) * _CELL_PX, int(rows[0]) * _CELL_PX,
                min((int(columns[-1]) + 1) * _CELL_PX, self.size[0]),
                min((int(rows[-1]) + 1) * _CELL_PX, self.size[1]),
            )  # fmt: skip
            return [(box, 3 if float(travel.max()) < _COARSE_BLUR_PX else 5)]
        if abs(smear.closure) > _LIDS_BLURRED or float(np.hypot(*smear.gaze)) > _GAZE_BLURRED_DEG:
            return [(box, 3) for _, box in eyes if box[0] < box[2] and box[1] < box[3]]
        return []

    def _blur(
        self, picture: Float32Array, box: Box, taps: int, came_from: Float32Array, eyes: list[tuple[Eye, Box]],
        pose: Pose, smear: Smear,
    ) -> None:  # fmt: skip
        """Average ``picture`` over the exposure within ``box``; it holds the middle one of the ``taps`` pictures."""
        x0, y0, x1, y1 = box
        cells = smear.back[y0 // _CELL_PX : -(-y1 // _CELL_PX), x0 // _CELL_PX : -(-x1 // _CELL_PX)]
        travel = cv2.resize(cells, None, fx=_CELL_PX, fy=_CELL_PX)
        first = y0 % _CELL_PX, x0 % _CELL_PX
        travel = travel[first[0] : first[0] + y1 - y0, first[1] : first[1] + x1 - x0]
        here = np.s_[y0:y1, x0:x1]
        for tap in range(taps):
            share = (tap + 0.5) / taps - 0.5
            if share == 0.0:
                continue
            closure = min(max(pose.closure + share * smear.closure, 0.0), 1.0)
            gaze = (pose.gaze[0] + share * smear.gaze[0], pose.gaze[1] + share * smear.gaze[1])
            points = np.asarray(came_from[here] - np.float32(share) * travel, np.float32)
            picture[here] += self._drawn(points, (x0, y0), eyes, closure, gaze)
        picture[here] /= np.float32(taps)

    def _fold(self, picture: Float32Array, pose: Pose, motion: Motion, came_from: Float32Array) -> None:
        """Darken the folds of the skin where they are now."""
        dark = self._wrinkles.darkness(pose.intensities)
        if dark is None:
            return
        x0, y0, x1, y1 = self._wrinkles.box
        gone = motion.there[y0 // _CELL_PX : -(-y1 // _CELL_PX), x0 // _CELL_PX : -(-x1 // _CELL_PX)]
        (dx0, dy0), (dx1, dy1) = np.floor(gone.min(axis=(0, 1))), np.ceil(gone.max(axis=(0, 1)))
        here = np.s_[
            max(y0 + int(dy0), 0) : max(y1 + int(dy1), 0), max(x0 + int(dx0), 0) : max(x1 + int(dx1), 0)
        ]
        at = came_from[here] - np.array([x0, y0], np.float32)
        carried = _remap(dark, at, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        picture[here] *= 1.0 - carried[..., None]

    def neutral(self) -> Image:
        """The picture at rest, uint8."""
        return np.rint(np.clip(self.render(Pose()), 0.0, 255.0)).astype(np.uint8)

    def source_points(self, pose: Pose) -> Float32Array:
        """The point of the neutral picture that each pixel of the posed one shows: (height, width, 2) px."""
        return self._dense(self.motion(pose))

    def motion(self, pose: Pose) -> Motion:
        """The skin's motion in a pose."""
        there = self.displacement(pose)
        back = np.zeros_like(there)
        for _ in range(_TURNED_INVERSIONS if pose.yaw_deg or pose.pitch_deg else _INVERSIONS):
            at = (self._lattice - back - self._lattice[0, 0]) / np.float32(_CELL_PX)
            last, back = back, _remap(there, at, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
            if float(cv2.norm(back, last, cv2.NORM_INF)) < _INVERTED_PX:
                break
        return Motion(there, back)

    def _dense(self, motion: Motion) -> Float32Array:
        back = motion.back
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
            (unit, "both"): peak * pose.closure for unit, peak in BLINK_PULL.items() if pose.closure > 0.0
        }
        for (unit, side), intensity in (*pose.intensities.items(), *pulls.items()):
            moved += np.float32(intensity) * self._field(unit, side)
        here = self._lattice + moved
        if pose.yaw_deg or pose.pitch_deg:
            self._depth = self._depth or DepthMap(self.mesh, self.axes, self._lattice, self.renderer.camera)
            here = self._depth.turned(here, pose.yaw_deg, pose.pitch_deg)
        matrix, offset = similarity(self.axes, np.array(pose.shift), pose.roll_deg, pose.scale)
        turned = (here @ matrix.T + offset).astype(np.float32)
        moved += self._head[..., None] * (turned - (self._lattice + moved))
        return moved

    def _field(self, unit: int, side: Side) -> Float32Array:
        key = (unit, side)
        if key not in self._fields:
            drawn = self.renderer
            self._fields[key] = displacement_field(
                unit, side, self.mesh, self._lattice, drawn.falloff, drawn.reach
            )
        return self._fields[key]

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
        at = (points + np.float32(0.5)) * np.float32(OVERSAMPLING) - np.float32(0.5)
        return _remap(self._source, at, _KERNELS[self.renderer.kernel], cv2.BORDER_REFLECT_101)


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
