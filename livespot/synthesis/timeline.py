"""What happens when: expressions, blinks and head motion of a video as data, and their values at any frame.

A :class:`Timeline` is a table. Nothing here draws or measures; the same timeline and frame always give the
same :class:`Pose`, whatever was asked before.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livespot.errors import UsageError
from livespot.synthesis.action_units import Side
from livespot.synthesis.courses import Course, rise, strength
from livespot.synthesis.gaze import LIDS_FOLLOW, Glance, gaze_at
from livespot.synthesis.shadows import Cast, Shadow, cast_at
from livespot.types import ExpressionType

ActionKey = tuple[int, Side]
LIDS = 43
LIDS_SHUT_PX = 3.0
"""Intensity of action unit 43 at which the lids are shut."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action unit at an expression's apex: ``peak`` is its intensity in canonical px."""

    unit: int
    peak: float
    side: Side = "both"

    @property
    def label(self) -> str:
        """As annotators write it: half A of the picture is the person's own right."""
        return {"A": "R", "B": "L", "both": ""}[self.side] + str(self.unit)


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression, frames inclusive: the face is at rest up to ``onset`` and from ``offset`` on.

    ``held_until`` is the last frame of full strength; None lets go right after ``apex``. ``coupled`` action units
    go along without being named, as the cheeks do in a smile. While it is held, the strength sinks and comes back
    ``swells`` times, by a share of ``sag`` at most: no face holds still for seconds.
    """

    type: ExpressionType
    onset: int
    apex: int
    offset: int
    actions: tuple[Action, ...]
    held_until: int | None = None
    coupled: tuple[Action, ...] = ()
    course: Course = "jerk"
    sag: float = 0.0
    swells: int = 1

    def __post_init__(self) -> None:
        held = self.apex if self.held_until is None else self.held_until
        if not 0 <= self.onset < self.apex <= held < self.offset:
            raise UsageError(
                f"expression {self.onset}-{self.apex}-{self.offset}, held until {self.held_until}: expects "
                "0 <= onset < apex <= held_until < offset"
            )

    @property
    def label(self) -> str:
        """Action units joined by +, as in the ``au`` column of annotations."""
        return "+".join(action.label for action in self.actions)

    def strengths(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the peak (n,) at frames, 0 to 1."""
        held = self.apex if self.held_until is None else self.held_until
        shares = strength(self.onset, self.apex, held, self.offset, frames, self.course)
        if self.sag and held > self.apex:
            through = np.clip((frames - self.apex) / (held - self.apex), 0.0, 1.0)
            shares = shares * (1.0 - self.sag * np.sin(np.pi * self.swells * through) ** 2)
        return shares

    def strength(self, frame: float) -> float:
        """Share of the peak at a frame, 0 to 1."""
        return float(self.strengths(np.array([frame]))[0])


@dataclass(frozen=True, slots=True)
class Blink:
    """Both lids: shut at ``frame``; they close in half the time that they take to open, as in people."""

    frame: int
    closing_frames: float = 3.0
    opening_frames: float = 6.0

    def closure(self, frame: float) -> float:
        """0 open, 1 shut."""
        before = self.frame - frame
        return smooth_step(
            1.0 - (before / self.closing_frames if before > 0 else -before / self.opening_frames)
        )


@dataclass(frozen=True, slots=True)
class Sway:
    """Slow head motion as of a sitting, breathing person: each quantity swings within its amplitude."""

    shift_px: float = 2.5  # canonical px, in x; half of it in y
    roll_deg: float = 1.3
    growth: float = 0.012
    slowest_s: float = 13.0
    fastest_s: float = 4.5


