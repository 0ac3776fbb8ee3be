"""What the three makes share: the engine's file, what it declares, and the check of what enters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from livespot.errors import EngineError
from livespot.inference.runner import MAX_BATCH, TensorSpec
from livespot.inference.sidecar import WINDOW_SHAPE, Sidecar
from livespot.types import CURVES, Float32Array


class EngineBase:
    """A runner without the arithmetic.

    Parameters
    ----------
    path : Path
        Of the .onnx file.
    sidecar : Sidecar
    make : str
    on : str
        What it runs on, in words.
    reason : str
        Why it was chosen, in words.
    precision : {"fp32", "fp16", "int8"}
        What the products are computed in.
    """

    def __init__(
        self, path: Path, sidecar: Sidecar, make: str, on: str, reason: str, precision: str = "fp32"
    ) -> None:
        self._path = path
        self._sidecar = sidecar
        self._make = make
        self._precision = precision
        self._description = f"{path.stem}: {on}{f' ({reason})' if reason else ''}"
        self._closed = False

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self._path.stem

    @property
    def make(self) -> str:
        """``onnx``, ``cuda`` or ``tensorrt``."""
        return self._make

    @property
    def precision(self) -> str:
        """``fp32``, ``fp16`` or ``int8``."""
        return self._precision

    @property
    def description(self) -> str:
        """Which engine runs on what, and why."""
        return self._description

    @property
    def sha256(self) -> str:
        """Of the file that is computed, or that the plan was made from."""
        return self._sidecar.sha256

    @property
    def engine_sha256(self) -> str:
        """Of the engine in full precision."""
        return self._sidecar.sha256

    @property
    def thresholds(self) -> Mapping[str, float]:
        """θ of the apex curves, by type."""
        return self._sidecar.thresholds

    @property
    def min_scores(self) -> Mapping[str, float]:
        """The least score of an interval, by type."""
        return self._sidecar.min_scores

    @property
    def alignment(self) -> str:
        """How head motion was taken out of the windows it was trained on."""
        return str(self._sidecar.features.get("alignment", ""))

    def choose_point(self, point: str) -> None:
        """Take the thresholds and least scores of one of the sidecar's operating points.

        Raises
        ------
        EngineError
            When the engine brings no such point.
        """
        self._sidecar = self._sidecar.at(point)

    @property
    def sidecar(self) -> Sidecar:
        """All that is known of the engine."""
        return self._sidecar

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The windows."""
        return (TensorSpec(self._sidecar.input_name, ("n", *WINDOW_SHAPE)),)

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """The probabilities."""
        return (TensorSpec(self._sidecar.output_name, ("n", len(CURVES))),)

    def warm_up(self) -> None:
        """Run on an empty window: memory is planned, kernels are loaded and graphs captured at the first call."""
        self.infer(np.zeros(WINDOW_SHAPE, dtype=np.float32))

    def infer(self, windows: Float32Array) -> Float32Array:
        """See :meth:`livespot.inference.runner.Runner.infer`."""
        if windows.shape != WINDOW_SHAPE:
            wants, got = _text(WINDOW_SHAPE), _text(windows.shape)
            raise EngineError(
                f"{self._label} expects a window ({wants}), got ({got}): is it one window, unbatched?"
            )
        self._check_open()
        answer: Float32Array = self._compute(np.ascontiguousarray(windows[None], dtype=np.float32))[0]
        return answer

    def infer_batch(self, windows: Float32Array) -> Float32Array:
        """See :meth:`livespot.inference.runner.MadeRunner.infer_batch`."""
        if windows.shape[1:] != WINDOW_SHAPE or not 1 <= len(windows) <= MAX_BATCH:
            wants, got = _text(WINDOW_SHAPE), _text(windows.shape)
            raise EngineError(
                f"{self._label} expects windows (n, {wants}) with n from 1 to {MAX_BATCH}, got ({got}); "
                "cut them into batches"
            )
        self._check_open()
        return self._compute(np.ascontiguousarray(windows, dtype=np.float32))

    def close(self) -> None:
        """Let the engine go."""
        self._closed = True

    @property
    def _label(self) -> str:
        return f"engine {self._path.name}"

    def _compute(self, windows: Float32Array) -> Float32Array:
        """(n, 17, 10, 2), contiguous -> (n, 10), new."""
        raise NotImplementedError

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError(f"{self._label}: was closed; open it again")


def first_line(error: BaseException) -> str:
    """What an error of somebody else's says, on one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _text(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
