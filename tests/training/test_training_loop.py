from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from training_makers import made_up_run

from livespot.errors import InputError
from livespot.models.spotformer import MeanPooling
from livespot.training.loop import TrainingConfig, learning_rate, parameter_groups, train
from livespot.training.losses import LossConfig, contrastive_loss, focal_loss, spotting_loss
from livespot.training.simulate import Batch, Simulator

RUN = made_up_run("ada")
TINY = TrainingConfig(dim=16, dropout=0.1, steps=6, learning_rate=1e-2, warmup_steps=2, betas=(0.9, 0.98))


def small_batch(rng: np.random.Generator) -> Batch:
    return Simulator(runs=[RUN]).batch(rng, 4, 4)


def test_focal_loss_by_hand() -> None:
    logits, targets = torch.tensor([0.0, 2.0]), torch.tensor([1.0, 0.0])
    p = torch.sigmoid(logits)
    expected = (0.9 * (1 - p[0]) * -torch.log(p[0]) + 0.1 * p[1] * -torch.log(1 - p[1])) / 2
    torch.testing.assert_close(focal_loss(logits, targets, 0.9, 1.0, 0.0), expected)
    # Smoothing pulls a sure negative up, and leaves positives alone.
    sure = torch.tensor([-6.0])
    negative = torch.zeros(1)
    plain = focal_loss(sure, negative, 0.9, 1.0, 0.0)
    assert focal_loss(sure, negative, 0.9, 1.0, 0.16) > 10 * plain
    torch.testing.assert_close(
        focal_loss(sure, torch.ones(1), 0.9, 1.0, 0.16), focal_loss(sure, torch.ones(1), 0.9, 1.0, 0.0)
    )


def test_contrastive_loss_prefers_clusters_and_survives_loners() -> None:
    labels = torch.tensor([0, 0, 1, 1])
    apart = torch.tensor([[1.0, 0.0], [1.0, 0.1], [-1.0, 0.0], [-1.0, 0.1]])
    mixed = apart[[0, 2, 1, 3]]
    assert contrastive_loss(apart, labels, 0.5) < contrastive_loss(mixed, labels, 0.5)
    assert contrastive_loss(apart, torch.arange(4), 0.5) == 0.0
    z = apart.clone().requires_grad_()
    contrastive_loss(z, torch.tensor([0, 0, 1, 2]), 0.5).backward()
    assert z.grad is not None and torch.isfinite(z.grad).all()


def test_a_perfect_answer_costs_next_to_nothing() -> None:
    classes = torch.tensor([[0, 2], [2, 1]])
    soft = torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
    logits = torch.full((2, 10), -9.0)
    logits[0, [0, 5, 6, 8]] = 9.0
    logits[1, [2, 4, 7, 9]] = 9.0
    config = LossConfig(smoothing=0.0, contrast_weight=0.0)
    contrast = torch.tensor([2, 1])
    good = spotting_loss(logits, torch.eye(2), classes, soft, contrast, config)
    bad = spotting_loss(-logits, torch.eye(2), classes, soft, contrast, config)
    assert good.total < 1e-3 < 5.0 < bad.total
    assert set(good.parts) == {"me", "mae", "contrast", "total"}


def test_the_loss_goes_down_on_one_batch(tmp_path: Path) -> None:
    batch = small_batch(np.random.default_rng(1))
    config = replace(TINY, dropout=0.0, steps=40, loss=LossConfig(smoothing=0.0))
    first = train(replace(config, steps=1), lambda _: batch, tmp_path / "a", log_every=1)
    last = train(config, lambda _: batch, tmp_path / "b", log_every=1)
    assert last.losses["total"] < 0.3 * first.losses["total"]
    assert not last.network.training


def test_resuming_gives_the_same_bits(tmp_path: Path) -> None:
    whole = train(TINY, small_batch, tmp_path / "whole")
    calls = 0

    def interrupted(rng: np.random.Generator) -> Batch:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        return small_batch(rng)

    with pytest.raises(KeyboardInterrupt):
        train(TINY, interrupted, tmp_path / "parts", save_every=2)
    assert json.loads((tmp_path / "parts" / "run.json").read_text())["step"] == 2
    resumed = train(TINY, small_batch, tmp_path / "parts")
    assert resumed.steps == whole.steps == 6
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name


def test_the_time_budget_ends_a_run_that_can_go_on(tmp_path: Path) -> None:
    stopped = train(TINY, small_batch, tmp_path, seconds=0.0)
    assert stopped.steps == 0
    assert train(TINY, small_batch, tmp_path).steps == 6


def test_another_configuration_is_not_resumed(tmp_path: Path) -> None:
    train(replace(TINY, steps=1), small_batch, tmp_path)
    with pytest.raises(InputError, match="another seed, steps"):
        train(replace(TINY, seed=1), small_batch, tmp_path)


def test_a_run_begun_before_a_setting_existed_is_resumed(tmp_path: Path) -> None:
    train(TINY, small_batch, tmp_path, until=2)
    record = json.loads((tmp_path / "run.json").read_text())
    del record["config"]["pooling"]
    (tmp_path / "run.json").write_text(json.dumps(record))
    assert train(TINY, small_batch, tmp_path).steps == 6


def test_the_pooling_is_that_of_the_configuration(tmp_path: Path) -> None:
    network = train(replace(TINY, steps=1, pooling="mean"), small_batch, tmp_path).network
    assert any(isinstance(module, MeanPooling) for module in network.modules())


def test_a_damaged_run_is_refused(tmp_path: Path) -> None:
    train(replace(TINY, steps=1), small_batch, tmp_path)
    next(tmp_path.glob("state-*")).write_bytes(b"")
    with pytest.raises(InputError, match="cannot be resumed"):
        train(replace(TINY, steps=1), small_batch, tmp_path)


def test_learning_rates() -> None:
    config = replace(TINY, steps=101, learning_rate=1.0, warmup_steps=10)
    assert learning_rate(config, 0) == pytest.approx(0.1, rel=0.01)
    assert learning_rate(config, 100) == pytest.approx(0.01)
    epochs = replace(config, schedule="epochs", epoch_steps=50)
    assert learning_rate(epochs, 60) == pytest.approx(0.96)


def test_only_weights_decay(tmp_path: Path) -> None:
    network = train(replace(TINY, steps=1), small_batch, tmp_path).network
    decaying, others = parameter_groups(network, 0.1)
    names = {id(p): name for name, p in network.named_parameters()}
    assert all(p.ndim >= 2 and names[id(p)].endswith("weight") for p in decaying["params"])  # type: ignore[attr-defined]
    assert {names[id(p)] for p in others["params"]} >= {"embedding.temporal", "embedding.part", "head.bias"}  # type: ignore[attr-defined]
