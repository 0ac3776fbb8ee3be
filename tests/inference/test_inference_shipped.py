"""The engines that come with livespot."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from livespot.inference.float16 import float16_graph
from livespot.inference.onnx_runner import OnnxRunner
from livespot.inference.onnx_torch import TorchGraph
from livespot.inference.parity import answers, compared
from livespot.inference.sidecar import read_engine, read_int8
from livespot.installation.shipped_files import engine_path, int8_path, shipped_engine_names
from livespot.installation.stored_windows import read_reference, stored_windows
from livespot.types import CURVES


@pytest.fixture(scope="module", params=shipped_engine_names())
def path(request):
    return engine_path(request.param)


def test_there_is_a_default_and_every_engine_has_its_card(path):
    assert engine_path("spotformer").is_file()
    graph, sidecar = read_engine(path)  # checks the sha256
    card = path.with_suffix(".md").read_text(encoding="utf-8")
    assert sidecar.sha256 in card and f"{sidecar.parameters:,} parameters" in card
    assert len(graph) < 16_000_000
    assert (
        b"site-packages" not in graph and b"lean.py" not in graph
    )  # where it was exported is nobody's concern


def test_onnx_runtime_says_what_the_model_says(path):
    runner = OnnxRunner(path)
    try:
        assert compared(answers(runner, _windows(path)), _reference(path), "fp32").largest < 1e-4
    finally:
        runner.close()


def test_with_8_bit_weights_it_says_nearly_the_same(path):
    sidecar = read_engine(path)[1]
    if not sidecar.int8_sha256:
        assert not int8_path(path).exists()
        pytest.skip("brings no 8-bit weights")
    assert sidecar.int8_sha256 in path.with_suffix(".md").read_text(encoding="utf-8")
    assert b"site-packages" not in read_int8(path, sidecar)
    runner = OnnxRunner(path, precision="int8")
    try:
        assert compared(answers(runner, _windows(path)), _reference(path), "int8").largest < 0.02
    finally:
        runner.close()


def test_all_bring_8_bit_weights_but_the_small_one():
    assert [name for name in shipped_engine_names() if int8_path(engine_path(name)).is_file()] == [
        "spotformer",
        "spotformer-paper",
    ]


def test_the_default_sees_the_whole_face_and_the_others_the_regions_of_the_paper():
    layouts = {name: read_engine(engine_path(name))[1].layout.name for name in shipped_engine_names()}
    assert layouts == {"spotformer": "face", "spotformer-paper": "paper", "spotformer-small": "paper"}


def test_the_graph_that_a_gpu_computes_says_the_same(path):
    """On the CPU, by PyTorch: what the CUDA runner captures."""
    torch = pytest.importorskip("torch", reason="the engine's graph is computed by PyTorch here")
    values = TorchGraph(torch, read_engine(path)[0], "cpu")(torch.from_numpy(_windows(path))).numpy()
    assert compared(values[:, : len(CURVES)], _reference(path), "fp32").largest < 1e-4


def test_in_halves_it_says_nearly_the_same(path):
    """What TensorRT makes an fp16 plan from, computed by ONNX Runtime."""
    pytest.importorskip("onnx", reason="halves are made with the onnx package")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    graph = float16_graph(read_engine(path)[0])
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    (values,) = session.run(None, {"windows": _windows(path)})
    assert values.dtype == np.float32
    assert compared(values[:, : len(CURVES)], _reference(path), "fp16").passed


def _windows(path):
    return stored_windows(read_engine(path)[1].layout.name)


def _reference(path):
    sidecar = read_engine(path)[1]
    reference = read_reference(path, sidecar.sha256, sidecar.layout.name)
    assert reference is not None
    return reference
