"""Training that goes on from the weights of another run."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from training_makers import made_up_run

from livespot.cli import main
from livespot.errors import InputError
from livespot.models.spotformer import SpotFormer, SpotFormerConfig
from livespot.training.job import save_weights
from livespot.training.loop import TrainingConfig, train
from livespot.training.simulate import Simulator
from livespot.training.start import started

RUN = made_up_run("ada")
CONFIG = TrainingConfig(dim=16, dropout=0.0, steps=3, learning_rate=1e-6, average=0.0)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(5)
    path = tmp_path / "best.safetensors"
    save_weights(SpotFormer(SpotFormerConfig(dim=16)), path)
    return path


@pytest.mark.parametrize("dim", [16, 32])
def test_a_run_begins_where_another_ended(weights: Path, tmp_path: Path, dim: int) -> None:
    begin = started(weights, dim)
    assert begin.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
    config = replace(CONFIG, dim=dim, start=begin.sha256)
    batch = Simulator(runs=[RUN]).batch(np.random.default_rng(0), 4, 4)
    result = train(config, lambda rng: batch, tmp_path / "run", start=begin.network)
    near, far = begin.network.head.weight, SpotFormer(config.network).head.weight
    assert (result.network.head.weight - near).abs().max() < 1e-4
    assert (result.network.head.weight - far).abs().max() > 1e-2
    with pytest.raises(InputError, match="another start"):
        train(replace(config, start=""), lambda rng: batch, tmp_path / "run")


def test_weights_that_cannot_be_used(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        started(tmp_path / "gone.safetensors", 16)
    with pytest.raises(InputError, match="multiple of that, got 24"):
        started(weights, 24)
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InputError, match="not those of a SpotFormer"):
        started(weights, 16)


def test_loso_begins_with_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    options = ["--loso", "--start", str(tmp_path / "w"), "--out", str(tmp_path / "o")]
    assert main(["train", str(tmp_path), *options]) == 2
    assert "--start: may know the people" in capsys.readouterr().err
