"""A wider network that answers as the narrow one."""

from __future__ import annotations

import pytest
import torch

from livespot.models.spotformer import SpotFormer, SpotFormerConfig
from livespot.models.widen import widened


def used(dim: int) -> SpotFormer:
    """A network whose norms have seen something."""
    torch.manual_seed(1)
    network = SpotFormer(SpotFormerConfig(dim=dim, dropout=0.0)).train()
    for _ in range(3):
        network(torch.randn(16, 17, 10, 2))
    return network.eval()


@pytest.mark.parametrize("dim", [16, 32, 64])
def test_it_answers_the_same(dim: int) -> None:
    network, windows = used(16), torch.randn(5, 17, 10, 2)
    wide = widened(network, dim)
    assert wide.config.dim == dim
    with torch.no_grad():
        torch.testing.assert_close(wide(windows)[0], network(windows)[0], atol=2e-5, rtol=1e-4)


def test_its_copies_part_when_it_is_trained() -> None:
    wide = widened(used(16), 32).train()
    logits, _ = wide(torch.randn(16, 17, 10, 2))
    (logits**2).sum().backward()
    gradient = wide.body[0].mlp.expand.weight.grad
    assert gradient is not None
    rows = gradient.view(16, 2, 32)
    assert (rows[:, 0] - rows[:, 1]).norm() > 0.05 * gradient.norm()


def test_only_multiples() -> None:
    with pytest.raises(ValueError, match="expected a multiple of 16 channels, got 40"):
        widened(used(16), 40)
