"""An engine's ONNX graph computed by PyTorch, operator by operator: what the CUDA runner captures.

The engine's file is the one truth: the GPU computes the graph that the CPU computes, calibration included, whatever
network it came from. Shapes stay on the host (whole numbers are numpy arrays), values on the device, so that a captured
run touches no memory of the host.

ONNX Runtime's own GPU providers were looked at in its place, and not taken. The CUDA provider comes in onnxruntime-gpu,
which overwrites the onnxruntime of the core install, and brings no TensorRT-RTX. The plugin for TensorRT-RTX
(onnxruntime-ep-nv-tensorrt-rtx-cu13 0.5.0, an alpha version) cannot be registered without libcuda, so it builds no
plan on a machine without a driver. Neither was measured on a GPU yet, so that equal latency and parity are not shown.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from livespot.inference.cuda import Unavailable
from livespot.inference.error_text import first_line

Value = Any
"""A tensor on the device, or a numpy array of whole numbers on the host; None for an optional input left out."""


@dataclasses.dataclass(slots=True)
class Node:
    """One operator: its inputs and outputs by name, its attributes as Python values."""

    op: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]


class TorchGraph:
    """The graph, ready to run on a device.

    Parameters
    ----------
    torch : module
    graph : bytes
        The ONNX file.
    device : str
        ``cuda``; ``cpu`` in tests.

    Raises
    ------
    Unavailable
        When the onnx package is missing, the bytes are no ONNX file, or it holds an operator that is not known here.
    """

    def __init__(self, torch: Any, graph: bytes, device: str) -> None:
        onnx = _onnx()
        try:
            model = onnx.load_model_from_string(graph)
        except Exception as error:  # protobuf's DecodeError has no public base
            raise Unavailable(f"engine: is not an ONNX file ({first_line(error)})") from error
        self._torch = torch
        self._constants: dict[str, Value] = {}
        self._indices: dict[str, Value] = {}
        for tensor in model.graph.initializer:
            self._keep(tensor.name, onnx.numpy_helper.to_array(tensor), device)
        nodes = []
        for node in model.graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type == "Constant":
                self._keep(node.output[0], onnx.numpy_helper.to_array(attributes["value"]), device)
                continue
            nodes.append(Node(node.op_type, list(node.input), list(node.output), attributes))
        self._nodes = _with_linear_maps(nodes, self._constants)
        self._input = model.graph.input[0].name
        self._output = model.graph.output[0].name
        if unknown := sorted({node.op for node in self._nodes} - _OPERATORS.keys()):
            raise Unavailable(
                f"PyTorch CUDA: the engine has operators made for the CPU only ({', '.join(unknown)}); "
                "use --engine onnx"
            )

    def __call__(self, windows: Value) -> Value:
        """(n, 17, R, 2) -> (n, 10), both on the device."""
        values: dict[str, Value] = {"": None, self._input: windows, **self._constants}
        with self._torch.no_grad():
            for node in self._nodes:
                given = [values[name] for name in node.inputs]
                if node.op in ("Gather", "GatherND"):
                    given[1] = self._index(node, given[1], given[0])
                values[node.outputs[0]] = _OPERATORS[node.op](self._torch, given, node.attributes)
        return values[self._output]

    def _keep(self, name: str, array: Any, device: str) -> None:
        if array.dtype.kind == "f":
            self._constants[name] = self._torch.tensor(array, dtype=self._torch.float32, device=device)
        else:
            self._constants[name] = np.asarray(array, dtype=np.int64)

    def _index(self, node: Node, index: Value, data: Value) -> Value:
        """Indices follow the data: kept on the device once they have been there, since a capture must not copy."""
        if isinstance(data, np.ndarray):
            return index
        if node.outputs[0] not in self._indices:
            self._indices[node.outputs[0]] = self._torch.from_numpy(np.array(index)).to(data.device)
        return self._indices[node.outputs[0]]


def _onnx() -> Any:
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ImportError as error:
        raise Unavailable(
            "PyTorch CUDA: the onnx package is missing; pip install 'livespot[gpu]' 'onnx>=1.17,<1.23'"
        ) from error
    return onnx


def _with_linear_maps(nodes: Sequence[Node], constants: Mapping[str, Value]) -> list[Node]:
    """A product with a matrix and the sum with its bias are one kernel instead of two."""
    uses = Counter(name for node in nodes for name in node.inputs)
    makers = {node.outputs[0]: node for node in nodes}
    merged: list[Node] = []
    for node in nodes:
        product = next((makers[i] for i in node.inputs if node.op == "Add" and i in makers), None)
        bias = next((i for i in node.inputs if i in constants and np.ndim(constants[i]) == 1), None)
        if product is not None and bias is not None and _is_linear(product, constants, uses):
            merged = [other for other in merged if other is not product]
            merged.append(Node("Linear", [*product.inputs, bias], node.outputs, {}))
        else:
            merged.append(node)
    return merged


def _is_linear(node: Node, constants: Mapping[str, Value], uses: Mapping[str, int]) -> bool:
    weight = constants.get(node.inputs[1]) if node.op == "MatMul" else None
    return weight is not None and np.ndim(weight) == 2 and uses[node.outputs[0]] == 1


Operator = Callable[[Any, list[Value], dict[str, Any]], Value]


def _linear(torch: Any, given: list[Value], _: dict[str, Any]) -> Value:
    x, weight, bias = given
    return torch.nn.functional.linear(x, weight.t(), bias)


def _reshape(_: Any, given: list[Value], attributes: dict[str, Any]) -> Value:
    x, shape = given[0], [int(n) for n in given[1]]
    if not attributes.get("allowzero", 0):
        shape = [x.shape[i] if n == 0 else n for i, n in enumerate(shape)]
    return x.reshape(shape)


def _slice(_: Any, given: list[Value], __: dict[str, Any]) -> Value:
    x = given[0]
    starts, ends = given[1].tolist(), given[2].tolist()
    axes = given[3].tolist() if len(given) > 3 and given[3] is not None else range(len(starts))
    steps = given[4].tolist() if len(given) > 4 and given[4] is not None else [1] * len(starts)
    cut = [slice(None)] * x.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        cut[axis] = slice(start, end, step)
    return x[tuple(cut)]


def _concat(torch: Any, given: list[Value], attributes: dict[str, Any]) -> Value:
    axis = attributes["axis"]
    return np.concatenate(given, axis) if isinstance(given[0], np.ndarray) else torch.cat(given, axis)


def _squeeze(_: Any, given: list[Value], __: dict[str, Any]) -> Value:
    if len(given) < 2 or given[1] is None:
        return given[0].squeeze()
    for axis in sorted((int(a) % given[0].ndim for a in given[1]), reverse=True):
        given[0] = given[0].squeeze(axis)
    return given[0]


def _unsqueeze(torch: Any, given: list[Value], _: dict[str, Any]) -> Value:
    x, axes = given
    for axis in sorted(int(a) % (x.ndim + len(axes)) for a in axes):
        x = np.expand_dims(x, axis) if isinstance(x, np.ndarray) else torch.unsqueeze(x, axis)
    return x


def _reduced(name: str) -> Operator:
    def reduce(torch: Any, given: list[Value], attributes: dict[str, Any]) -> Value:
        axes = attributes.get("axes") if len(given) < 2 else given[1]
        dims = [int(a) for a in axes] if axes is not None else list(range(given[0].ndim))
        return getattr(torch, name)(given[0], dim=dims, keepdim=bool(attributes.get("keepdims", 1)))

    return reduce


def _gather(torch: Any, given: list[Value], attributes: dict[str, Any]) -> Value:
    x, index = given
    axis = attributes.get("axis", 0)
    if isinstance(x, np.ndarray):
        return np.take(x, index, axis)
    taken = torch.index_select(x, axis, index.reshape(-1))
    axis %= x.ndim
    return taken.reshape([*x.shape[:axis], *index.shape, *x.shape[axis + 1 :]])


def _gather_nd(_: Any, given: list[Value], __: dict[str, Any]) -> Value:
    return given[0][tuple(given[1][..., i] for i in range(given[1].shape[-1]))]


def _convolution(torch: Any, given: list[Value], attributes: dict[str, Any]) -> Value:
    x, weight, bias = (*given, None)[:3]
    pads, sides = attributes.get("pads"), weight.ndim - 2
    if pads is not None and list(pads[:sides]) != list(pads[sides:]):
        raise Unavailable(f"PyTorch CUDA: the engine pads a convolution by {list(pads)}; use --engine onnx")
    convolve = torch.nn.functional.conv1d if sides == 1 else torch.nn.functional.conv2d
    return convolve(
        x,
        weight,
        bias,
        stride=list(attributes.get("strides", [1] * sides)),
        padding=list(pads[:sides]) if pads is not None else 0,
        dilation=list(attributes.get("dilations", [1] * sides)),
        groups=attributes.get("group", 1),
    )


def _gemm(_: Any, given: list[Value], attributes: dict[str, Any]) -> Value:
    a, b, c = (*given, None)[:3]
    a = a.t() if attributes.get("transA", 0) else a
    b = b.t() if attributes.get("transB", 0) else b
    product = attributes.get("alpha", 1.0) * (a @ b)
    return product if c is None else product + attributes.get("beta", 1.0) * c


def _batch_norm(torch: Any, given: list[Value], attributes: dict[str, Any]) -> Value:
    x, gain, shift, mean, variance = given
    return torch.nn.functional.batch_norm(
        x, mean, variance, gain, shift, training=False, eps=attributes.get("epsilon", 1e-5)
    )


def _layer_norm(torch: Any, given: list[Value], attributes: dict[str, Any]) -> Value:
    x, gain, shift = (*given, None)[:3]
    shape = list(x.shape[attributes.get("axis", -1) :])
    return torch.nn.functional.layer_norm(x, shape, gain, shift, attributes.get("epsilon", 1e-5))


def _gelu(torch: Any, given: list[Value], attributes: dict[str, Any]) -> Value:
    kind = attributes.get("approximate", b"none")
    return torch.nn.functional.gelu(given[0], approximate=kind.decode())


_OPERATORS: dict[str, Operator] = {
    "Add": lambda _, x, __: x[0] + x[1],
    "Sub": lambda _, x, __: x[0] - x[1],
    "Mul": lambda _, x, __: x[0] * x[1],
    "Div": lambda _, x, __: x[0] // x[1] if isinstance(x[0], np.ndarray) else x[0] / x[1],
    "Pow": lambda _, x, __: x[0] ** x[1],
    "MatMul": lambda _, x, __: x[0] @ x[1],
    "Sqrt": lambda torch, x, _: torch.sqrt(x[0]),
    "Exp": lambda torch, x, _: torch.exp(x[0]),
    "Erf": lambda torch, x, _: torch.erf(x[0]),
    "Tanh": lambda torch, x, _: torch.tanh(x[0]),
    "Relu": lambda torch, x, _: torch.relu(x[0]),
    "Sigmoid": lambda torch, x, _: torch.sigmoid(x[0]),
    "Softmax": lambda torch, x, a: torch.softmax(x[0], a.get("axis", -1)),
    "Identity": lambda _, x, __: x[0],
    "Shape": lambda _, x, a: np.array(x[0].shape[a.get("start", 0) : a.get("end")], dtype=np.int64),
    "Transpose": lambda _, x, a: x[0].permute(list(a["perm"])),
    "Expand": lambda _, x, __: x[0].expand(np.broadcast_shapes(tuple(x[0].shape), tuple(x[1].tolist()))),
    "ReduceMax": _reduced("amax"),
    "ReduceMean": _reduced("mean"),
    "ReduceSum": _reduced("sum"),
    "Linear": _linear,
    "Reshape": _reshape,
    "Slice": _slice,
    "Concat": _concat,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Gather": _gather,
    "GatherND": _gather_nd,
    "Conv": _convolution,
    "Gemm": _gemm,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "Gelu": _gelu,
}
