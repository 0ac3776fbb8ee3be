from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small untrained network as an engine, with its sidecar and its model's answers beside it."""
    import torch

    from livespot.models.export import export_engine
    from livespot.models.spotformer import SpotFormer, SpotFormerConfig

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("engines") / "tiny.onnx"
    network = SpotFormer(SpotFormerConfig(dim=16)).eval()
    export_engine(network, path, {"steps": 0}, {"ME": 0.4, "MaE": 0.6}, min_scores={"ME": 0.1, "MaE": 0.2})
    return path
