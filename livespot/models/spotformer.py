"""SpotFormer (Simul-ST): a multi-scale spatio-temporal transformer over SW-MRO windows.

Windows (N, 17, R, 2) enter, logits (N, 10) and the representation z (N, D) leave. Attention in space and in time
alternate, and both axes shrink on the way: R nodes become the facial parts of their layout and then one face, 17 frames
become 8, 3, 2 and 1. The nodes and their parts come from a layout of regions (:mod:`livespot.regions`); the paper's has
10 nodes in 3 parts.

Inside, a batch of graphs over time is ``x : (N, T, V, D)`` with T frames, V nodes and D channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from livespot.models.pooling import FLGP as FLGP
from livespot.models.pooling import Bounds
from livespot.models.pooling import MeanPooling as MeanPooling
from livespot.regions import LAYOUTS, PAPER, RegionLayout
from livespot.types import CURVES, WINDOW_FRAMES

CHANNELS: tuple[str, ...] = (
    "me_onset", "me_offset", "me_none",
    "mae_onset", "mae_offset", "mae_none",
    "me_apex", "mae_apex",
    "me_expression", "mae_expression",
)  # fmt: skip
"""The network's output channels: two three-class heads, then four of their own."""

POSITION_SCALE = 0.5
"""Deviation of the two position embeddings at the start. They stand beside features of deviation 1: at the
usual 0.02
the order of the frames would be drowned, and learning begins only once it has grown out of it."""

ME_CLASSES = slice(0, 3)
MAE_CLASSES = slice(3, 6)
SIGMOIDS = slice(6, 10)

CHANNEL_OF_CURVE: tuple[int, ...] = tuple(CHANNELS.index(name) for name in CURVES)
"""For each of :data:`livespot.types.CURVES`, the network channel that it is made of."""


Pooling = Literal["flgp", "mean"]
"""How nodes become parts: the paper's maximum over each part, or, to measure what that is worth, the mean of all."""


@dataclass(frozen=True, slots=True)
class SpotFormerConfig:
    """Size of the network.

    Attributes
    ----------
    dim : int
        Channels D; also the width of the MLPs. A multiple of ``heads``.
    heads : int
        Attention heads, of ``dim / heads`` channels each.
    dropout : float
        After the embedding, every attention and inside every MLP.
    pooling : "flgp" or "mean"
        "mean" is for ablations: see :class:`MeanPooling`.
    regions : str
        Name of the layout whose regions are the nodes: a key of :data:`livespot.regions.LAYOUTS`.
    """

    dim: int = 256  # the paper's; 3,168,778 parameters
    heads: int = 4
    dropout: float = 0.1
    pooling: Pooling = "flgp"
    regions: str = PAPER.name

    def __post_init__(self) -> None:
        if self.regions not in LAYOUTS:
            raise ValueError(f"regions must be one of {', '.join(LAYOUTS)}, got {self.regions!r}")
        if self.dim < 1 or self.heads < 1 or self.dim % self.heads:
            raise ValueError(
                f"dim must be a positive multiple of heads, got dim {self.dim}, heads {self.heads}"
            )

    @property
    def layout(self) -> RegionLayout:
        """The regions that are the nodes."""
        return LAYOUTS[self.regions]

    @property
    def parts(self) -> Bounds:
        """First and one past the last node of each facial part."""
        return tuple((nodes.start, nodes.stop) for _, nodes in self.layout.parts)


class ChannelNorm(nn.BatchNorm1d):
    """BatchNorm over the last axis, whatever stands before it."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., D)."""
        return super().forward(x.reshape(-1, x.shape[-1])).view(x.shape)


class Attention(nn.Module):
    """Multi-head self-attention over the last but one axis; q, k and v have no bias."""

    def __init__(self, config: SpotFormerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.dim, 3 * config.dim, bias=False)
        self.projection = nn.Linear(config.dim, config.dim)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(B, tokens, D) -> (B, tokens, D)."""
        batch, tokens, dim = x.shape
        qkv = self.qkv(x).view(batch, tokens, 3, self.heads, dim // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # each (B, heads, tokens, D / heads)
        mixed = functional.scaled_dot_product_attention(q, k, v)
        mixed = mixed.transpose(1, 2).reshape(batch, tokens, dim)
        output: Tensor = self.dropout(self.projection(mixed))
        return output


class MLP(nn.Module):
    """Two linear layers with GELU between them; the hidden width is D."""

    def __init__(self, config: SpotFormerConfig) -> None:
        super().__init__()
        self.expand = nn.Linear(config.dim, config.dim)
        self.contract = nn.Linear(config.dim, config.dim)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(B, tokens, D) -> (B, tokens, D)."""
        hidden = self.dropout(functional.gelu(self.expand(x)))
        output: Tensor = self.dropout(self.contract(hidden))
        return output


class AttentionLayer(nn.Module):
    """Attention and MLP, each behind a BatchNorm and inside a residual (equation 2)."""

    def __init__(self, config: SpotFormerConfig) -> None:
        super().__init__()
        self.attention_norm: nn.Module = ChannelNorm(config.dim)
        self.attention = Attention(config)
        self.mlp_norm: nn.Module = ChannelNorm(config.dim)
        self.mlp = MLP(config)

    def forward(self, x: Tensor) -> Tensor:
        """(B, tokens, D) -> (B, tokens, D)."""
        x = x + self.attention(self.attention_norm(x))
        output: Tensor = x + self.mlp(self.mlp_norm(x))
        return output


