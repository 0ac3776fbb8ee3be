"""Make face_detector.onnx and face_mesh.onnx of Google's face_landmarker.task.

    pip install tflite onnx
    python assets/convert_face_landmarker.py face_landmarker.task assets

The bundle is a zip of TensorFlow Lite models with float16 weights. Each operator is written as the ONNX operator of
the same meaning, the weights stay the float16 values that they are. Only PReLU is written as a x + (1 - a) relu(x),
by two 1x1 convolutions of single channels: ONNX Runtime's own PRelu is slower by three times the rest of the model.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import tflite
from onnx import TensorProto, helper, numpy_helper

SOURCE_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MODELS = {"face_detector": "face_detector", "face_landmarks_detector": "face_mesh"}
OUTPUTS = 2  # of each model; the mesh model's third one is not used

_OPERATORS = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
_TYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
}
_SAME = 0  # of tflite.Padding
_NCHW = (0, 3, 1, 2)
_NHWC = (0, 2, 3, 1)


class Conversion:
    """One TensorFlow Lite model, operator by operator."""

    def __init__(self, content: bytes) -> None:
        self.model = tflite.Model.GetRootAsModel(content, 0)
        self.graph = self.model.Subgraphs(0)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.constants = {
            i: value for i in range(self.graph.TensorsLength()) if (value := self.stored(i)) is not None
        }
        self.names: dict[int, str] = {}

    def shape(self, tensor: int) -> list[int]:
        return [int(size) for size in self.graph.Tensors(tensor).ShapeAsNumpy()]

    def name(self, tensor: int) -> str:
        return self.names.get(tensor, f"t{tensor}")

    def stored(self, tensor: int) -> np.ndarray | None:
        described = self.graph.Tensors(tensor)
        buffer = self.model.Buffers(described.Buffer())
        if not buffer.DataLength():
            return None
        return np.frombuffer(buffer.DataAsNumpy().tobytes(), _TYPES[described.Type()]).reshape(
            self.shape(tensor)
        )

    def add(self, kind: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def weight(self, name: str, value: np.ndarray) -> str:
        """A float16 constant, as the float32 that ONNX Runtime makes of it once, when the model is opened."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float16), f"{name}.half"))
        return self.add("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)

    def integers(self, name: str, values: list[int]) -> str:
        self.weights.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    def convert(self) -> onnx.ModelProto:
        source = self.graph.Inputs(0)
        picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, self.shape(source))
        self.names[source] = self.add("Transpose", ["picture"], self.name(source), perm=_NCHW)
        for n in range(self.graph.OperatorsLength()):
            operator = self.graph.Operators(n)
            code = self.model.OperatorCodes(operator.OpcodeIndex())
            kind = _OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            inputs = [int(i) for i in operator.InputsAsNumpy()]
            getattr(self, f"operator_{kind.lower()}")(operator, inputs, int(operator.Outputs(0)))
        outputs = []
        for n in range(OUTPUTS):
            tensor = self.graph.Outputs(n)
            shape = self.shape(tensor)
            outputs.append(
                helper.make_tensor_value_info(
                    self.name(tensor),
                    TensorProto.FLOAT,
                    [shape[i] for i in _NCHW] if len(shape) == 4 else shape,
                )
            )
        graph = helper.make_graph(self.nodes, "face", [picture], outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        model.producer_name = "livespot"
        onnx.checker.check_model(model, full_check=True)
        return model

    def options(self, operator: tflite.Operator, kind: type) -> object:
        found, table = kind(), operator.BuiltinOptions()
        found.Init(table.Bytes, table.Pos)
        if hasattr(found, "FusedActivationFunction") and found.FusedActivationFunction():
            raise SystemExit("an operator with an activation in it is not known")
        return found

    def padding(self, options: object, tensor: int, kernel: list[int], strides: list[int]) -> list[int]:
        before, behind = [], []
        for size, length, step in zip(self.shape(tensor)[1:3], kernel, strides, strict=True):
            total = max((-(-size // step) - 1) * step + length - size, 0) if options.Padding() == _SAME else 0
            before.append(total // 2)
            behind.append(total - total // 2)
        return before + behind

    def operator_dequantize(self, operator: tflite.Operator, inputs: list[int], output: int) -> None:
        self.constants[output] = self.constants[inputs[0]]

    def operator_conv_2d(self, operator: tflite.Operator, inputs: list[int], output: int) -> None:
        options = self.options(operator, tflite.Conv2DOptions)
        self._convolve(options, inputs, output, (0, 3, 1, 2), 1)

    def operator_depthwise_conv_2d(self, operator: tflite.Operator, inputs: list[int], output: int) -> None:
        options = self.options(operator, tflite.DepthwiseConv2DOptions)
        self._convolve(options, inputs, output, (3, 0, 1, 2), self.shape(output)[3])

    def _convolve(
        self, options: object, inputs: list[int], output: int, order: tuple[int, ...], groups: int
    ) -> None:
        weights = self.constants[inputs[1]]
        kernel, strides = list(weights.shape[1:3]), [options.StrideH(), options.StrideW()]
        if (options.DilationHFactor(), options.DilationWFactor()) != (1, 1):
            raise SystemExit("a dilated convolution is not known")
        name = self.name(output)
        parts = [self.name(inputs[0]), self.weight(f"{name}.weights", weights.transpose(order))]
        if len(inputs) > 2 and inputs[2] >= 0:
            parts.append(self.weight(f"{name}.bias", self.constants[inputs[2]]))
        self.add(
            "Conv", parts, name, group=groups, kernel_shape=kernel, strides=strides,
            pads=self.padding(options, inputs[0], kernel, strides),
        )  # fmt: skip

    def operator_prelu(self, operator: tflite.Operator, inputs: list[int], output: int) -> None:
        name, x = self.name(output), self.name(inputs[0])
        slopes = self.constants[inputs[1]].reshape(-1, 1, 1, 1)
        slope = self.weight(f"{name}.slope", slopes)
        self.weights.append(numpy_helper.from_array(np.ones(1, np.float32), f"{name}.one"))
        rest = self.add("Sub", [f"{name}.one", slope], f"{name}.rest")
        single = {"group": len(slopes), "kernel_shape": [1, 1]}
        below = self.add("Conv", [x, slope], f"{name}.below", **single)
        positive = self.add("Relu", [x], f"{name}.positive")
        above = self.add("Conv", [positive, rest], f"{name}.above", **single)
        self.add("Add", [above, below], name)

    def operator_relu(self, operator: tflite.Operator, inputs: list[int], output: int) -> None:
        self.add("Relu", [self.name(inputs[0])], self.name(output))

    def operator_logistic(self, operator: tflite.Operator, inputs: list[int], output: int) -> None:
        self.add("Sigmoid", [self.name(inputs[0])], self.name(output))

    def operator_add(self, operator: tflite.Operator, inputs: list[int], output: int) -> None:
        self.options(operator, tflite.AddOptions)
        self.add("Add", [self.name(i) for i in inputs], self.name(output))

    def operator_max_pool_2d(self, operator: tflite.Operator, inputs: list[int], output: int) -> None:
        options = self.options(operator, tflite.Pool2DOptions)
        kernel, strides = (
            [options.FilterHeight(), options.FilterWidth()],
            [options.StrideH(), options.StrideW()],
        )
        pads = self.padding(options, inputs[0], kernel, strides)
        self.add(
            "MaxPool",
            [self.name(inputs[0])],
            self.name(output),
            kernel_shape=kernel,
            strides=strides,
            pads=pads,
        )

    def operator_pad(self, operator: tflite.Operator, inputs: list[int], output: int) -> None:
        amounts = self.constants[inputs[1]][list(_NCHW)]
        pads = self.integers(f"{self.name(output)}.pads", [*amounts[:, 0].tolist(), *amounts[:, 1].tolist()])
        self.add("Pad", [self.name(inputs[0]), pads], self.name(output))

    def operator_reshape(self, operator: tflite.Operator, inputs: list[int], output: int) -> None:
        name, source = self.name(output), self.name(inputs[0])
        if len(self.shape(inputs[0])) == 4:
            source = self.add("Transpose", [source], f"{name}.nhwc", perm=_NHWC)
        self.add("Reshape", [source, self.integers(f"{name}.shape", self.shape(output))], name)

    def operator_concatenation(self, operator: tflite.Operator, inputs: list[int], output: int) -> None:
        options = self.options(operator, tflite.ConcatenationOptions)
        self.add("Concat", [self.name(i) for i in inputs], self.name(output), axis=options.Axis())


def main(bundle: str, folder: str) -> None:
    """Convert the models of a bundle and print what was made."""
    content = Path(bundle).read_bytes()
    if hashlib.sha256(content).hexdigest() != SOURCE_SHA256:
        raise SystemExit(f"{bundle}: not the file that livespot's face models are made of")
    with zipfile.ZipFile(bundle) as models:
        for source, name in MODELS.items():
            model = Conversion(models.read(f"{source}.tflite")).convert()
            path = Path(folder) / f"{name}.onnx"
            path.write_bytes(model.SerializeToString(deterministic=True))
            print(
                f"{path}: {path.stat().st_size} bytes, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
