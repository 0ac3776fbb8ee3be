from __future__ import annotations

import shutil
from pathlib import Path

import pytest

TINY = Path(__file__).parent / "tiny"
"""A network of 16 channels that was never trained, exported once, with its PyTorch model's answers; tiny.json tells."""


@pytest.fixture(scope="session")
def tiny_engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small engine, with its sidecar and its model's answers beside it."""
    return Path(shutil.copytree(TINY, tmp_path_factory.mktemp("engines") / "tiny")) / "tiny.onnx"


@pytest.fixture(scope="session")
def int8_engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of 64 channels that was never trained, also with 8-bit weights; not to be changed."""
    import torch

    from livespot.models import export
    from livespot.models.spotformer import SpotFormer, SpotFormerConfig

    torch.manual_seed(4)
    path = tmp_path_factory.mktemp("int8") / "tiny.onnx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "INT8_FROM_DIM", 64)
        network = SpotFormer(SpotFormerConfig(dim=64)).eval()
        thresholds, scores = {"ME": 0.4, "MaE": 0.6}, {"ME": 0.1, "MaE": 0.2}
        export.export_engine(network, path, {"steps": 0}, thresholds, min_scores=scores)
    return path
