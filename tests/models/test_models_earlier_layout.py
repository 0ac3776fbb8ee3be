"""States saved before the authors' exact layout load into it and answer the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from livespot.models.earlier_layout import current_layout, current_moments
from livespot.models.spotformer import SpotFormer, SpotFormerConfig
from livespot.training.labels import FrameLabels
from livespot.training.loop import TrainingConfig, train
from livespot.training.simulate import Batch
from livespot.training.start import started

DIM = 16
CONVOLUTIONS = (3, 7, 9, 11)


def earlier_state() -> dict[str, Tensor]:
    """A state of the earlier layout: convolutions with biases, an embedding without, 17 rows of positions."""
    torch.manual_seed(5)
    network = SpotFormer(SpotFormerConfig(dim=DIM, dropout=0.0)).train()
    for _ in range(3):
        network(torch.randn(16, 17, 10, 2))
    state = dict(network.state_dict())
    for name in ("embedding.projection.bias", "embedding.norm.weight", "embedding.norm.bias"):
        del state[name]
    state["embedding.temporal"] = state["embedding.temporal"][:17]
    for number in CONVOLUTIONS:
        state[f"body.{number}.convolution.bias"] = torch.randn(DIM)
    return state


def earlier_answers(state: dict[str, Tensor], windows: Tensor) -> Tensor:
    """Logits as the earlier layout computed them: the present network, with every bias added where it stood."""
    network = SpotFormer(SpotFormerConfig(dim=DIM, dropout=0.0))
    kept = {name: value for name, value in state.items() if not name.endswith("convolution.bias")}
    zeros = torch.zeros(DIM)
    kept |= {
        "embedding.projection.bias": zeros,
        "embedding.norm.bias": zeros,
        "embedding.norm.weight": zeros + 1.0,
    }
    kept["embedding.temporal"] = functional.pad(state["embedding.temporal"], (0, 0, 0, 1))
    network.load_state_dict(kept)
    network.eval()
    with torch.no_grad():
        x = network.embedding(windows)
        for number, layer in enumerate(network.body):
            x = layer(x)
            if number in CONVOLUTIONS:
                x = x + state[f"body.{number}.convolution.bias"]
        return network.head(x.flatten(start_dim=1))  # type: ignore[no-any-return]


def test_the_answers_stay() -> None:
    state, windows = earlier_state(), 2.0 * torch.randn(8, 17, 10, 2)
    before = {name: value.clone() for name, value in state.items()}
    network = SpotFormer(SpotFormerConfig(dim=DIM, dropout=0.0))
    network.load_state_dict(current_layout(state))
    with torch.no_grad():
        found = network.eval()(windows)[0]
    torch.testing.assert_close(found, earlier_answers(state, windows), rtol=0.0, atol=1e-5)
    assert all(torch.equal(value, before[name]) for name, value in state.items())


def test_the_present_layout_is_left_alone() -> None:
    state = SpotFormer(SpotFormerConfig(dim=DIM)).state_dict()
    assert all(value is state[name] for name, value in current_layout(state).items())


def test_a_run_can_begin_with_weights_of_the_earlier_layout(tmp_path: Path) -> None:
    state, windows = earlier_state(), torch.randn(4, 17, 10, 2)
    save_file({name: value.contiguous() for name, value in state.items()}, tmp_path / "best.safetensors")
    network = started(tmp_path / "best.safetensors", 2 * DIM).network
    with torch.no_grad():
        torch.testing.assert_close(network(windows)[0], earlier_answers(state, windows), rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore:Initializing zero-element")
def test_a_stopped_run_of_the_earlier_layout_goes_on(tmp_path: Path) -> None:
    def batches(rng: np.random.Generator) -> Batch:
        windows = rng.standard_normal((8, 17, 10, 2), dtype=np.float32)
        labels = FrameLabels(np.full((8, 2), 2), np.zeros((8, 4), np.float32), np.zeros(8, np.int64))
        return Batch(windows, labels)

    config = TrainingConfig(dim=DIM, steps=6, dropout=0.0)
    train(config, batches, tmp_path, until=3)
    _make_earlier(tmp_path)
    result = train(config, batches, tmp_path)
    assert result.steps == 6
    assert all(torch.isfinite(value).all() for value in result.network.state_dict().values())


def _make_earlier(folder: Path) -> None:
    """Rewrite a run's state as the earlier layout had it."""
    from safetensors.torch import load_file

    (path,) = folder.glob("state-*.safetensors")
    tensors = load_file(path)
    earlier = earlier_state()
    kept = {
        k: v
        for k, v in tensors.items()
        if not k.partition("/")[2].startswith(
            ("embedding.projection.bias", "embedding.norm.w", "embedding.norm.b")
        )
    }
    for key, value in kept.items():
        if key.partition("/")[2].startswith("embedding.temporal") and value.ndim == 2:
            kept[key] = value[:17].contiguous()
    for number in CONVOLUTIONS:
        name = f"body.{number}.convolution.bias"
        kept |= {f"network/{name}": earlier[name], f"average/{name}": earlier[name].clone()}
        kept |= {f"moments/{name}.{kind}": torch.zeros(DIM) for kind in ("exp_avg", "exp_avg_sq")}
        kept[f"moments/{name}.step"] = torch.tensor(3.0)
    save_file(kept, path)


def test_moments_keep_what_still_exists() -> None:
    moments = {
        "embedding.temporal.exp_avg": torch.ones(17, DIM),
        "embedding.temporal.step": torch.tensor(3.0),
        "body.3.convolution.bias.exp_avg": torch.ones(DIM),
        "head.bias.exp_avg": torch.ones(10),
    }
    found = current_moments(moments)
    assert set(found) == {"embedding.temporal.exp_avg", "embedding.temporal.step", "head.bias.exp_avg"}
    assert found["embedding.temporal.exp_avg"].shape == (18, DIM)
    assert not found["embedding.temporal.exp_avg"][17].any()
