"""The same graph in float16, with float32 at both ends: what a plan with ``--precision fp16`` is built from.

TensorRT 11 and TensorRT-RTX have no flag for fp16; precision lies in the graph. ONNX Runtime's own converter makes all
float32 numbers and results float16 and casts behind the input and before the output, so that whoever calls the engine
sees no difference.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from livespot.inference.cuda import Unavailable
from livespot.inference.error_text import first_line

_LARGEST = 65504.0  # of float16


def float16_graph(graph: bytes) -> bytes:
    """Convert an ONNX file to float16.

    Parameters
    ----------
    graph : bytes
        An ONNX file of float32 values with one input and one output.

    Returns
    -------
    bytes
        An ONNX file with the same input and output, in float32.

    Raises
    ------
    Unavailable
        When the onnx package is missing, the bytes are no ONNX file, or a number does not fit into float16.
    """
    try:
        import onnx
        from onnxruntime.transformers.float16 import convert_float_to_float16
        from onnxruntime.transformers.onnx_model import OnnxModel
    except ImportError as error:
        raise Unavailable(
            f"precision fp16: the graph cannot be converted ({first_line(error)}); pip install onnx, or use fp32"
        ) from error
    try:
        model = onnx.load_model_from_string(graph)
    except Exception as error:  # protobuf's DecodeError has no public base
        raise Unavailable(f"engine: is not an ONNX file ({first_line(error)})") from error
    _check_range(onnx, model)
    # No operator is left in float32: a strongly typed network takes what it is given, and all of ours exist in float16.
    converted = OnnxModel(
        convert_float_to_float16(model, keep_io_types=True, disable_shape_infer=True, op_block_list=[])
    )
    converted.topological_sort()  # the casts come last otherwise
    content: bytes = converted.model.SerializeToString()
    return content


def _check_range(onnx: Any, model: Any) -> None:
    """The converter cuts numbers that are too large without a word."""
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size and float(np.abs(values).max()) > _LARGEST:
            raise Unavailable(
                f"precision fp16: {tensor.name} holds numbers above {_LARGEST:.0f}; use --precision fp32"
            )
