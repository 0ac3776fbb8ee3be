"""The displacement that an action unit causes in the measured regions: what :mod:`livespot.movement.patterns` holds.

``python -m livespot.synthesis.patterns VIDEO`` looks for the face in a video and prints that module's table; the
shipped one was made from ``assets/demo.mp4``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from livespot.errors import InputError
from livespot.face.mesh_map import region_centres
from livespot.regions import FACE, RegionLayout
from livespot.synthesis.action_units import Float64Array, face_axes
from livespot.synthesis.anchors import ACTION_UNITS
from livespot.synthesis.areas import FaceAreas
from livespot.synthesis.portraits import VIDEO_LOOKS, first_mesh
from livespot.synthesis.renderer import VARIANTS
from livespot.synthesis.timeline import LIDS, LIDS_SHUT_PX
from livespot.types import Float32Array

RENDERERS = ("a", "b")
"""Variants whose fields are averaged; the third is held out for tests."""

_LEAST_PX = 0.05


def half_patterns(mesh: Float32Array, layout: RegionLayout = FACE) -> dict[int, Float64Array]:
    """Motion of the regions when half A of the face performs an action unit at intensity 1.

    Parameters
    ----------
    mesh : (478, 3) float32
        A neutral, about frontal face, px of its picture.
    layout : RegionLayout
        R regions.

    Returns
    -------
    dict of int to (R, 2) float64
        By action unit: (dx right, dy down) in canonical px, freed of the motion of the nose tip.
    """
    found: dict[int, Float64Array] = {}
    for name in RENDERERS:
        areas = FaceAreas(mesh, layout, VARIANTS[name])
        lids = _half_a(mesh, layout)[:, None] * areas.lid_pattern() / LIDS_SHUT_PX
        for unit in ACTION_UNITS:
            moved = areas.pattern(unit, "A") + (lids if unit == LIDS else 0.0)
            found[unit] = found.get(unit, 0.0) + moved / len(RENDERERS)
    return found


def _half_a(mesh: Float32Array, layout: RegionLayout) -> Float64Array:
    """1 for regions on half A, 0.5 on the midline, 0 on half B: (R,)."""
    axes = face_axes(mesh)
    across = (region_centres(mesh, layout)[:, :2] - axes.origin) @ axes.right
    return np.clip(0.5 - across / axes.eye_distance_px / 0.1, 0.0, 1.0)


def as_source(patterns: Mapping[int, Float64Array], layout: RegionLayout = FACE) -> str:
    """The table as Python source; displacements below 0.05 px are left out."""
    lines = ["HALF_PATTERNS: dict[int, dict[str, tuple[float, float]]] = {"]
    for unit, moved in patterns.items():
        cells = [
            f'"{name}": ({x:.2f}, {y:.2f}),'
            for name, (x, y) in zip(layout.names, moved.tolist(), strict=True)
            if np.hypot(x, y) >= _LEAST_PX
        ]
        lines += [f"    {unit}: {{", *(f"        {cell}" for cell in cells), "    },"]
    return "\n".join([*lines, "}"])


def mesh_in(video: str) -> Float32Array:
    """The face of a video once the tracker has settled on it, (478, 3) px.

    Raises
    ------
    InputError
        When the video cannot be read or shows no face at its beginning.
    """
    if (mesh := first_mesh(Path(video))) is None:
        raise InputError(
            f"{video}: no face in its first {VIDEO_LOOKS} frames; give a video that begins with a face"
        )
    return mesh


if __name__ == "__main__":
    print(as_source(half_patterns(mesh_in(sys.argv[1]))))
