"""The picture seen in a mirror, as augmentation."""

from __future__ import annotations

from livespot.types import Float32Array

MIRROR_NODES: tuple[int, ...] = (3, 4, 5, 0, 1, 2, 7, 6, 8, 9)
"""Which node stands where after the picture was mirrored."""


def mirrored(vectors: Float32Array) -> Float32Array:
    """Vectors (..., 10, 2) as a mirrored picture would give them: sides swapped, dx turned round."""
    swapped = vectors[..., list(MIRROR_NODES), :].copy()
    swapped[..., 0] *= -1.0
    return swapped
