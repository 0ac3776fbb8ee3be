"""An engine with 8-bit weights: the linear layers multiply integers, everything else stays in float32.

Weights are rounded once, each output channel with a scale of its own; activations are rounded at every layer and
window by their own range (dynamic quantisation), so nothing has to be calibrated on data. That is no longer exact:
how far the probabilities move, and what it does to F1, has to be measured before such an engine is used.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import onnx

_LEAST_WEIGHTS = 4096  # below, rounding the activations costs more than the product
_LINEAR = ("Gemm", "MatMul")


def int8_bytes(graph: bytes) -> bytes:
    """The same graph with int8 weights in its larger linear layers; inputs and outputs stay as they are.

    With dim 256 a window takes less than half as long on a processor with VNNI, with dim 64 hardly less. The first
    layer, whose inner size is that of ROIs and heads, and the output layer stay in float32: they hold few weights and
    stand next to what is measured. Weights use seven bits, so that the sums cannot overflow on processors without VNNI
    and the result is the same on all. Activations are rounded over the whole batch: a window alone and in a
    batch differ.

    Parameters
    ----------
    graph : bytes
        An ONNX engine, as :func:`livespot.models.export.onnx_bytes` makes it.

    Raises
    ------
    ValueError
        When no layer is large enough to gain anything.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic  # imports half a second of tools

    model = onnx.load_from_string(graph)
    # The exporter notes shapes that no longer hold once a Gemm is taken apart.
    del model.graph.value_info[:]
    chosen = _large_layers(model)
    if not chosen:
        raise ValueError(f"int8: expected a linear layer of {_LEAST_WEIGHTS} weights or more, found none")
    with tempfile.TemporaryDirectory() as folder, _quiet():
        target = Path(folder) / "int8.onnx"
        quantize_dynamic(
            model,
            target,
            op_types_to_quantize=list(_LINEAR),
            nodes_to_quantize=[name for node in chosen for name in (node, f"{node}_MatMul")],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )
        return target.read_bytes()


def _large_layers(model: onnx.ModelProto) -> list[str]:
    shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    chosen = []
    for node in model.graph.node:
        weights = shapes.get(node.input[1], ()) if node.op_type in _LINEAR else ()
        if len(weights) == 2 and min(weights) >= 32 and weights[0] * weights[1] >= _LEAST_WEIGHTS:
            chosen.append(node.name)
    return [name for name in chosen if name != _first_product(model, shapes)]


def _first_product(model: onnx.ModelProto, shapes: dict[str, tuple[int, ...]]) -> str:
    """The lean graph's first layer: a MatMul of a constant with two axes, where the others are Gemm."""
    for node in model.graph.node:
        if node.op_type == "MatMul" and len(shapes.get(node.input[1], ())) == 2:
            return str(node.name)
    return ""


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """ONNX Runtime's tool advises a preparation of the graph that this one does not need."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
