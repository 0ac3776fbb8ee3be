"""Small engines with a second stage, never trained, for tests of what lies around one."""

from __future__ import annotations

from pathlib import Path

import torch

from livespot.models.export import export_engine
from livespot.models.second_stage import SecondStage, SecondStageConfig
from livespot.models.second_stage_export import SecondStageExport
from livespot.models.spotformer import SpotFormer, SpotFormerConfig


def networks(look_ahead: int, dim: int = 16) -> tuple[SpotFormer, SecondStage]:
    """Two networks in evaluation mode, the same at every call; the second changes what the first says a good deal."""
    torch.manual_seed(7)
    first = SpotFormer(SpotFormerConfig(dim=dim)).eval()
    second = SecondStage(SecondStageConfig(dim, look_ahead, width=8)).eval()
    with torch.no_grad():
        first.head.bias[6:8] += 0.5  # apexes: some candidates at a threshold of 0.5
        torch.nn.init.normal_(second.head.weight, std=0.5)
        torch.nn.init.normal_(second.outside)
        second.norm.running_mean.normal_()
    return first, second


def export_two_stages(folder: Path, look_ahead: int, name: str = "two") -> Path:
    """The path of an engine with a second stage, and of its own operating point."""
    first, second = networks(look_ahead)
    path = folder / f"{name}.onnx"
    entry = SecondStageExport(second, {"steps": 0}, {"ME": 0.4, "MaE": 0.45}, {"ME": 0.01, "MaE": 0.02})
    export_engine(
        first, path, {"steps": 0}, {"ME": 0.5, "MaE": 0.6}, min_scores={"ME": 0.1, "MaE": 0.2}, second=entry
    )
    return path
