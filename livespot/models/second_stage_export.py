"""A trained second stage becomes ``NAME.second.onnx`` and an entry in the sidecar of its engine."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from livespot.installation.shipped_files import second_stage_path
from livespot.models.folding import Calibration
from livespot.models.onnx_file import onnx_file
from livespot.models.second_stage import CONTEXT_FRAMES, LOGITS, SecondStage, SecondStageGraph
from livespot.types import EXPRESSION_TYPES

INPUTS = ("frames", "present")
OUTPUT = "probabilities"


@dataclass(frozen=True, slots=True, eq=False)
class SecondStageExport:
    """A trained second stage and its operating point, to be exported with its engine.

    Attributes
    ----------
    stage : SecondStage
    record : mapping
        How it was trained; JSON.
    thresholds, min_scores, points, scores, calibration
        As in :func:`livespot.models.export.export_engine`, of the probabilities that the second stage gives.
    """

    stage: SecondStage
    record: Mapping[str, Any]
    thresholds: Mapping[str, float]
    min_scores: Mapping[str, float] = field(default_factory=dict)
    points: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    calibration: Calibration = field(default_factory=Calibration)

    @property
    def channels(self) -> int:
        """Numbers that the first stage gives it for each frame."""
        return LOGITS + self.stage.config.width

    def entry(self, engine: Path, graph: bytes) -> dict[str, Any]:
        """What the sidecar of ``engine`` says of it."""
        return {
            "onnx": second_stage_path(engine).name,
            "sha256": hashlib.sha256(graph).hexdigest(),
            "network": "dilated convolutions over time, as a pyramid",
            "parameters": sum(parameter.numel() for parameter in self.stage.parameters()),
            "context_frames": CONTEXT_FRAMES,
            "look_ahead_frames": self.stage.config.look_ahead,
            "channels": self.channels,
            "thresholds": {kind: float(self.thresholds[kind]) for kind in EXPRESSION_TYPES},
            "min_scores": {kind: float(self.min_scores.get(kind, 0.0)) for kind in EXPRESSION_TYPES},
            "operating_points": {name: dict(point) for name, point in self.points.items()},
            "calibration": dataclasses.asdict(self.calibration),
            **self.scores,
            "training": dict(self.record),
        }

    def onnx_bytes(self) -> bytes:
        """Its ONNX file, for one context."""
        context = torch.zeros(1, CONTEXT_FRAMES, self.channels), torch.ones(1, CONTEXT_FRAMES)
        return onnx_file(SecondStageGraph(self.stage, self.calibration), context, list(INPUTS), OUTPUT)
