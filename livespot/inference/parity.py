"""Does an engine say what the model says? Asked on the stored real windows, before the engine is used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from livespot.inference.cuda import Unavailable
from livespot.inference.onnx_runner import OnnxRunner
from livespot.inference.onnx_torch import TorchGraph
from livespot.inference.runner import BatchRunner, Runner
from livespot.inference.sidecar import read_engine
from livespot.installation.stored_windows import Reference, read_reference, stored_windows
from livespot.types import CURVES, Float32Array

TOLERANCE = {"fp32": 1e-3, "fp16": 1e-2, "int8": 3e-2}
"""Largest difference of a probability that passes, by precision. On the stored windows halves differ by about 0.001 and
8-bit weights of the full network by 0.009; a wrong kernel is off by tenths."""

QUICK_STEP = 5
"""A quick check takes every fifth of the stored windows."""


class ParityError(Unavailable):
    """The engine's answers differ from the model's; it must not be used."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How far the answers are apart.

    Attributes
    ----------
    largest, mean : float
        Difference of a probability.
    windows : int
    tolerance : float
    against : str
        What made the reference.
    """

    largest: float
    mean: float
    windows: int
    tolerance: float
    against: str

    @property
    def passed(self) -> bool:
        """Whether no difference exceeds the tolerance; False for NaN."""
        return self.largest <= self.tolerance

    def __str__(self) -> str:
        return (
            f"differs from {self.against} by at most {self.largest:.1e}, {self.mean:.1e} in the mean, over "
            f"{self.windows} windows (allowed {self.tolerance:.0e})"
        )


def reference_answers(path: Path) -> Reference:
    """The model's answers on the stored windows.

    Those stored with the engine when it was exported from PyTorch; for an engine without them, its graph computed by
    PyTorch where that is installed, else by ONNX Runtime.

    Raises
    ------
    EngineError
        When the engine or the stored windows are missing or damaged.
    """
    graph, sidecar = read_engine(path)
    windows = stored_windows(sidecar.layout.name)
    stored = read_reference(path, sidecar.sha256, sidecar.layout.name)
    if stored is not None and len(stored.probabilities) == len(windows):
        return Reference(stored.probabilities, f"{stored.made_by}, stored with the engine")
    try:
        import torch

        network = TorchGraph(torch, graph, "cpu")
    except (ImportError, OSError, Unavailable):
        runner = OnnxRunner(path)
        try:
            return Reference(answers(runner, windows), "ONNX Runtime on the CPU")
        finally:
            runner.close()
    values: Float32Array = network(torch.from_numpy(windows)).numpy()[:, : len(CURVES)]
    return Reference(values, f"PyTorch {torch.__version__} on the CPU")


def answers(runner: Runner, windows: Float32Array) -> Float32Array:
    """(n, 17, R, 2) -> (n, 10), one window at a time, as the stream does it."""
    return np.stack([runner.infer(window) for window in windows])


def compared(values: Float32Array, reference: Reference, precision: str, step: int = 1) -> Parity:
    """Compare the answers to every ``step``-th stored window with the reference."""
    apart = np.abs(values.astype(np.float64) - reference.probabilities[::step])
    return Parity(
        largest=float(apart.max()),
        mean=float(apart.mean()),
        windows=len(values),
        tolerance=TOLERANCE[precision],
        against=reference.made_by,
    )


def checked(runner: BatchRunner, path: Path) -> Parity:
    """A quick check of a runner that is not in use yet.

    Raises
    ------
    ParityError
        When it fails; the runner stays open.
    EngineError
        When the runner cannot compute.
    """
    values = answers(runner, stored_windows(runner.info.regions)[::QUICK_STEP])
    parity = compared(values, reference_answers(path), runner.info.precision, QUICK_STEP)
    if not parity.passed:
        raise ParityError(
            f"{runner.info.description}: {parity}; use --engine onnx --precision fp32, and report this"
        )
    return parity
