"""What people do beside expressions, drawn by chance: they look about, they chew, and shadows pass over them."""

from __future__ import annotations

import numpy as np

from livespot.synthesis.action_units import Side
from livespot.synthesis.gaze import Glance
from livespot.synthesis.shadows import Shadow
from livespot.synthesis.timeline import Action, Stir

_FIXATION_S = {"calm": 1.3, "blinking": 1.1, "talking": 0.8, "turning": 0.8}  # mean beyond the shortest
_SHORTEST_FIXATION_S = 0.2
_SACCADE_S = (0.021, 0.0022)  # duration: constant, and per degree
_BACK = 0.45  # share of glances that return to the screen
_FARTHEST_DEG = ((-14.0, 14.0), (-6.0, 10.0))  # right, down: within these the iris keeps its shape
_CHEWING = {"calm": 0.25, "talking": 0.25}  # share of clips
_SHADED = 0.3  # share of clips


def draw_glances(random: np.random.Generator, kind: str, rate_hz: float, frames: int) -> tuple[Glance, ...]:
    """Fixations of some tenths of a second to some seconds, and saccades between them."""
    glances: list[Glance] = []
    here = np.zeros(2)
    at_s = float(random.exponential(_FIXATION_S[kind]))
    while at_s * rate_hz < frames:
        to = random.normal(0.0, 1.2, 2) if random.random() < _BACK else random.normal((0.0, 1.0), (6.0, 3.5))
        to = np.array([np.clip(v, *limits) for v, limits in zip(to, _FARTHEST_DEG, strict=True)])
        long_s = _SACCADE_S[0] + _SACCADE_S[1] * float(np.linalg.norm(to - here))
        glances.append(Glance(at_s * rate_hz, (at_s + long_s) * rate_hz, (float(to[0]), float(to[1]))))
        here = to
        at_s += long_s + _SHORTEST_FIXATION_S + float(random.exponential(_FIXATION_S[kind]))
    return tuple(glances)


def draw_chewing(random: np.random.Generator, kind: str, rate_hz: float, frames: int) -> tuple[Stir, ...]:
    """Bouts of a jaw that opens and closes once or twice a second behind closed lips; in some clips only."""
    if random.random() >= _CHEWING.get(kind, 0.0):
        return ()
    stirs: list[Stir] = []
    wide, pace_hz = float(random.uniform(1.0, 3.0)), float(random.uniform(1.0, 1.9))
    at = float(random.uniform(0.1, 2.0))
    while at * rate_hz < frames:
        bout_end = at + random.uniform(3.0, 9.0)
        side = random.choice(["A", "B"])
        while at < bout_end:
            long = 1.0 / (pace_hz * float(random.uniform(0.88, 1.14)))
            stirs += _chew(at * rate_hz, long * rate_hz, wide * float(random.uniform(0.7, 1.2)), str(side))
            at += long
            if random.random() < 0.1:
                side = random.choice(["A", "B"])
        at += random.uniform(0.8, 3.0)
    return tuple(stirs)


def _chew(at: float, long: float, wide: float, side: str) -> tuple[Stir, Stir]:
    """One cycle: the jaw drops with the lips held together, then it bites and the cheek of that side swells."""
    half: Side = "A" if side == "A" else "B"
    # The presser cancels most of what the dropping jaw does to the lower lip: the mouth stays shut.
    opens = (Action(26, wide), Action(24, 0.65 * wide))
    bites = (Action(14, 0.35 * wide, half), Action(6, 0.2 * wide, half), Action(17, 0.15 * wide))
    return (
        Stir(at, at + 0.4 * long, at + 0.85 * long, opens),
        Stir(at + 0.45 * long, at + 0.8 * long, at + 1.1 * long, bites),
    )


def without_speech(stirs: tuple[Stir, ...], chewing: tuple[Stir, ...]) -> tuple[Stir, ...]:
    """Syllables that fall into no bout of chewing: nobody here speaks with a full mouth."""
    busy = [(chew.onset, chew.offset) for chew in chewing]
    return tuple(s for s in stirs if not any(a < s.offset and s.onset < b for a, b in busy))


def draw_shadows(random: np.random.Generator, rate_hz: float, frames: int) -> tuple[Shadow, ...]:
    """In some clips: passers-by, one after the other, or one shadow that sways."""
    if random.random() >= _SHADED:
        return ()
    angle = float(random.uniform(-35.0, 35.0)) + (180.0 if random.random() < 0.5 else 0.0)
    if random.random() < 0.5:
        return (
            Shadow(
                angle, float(random.uniform(0.6, 2.5)), float(random.uniform(0.25, 0.8)),
                float(random.uniform(0.08, 0.3)), float(random.uniform(-1.0, 1.0)),
                swing=float(random.uniform(0.1, 0.5)), period_s=float(random.uniform(1.5, 7.0)),
                phase=float(random.uniform(0.0, 2.0 * np.pi)),
            ),
        )  # fmt: skip
    passing: list[Shadow] = []
    at_s = float(random.uniform(0.5, 5.0))
    while at_s * rate_hz < frames:
        speed = float(random.uniform(1.5, 6.0)) * float(random.choice([-1.0, 1.0]))
        width, soft = float(random.uniform(0.8, 3.0)), float(random.uniform(0.3, 1.0))
        depth = float(random.uniform(0.08, 0.35))
        passing.append(Shadow(angle, width, soft, depth, -speed * at_s, speed))
        at_s += 1.0 + float(random.exponential(5.0))
    return tuple(passing)
