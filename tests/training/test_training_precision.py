from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import nn
from training_makers import made_up_run

from livespot.models.spotformer import SpotFormer, SpotFormerConfig
from livespot.training.loop import TrainingConfig, parameter_groups, train
from livespot.training.precision import multiply_in
from livespot.training.simulate import Simulator

RUN = made_up_run("ada")


def gradients(network: SpotFormer, windows: torch.Tensor) -> torch.Tensor:
    logits, _ = network(windows)
    network.zero_grad()
    (logits**2).mean().backward()
    return torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None])


def test_gradients_are_nearly_those_of_float32() -> None:
    torch.manual_seed(0)
    network = SpotFormer(SpotFormerConfig(dim=64, dropout=0.0)).train()
    half = copy.deepcopy(network)
    multiply_in(half, "bfloat16")
    windows = torch.randn(8, 17, 10, 2)
    exact, rounded = gradients(network, windows), gradients(half, windows)
    assert not torch.equal(exact, rounded)
    assert torch.nn.functional.cosine_similarity(exact, rounded, dim=0) > 0.995
    assert 0.98 < rounded.norm() / exact.norm() < 1.02


def test_nothing_but_the_products_changes() -> None:
    network = SpotFormer(SpotFormerConfig(dim=64))
    names, groups = list(network.state_dict()), parameter_groups(network, 0.1)
    multiply_in(network, "bfloat16")
    assert list(network.state_dict()) == names
    assert all(p.dtype == torch.float32 for p in network.parameters())
    for before, after in zip(groups, parameter_groups(network, 0.1), strict=True):
        assert list(map(id, before["params"])) == list(map(id, after["params"]))
    assert type(network.head) is nn.Linear  # ten outputs: not worth it


def test_a_run_in_bfloat16_learns_and_gives_a_float32_network(tmp_path) -> None:
    config = TrainingConfig(
        dim=64, dropout=0.0, steps=30, learning_rate=3e-3, betas=(0.9, 0.98), precision="bfloat16"
    )
    batch = Simulator(runs=[RUN]).batch(np.random.default_rng(0), 4, 4)
    first = train(config, lambda rng: batch, tmp_path / "half", until=2, log_every=2).losses["total"]
    result = train(config, lambda rng: batch, tmp_path / "half")
    assert result.losses["total"] < 0.8 * first
    assert all(type(m) is nn.Linear for m in result.network.modules() if isinstance(m, nn.Linear))
    again = train(config, lambda rng: batch, tmp_path / "again")
    same = zip(result.network.state_dict().values(), again.network.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in same)
    other = train(replace(config, precision="float32"), lambda rng: batch, tmp_path / "full")
    assert not torch.equal(other.network.head.weight, result.network.head.weight)
