"""ONNX Runtime on the CPU: the engine that runs everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime

from livespot.errors import EngineError
from livespot.inference.base import EngineBase
from livespot.inference.error_text import first_line
from livespot.inference.onnx_session import open_session
from livespot.inference.sidecar import check_window_shape, read_engine, read_int8
from livespot.types import Float32Array


class OnnxRunner(EngineBase):
    """An ONNX engine on the CPU.

    Parameters
    ----------
    path : path of the .onnx file
        Its sidecar lies beside it.
    threads : int
        Of ONNX Runtime.
    reason : str
        Why this engine was chosen, for the user.
    precision : {"fp32", "int8"}
        With 8-bit weights a window of the full network takes less than half as long; the answers are no longer exact.

    Raises
    ------
    EngineError
        When the engine or its sidecar is missing, damaged, or made for something else, or brings no 8-bit weights.
    """

    def __init__(
        self,
        path: str | Path,
        threads: int = 1,
        reason: str = "",
        precision: Literal["fp32", "int8"] = "fp32",
    ) -> None:
        file = Path(path)
        if threads < 1:
            raise EngineError(
                f"engine {file.name}: expected one thread or more, got {threads}; set threads = 1"
            )
        graph, sidecar = read_engine(file)
        on = (
            f"ONNX Runtime {onnxruntime.__version__} on the CPU, {threads} thread{'s' if threads > 1 else ''}"
        )
        if precision == "int8":
            graph, on = read_int8(file, sidecar), f"8-bit weights, {on}"
        super().__init__(file, sidecar, "onnx", on, reason, precision)
        self._session: Any = open_session(graph, threads, self._label)
        self._check_graph()

    def close(self) -> None:
        """Let the session and its memory go."""
        super().close()
        self._session = None

    def _compute(self, windows: Float32Array) -> Float32Array:
        if self.info.precision == "int8" and len(windows) > 1:
            # Activations are rounded by the range of all that enters at once, so that a window's answer would depend
            # on its neighbours. A batch would not be faster either.
            return np.concatenate([self._run(window[None]) for window in windows])
        return self._run(windows)

    def _run(self, windows: Float32Array) -> Float32Array:
        try:
            (answer,) = self._session.run([self._sidecar.output_name], {self._sidecar.input_name: windows})
        except Exception as error:  # onnxruntime raises classes of its own, without a common public base
            raise EngineError(
                f"{self._label}: failed while running ({first_line(error)}); try again"
            ) from error
        probabilities: Float32Array = answer
        return probabilities

    def _check_graph(self) -> None:
        inputs = {node.name: list(node.shape) for node in self._session.get_inputs()}
        outputs = {node.name: list(node.shape) for node in self._session.get_outputs()}
        names = (self._sidecar.input_name, self._sidecar.output_name)
        if list(inputs) != [names[0]] or list(outputs) != [names[1]]:
            raise EngineError(
                f"{self._label}: expected input {names[0]} and output {names[1]} as its sidecar says, got "
                f"{', '.join(inputs)} and {', '.join(outputs)}; export the engine again"
            )
        check_window_shape(self._label, inputs[names[0]], self._sidecar)
        if outputs[names[1]][1:] != [self._sidecar.output_width]:
            shape = ", ".join(map(str, outputs[names[1]]))
            raise EngineError(
                f"{self._label}: expected probabilities (n, {self._sidecar.output_width}), got ({shape}); "
                "export the engine again"
            )
