"""What happens in a clip, drawn by chance: expressions by the published statistics, and all that is none.

Everything leaves as one :class:`~livespot.synthesis.timeline.Timeline` in frames of a nominal rate. The chance
comes from the generator handed in, and from nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from livespot.synthesis.action_units import Side
from livespot.synthesis.anchors import ACTION_UNITS
from livespot.synthesis.courses import Course
from livespot.synthesis.habits import draw_chewing, draw_glances, draw_shadows, without_speech
from livespot.synthesis.speech import draw_speech
from livespot.synthesis.statistics import SELDOM, sample_combination, sample_timeline
from livespot.synthesis.timeline import Action, Blink, Expression, HeadMove, Stir, Sway, Timeline
from livespot.types import ExpressionType

Kind = Literal["calm", "blinking", "talking", "turning"]
KINDS: tuple[Kind, ...] = get_args(Kind)

COUPLED: dict[int, tuple[tuple[int, float], ...]] = {
    2: ((1, 0.15),),
    9: ((4, 0.2), (10, 0.25)),
    12: ((6, 0.3),),
    15: ((17, 0.25),),
    26: ((25, 0.25),),
    27: ((25, 0.3),),
    28: ((17, 0.2),),
}
"""What goes along with an action unit without being named, as a share of its intensity."""

_BLINKS_HZ: dict[Kind, float] = {"calm": 0.25, "blinking": 0.8, "talking": 0.4, "turning": 0.35}
_GAP_S = 1.4  # mean stillness between two expressions; the data sets have far more, but clips are short
_CLOSE, _OVERLAPPING = (
    0.15,
    0.08,
)  # shares of expressions that follow closely, or begin before the last has ended
_SELDOM = 0.3  # share of expressions whose action units come from the seldom ones
_SAGGING = 0.35  # share of held expressions whose strength sinks and comes back
_WIDE = {26: 1.6, 27: 2.0}  # a jaw goes farther than any other part of the face
_PEAK_PX: dict[ExpressionType, tuple[float, float, float, float]] = {
    "ME": (1.25, 0.4, 0.5, 2.6),  # median, spread of the logarithm, least, most: canonical px
    "MaE": (3.2, 0.5, 1.0, 8.0),
}


def draw_timeline(
    random: np.random.Generator,
    kind: Kind,
    rate_hz: float,
    frames: int,
    expressive: bool,
    own_blinks: bool = False,
    course: Course | None = None,
) -> Timeline:
    """A whole clip.

    Parameters
    ----------
    random : Generator
    kind : str
        What the person does besides; one of :data:`KINDS`.
    rate_hz, frames
        Of the nominal, constant grid.
    expressive : bool
        Whether there are expressions.
    own_blinks : bool
        The picture blinks and looks about by itself, as a stretch of video does.
    course : str, optional
        Time course of expressions and syllables; None draws one of those that the variants a and b have.
    """
    seed = int(random.integers(2**31))
    shape: Course = course or _drawn_course(np.random.default_rng([seed, 4]))
    expressions = draw_expressions(random, rate_hz, frames, shape) if expressive else ()
    blinks = () if own_blinks else draw_blinks(random, kind, rate_hz, frames)
    stirs = draw_swallows(random, rate_hz, frames)
    if kind == "talking":
        stirs += draw_speech(random, rate_hz, frames)
    moves = draw_turns(random, rate_hz, frames) if kind == "turning" else ()
    if kind == "talking":
        moves = draw_beats(random, rate_hz, frames)
    lively = float(random.uniform(0.3, 1.1)) * (1.5 if kind in ("talking", "turning") else 1.0)
    sway = Sway(2.5 * lively, 1.3 * lively, 0.012 * lively)
    # A chance of their own: what else happens depends on the seed, not on these habits.
    habits = np.random.default_rng([seed, 3])
    glances = () if own_blinks else draw_glances(habits, kind, rate_hz, frames)
    chewing = draw_chewing(habits, kind, rate_hz, frames)
    stirs = (*without_speech(stirs, chewing), *chewing)
    shadows = draw_shadows(habits, rate_hz, frames)
    stirs = tuple(replace(stir, course=shape) for stir in stirs)
    return Timeline(frames, rate_hz, expressions, blinks, sway, seed, stirs, moves, glances, shadows)


def _drawn_course(random: np.random.Generator) -> Course:
    return "jerk" if random.random() < 0.5 else "sine"


def draw_expressions(
    random: np.random.Generator, rate_hz: float, frames: int, course: Course | None = None
) -> tuple[Expression, ...]:
    """Both types by turns of chance, as many as find room; ``course`` as in :func:`draw_timeline`."""
    found: list[Expression] = []
    shape = course or _drawn_course(random)
    at = rate_hz * (0.4 + random.exponential(_GAP_S / 2))
    while True:
        kind: ExpressionType = "ME" if random.random() < 0.5 else "MaE"
        expression = replace(_expression(random, kind, round(at), rate_hz, frames), course=shape)
        if expression.offset > frames - 0.3 * rate_hz:
            return tuple(found)
        found.append(expression)
        draw = random.random()
        if draw < _OVERLAPPING:
            at = expression.onset + random.uniform(0.4, 1.0) * (expression.offset - expression.onset)
        elif draw < _OVERLAPPING + _CLOSE:
            at = expression.offset + random.uniform(0.1, 0.35) * rate_hz
        else:
            at = expression.offset + rate_hz * (0.35 + random.exponential(_GAP_S))


def _expression(
    random: np.random.Generator, kind: ExpressionType, onset: int, rate_hz: float, frames: int
) -> Expression:
    timing = sample_timeline(random, kind, 0)
    while timing.frames > 16 and timing.frames * rate_hz / 30.0 > 0.5 * frames:
        timing = sample_timeline(random, kind, 0)  # a held face must not fill a short clip
    scale = rate_hz / 30.0
    apex = max(1, round(timing.apex * scale))
    offset = max(apex + 1, round(timing.offset * scale))
    held = apex
    if kind == "MaE":
        # The longer it lasts, the surer it was held: a face sinks back within about a second.
        latest = offset - max(1, round(0.12 * rate_hz))
        earliest = max(apex, offset - round(1.2 * rate_hz)) if random.random() < 0.7 else apex
        held = int(random.integers(earliest, latest + 1)) if latest > earliest else apex
    actions, coupled = _actions(random, kind)
    sag, swells = 0.0, 1
    if held - apex > 0.5 * rate_hz and random.random() < _SAGGING:
        sag = float(random.uniform(0.1, 0.45))
        swells = max(1, round((held - apex) / rate_hz * float(random.uniform(0.5, 1.2))))
    return Expression(
        kind, onset, onset + apex, onset + offset, actions, onset + held, coupled, sag=sag, swells=swells
    )


def _actions(
    random: np.random.Generator, kind: ExpressionType
) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """What is named, and what goes along."""
    median, spread, least, most = _PEAK_PX[kind]
    peak = float(np.clip(median * np.exp(spread * random.standard_normal()), least, most))
    named: dict[tuple[int, Side], float] = {}
    labels = (
        SELDOM[int(random.integers(len(SELDOM)))].split("+")
        if random.random() < _SELDOM
        else sample_combination(random, kind)
    )
    for label in labels:
        sides: dict[str, Side] = {"L": "B", "R": "A"}
        side = sides.get(label[0], "both")
        unit = int(label.lstrip("LR"))
        unit = 43 if unit == 45 else unit
        if unit == 43:
            side = "both"  # the lids' layer closes both eyes
        if unit in ACTION_UNITS:
            named[unit, side] = peak * float(random.uniform(0.8, 1.2)) * _WIDE.get(unit, 1.0)
    units = {unit for unit, _ in named}
    going: dict[tuple[int, Side], float] = {}
    for (unit, side), strength in named.items():
        for other, share in COUPLED.get(unit, ()):
            if other not in units:
                going[other, side] = max(going.get((other, side), 0.0), share * strength)
    return tuple(Action(u, p, s) for (u, s), p in named.items()), tuple(
        Action(u, p, s) for (u, s), p in going.items()
    )


def draw_blinks(random: np.random.Generator, kind: Kind, rate_hz: float, frames: int) -> tuple[Blink, ...]:
    """Blinks at the pace of the kind, never closer than 0.4 s."""
    blinks: list[Blink] = []
    at = random.exponential(rate_hz / _BLINKS_HZ[kind])
    while at < frames:
        closing = float(random.uniform(0.07, 0.13)) * rate_hz
        blinks.append(Blink(round(at), closing, closing * float(random.uniform(1.6, 2.6))))
        at += 0.4 * rate_hz + random.exponential(rate_hz / _BLINKS_HZ[kind])
    return tuple(blinks)


def draw_swallows(random: np.random.Generator, rate_hz: float, frames: int) -> tuple[Stir, ...]:
    """A swallow or two a minute: the chin rises, the lips press, then the jaw settles."""
    stirs: list[Stir] = []
    at = random.exponential(35.0 * rate_hz)
    while at < frames:
        size, long = float(random.uniform(0.4, 1.2)), float(random.uniform(0.5, 0.9)) * rate_hz
        actions = (Action(17, size), Action(24, 0.6 * size))
        stirs.append(Stir(at, at + 0.4 * long, at + long, actions))
        at += random.exponential(35.0 * rate_hz)
    return tuple(stirs)


def draw_turns(random: np.random.Generator, rate_hz: float, frames: int) -> tuple[HeadMove, ...]:
    """Turns, nods, tilts and leaning in, one after the other with short rests."""
    moves: list[HeadMove] = []
    at = random.uniform(0.2, 1.0) * rate_hz
    while at < frames:
        draw = random.random()
        if draw < 0.3:
            nods = _nods(random, at, rate_hz, float(random.uniform(2.5, 6.0)))
        else:
            nods = (_move(random, draw, at, rate_hz),)
        moves.extend(nods)
        at = nods[-1].offset + random.uniform(0.2, 1.6) * rate_hz
    return tuple(moves)


def draw_beats(random: np.random.Generator, rate_hz: float, frames: int) -> tuple[HeadMove, ...]:
    """What a head does while its mouth talks: small nods and turns."""
    moves: list[HeadMove] = []
    at = random.uniform(0.3, 1.5) * rate_hz
    while at < frames:
        size = float(random.uniform(0.5, 2.5)) * float(random.choice([-1.0, 1.0]))
        rise, stay, fall = (float(random.uniform(0.15, 0.5)) * rate_hz for _ in range(3))
        nod = random.random() < 0.6
        yaw, pitch = (0.0, size) if nod else (size, 0.3 * size)
        moves.append(
            HeadMove(at, at + rise, at + rise + stay, at + rise + stay + fall, yaw, pitch, 0.3 * size)
        )
        at += rise + stay + fall + random.uniform(0.2, 1.8) * rate_hz
    return tuple(moves)


def _nods(random: np.random.Generator, at: float, rate_hz: float, deep_deg: float) -> tuple[HeadMove, ...]:
    half = random.uniform(0.18, 0.35) * rate_hz
    count = int(random.integers(1, 4))
    return tuple(
        HeadMove(b, b + half, b + half, b + 2 * half, pitch_deg=deep_deg)
        for b in (at + 2.0 * half * n for n in range(count))
    )


def _move(random: np.random.Generator, draw: float, at: float, rate_hz: float) -> HeadMove:
    there = at + random.uniform(0.25, 0.9) * rate_hz
    leaves = there + random.uniform(0.0, 1.5) * rate_hz
    offset = leaves + random.uniform(0.25, 0.9) * rate_hz
    sign = float(random.choice([-1.0, 1.0]))
    if draw < 0.65:  # looking aside, a little up or down
        yaw, pitch = sign * float(random.uniform(4.0, 15.0)), float(random.uniform(-4.0, 4.0))
        return HeadMove(at, there, leaves, offset, yaw, pitch, 0.15 * yaw)
    if draw < 0.8:  # looking up or down
        return HeadMove(at, there, leaves, offset, pitch_deg=sign * float(random.uniform(4.0, 10.0)))
    if draw < 0.9:
        return HeadMove(at, there, leaves, offset, roll_deg=sign * float(random.uniform(3.0, 8.0)))
    shift = (sign * float(random.uniform(3.0, 15.0)), float(random.uniform(-4.0, 6.0)))
    return HeadMove(at, there, leaves, offset, shift=shift, growth=float(random.uniform(-0.05, 0.12)))
