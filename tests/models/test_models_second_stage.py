"""The second stage: what it sees, and that the exported pyramid gives what the trained network gave."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from two_stage_engine import networks

from livespot.models.lean import engine_graph
from livespot.models.second_stage import (
    CONTEXT_FRAMES,
    LOGITS,
    SecondStage,
    SecondStageConfig,
    SecondStageGraph,
)
from livespot.models.second_stage_export import SecondStageExport
from livespot.models.spotformer import SpotFormer, SpotFormerConfig, probabilities
from livespot.pipeline.context import ContextBuffer


def sequence(frames: int, dim: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(frames)
    shape = (1, frames)
    return torch.randn((*shape, dim), generator=generator), torch.randn((*shape, LOGITS), generator=generator)


@pytest.mark.parametrize("look_ahead", [0, 8, 32])
def test_a_frame_is_changed_by_those_of_its_context_only(look_ahead):
    _, stage = networks(look_ahead)
    z, logits = sequence(300)
    with torch.no_grad():
        before = stage(z, logits)
        z[0, 150] += 1.0
        changed = (stage(z, logits) - before).abs().sum(dim=2)[0].nonzero().flatten()
    assert changed[0] == 150 - look_ahead and changed[-1] == 150 + CONTEXT_FRAMES - 1 - look_ahead


def test_untrained_it_leaves_the_logits_as_they_are():
    stage = SecondStage(SecondStageConfig(dim=16)).train()
    z, logits = sequence(40)
    assert torch.equal(stage(z, logits), logits)


def test_a_missing_frame_is_the_same_as_none():
    _, stage = networks(8)
    z, logits = sequence(60)
    present = torch.ones(1, 60, dtype=torch.bool)
    present[:, 40:] = False
    with torch.no_grad():
        assert torch.allclose(stage(z, logits, present)[:, :40], stage(z[:, :40], logits[:, :40]), atol=1e-5)


@pytest.mark.parametrize("look_ahead", [0, 16])
@pytest.mark.parametrize("frames", [5, 200])
def test_the_exported_stages_give_what_the_trained_ones_gave(look_ahead, frames):
    first, second = networks(look_ahead)
    windows = torch.randn((frames, 17, 10, 2), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        logits, z = first(windows)
        expected = probabilities(second(z[None], logits[None])[0]).numpy()
        given = engine_graph(first, None, second.representation(first.head))(windows).numpy()
    assert np.allclose(given[:, :LOGITS], probabilities(logits).numpy(), atol=1e-5)
    export = SecondStageExport(second, {}, {"ME": 0.5, "MaE": 0.5})
    session = onnxruntime.InferenceSession(export.onnx_bytes(), providers=["CPUExecutionProvider"])
    buffer = ContextBuffer(CONTEXT_FRAMES, look_ahead, export.channels)
    found = []

    def take(contexts):
        for context in contexts:
            inputs = {"frames": context.frames[None], "present": context.present[None]}
            found.append(session.run(None, inputs)[0][0])

    for row in given[:, LOGITS:]:
        take(buffer.push(row))
    take(buffer.flush())
    assert np.allclose(found, expected, atol=1e-5)
    assert not np.allclose(expected, given[:, :LOGITS], atol=0.05)  # the second stage does change something


def test_the_calibration_is_part_of_the_graph():
    from livespot.models.folding import Calibration

    _, stage = networks(0)
    calibration = Calibration((0.5,) * LOGITS, (0.0,) * 6 + (1.0,) * 4)
    z, logits = sequence(1)
    with torch.no_grad():
        frames = torch.zeros(1, CONTEXT_FRAMES, LOGITS + 8)
        frames[0, -1] = torch.cat([logits, stage.project(z, logits)], dim=2)[0, 0]
        present = torch.zeros(1, CONTEXT_FRAMES)
        present[0, -1] = 1.0
        expected = probabilities(calibration.apply(stage(z, logits)[0]))
        assert torch.allclose(SecondStageGraph(stage, calibration)(frames, present), expected, atol=1e-5)


def test_a_network_for_ablations_has_none():
    network = SpotFormer(SpotFormerConfig(dim=16, pooling="mean"))
    with pytest.raises(ValueError, match="no second stage"):
        engine_graph(network, None, torch.nn.Linear(16, 18))


@pytest.mark.parametrize("look_ahead", [-1, CONTEXT_FRAMES])
def test_a_look_ahead_outside_the_context_is_refused(look_ahead):
    with pytest.raises(ValueError, match="look_ahead"):
        SecondStageConfig(dim=16, look_ahead=look_ahead)