@dataclass(frozen=True, slots=True)
class Stir:
    """What moves the face and is no expression: a syllable, a swallow; frames may be fractions."""

    onset: float
    apex: float
    offset: float
    actions: tuple[Action, ...]
    course: Course = "jerk"

    def strengths(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the peak (n,) at frames, 0 to 1."""
        return strength(self.onset, self.apex, self.apex, self.offset, frames, self.course)

    def strength(self, frame: float) -> float:
        """Share of the peak at a frame, 0 to 1."""
        return float(self.strengths(np.array([frame]))[0])


@dataclass(frozen=True, slots=True)
class HeadMove:
    """The head goes somewhere, stays, and comes back; several add up, so a nod is a few short ones.

    ``onset`` to ``there`` it goes, until ``leaves`` it stays, at ``offset`` it is back; frames may be fractions.
    The rest is what it adds to :class:`Pose` while it is there: degrees, canonical px, a share of the size.
    """

    onset: float
    there: float
    leaves: float
    offset: float
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    growth: float = 0.0

    def strength(self, frame: float) -> float:
        """Share of the way at a frame, 0 to 1."""
        if frame <= self.there:
            return smooth_step((frame - self.onset) / (self.there - self.onset))
        return smooth_step((self.offset - frame) / (self.offset - self.leaves))


@dataclass(frozen=True, slots=True)
class Pose:
    """The face at one frame.

    Attributes
    ----------
    intensities : dict of (unit, side) to float
        Canonical px.
    closure : float
        Of the lids, 0 to 1.
    shift : (float, float)
        Head translation (right, down) in canonical px.
    roll_deg : float
        Clockwise in the picture.
    scale : float
        1.0 is the portrait's own size.
    yaw_deg, pitch_deg : float
        Out of the plane: nose to the picture's right, chin down; up to about 15.
    gaze : (float, float)
        Degrees (right in the picture, down) from where the portrait looks; up to about 15.
    shadows : tuple of (Shadow, float)
        What lies over the scene, and where.
    """

    intensities: dict[ActionKey, float] = field(default_factory=dict)
    closure: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    roll_deg: float = 0.0
    scale: float = 1.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    shadows: tuple[Cast, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole video's course; ``seed`` fixes the head motion.

    ``expressions`` are the ground truth; ``stirs``, ``moves``, ``glances`` and ``shadows`` must not be reported.
    """

    frames: int
    rate_hz: float
    expressions: tuple[Expression, ...] = ()
    blinks: tuple[Blink, ...] = ()
    sway: Sway | None = None
    seed: int = 0
    stirs: tuple[Stir, ...] = ()
    moves: tuple[HeadMove, ...] = ()
    glances: tuple[Glance, ...] = ()
    shadows: tuple[Shadow, ...] = ()

    def __post_init__(self) -> None:
        for expression in self.expressions:
            if expression.offset >= self.frames:
                raise UsageError(
                    f"expression at {expression.onset}: ends after the last frame {self.frames - 1}"
                )

    def pose(self, frame: float) -> Pose:
        """The face at a frame, or between two."""
        intensities = self._intensities(frame)
        closure = max((blink.closure(frame) for blink in self.blinks), default=0.0)
        # 43 is an action unit of the lids: what it pulls along is a field, the closing itself is not.
        closure = max(closure, min(intensities.get((LIDS, "both"), 0.0) / LIDS_SHUT_PX, 1.0))
        gaze = gaze_at(self.glances, frame)
        closure = max(closure, LIDS_FOLLOW * gaze[1])
        shadows = cast_at(self.shadows, frame / self.rate_hz)
        x, y, roll, growth, yaw, pitch = self._head(frame)
        return Pose(intensities, closure, (x, y), roll, 1.0 + growth, yaw, pitch, gaze, shadows)

    def _intensities(self, frame: float) -> dict[ActionKey, float]:
        intensities: dict[ActionKey, float] = {}
        acting = [
            (e.strength(frame), (*e.actions, *e.coupled))
            for e in self.expressions
            if e.onset < frame < e.offset
        ]
        acting += [
            (stir.strength(frame), stir.actions) for stir in self.stirs if stir.onset < frame < stir.offset
        ]
        for share, actions in acting:
            for action in actions if share > 0 else ():
                key = (action.unit, action.side)
                intensities[key] = intensities.get(key, 0.0) + share * action.peak
        return intensities

    def _head(self, frame: float) -> tuple[float, ...]:
        """Shift x, y, roll, growth, yaw, pitch: the sway, and every move on top."""
        head: tuple[float, ...] = (0.0,) * 6
        if self.sway is not None:
            x, y, roll, growth = _swings(self.sway, self.seed, frame / self.rate_hz)
            shift = (self.sway.shift_px * x, 0.5 * self.sway.shift_px * y)
            head = (*shift, self.sway.roll_deg * roll, self.sway.growth * growth, 0.0, 0.0)
        for move in self.moves:
            if (s := move.strength(frame)) > 0:
                goal = (*move.shift, move.roll_deg, move.growth, move.yaw_deg, move.pitch_deg)
                head = tuple(at + s * to for at, to in zip(head, goal, strict=True))
        return head


def smooth_step(share: float) -> float:
    """Minimum-jerk course from 0 to 1, flat at both ends, as muscles start and stop."""
    return float(rise(np.array(share)))


def _swings(sway: Sway, seed: int, time_s: float) -> tuple[float, ...]:
    """Four slow quasi-periodic values within -1 … 1: two sines each, of periods that never fall together."""
    random = np.random.default_rng([seed, 1])
    values = []
    for _ in range(4):
        periods = random.uniform(sway.fastest_s, sway.slowest_s, 2)
        phases = random.uniform(0.0, 2.0 * np.pi, 2)
        values.append(float(np.sin(2.0 * np.pi * time_s / periods + phases) @ np.array([0.6, 0.4])))
    return tuple(values)
