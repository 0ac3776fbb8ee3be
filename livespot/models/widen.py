"""A wider network that computes what a narrower one computes, to be trained further (Net2Net; Chen et al., 2016).

Every channel becomes several equal ones beside one another, and whatever reads a channel shares its weight among the
copies. The shares are drawn anew for each row of weights: the copies begin equal, but nothing keeps them so.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from livespot.models.spotformer import SpotFormer

_SPREAD = 0.5  # of the shares about their mean, before they are made to add up to 1


def widened(network: SpotFormer, dim: int, seed: int = 0) -> SpotFormer:
    """A network of ``dim`` channels with the same answers.

    Parameters
    ----------
    network : SpotFormer
        Left as it is.
    dim : int
        A multiple of its own; the same gives a copy.
    seed : int
        Of the shares.

    Returns
    -------
    SpotFormer
        In evaluation mode.

    Raises
    ------
    ValueError
        When ``dim`` is no multiple.
    """
    before = network.config.dim
    if dim % before:
        raise ValueError(f"widened: expected a multiple of {before} channels, got {dim}")
    times, generator = dim // before, torch.Generator().manual_seed(seed)
    state = {}
    for name, value in network.state_dict().items():
        if name == "head.bias" or value.ndim == 0:
            state[name] = value.clone()
        elif name == "embedding.projection.weight":
            state[name] = value.repeat_interleave(times, dim=0)
        elif name in ("embedding.temporal", "embedding.part"):
            state[name] = value.repeat_interleave(times, dim=1)
        elif value.ndim == 1:
            state[name] = value.repeat_interleave(times)
        else:
            # The rows of q, k and v are heads of neighbouring channels, which copies beside one another leave so.
            rows = value if name == "head.weight" else value.repeat_interleave(times, dim=0)
            state[name] = _shared(rows, times, generator)
        if name.endswith("qkv.weight"):
            # Of head dimensions as many times as before, the products sum up so many times, and are divided by a root.
            state[name][:dim] *= times**-0.5
    wide = SpotFormer(replace(network.config, dim=dim))
    wide.load_state_dict(state)
    return wide.eval()


def _shared(weights: Tensor, times: int, generator: torch.Generator) -> Tensor:
    """(rows, D, ...) to (rows, D × times, ...), each weight shared among the copies of its channel."""
    rows, channels = weights.shape[:2]
    shares = 1.0 + _SPREAD * torch.randn(rows, channels, times, generator=generator)
    shares = shares + (1.0 - shares.mean(dim=2, keepdim=True))
    shared = weights[:, :, None] * (shares / times).reshape(rows, channels, times, *[1] * (weights.ndim - 2))
    return shared.reshape(rows, channels * times, *weights.shape[2:])
