"""States of networks that were saved before SpotFormer had the authors' exact layout, converted to it.

The earlier layout had no bias in the node embedding and no affine part in its norm, 17 rows of temporal positions, and
biases in the temporal downsampling convolutions. Such a bias adds a constant to every channel of the residual stream
behind it. Each reader of that stream is a BatchNorm, whose running mean takes the constant over, or the output layer,
whose bias does; so the answers in evaluation mode stay the same up to rounding. Only the representation z is shifted by
a constant.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

_NEW = "embedding.projection.bias"
_READERS: dict[str, tuple[str, ...]] = {
    "body.3": ("body.4.attention_norm", "body.4.mlp_norm", "body.5.attention_norm", "body.5.mlp_norm", "body.6.norm"),
    "body.7": ("body.8.attention_norm", "body.8.mlp_norm", "body.9.norm"),
    "body.9": ("body.10.attention_norm", "body.10.mlp_norm", "body.11.norm"),
    "body.11": (),
}  # fmt: skip
"""For each convolution that had a bias, the norms that read its output; behind the last stands the output layer."""


def current_layout(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state of a network in the present layout; one that is in it already comes back unchanged.

    Parameters
    ----------
    state : mapping of str to Tensor
        ``state_dict()`` of a :class:`livespot.models.spotformer.SpotFormer` of any version.

    Returns
    -------
    dict of str to Tensor
        New tensors where something had to change.
    """
    converted = dict(state)
    if _NEW in converted or "embedding.projection.weight" not in converted:
        return converted
    weight = converted["embedding.projection.weight"]
    converted[_NEW] = weight.new_zeros(len(weight))
    converted["embedding.norm.weight"] = weight.new_ones(len(weight))
    converted["embedding.norm.bias"] = weight.new_zeros(len(weight))
    converted["embedding.temporal"] = _one_row_more(converted["embedding.temporal"])
    for convolution, readers in _READERS.items():
        bias = converted.pop(f"{convolution}.convolution.bias")
        for norm in readers:
            converted[f"{norm}.running_mean"] = converted[f"{norm}.running_mean"] - bias
        if not readers:
            shift = converted["head.weight"].double() @ bias.double()
            converted["head.bias"] = (converted["head.bias"].double() + shift).to(bias.dtype)
    return converted


def current_moments(moments: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return an optimiser's moments in the present layout; parameters that are new begin without any.

    Parameters
    ----------
    moments : mapping of str to Tensor
        As :func:`livespot.training.state.optimiser_moments` names them.
    """
    if not moments or any(key.startswith(f"{_NEW}.") for key in moments):
        return dict(moments)
    gone = tuple(f"{convolution}.convolution.bias." for convolution in _READERS)
    converted = {key: value for key, value in moments.items() if not key.startswith(gone)}
    for key in ("embedding.temporal.exp_avg", "embedding.temporal.exp_avg_sq"):
        if key in converted:
            converted[key] = _one_row_more(converted[key])
    return converted


def _one_row_more(table: Tensor) -> Tensor:
    return torch.cat([table, torch.zeros_like(table[:1])])
