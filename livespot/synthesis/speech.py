"""What a mouth does while its owner talks: syllables of visemes that run into each other, drawn by chance.

None of it is an expression. Each syllable has a shape of the mouth that begins before the last one has ended
(co-articulation), stress makes some larger, lips close for b, p and m, and the mouth opens for the breath before a
phrase.
"""

from __future__ import annotations

import numpy as np

from livespot.synthesis.action_units import Side
from livespot.synthesis.timeline import Action, Stir

VISEMES: dict[str, tuple[tuple[int, float], ...]] = {
    "aa": ((26, 1.0), (25, 0.45)),
    "eh": ((26, 0.6), (25, 0.35), (20, 0.25)),
    "ee": ((26, 0.25), (20, 0.55), (25, 0.3), (12, 0.2)),
    "oo": ((26, 0.3), (18, 0.9), (22, 0.25)),
    "oh": ((26, 0.7), (18, 0.55), (22, 0.3)),
    "mm": ((24, 0.8), (17, 0.25)),
    "ff": ((28, 0.3), (10, 0.25), (17, 0.2)),
    "ss": ((26, 0.15), (20, 0.3), (16, 0.45), (25, 0.2)),
    "sh": ((22, 0.6), (16, 0.35), (10, 0.3)),
    "th": ((26, 0.4), (16, 0.35), (25, 0.25)),
}
"""Shapes of the mouth: action units and their shares of the talker's loudness."""

_OPEN = ("aa", "eh", "ee", "oo", "oh")
_CLOSED = ("mm", "ff", "ss", "sh", "th")
_PAUSE_S, _PHRASE_S = (0.3, 1.4), (0.8, 3.5)
_LOUD_PX = (1.7, 0.45, 0.5, 5.0)  # median, spread of the logarithm, least, most: canonical px


def draw_speech(random: np.random.Generator, rate_hz: float, frames: int) -> tuple[Stir, ...]:
    """Phrases of syllables at 3 to 7 a second, each a shape for its consonant and one for its vowel, and rests."""
    median, spread, least, most = _LOUD_PX
    loud = float(np.clip(median * np.exp(spread * random.standard_normal()), least, most))
    # Talkers differ in what they use: some the jaw, some the lips, some one half of the mouth more.
    habit = {unit: float(np.exp(0.4 * random.standard_normal())) for unit in _units()}
    side: Side = "A" if random.random() < 0.5 else "B"
    lean = float(random.uniform(0.0, 0.35)) if random.random() < 0.4 else 0.0
    pace_hz = float(random.uniform(3.2, 6.5))
    stirs: list[Stir] = []
    at = float(random.uniform(0.2, 0.8))
    while at * rate_hz < frames:
        phrase_end = at + float(random.uniform(*_PHRASE_S))
        if random.random() < 0.6:  # the breath before it
            breath = (Action(25, 0.5 * loud), Action(26, 0.35 * loud))
            stirs.append(Stir((at - 0.35) * rate_hz, (at - 0.1) * rate_hz, (at + 0.15) * rate_hz, breath))
        while at < phrase_end:
            long = 1.0 / float(np.clip(pace_hz * np.exp(0.2 * random.standard_normal()), 3.0, 7.0))
            stress = loud * (
                float(random.uniform(1.2, 1.8)) if random.random() < 0.25 else float(random.uniform(0.4, 1.1))
            )
            if random.random() < 0.75:
                shape = _CLOSED[int(random.integers(len(_CLOSED)))]
                actions = _shaped(shape, 0.8 * stress, habit, side, lean)
                stirs.append(_syllable(at, 0.15, 0.5 * long, rate_hz, actions, long))
            shape = _OPEN[int(random.integers(len(_OPEN)))]
            stirs.append(_syllable(at, 0.55, long, rate_hz, _shaped(shape, stress, habit, side, lean), long))
            at += long
        at += float(random.uniform(*_PAUSE_S))
    return tuple(stirs)


def _units() -> list[int]:
    return sorted({unit for shape in VISEMES.values() for unit, _ in shape})


def _shaped(
    shape: str, stress: float, habit: dict[int, float], side: Side, lean: float
) -> tuple[Action, ...]:
    actions = [Action(unit, share * stress * habit[unit]) for unit, share in VISEMES[shape]]
    if lean:
        actions += [Action(a.unit, lean * a.peak, side) for a in actions if a.unit in (12, 16, 20)]
    return tuple(actions)


def _syllable(
    at: float, peak: float, long: float, rate_hz: float, actions: tuple[Action, ...], whole: float
) -> Stir:
    """A shape whose peak lies at a share of the syllable; it reaches into its neighbours."""
    apex = at + peak * whole
    return Stir((apex - 0.6 * long) * rate_hz, apex * rate_hz, (apex + 0.75 * long) * rate_hz, actions)
