"""Compiles the kernels before the first frame needs them; numba keeps them on disk for the next start."""

from __future__ import annotations

import numpy as np

from livespot.config import FlowConfig
from livespot.flow.expansion import Applicability, expand
from livespot.flow.pair import pair_vectors
from livespot.types import STILL_AREAS, Patch


def warm_up(config: FlowConfig) -> None:
    """Run every kernel once on noise; 0.3 s when they are on disk, about half a minute when they are not."""
    noise = np.random.default_rng(0).integers(0, 255, (224, 224), dtype=np.uint8)
    regions = len(config.layout)
    patch = Patch(
        anchor=0,
        image=noise,
        origin=np.zeros(2, np.int64),
        centres=np.full((regions, 2), 112, np.int64),
        still_centres=np.full((STILL_AREAS, 2), 112, np.int64),
        relief=np.zeros((regions + STILL_AREAS, 3), np.float32),
        nose_box=np.array([104, 104, 120, 120], np.int64),
        nose=np.array([112.0, 112.0]),
        px_per_camera_px=1.0,
    )
    expansion = expand(patch, Applicability.of(config))
    pair_vectors(expansion, patch, expansion, patch, config)
