"""The lean graph and its int8 form, against the network they come from."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from livespot.models.export import onnx_bytes
from livespot.models.folding import Calibration, EngineGraph
from livespot.models.lean import LeanGraph, engine_graph
from livespot.models.quantise import int8_bytes
from livespot.models.spotformer import FLGP, SpotFormer, SpotFormerConfig, probabilities
from livespot.regions import LAYOUTS


def trained_like(dim: int, heads: int = 4, gains: float = 0.5, **config: object) -> SpotFormer:
    torch.manual_seed(dim)
    network = SpotFormer(SpotFormerConfig(dim=dim, heads=heads, **config)).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(0.0, 0.5)
            module.running_var.uniform_(0.3, 3.0)
            if module.affine:
                torch.nn.init.normal_(module.weight, 1.0, gains)
                torch.nn.init.normal_(module.bias, 0.0, 0.3)
    return network


def some_windows(count: int, regions: str = "paper") -> torch.Tensor:
    nodes = len(LAYOUTS[regions])
    return 2.0 * torch.randn(count, 17, nodes, 2, generator=torch.Generator().manual_seed(3))


def answers(graph: bytes, windows: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"windows": window[None]})[0] for window in windows])


@pytest.mark.parametrize("regions", LAYOUTS)
@pytest.mark.parametrize(("dim", "heads", "gains"), [(16, 4, 0.5), (24, 3, 0.1), (64, 4, 0.5)])
def test_it_computes_what_the_network_computes(dim: int, heads: int, gains: float, regions: str) -> None:
    network = trained_like(dim, heads, gains, regions=regions)
    windows = some_windows(12, regions)
    with torch.no_grad():
        expected = probabilities(network(windows)[0])
        found = LeanGraph(network)(windows)
    assert (found - expected).abs().max() < 1e-5


def test_pooling_of_negative_gains_is_a_minimum() -> None:
    network = trained_like(16)
    for module in network.modules():
        if isinstance(module, FLGP):
            assert (module.norm.weight > 0).any()
            module.norm.weight.data[::3] *= -1.0
    windows = some_windows(6)
    with torch.no_grad():
        assert (LeanGraph(network)(windows) - probabilities(network(windows)[0])).abs().max() < 1e-5


def test_the_network_is_left_alone_and_the_calibration_is_inside() -> None:
    network = trained_like(16)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    calibration = Calibration(
        tuple(0.5 + 0.1 * i for i in range(10)), tuple(0.2 * i - 1.0 for i in range(10))
    )
    windows = some_windows(5)
    with torch.no_grad():
        expected = probabilities(calibration.apply(network(windows)[0]))
        torch.testing.assert_close(LeanGraph(network, calibration)(windows), expected, rtol=0.0, atol=1e-5)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_other_poolings_keep_the_plain_graph() -> None:
    network = trained_like(16, pooling="mean")
    assert isinstance(engine_graph(network), EngineGraph)
    assert isinstance(engine_graph(trained_like(16)), LeanGraph)


@pytest.mark.parametrize("regions", LAYOUTS)
def test_onnx_and_int8(regions: str) -> None:
    network = trained_like(64, regions=regions)
    windows = some_windows(16, regions)
    graph = onnx_bytes(engine_graph(network), windows.shape[2])
    kinds = {node.op_type for node in onnx.load_from_string(graph).graph.node}
    assert not kinds & {"BatchNormalization", "Conv", "Shape", "Div"}
    with torch.no_grad():
        expected = probabilities(network(windows)[0]).numpy()
    found = answers(graph, windows.numpy())
    assert np.abs(found - expected).max() < 1e-5

    small = int8_bytes(graph)
    assert len(small) < 0.6 * len(graph)
    rounded = answers(small, windows.numpy())
    assert 0.0 < np.abs(rounded - expected).max() < 0.05
    assert np.array_equal(rounded, answers(small, windows.numpy()))


def test_a_graph_with_nothing_to_round_is_refused() -> None:
    with pytest.raises(ValueError, match="linear layer"):
        int8_bytes(onnx_bytes(engine_graph(trained_like(16))))
