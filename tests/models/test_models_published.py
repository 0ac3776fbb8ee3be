"""Checkpoints of the published code: the authors' layout, read safely."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from livespot.errors import InputError
from livespot.models.published import import_checkpoint, published_names
from livespot.models.spotformer import SpotFormer, SpotFormerConfig

SHARED = Path(__file__).parents[2].parent / "shared" / "conformance"


def published_state(network: SpotFormer) -> dict[str, torch.Tensor]:
    """Our state as the published code would save it."""
    names, state = published_names(), network.state_dict()
    theirs = {names[name]: value.clone() for name, value in state.items()}
    theirs["temporal_pos_embedding"] = theirs["temporal_pos_embedding"][None]
    return theirs


def trained(dim: int, heads: int = 4) -> SpotFormer:
    torch.manual_seed(dim)
    network = SpotFormer(SpotFormerConfig(dim=dim, heads=heads, dropout=0.0)).train()
    for _ in range(3):
        network(torch.randn(16, 17, 10, 2))
    return network.eval()


def test_every_entry_has_one_name_of_its_own() -> None:
    names = published_names()
    assert set(names) == set(SpotFormer(SpotFormerConfig(dim=8)).state_dict())
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize(("dim", "wrap"), [(16, "none"), (24, "state_dict"), (32, "module")])
def test_round_trip(tmp_path: Path, dim: int, wrap: str) -> None:
    network, windows = trained(dim), torch.randn(5, 17, 10, 2)
    content: object = published_state(network)
    if wrap == "state_dict":
        content = {"epoch": 3, "state_dict": content}
    elif wrap == "module":
        content = {f"module.{name}": value for name, value in published_state(network).items()}
    torch.save(content, tmp_path / "their.pth")
    found = import_checkpoint(tmp_path / "their.pth")
    assert found.config.dim == dim
    assert not found.training
    with torch.no_grad():
        for ours, theirs in zip(found(windows), network(windows), strict=True):
            assert torch.equal(ours, theirs)


def test_another_number_of_heads(tmp_path: Path) -> None:
    network, windows = trained(16, heads=2), torch.randn(5, 17, 10, 2)
    torch.save(published_state(network), tmp_path / "their.pth")
    with torch.no_grad():
        found = import_checkpoint(tmp_path / "their.pth", heads=2)(windows)[0]
        assert torch.equal(found, network(windows)[0])


class _Harmful:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("form", ["archive", "legacy", "bare"])
def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path, form: str) -> None:
    marker = tmp_path / "was here"
    content = {"state_dict": published_state(trained(16)), "extra": _Harmful(marker)}
    if form == "bare":
        (tmp_path / "bad.pth").write_bytes(pickle.dumps(content))
    else:
        torch.save(content, tmp_path / "bad.pth", _use_new_zipfile_serialization=form == "archive")
    with pytest.raises(InputError, match="could run code, so it was not loaded") as caught:
        import_checkpoint(tmp_path / "bad.pth")
    assert "\n" not in str(caught.value)
    assert not marker.exists()


def test_a_whole_network_is_refused(tmp_path: Path) -> None:
    torch.save(trained(16), tmp_path / "whole.pth")
    with pytest.raises(InputError, match=r"save the network's state_dict\(\) alone"):
        import_checkpoint(tmp_path / "whole.pth")


def test_other_files_are_refused_in_one_line(tmp_path: Path) -> None:
    good = tmp_path / "good.pth"
    torch.save(published_state(trained(16)), good)
    cut = tmp_path / "cut.pth"
    cut.write_bytes(good.read_bytes()[:-3000])
    text = tmp_path / "text.pth"
    text.write_text("not a checkpoint")
    empty = tmp_path / "empty.pth"
    empty.touch()
    for path in (cut, text, empty):
        with pytest.raises(InputError, match=r"damaged or no file that torch\.save wrote") as caught:
            import_checkpoint(path)
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="cannot be read"):
        import_checkpoint(tmp_path / "nowhere.pth")
    with pytest.raises(InputError, match="cannot be read"):
        import_checkpoint(tmp_path)
    torch.save(torch.zeros(3), tmp_path / "tensor.pth")
    with pytest.raises(InputError, match="expected a state dict, got Tensor"):
        import_checkpoint(tmp_path / "tensor.pth")


def test_other_networks_are_refused(tmp_path: Path) -> None:
    path, state = tmp_path / "other.pth", published_state(trained(16))
    torch.save({name: value for name, value in state.items() if name != "mlp_head.bias"}, path)
    with pytest.raises(InputError, match=r"lacks mlp_head\.bias"):
        import_checkpoint(path)
    torch.save({**state, "mlp_head.more": torch.zeros(2), "mlp_head.most": torch.zeros(2)}, path)
    with pytest.raises(InputError, match=r"holds mlp_head\.more besides and differs in 1 more name"):
        import_checkpoint(path)
    torch.save({**state, "temporal_pos_embedding": torch.zeros(1, 12, 16)}, path)
    with pytest.raises(
        InputError, match=r"shape \(12, 16\), expected \(18, 16\): was it trained for windows of 17"
    ):
        import_checkpoint(path)
    torch.save(state, path)
    with pytest.raises(InputError, match="16 channels; dim must be a positive multiple of heads"):
        import_checkpoint(path, heads=3)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the published network's inputs and outputs are not here")
def test_the_published_network(tmp_path: Path) -> None:
    """Equal to 1e-5 of the largest logit; float32 rounding of either side is as large as that on its fourth digit."""
    shutil.copy(SHARED / "spotformer_published_network.pth", tmp_path / "their.pth")
    network = import_checkpoint(tmp_path / "their.pth").double()
    with np.load(SHARED / "spotformer_published_network.npz") as expected, torch.no_grad():
        logits, z = network(torch.from_numpy(expected["windows"]).double())
        for found, name in ((logits, "logits"), (z, "z")):
            scale = np.abs(expected[name]).max()
            assert np.abs(found.numpy() - expected[name]).max() <= 1e-5 * scale
