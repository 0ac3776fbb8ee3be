from __future__ import annotations

import pytest
import torch

from livespot.models.spotformer import (
    CHANNELS,
    MeanPooling,
    SpotFormer,
    SpotFormerConfig,
    probabilities,
)
from livespot.regions import LAYOUTS, RegionLayout
from livespot.types import CURVES


def test_the_papers_network_has_exactly_its_parameters() -> None:
    assert SpotFormer().parameter_count() == 3_168_778


def test_shapes_and_that_every_parameter_is_used() -> None:
    torch.manual_seed(0)
    network = SpotFormer(SpotFormerConfig(dim=16, dropout=0.0))
    logits, z = network(torch.randn(4, 17, 10, 2))
    assert logits.shape == (4, 10)
    assert z.shape == (4, 16)
    (logits.square().sum() + z.sum()).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_time_and_nodes_are_not_confused() -> None:
    """Each of the 17 frames and each of the 10 nodes reaches the output."""
    torch.manual_seed(1)
    network = SpotFormer(SpotFormerConfig(dim=16)).eval()
    windows = torch.randn(1, 17, 10, 2, requires_grad=True)
    network(windows)[0].sum().backward()
    assert windows.grad is not None
    assert (windows.grad.abs().sum(dim=-1) > 0).all()


def test_evaluation_does_not_look_across_the_batch() -> None:
    torch.manual_seed(2)
    network = SpotFormer(SpotFormerConfig(dim=16)).eval()
    windows = torch.randn(3, 17, 10, 2)
    alone = network(windows[1:2])[0]
    torch.testing.assert_close(network(windows)[0][1:2], alone, rtol=1e-5, atol=1e-5)


def test_mean_pooling_has_the_same_shapes_and_is_blind_to_parts() -> None:
    torch.manual_seed(4)
    x = torch.randn(2, 5, 10, 16)
    pool = MeanPooling(16, SpotFormerConfig().parts).eval()
    pooled = pool(x)
    assert pooled.shape == (2, 5, 3, 16)
    torch.testing.assert_close(pooled[:, :, 0], pooled[:, :, 2])
    torch.testing.assert_close(pool(x[:, :, torch.randperm(10)]), pooled)
    plain, blind = (SpotFormer(SpotFormerConfig(dim=16, pooling=p)) for p in ("flgp", "mean"))
    assert plain.parameter_count() == blind.parameter_count()
    assert list(plain.state_dict()) == list(blind.state_dict())
    assert blind(torch.randn(3, 17, 10, 2))[0].shape == (3, 10)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_of_regions_is_a_graph_of_its_own(layout: RegionLayout) -> None:
    torch.manual_seed(5)
    network = SpotFormer(SpotFormerConfig(dim=16, dropout=0.0, regions=layout.name))
    windows = torch.randn(3, 17, len(layout), 2, requires_grad=True)
    logits, z = network(windows)
    assert (logits.shape, z.shape) == ((3, 10), (3, 16))
    logits.square().sum().backward()
    assert windows.grad is not None
    assert (windows.grad.abs().sum(dim=(0, 1, 3)) > 0).all()
    assert len(network.embedding.part) == len(layout.parts) == len(network.body[2].parts)
    assert network.config.parts[-1][1] == len(layout)
    first = network.embedding.part_of_node
    assert [layout.parts[int(part)][0] for part in first] == [region.part for region in layout.regions]
    with pytest.raises(ValueError, match=rf"\(n, 17, {len(layout)}, 2\), got \(1, 17, 7, 2\)"):
        network(torch.zeros(1, 17, 7, 2))


def test_unknown_regions_are_refused() -> None:
    with pytest.raises(ValueError, match="one of paper, face, got 'nose'"):
        SpotFormerConfig(dim=16, regions="nose")


def test_another_window_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(n, 17, 10, 2\), got \(1, 15, 10, 2\)"):
        SpotFormer(SpotFormerConfig(dim=16))(torch.zeros(1, 15, 10, 2))


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple of heads"):
        SpotFormerConfig(dim=10)


def test_probabilities_are_reordered_to_the_curves() -> None:
    torch.manual_seed(3)
    logits = torch.randn(5, 10)
    curves = probabilities(logits)
    column = {name: curves[:, i] for i, name in enumerate(CURVES)}
    channel = {name: logits[:, i] for i, name in enumerate(CHANNELS)}
    for kind in ("me", "mae"):
        three = [f"{kind}_onset", f"{kind}_offset", f"{kind}_none"]
        torch.testing.assert_close(sum(column[name] for name in three), torch.ones(5))
        expected = torch.stack([channel[name] for name in three], dim=1).softmax(dim=1)
        torch.testing.assert_close(torch.stack([column[name] for name in three], dim=1), expected)
        for name in (f"{kind}_apex", f"{kind}_expression"):
            torch.testing.assert_close(column[name], channel[name].sigmoid())
