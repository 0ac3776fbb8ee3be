from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from livespot.errors import OutputError
from livespot.models.export import export_engine
from livespot.models.folding import Calibration, EngineGraph, fold_norms
from livespot.models.spotformer import ChannelNorm, SpotFormer, SpotFormerConfig, probabilities
from livespot.types import CURVES


def trained_like(dim: int = 16) -> SpotFormer:
    """A network whose BatchNorms hold statistics and gains as after some training."""
    torch.manual_seed(4)
    network = SpotFormer(SpotFormerConfig(dim=dim))
    for module in network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(0.0, 0.5)
            module.running_var.uniform_(0.3, 3.0)
            if module.affine:
                torch.nn.init.normal_(module.weight, 1.0, 0.5)
                torch.nn.init.normal_(module.bias, 0.0, 0.3)
    return network.eval()


def test_folding_changes_nothing() -> None:
    network = trained_like()
    windows = 2.0 * torch.randn(8, 17, 10, 2)
    folded = fold_norms(network)
    assert (
        sum(isinstance(module, ChannelNorm) for module in folded.modules()) == 2
    )  # before the padded convolutions
    assert (folded(windows)[0] - network(windows)[0]).abs().max() <= 1e-5
    assert isinstance(network.embedding.norm, ChannelNorm)  # the original is left alone


def test_the_calibration_is_inside_the_graph() -> None:
    network = trained_like()
    scale = tuple(0.5 + 0.1 * i for i in range(10))
    bias = tuple(0.2 * i - 1.0 for i in range(10))
    calibration = Calibration(scale, bias)
    windows = torch.randn(4, 17, 10, 2)
    expected = probabilities(calibration.apply(network(windows)[0]))
    torch.testing.assert_close(EngineGraph(network, calibration)(windows), expected, rtol=0.0, atol=1e-5)


def test_a_calibration_must_make_sense() -> None:
    with pytest.raises(ValueError, match="10 scales"):
        Calibration(scale=(1.0,))
    with pytest.raises(ValueError, match="positive"):
        Calibration(scale=(0.0,) * 10)


def test_onnx_runtime_computes_the_same_and_the_sidecar_tells_it(tmp_path: Path) -> None:
    network = trained_like()
    path = tmp_path / "tiny.onnx"
    sidecar_path = export_engine(network, path, {"steps": 0}, {"ME": 0.4, "MaE": 0.6})
    assert b".py" not in path.read_bytes()  # no stack traces of the machine that exported
    sidecar = json.loads(sidecar_path.read_text(encoding="utf-8"))
    assert sidecar_path == tmp_path / "tiny.json"
    assert sidecar["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert sidecar["parameters"] == network.parameter_count()
    assert sidecar["thresholds"] == {"ME": 0.4, "MaE": 0.6}
    assert sidecar["output"]["curves"] == list(CURVES)
    assert sidecar["features"]["eye_distance_px"] == 90.0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["tiny.json", "tiny.onnx", "tiny.reference.npz"]

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape[1:] == [17, 10, 2]
    for batch in (1, 5):
        windows = 2.0 * torch.randn(batch, 17, 10, 2)
        (answer,) = session.run(["probabilities"], {"windows": windows.numpy()})
        expected = probabilities(network(windows)[0]).detach().numpy()
        assert answer.shape == (batch, 10)
        assert np.abs(answer - expected).max() <= 1e-5


def test_what_cannot_be_exported_is_refused(tmp_path: Path) -> None:
    network = trained_like()
    with pytest.raises(ValueError, match=r"ends in \.onnx"):
        export_engine(network, tmp_path / "tiny.pt", {}, {"ME": 0.5, "MaE": 0.5})
    with pytest.raises(ValueError, match="thresholds"):
        export_engine(network, tmp_path / "tiny.onnx", {}, {"ME": 0.5})
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        export_engine(network, tmp_path / "file" / "tiny.onnx", {}, {"ME": 0.5, "MaE": 0.5})
