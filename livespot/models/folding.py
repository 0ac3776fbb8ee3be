"""From a trained network to the graph of an engine: BatchNorm folded away, probabilities instead of logits.

In evaluation mode a BatchNorm is the affine map ``x -> g x + h`` per channel. In front of a linear map it is
the same map with other numbers, ``W (g x + h) + b = (W g) x + (W h + b)``, which spares a pass over all
tokens. That is exact (up to rounding) in front of q, k and v, of an MLP and of a convolution without padding,
and behind the embedding's projection. It is not in front of a padded convolution, whose zeros stand *behind*
the norm, and not in front of FLGP's maximum; there it stays.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from livespot.models.spotformer import (
    CHANNELS,
    AttentionLayer,
    SpotFormer,
    TemporalDownsampling,
    probabilities,
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling of the logits, fitted on validation people: ``logit -> scale * logit + bias``.

    Attributes
    ----------
    scale, bias : tuple of 10 float
        In the order of :data:`livespot.models.spotformer.CHANNELS`. The three channels of one softmax share a
        scale (an inverse temperature) and have no bias.
    """

    scale: tuple[float, ...] = (1.0,) * len(CHANNELS)
    bias: tuple[float, ...] = (0.0,) * len(CHANNELS)

    def __post_init__(self) -> None:
        if len(self.scale) != len(CHANNELS) or len(self.bias) != len(CHANNELS):
            raise ValueError(f"calibration expects {len(CHANNELS)} scales and biases, got {self!r}")
        if min(self.scale) <= 0.0:
            raise ValueError(f"calibration expects positive scales, got {self.scale}")

    def apply(self, logits: Tensor) -> Tensor:
        """(N, 10) -> (N, 10), both in the order of the network's channels."""
        scale = torch.tensor(self.scale, dtype=logits.dtype)
        return logits * scale + torch.tensor(self.bias, dtype=logits.dtype)


class EngineGraph(nn.Module):
    """What an engine computes: windows (N, 17, R, 2) to probabilities (N, 10) in the order of ``CURVES``.

    Parameters
    ----------
    network : SpotFormer
        Left as it is; the graph works on a copy in evaluation mode.
    calibration : Calibration
    """

    def __init__(self, network: SpotFormer, calibration: Calibration | None = None) -> None:
        super().__init__()
        calibration = calibration or Calibration()
        self.network = fold_norms(network)
        head = self.network.head
        with torch.no_grad():  # the calibration is affine in the logits: it goes into the last layer
            scale = torch.tensor(calibration.scale)
            head.weight.copy_(head.weight * scale[:, None])
            head.bias.copy_(head.bias * scale + torch.tensor(calibration.bias))
        self.eval()

    def forward(self, windows: Tensor) -> Tensor:
        """(N, 17, R, 2) -> (N, 10)."""
        logits, _ = self.network(windows)
        return probabilities(logits)


def fold_norms(network: SpotFormer) -> SpotFormer:
    """A copy of the network, in evaluation mode, without the BatchNorms that can be folded exactly."""
    network = copy.deepcopy(network).eval()
    embedding = network.embedding
    embedding.projection = _fold_behind(embedding.projection, embedding.norm)
    embedding.norm = nn.Identity()
    for layer in network.modules():
        if isinstance(layer, AttentionLayer):
            layer.attention.qkv = _fold_before(layer.attention_norm, layer.attention.qkv)
            layer.attention_norm = nn.Identity()
            layer.mlp.expand = _fold_before(layer.mlp_norm, layer.mlp.expand)
            layer.mlp_norm = nn.Identity()
        elif isinstance(layer, TemporalDownsampling) and layer.convolution.padding == (0,):
            layer.convolution = _fold_into_convolution(layer.norm, layer.convolution)
            layer.norm = nn.Identity()
    return network


def affine(norm: nn.Module) -> tuple[Tensor, Tensor]:
    """The gain g and the shift h of a BatchNorm in evaluation mode, in double precision."""
    assert isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d)
    assert norm.running_mean is not None and norm.running_var is not None
    gain = (norm.running_var.double() + norm.eps).rsqrt()
    shift = -norm.running_mean.double() * gain
    if norm.affine:
        gain, shift = gain * norm.weight.double(), shift * norm.weight.double() + norm.bias.double()
    return gain, shift


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    linear = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        linear.weight.copy_(weight)
        linear.bias.copy_(bias)
    return linear.eval()


def _bias(linear: nn.Linear) -> Tensor:
    # nn.Linear declares its bias as a Tensor even where it was built without one.
    bias: Tensor | None = linear.bias
    return torch.zeros(linear.out_features).double() if bias is None else bias.detach().double()


def _fold_before(norm: nn.Module, linear: nn.Linear) -> nn.Linear:
    gain, shift = affine(norm)
    weight = linear.weight.detach().double()
    return _linear(weight * gain, weight @ shift + _bias(linear))


def _fold_behind(linear: nn.Linear, norm: nn.Module) -> nn.Linear:
    gain, shift = affine(norm)
    return _linear(linear.weight.detach().double() * gain[:, None], _bias(linear) * gain + shift)


def _fold_into_convolution(norm: nn.Module, convolution: nn.Conv1d) -> nn.Conv1d:
    """An unpadded convolution with a bias that does what ``norm`` and ``convolution`` do one after the other."""
    gain, shift = affine(norm)
    channels, size = convolution.out_channels, convolution.kernel_size[0]
    folded = nn.Conv1d(convolution.in_channels, channels, size, stride=convolution.stride[0])
    weight = convolution.weight.detach().double()
    assert folded.bias is not None
    with torch.no_grad():
        folded.bias.copy_(torch.einsum("oik,i->o", weight, shift))
        folded.weight.copy_(weight * gain[None, :, None])
    return folded.eval()
