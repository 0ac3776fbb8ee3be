"""A face drawn by rule: enough of a mesh for the tables of action units, and a picture to go with it."""

from __future__ import annotations

import numpy as np

from livespot.types import Float32Array, Image

SIZE = (160, 120)
EYES = 45.0
# Enough of a face for the tables: (index on half A, index on half B, outward, down) in eye distances.
_PAIRS = (
    (33, 263, 0.5, 0.0), (133, 362, 0.18, 0.02), (159, 386, 0.34, -0.07), (145, 374, 0.34, 0.06),
    (107, 336, 0.12, -0.22), (55, 285, 0.13, -0.17), (66, 296, 0.25, -0.27), (65, 295, 0.25, -0.21),
    (105, 334, 0.38, -0.29), (63, 293, 0.48, -0.26), (53, 283, 0.48, -0.22), (70, 300, 0.57, -0.17),
    (104, 333, 0.38, -0.42), (108, 337, 0.12, -0.4), (117, 346, 0.4, 0.25), (50, 280, 0.45, 0.35),
    (98, 327, 0.12, 0.48), (61, 291, 0.28, 0.75), (57, 287, 0.31, 0.77), (40, 270, 0.17, 0.68),
    (91, 321, 0.2, 0.85), (205, 425, 0.42, 0.55), (210, 430, 0.33, 0.95), (37, 267, 0.06, 0.65),
    (84, 314, 0.09, 0.9), (168, 168, 0.0, 0.0), (6, 6, 0.0, 0.08), (9, 9, 0.0, -0.15), (1, 1, 0.0, 0.4),
    (0, 0, 0.0, 0.66), (17, 17, 0.0, 0.9), (14, 14, 0.0, 0.82), (18, 18, 0.0, 0.97), (199, 199, 0.0, 1.12),
    (175, 175, 0.0, 1.2), (152, 152, 0.0, 1.28), (4, 4, 0.0, 0.36), (5, 5, 0.0, 0.3), (13, 13, 0.0, 0.72),
    (64, 294, 0.15, 0.46), (129, 358, 0.16, 0.42), (206, 426, 0.3, 0.6), (136, 365, 0.42, 1.1), (172, 397, 0.52, 0.95),
)  # fmt: skip
_LID_A = (
    (246, 163, 0.1),
    (161, 7, 0.25),
    (160, 144, 0.4),
    (158, 153, 0.6),
    (157, 154, 0.75),
    (173, 155, 0.9),
)
_LID_B = (
    (466, 390, 0.1),
    (388, 249, 0.25),
    (387, 373, 0.4),
    (385, 380, 0.6),
    (384, 381, 0.75),
    (398, 382, 0.9),
)


def drawn_mesh() -> Float32Array:
    """A symmetric face, upright, in px of a 160×120 picture."""
    mesh = np.zeros((478, 3), np.float32)
    centre = np.array([0.5, 0.4]) * SIZE
    for a, b, outward, down in _PAIRS:
        mesh[a, :2] = centre + EYES * np.array([-outward, down])
        mesh[b, :2] = centre + EYES * np.array([outward, down])
    for sign, lids in ((-1.0, _LID_A), (1.0, _LID_B)):
        for upper, lower, share in lids:
            across = sign * (0.5 - 0.32 * share)
            bow = 4 * share * (1 - share)
            mesh[upper, :2] = centre + EYES * np.array([across, -0.07 * bow])
            mesh[lower, :2] = centre + EYES * np.array([across, 0.06 * bow])
    return mesh


def drawn_portrait() -> Image:
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    waves = np.stack([np.sin(x / (5 + k)) + np.cos(y / (6 + k)) for k in range(3)], axis=-1)
    picture: Image = np.rint(128 + 50 * waves).astype(np.uint8)
    return picture


def grid() -> Float32Array:
    x, y = np.meshgrid(np.arange(SIZE[0], dtype=np.float32), np.arange(SIZE[1], dtype=np.float32))
    return np.stack([x, y], axis=-1)
