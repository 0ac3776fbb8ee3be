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


def test_weights_of_another_layout_keep_the_parts_that_both_have(weights: Path) -> None:
    before, after = started(weights, 16).network, started(weights, 16, "face").network
    assert after.config.regions == "face"
    rows = dict(zip([name for name, _ in after.config.layout.parts], after.embedding.part, strict=True))
    for (name, _), row in zip(before.config.layout.parts, before.embedding.part, strict=True):
        assert torch.equal(rows.pop(name), row)
    assert len(rows) == 3 and all(row.any() for row in rows.values())
    theirs = before.state_dict()
    same = [torch.equal(v, theirs[k]) for k, v in after.state_dict().items() if k != "embedding.part"]
    assert all(same)
    with torch.no_grad():
        assert after(torch.zeros(1, 17, 24, 2))[0].shape == (1, 10)


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
