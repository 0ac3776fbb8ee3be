"""Measured backgrounds: windows of real faces that show no expression, or talk.

A file ``CLIP.npz`` holds ``features`` float32 (n, 17, 10, 2), ``frames`` (n,) and ``times_s`` (n,), as
``livespot spot
--features`` writes it. Simulated expressions are added on top, so that a network meets the noise of the real
pipeline.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from livespot.errors import InputError
from livespot.types import ROIS, WINDOW_FRAMES, Float32Array

SHORTEST_RUN_FRAMES = 48
"""A run shorter than this holds no whole macro-expression and is left out."""


@dataclass(frozen=True, slots=True)
class ResidualRun:
    """Windows of consecutive model frames of one clip.

    Attributes
    ----------
    name : str
        The file's stem.
    features : (n, 17, 10, 2) float32
        (window, frame, ROI, (dx right, dy down)), canonical px; finite.
    """

    name: str
    features: Float32Array


def load_residuals(paths: Iterable[str | Path]) -> list[ResidualRun]:
    """Read clips and cut them where frames or values are missing.

    Raises
    ------
    InputError
        When a file is missing or holds something else.
    """
    runs: list[ResidualRun] = []
    for path in map(Path, paths):
        try:
            with np.load(path) as file:
                features, frames = file["features"], file["frames"]
        except (OSError, ValueError, KeyError) as error:
            raise InputError(
                f"residuals {path}: cannot be read ({error}); make them with --features"
            ) from error
        if features.shape[1:] != (WINDOW_FRAMES, ROIS, 2) or len(features) != len(frames):
            raise InputError(
                f"residuals {path}: expected features (n, {WINDOW_FRAMES}, {ROIS}, 2) and as many "
                f"frames, got "
                f"{features.shape} and {frames.shape}; make them anew with this version"
            )
        runs += [ResidualRun(path.stem, run) for run in _consecutive(features.astype(np.float32), frames)]
    return runs


def _consecutive(features: Float32Array, frames: Float32Array) -> list[Float32Array]:
    present = np.isfinite(features).all(axis=(1, 2, 3))
    kept, numbers = features[present], frames[present]
    if len(numbers) < SHORTEST_RUN_FRAMES:
        return []
    steps = np.diff(numbers)
    # Frames count in the source's own numbering: the commonest step is the stride of its model frames.
    stride = np.median(steps)
    breaks = np.flatnonzero(np.abs(steps - stride) > 0.5 * stride) + 1
    return [run for run in np.split(kept, breaks) if len(run) >= SHORTEST_RUN_FRAMES]


def load_split(folder: str | Path) -> dict[str, list[Path]]:
    """Read ``split.json`` of a folder of residuals: which clips train, which validate.

    Returns
    -------
    dict
        ``train`` and ``validation``, no person in both. What the file keeps for testing is not looked at.

    Raises
    ------
    InputError
        When the file is missing, is not JSON, or lacks one of the two.
    """
    root = Path(folder)
    path = root / "split.json"
    try:
        split = json.loads(path.read_text(encoding="utf-8"))
        named: dict[str, Sequence[str]] = {part: list(split[part]) for part in ("train", "validation")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f'split {path}: expected JSON with lists "train" and "validation" ({error}); write one'
        ) from error
    return {part: [root / f"{Path(name).stem}.npz" for name in names] for part, names in named.items()}
