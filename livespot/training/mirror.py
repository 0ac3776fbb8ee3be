"""The mirrored picture, as augmentation."""

from __future__ import annotations

from functools import lru_cache

from livespot.regions import PAPER, RegionLayout
from livespot.types import Float32Array

_OTHER_SIDE = {"A": "B", "B": "A"}


@lru_cache(maxsize=8)
def mirror_nodes(layout: RegionLayout) -> tuple[int, ...]:
    """Return, for each node, the node that stands there once the picture is mirrored.

    Regions whose name has the word A or B change places with their counterpart; the others lie on the midline.

    Raises
    ------
    ValueError
        When the layout lacks a counterpart.
    """
    return tuple(layout.names.index(_mirrored_name(name)) for name in layout.names)


def _mirrored_name(name: str) -> str:
    return " ".join(_OTHER_SIDE.get(word, word) for word in name.split(" "))


def mirrored(vectors: Float32Array, layout: RegionLayout = PAPER) -> Float32Array:
    """Return vectors (..., R, 2) as a mirrored picture would give them: sides swapped, dx negated."""
    swapped = vectors[..., list(mirror_nodes(layout)), :].copy()
    swapped[..., 0] *= -1.0
    return swapped
