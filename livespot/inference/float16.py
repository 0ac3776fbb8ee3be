"""The same graph in half precision, with float32 at both ends: what TensorRT builds an fp16 plan from.

TensorRT 11 knows no flag for fp16 any more; precision lies in the graph. All float32 numbers and results become
float16, and a cast stands behind the input and before the output, so that whoever calls the engine sees no difference.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from livespot.inference.base import first_line
from livespot.inference.cuda import Unavailable

_LARGEST = 65504.0  # of float16


def float16_graph(graph: bytes) -> bytes:
    """The ONNX file in half precision.

    Parameters
    ----------
    graph : bytes
        An ONNX file of float32 values with one input and one output.

    Raises
    ------
    Unavailable
        When the onnx package is missing, the bytes are no ONNX file, or a number does not fit into float16.
    """
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError as error:
        raise Unavailable(
            "precision fp16: the onnx package is missing; pip install 'onnx>=1.17,<1.23', or use fp32"
        ) from error
    try:
        model = onnx.load_model_from_string(graph)
    except Exception as error:  # protobuf's DecodeError has no public base
        raise Unavailable(f"engine: is not an ONNX file ({first_line(error)})") from error
    body = model.graph
    for tensor in body.initializer:
        _halve(tensor, numpy_helper)
    for node in body.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                _halve(attribute.t, numpy_helper)
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.FLOAT16
    del body.value_info[:]  # says float32 of what is no longer so
    source, target = body.input[0].name, body.output[0].name
    half_source, half_target = f"{source}_half", f"{target}_half"
    for node in body.node:
        _rename(node.input, source, half_source)
        _rename(node.input, target, half_target)
        _rename(node.output, target, half_target)
    body.node.insert(0, helper.make_node("Cast", [source], [half_source], to=TensorProto.FLOAT16))
    body.node.append(helper.make_node("Cast", [half_target], [target], to=TensorProto.FLOAT))
    halved: bytes = model.SerializeToString()
    return halved


def _halve(tensor: Any, numpy_helper: Any) -> None:
    values = numpy_helper.to_array(tensor)
    if values.dtype != np.float32:
        return
    if values.size and float(np.abs(values).max()) > _LARGEST:
        raise Unavailable(
            f"precision fp16: {tensor.name} holds numbers above {_LARGEST:.0f}; use --precision fp32"
        )
    tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), tensor.name))


def _rename(names: Any, old: str, new: str) -> None:
    for i, name in enumerate(names):
        if name == old:
            names[i] = new
