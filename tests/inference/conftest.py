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
