"""ONNX Runtime on the CPU: the engine that runs everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime

from livespot.errors import EngineError
from livespot.inference.base import EngineBase, first_line
from livespot.inference.sidecar import check_window_shape, read_engine, read_int8
from livespot.types import CURVES, Float32Array


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
        self._session: Any = _open_session(graph, threads, self._label)
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
        if outputs[names[1]][1:] != [len(CURVES)]:
            shape = ", ".join(map(str, outputs[names[1]]))
            raise EngineError(
                f"{self._label}: expected probabilities (n, {len(CURVES)}), got ({shape}); "
                "export the engine again"
            )


def _open_session(graph: bytes, threads: int, label: str) -> Any:
    options = onnxruntime.SessionOptions()
    # Measured on two shared cores of an AMD EPYC, one window, p50 with 1 / 2 threads: dim 64 0.65 / 1.20 ms,
    # dim 128 1.6 / 2.4 ms, dim 256 5.0 / 6.5 ms. A second thread loses, and takes the core that the flow
    # needs.
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    # Spinning threads burn the cores of the other stages; under load that made a window several times slower.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3  # its errors reach the user as exceptions
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise EngineError(
            f"{label}: is not an ONNX file that ONNX Runtime {onnxruntime.__version__} can load "
            f"({first_line(error)}); install the engine again"
        ) from error
