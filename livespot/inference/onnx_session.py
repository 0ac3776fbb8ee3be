"""A session of ONNX Runtime on the CPU, as both stages of an engine use it."""

from __future__ import annotations

from typing import Any

import onnxruntime

from livespot.errors import EngineError
from livespot.inference.error_text import first_line


def open_session(graph: bytes, threads: int, label: str) -> Any:
    """An ONNX Runtime session on the CPU; raises EngineError when the graph cannot be loaded."""
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