class SpatialAttention(AttentionLayer):
    """Attention among the nodes of each frame."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, V, D) -> (N, T, V, D)."""
        n, t, v, d = x.shape
        return super().forward(x.reshape(n * t, v, d)).view(n, t, v, d)


class TemporalAttention(AttentionLayer):
    """Attention among the frames of each node."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, V, D) -> (N, T, V, D)."""
        n, t, v, d = x.shape
        mixed = super().forward(x.transpose(1, 2).reshape(n * v, t, d))
        return mixed.view(n, v, t, d).transpose(1, 2)


class TemporalDownsampling(nn.Module):
    """Conv1d over time, kernel 3, stride 2, without bias, for each node on its own."""

    def __init__(self, dim: int, padding: int) -> None:
        super().__init__()
        self.norm: nn.Module = ChannelNorm(dim)
        self.convolution = nn.Conv1d(dim, dim, kernel_size=3, stride=2, padding=padding, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, V, D) -> (N, (T + 2 padding - 3) // 2 + 1, V, D)."""
        n, t, v, d = x.shape
        series = self.norm(x).permute(0, 2, 3, 1).reshape(n * v, d, t)
        shorter: Tensor = self.convolution(series)
        return shorter.view(n, v, d, -1).permute(0, 3, 1, 2)


class NodeEmbedding(nn.Module):
    """Flow vectors to channels, plus an embedding of the frame and one of the facial part.

    As in the authors' network, the table of frames has one row more than a window has frames; it is never used.
    """

    part_of_node: Tensor

    def __init__(self, config: SpotFormerConfig) -> None:
        super().__init__()
        self.projection = nn.Linear(2, config.dim)
        self.norm: nn.Module = ChannelNorm(config.dim)
        self.temporal = nn.Parameter(POSITION_SCALE * torch.randn(WINDOW_FRAMES + 1, config.dim))
        self.part = nn.Parameter(POSITION_SCALE * torch.randn(len(config.parts), config.dim))
        self.dropout = nn.Dropout(config.dropout)
        part_of_node = [part for part, (first, last) in enumerate(config.parts) for _ in range(first, last)]
        self.register_buffer("part_of_node", torch.tensor(part_of_node), persistent=False)

    def forward(self, windows: Tensor) -> Tensor:
        """(N, 17, R, 2) -> (N, 17, R, D)."""
        x = self.norm(self.projection(windows))
        times = self.temporal[:WINDOW_FRAMES, None, :]
        output: Tensor = self.dropout(x + times + self.part[self.part_of_node])
        return output


class SpotFormer(nn.Module):
    """The whole network.

    Parameters
    ----------
    config : SpotFormerConfig
        The default is the paper's network.

    Examples
    --------
    >>> network = SpotFormer(SpotFormerConfig(dim=16)).eval()
    >>> logits, z = network(torch.zeros(3, 17, 10, 2))
    >>> tuple(logits.shape), tuple(z.shape)
    ((3, 10), (3, 16))
    """

    def __init__(self, config: SpotFormerConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or SpotFormerConfig()
        self.embedding = NodeEmbedding(config)
        pool = FLGP if config.pooling == "flgp" else MeanPooling
        self.body = nn.Sequential(
            # 17 frames of all nodes
            SpatialAttention(config),
            TemporalAttention(config),
            pool(config.dim, config.parts),
            TemporalDownsampling(config.dim, padding=0),
            # 8 frames of the facial parts
            SpatialAttention(config),
            TemporalAttention(config),
            pool(config.dim, ((0, len(config.parts)),)),
            TemporalDownsampling(config.dim, padding=0),
            # 3 frames of 1 face
            TemporalAttention(config),
            TemporalDownsampling(config.dim, padding=1),
            TemporalAttention(config),
            TemporalDownsampling(config.dim, padding=1),
        )
        self.head = nn.Linear(config.dim, len(CHANNELS))

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and representation of a batch of windows.

        Parameters
        ----------
        windows : (N, 17, R, 2) float32
            (frame, region, (dx right, dy down)) in canonical px; zeros where a region is missing.

        Returns
        -------
        logits : (N, 10) float32
            In the order of :data:`CHANNELS`.
        z : (N, D) float32
            What the contrastive loss compares.
        """
        if windows.shape[1:] != (WINDOW_FRAMES, len(self.config.layout), 2):
            shape, nodes = tuple(windows.shape), len(self.config.layout)
            raise ValueError(f"SpotFormer expects windows (n, {WINDOW_FRAMES}, {nodes}, 2), got {shape}")
        z = self.body(self.embedding(windows)).flatten(start_dim=1)
        return self.head(z), z

    def parameter_count(self) -> int:
        """Number of learned values."""
        return sum(parameter.numel() for parameter in self.parameters())


def probabilities(logits: Tensor) -> Tensor:
    """Logits to probability curves.

    Parameters
    ----------
    logits : (N, 10) float32
        In the order of :data:`CHANNELS`.

    Returns
    -------
    (N, 10) float32
        In the order of :data:`livespot.types.CURVES`: softmax over onset, offset and none of each type,
        sigmoid for apex and expression.
    """
    heads = [
        logits[:, ME_CLASSES].softmax(dim=1),
        logits[:, MAE_CLASSES].softmax(dim=1),
        logits[:, SIGMOIDS].sigmoid(),
    ]
    return torch.cat(heads, dim=1)[:, list(CHANNEL_OF_CURVE)]
