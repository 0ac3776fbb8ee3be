"""Real windows that ship with the engines, and what the PyTorch model says of them: the yardstick of every engine.

``engines/windows.npz`` holds consecutive windows of the built-in clip, expressions among them, in steps of 1/128 px;
``engines/windows-LAYOUT.npz`` the same frames of another layout of regions than the paper's.
``engines/NAME.reference.npz`` holds the probabilities that the PyTorch model gave for them when NAME was exported.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from livespot.errors import EngineError
from livespot.installation.shipped_files import shipped_dir
from livespot.regions import LAYOUTS, PAPER
from livespot.types import CURVES, WINDOW_FRAMES, Float32Array

STEPS_PER_PX = 128  # finer than the flow's own noise; as whole numbers the windows take a fifth of the room
RATE_HZ = 30.0
"""Model rate of the stored windows."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Known answers.

    Attributes
    ----------
    probabilities : (n, 10) float32
        Of the stored windows, in the order of :data:`livespot.types.CURVES`.
    made_by : str
        What computed them.
    """

    probabilities: Float32Array
    made_by: str


def stored_windows(regions: str = PAPER.name) -> Float32Array:
    """The stored windows, (n, 17, R, 2) float32 in canonical px, of consecutive model frames at 30 Hz.

    Parameters
    ----------
    regions : str
        Name of the layout.

    Raises
    ------
    EngineError
        When the installation lacks them.
    """
    path = shipped_dir("engines") / ("windows.npz" if regions == PAPER.name else f"windows-{regions}.npz")
    try:
        with np.load(path, allow_pickle=False) as file:
            steps = file["windows"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise EngineError(
            f"{path.name}: missing or damaged; install livespot again, with its engines"
        ) from error
    if steps.shape[1:] != (WINDOW_FRAMES, len(LAYOUTS[regions]), 2):
        raise EngineError(
            f"{path.name}: holds windows {steps.shape[1:]}; install livespot again, with its engines"
        )
    windows: Float32Array = steps.astype(np.float32) / np.float32(STEPS_PER_PX)
    return windows


def read_reference(engine: Path, sha256: str, regions: str = PAPER.name) -> Reference | None:
    """The stored answers of an engine; None when there are none, or those of another engine or to other windows."""
    try:
        with np.load(reference_path(engine), allow_pickle=False) as file:
            belongs = str(file["sha256"]) == sha256 and str(file["windows_sha256"]) == _windows_sha256(
                regions
            )
            found = Reference(np.asarray(file["probabilities"], dtype=np.float32), str(file["made_by"]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    fits = found.probabilities.ndim == 2 and found.probabilities.shape[1] == len(CURVES)
    return found if belongs and fits else None


def write_reference(engine: Path, sha256: str, reference: Reference, regions: str = PAPER.name) -> None:
    """Store an engine's answers beside it.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    np.savez_compressed(
        reference_path(engine),
        sha256=np.array(sha256),
        windows_sha256=np.array(_windows_sha256(regions)),
        probabilities=reference.probabilities.astype(np.float32),
        made_by=np.array(reference.made_by),
    )


def _windows_sha256(regions: str) -> str:
    return hashlib.sha256(stored_windows(regions).tobytes()).hexdigest()


def reference_path(engine: Path) -> Path:
    """Where an engine's answers lie."""
    return engine.with_suffix(".reference.npz")
