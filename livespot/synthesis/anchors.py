"""The basis of action units: for each, which mesh points go where, and how far around they pull. Data, not code.

Directions lie in the face's own axes (outward from the midline, down along the face); an anchor that moves by 1
moves by one canonical px at intensity 1; radii are in outer-eye-corner distances. Lids that close are no
displacement: they are drawn as a layer (:mod:`livespot.synthesis.lids`), and 43 holds only what they pull along.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Anchor:
    """A mesh point, its twin on the other half of the face, and what happens there at intensity 1.

    Attributes
    ----------
    a, b : int
        Mesh index on half A and on half B; equal on the midline.
    outward, down : float
        Displacement in canonical px; ``outward`` leads away from the midline and is 0 on it. Both 0 pins the
        point.
    radius : float
        Where the Gaussian has fallen to 1/e, in outer-eye-corner distances.
    """

    a: int
    b: int
    outward: float
    down: float
    radius: float


def _pins(*pairs: tuple[int, int], radius: float = 0.13) -> tuple[Anchor, ...]:
    return tuple(Anchor(a, b, 0.0, 0.0, radius) for a, b in pairs)


_EYE_PINS = _pins((159, 386), (145, 374), (133, 362), (33, 263))
_NOSE_PINS = _pins((1, 1), (98, 327), radius=0.16)
_CHIN_PINS = _pins((152, 152), (199, 199), radius=0.16)

ACTION_UNITS: dict[int, tuple[Anchor, ...]] = {
    1: (  # inner brow raiser
        Anchor(107, 336, -0.05, -1.0, 0.16), Anchor(55, 285, -0.05, -1.0, 0.16),
        Anchor(66, 296, 0.0, -1.0, 0.15), Anchor(65, 295, 0.0, -0.9, 0.15),
        Anchor(105, 334, 0.0, -0.4, 0.15), Anchor(9, 9, 0.0, -0.6, 0.14), Anchor(108, 337, 0.0, -0.6, 0.16),
        *_EYE_PINS, *_pins((6, 6)),
    ),
    2: (  # outer brow raiser
        Anchor(63, 293, 0.1, -1.0, 0.16), Anchor(53, 283, 0.1, -0.95, 0.15),
        Anchor(105, 334, 0.05, -0.65, 0.15), Anchor(70, 300, 0.1, -0.85, 0.15),
        Anchor(104, 333, 0.0, -0.6, 0.16),
        *_EYE_PINS, *_pins((107, 336), (9, 9)),
    ),
    4: (  # brow lowerer
        Anchor(107, 336, -0.55, 0.85, 0.16), Anchor(55, 285, -0.55, 0.85, 0.15),
        Anchor(66, 296, -0.4, 0.9, 0.15), Anchor(65, 295, -0.4, 0.85, 0.14),
        Anchor(105, 334, -0.3, 0.75, 0.15), Anchor(63, 293, -0.15, 0.4, 0.14), Anchor(9, 9, 0.0, 0.55, 0.13),
        *_EYE_PINS, *_pins((6, 6)),
    ),
    6: (  # cheek raiser, with the lower lid
        Anchor(117, 346, -0.1, -0.9, 0.18), Anchor(50, 280, 0.0, -1.0, 0.2),
        Anchor(145, 374, 0.0, -0.35, 0.09),
        *_pins((33, 263), (133, 362), (98, 327)),
    ),
    12: (  # lip corner puller; the cheek goes with it
        Anchor(61, 291, 0.8, -0.75, 0.17), Anchor(57, 287, 0.75, -0.7, 0.16),
        Anchor(40, 270, 0.4, -0.3, 0.12),
        Anchor(91, 321, 0.5, -0.3, 0.12), Anchor(205, 425, 0.35, -0.65, 0.2),
        Anchor(50, 280, 0.15, -0.45, 0.2),
        *_pins((0, 0), (17, 17)), *_NOSE_PINS, *_CHIN_PINS,
    ),
    14: (  # dimpler
        Anchor(61, 291, 0.95, 0.0, 0.16), Anchor(57, 287, 0.9, 0.0, 0.15), Anchor(40, 270, 0.4, 0.0, 0.12),
        Anchor(91, 321, 0.4, 0.0, 0.12), *_pins((0, 0), (17, 17)), *_NOSE_PINS,
    ),
    15: (  # lip corner depressor
        Anchor(61, 291, 0.15, 1.0, 0.16), Anchor(57, 287, 0.15, 1.0, 0.15), Anchor(91, 321, 0.1, 0.6, 0.12),
        Anchor(40, 270, 0.0, 0.4, 0.12), Anchor(210, 430, 0.1, 0.6, 0.16),
        *_pins((0, 0), (17, 17)), *_NOSE_PINS,
    ),
    17: (  # chin raiser, which pushes the lower lip
        Anchor(199, 199, 0.0, -1.0, 0.17), Anchor(175, 175, 0.0, -0.8, 0.15),
        Anchor(18, 18, 0.0, -0.95, 0.13),
        Anchor(17, 17, 0.0, -0.8, 0.12), Anchor(84, 314, 0.0, -0.7, 0.12),
        *_pins((0, 0), (61, 291), (40, 270), radius=0.1),
    ),
    20: (  # lip stretcher
        Anchor(61, 291, 1.0, 0.1, 0.18), Anchor(57, 287, 1.0, 0.15, 0.17), Anchor(40, 270, 0.5, 0.0, 0.12),
        Anchor(91, 321, 0.55, 0.1, 0.12), Anchor(205, 425, 0.4, 0.0, 0.16),
        *_pins((0, 0), (17, 17)), *_NOSE_PINS, *_CHIN_PINS,
    ),
    24: (  # lip presser
        Anchor(0, 0, 0.0, 0.75, 0.11), Anchor(37, 267, 0.0, 0.75, 0.11), Anchor(40, 270, -0.05, 0.4, 0.11),
        Anchor(17, 17, 0.0, -1.0, 0.12), Anchor(84, 314, 0.0, -0.95, 0.12),
        Anchor(91, 321, -0.05, -0.45, 0.11),
        Anchor(61, 291, -0.25, 0.0, 0.13), *_NOSE_PINS, *_CHIN_PINS,
    ),
    25: (  # lips part
        Anchor(17, 17, 0.0, 1.0, 0.13), Anchor(84, 314, 0.0, 0.95, 0.12), Anchor(14, 14, 0.0, 0.9, 0.1),
        Anchor(91, 321, 0.0, 0.5, 0.11), Anchor(199, 199, 0.0, 0.45, 0.16), Anchor(0, 0, 0.0, -0.15, 0.1),
        *_pins((61, 291), (1, 1), radius=0.1),
    ),
    # What follows joined later: lids, nose, and the mouth's finer muscles.
    5: (  # upper lid raiser; the fold above it and the brow go along a little
        Anchor(159, 386, 0.0, -1.0, 0.06), Anchor(158, 385, 0.0, -0.8, 0.06), Anchor(160, 387, 0.0, -0.8, 0.06),
        Anchor(66, 296, 0.0, -0.5, 0.14), Anchor(105, 334, 0.0, -0.5, 0.14), Anchor(65, 295, 0.0, -0.4, 0.1),
        *_pins((145, 374), (33, 263), (133, 362), radius=0.07), *_pins((9, 9)),
    ),
    7: (  # lid tightener: the ring muscle lifts the lower lid, and pulls brow and cheek towards the eye
        Anchor(145, 374, 0.0, -1.0, 0.08), Anchor(153, 380, 0.0, -0.9, 0.07), Anchor(144, 373, 0.0, -0.9, 0.07),
        Anchor(117, 346, 0.0, -0.4, 0.16), Anchor(66, 296, -0.1, 0.6, 0.15), Anchor(105, 334, -0.05, 0.6, 0.15),
        Anchor(55, 285, -0.15, 0.5, 0.14), Anchor(70, 300, 0.0, 0.45, 0.14), Anchor(53, 283, 0.0, 0.5, 0.13),
        *_pins((33, 263), (133, 362), (9, 9), (6, 6), radius=0.08),
    ),
    9: (  # nose wrinkler; upper lip and inner brow go with it
        Anchor(129, 358, 0.0, -0.9, 0.12), Anchor(98, 327, 0.0, -0.7, 0.1), Anchor(37, 267, 0.0, -0.55, 0.12),
        Anchor(0, 0, 0.0, -0.45, 0.11), Anchor(40, 270, 0.0, -0.45, 0.12),
        Anchor(55, 285, -0.3, 0.8, 0.14), Anchor(107, 336, -0.3, 0.75, 0.14), Anchor(66, 296, -0.1, 0.5, 0.14),
        Anchor(9, 9, 0.0, 0.55, 0.12), *_pins((4, 4), (5, 5), (33, 263), (17, 17), radius=0.1),
    ),
    10: (  # upper lip raiser
        Anchor(0, 0, 0.0, -0.8, 0.11), Anchor(37, 267, 0.0, -1.0, 0.11), Anchor(40, 270, 0.05, -0.9, 0.12),
        Anchor(61, 291, 0.05, -0.35, 0.12), Anchor(206, 426, 0.0, -0.7, 0.16), Anchor(129, 358, 0.1, -0.3, 0.1),
        *_pins((17, 17), (4, 4), (5, 5), radius=0.12), *_CHIN_PINS,
    ),
    16: (  # lower lip depressor
        Anchor(17, 17, 0.0, 0.95, 0.12), Anchor(84, 314, 0.05, 1.0, 0.12), Anchor(91, 321, 0.05, 0.6, 0.11),
        Anchor(14, 14, 0.0, 0.8, 0.08), Anchor(18, 18, 0.0, 0.6, 0.12),
        *_pins((61, 291), (0, 0), (13, 13), radius=0.09), *_pins((152, 152)),
    ),
    18: (  # lip pucker
        Anchor(61, 291, -1.0, 0.0, 0.15), Anchor(57, 287, -0.9, 0.0, 0.14), Anchor(40, 270, -0.55, 0.05, 0.12),
        Anchor(91, 321, -0.55, -0.05, 0.12), Anchor(0, 0, 0.0, -0.15, 0.1), Anchor(17, 17, 0.0, 0.15, 0.1),
        *_NOSE_PINS, *_CHIN_PINS,
    ),
    23: (  # lip tightener
        Anchor(61, 291, -0.9, 0.0, 0.13), Anchor(0, 0, 0.0, 0.6, 0.1), Anchor(37, 267, -0.05, 0.6, 0.1),
        Anchor(17, 17, 0.0, -0.7, 0.11), Anchor(84, 314, -0.05, -0.7, 0.11),
        Anchor(40, 270, -0.5, 0.3, 0.11), Anchor(91, 321, -0.5, -0.3, 0.11), *_NOSE_PINS, *_CHIN_PINS,
    ),
    26: (  # jaw drop: chin, lower lip and the lower cheeks; the upper lip stays
        Anchor(152, 152, 0.0, 1.0, 0.2), Anchor(199, 199, 0.0, 1.0, 0.17), Anchor(17, 17, 0.0, 1.0, 0.12),
        Anchor(84, 314, 0.0, 0.95, 0.12), Anchor(14, 14, 0.0, 1.0, 0.08), Anchor(91, 321, 0.0, 0.85, 0.11),
        Anchor(61, 291, -0.15, 0.5, 0.11), Anchor(136, 365, -0.05, 0.75, 0.2), Anchor(172, 397, -0.05, 0.5, 0.2),
        *_pins((0, 0), (13, 13), radius=0.09), *_NOSE_PINS,
    ),
    22: (  # lip funneler: both lips push out, away from the teeth, and the corners come in
        Anchor(61, 291, -0.85, 0.0, 0.14), Anchor(40, 270, -0.35, -0.55, 0.12), Anchor(0, 0, 0.0, -0.9, 0.11),
        Anchor(37, 267, -0.15, -0.85, 0.11), Anchor(17, 17, 0.0, 1.0, 0.12), Anchor(84, 314, -0.15, 0.95, 0.12),
        Anchor(91, 321, -0.35, 0.4, 0.12), *_NOSE_PINS, *_CHIN_PINS,
    ),
    27: (  # mouth stretch: the jaw far down, the cheeks drawn long and in, the upper lip a little up
        Anchor(152, 152, 0.0, 1.0, 0.22), Anchor(199, 199, 0.0, 1.0, 0.19), Anchor(17, 17, 0.0, 0.95, 0.13),
        Anchor(84, 314, 0.0, 0.9, 0.13), Anchor(14, 14, 0.0, 0.95, 0.09), Anchor(91, 321, -0.1, 0.75, 0.12),
        Anchor(61, 291, -0.35, 0.3, 0.12), Anchor(136, 365, -0.1, 0.8, 0.22), Anchor(172, 397, -0.1, 0.55, 0.22),
        Anchor(205, 425, -0.2, 0.35, 0.17), Anchor(50, 280, -0.05, 0.2, 0.17), Anchor(0, 0, 0.0, -0.2, 0.1),
        *_pins((1, 1), (98, 327), radius=0.12),
    ),
    38: (  # nostril dilator: the wings of the nose flare
        Anchor(64, 294, 0.95, -0.2, 0.08), Anchor(98, 327, 0.9, -0.1, 0.07), Anchor(129, 358, 0.8, -0.25, 0.09),
        *_pins((1, 1), (4, 4), (0, 0), (50, 280), radius=0.09),
    ),
    39: (  # nostril compressor: they are drawn in and down
        Anchor(64, 294, -0.95, 0.25, 0.08), Anchor(98, 327, -0.85, 0.2, 0.07), Anchor(129, 358, -0.8, 0.3, 0.09),
        *_pins((1, 1), (4, 4), (0, 0), (50, 280), radius=0.09),
    ),
    28: (  # lip suck: both lips roll in, and the skin around follows
        Anchor(0, 0, 0.0, 0.85, 0.12), Anchor(37, 267, 0.0, 0.85, 0.12), Anchor(40, 270, -0.15, 0.5, 0.12),
        Anchor(17, 17, 0.0, -1.0, 0.13), Anchor(84, 314, 0.0, -1.0, 0.13), Anchor(91, 321, -0.15, -0.55, 0.12),
        Anchor(18, 18, 0.0, -0.75, 0.13), Anchor(61, 291, -0.4, 0.0, 0.13), *_NOSE_PINS, *_pins((152, 152)),
    ),
    43: (  # eyes closing: what the lids, drawn as a layer, pull along
        Anchor(66, 296, 0.0, 0.7, 0.14), Anchor(105, 334, 0.0, 0.8, 0.15), Anchor(70, 300, 0.0, 0.7, 0.14),
        Anchor(53, 283, 0.0, 1.0, 0.12), Anchor(65, 295, 0.0, 0.9, 0.12), Anchor(55, 285, 0.0, 0.5, 0.12),
        Anchor(117, 346, 0.0, -0.4, 0.16), *_pins((9, 9), (133, 362), (145, 374), radius=0.1),
    ),
}  # fmt: skip
"""The basis. Overlapping anchors are averaged: a table never adds up to more than its largest."""
