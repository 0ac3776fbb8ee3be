"""Variants of the renderer: one set of choices that a clip is drawn with, so that no network learns one way of drawing.

What is drawn (expressions, speech, head motion) does not depend on the variant, only how: the fields' fall-off and
reach, the time course of a movement, the interpolation of pixels, and the camera's distance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from livespot.synthesis.action_units import Falloff
from livespot.synthesis.courses import Course

VariantName = Literal["a", "b", "c"]
Kernel = Literal["linear", "cubic", "lanczos"]


@dataclass(frozen=True, slots=True)
class Renderer:
    """How a clip is drawn.

    Attributes
    ----------
    name : str
        Of the variant.
    falloff : str
        Of the displacement fields, see :func:`~livespot.synthesis.action_units.displacement_field`.
    reach : float
        Factor on the anchors' radii.
    course : str
        Of expressions and syllables over time, see :mod:`livespot.synthesis.courses`.
    kernel : str
        By which pixels are interpolated.
    camera : float
        Distance of the camera in outer-eye-corner distances; 7 is about 65 cm.
    """

    name: VariantName = "a"
    falloff: Falloff = "gaussian"
    reach: float = 1.0
    course: Course = "jerk"
    kernel: Kernel = "cubic"
    camera: float = 7.0


VARIANTS: dict[str, Renderer] = {
    "a": Renderer(),
    "b": Renderer("b", "compact", 1.05, "sine", "linear", 5.5),
    "c": Renderer("c", "shepard", 0.95, "spring", "lanczos", 4.5),
}
"""``c`` shares no choice with the others: a network that was trained on ``a`` and ``b`` is tested on it."""

_REACH_SPREAD = 0.1  # of the logarithm: faces of one table differ in how far a muscle pulls


def drawn_renderer(random: np.random.Generator, name: VariantName) -> Renderer:
    """A variant with a reach of its own, within about a fifth of the table's."""
    base = VARIANTS[name]
    factor = float(np.clip(np.exp(_REACH_SPREAD * random.standard_normal()), 0.8, 1.25))
    return replace(base, reach=round(base.reach * factor, 4))
