"""Nodes become facial parts: the paper's way, and the way without knowledge of parts that it is measured against."""

from __future__ import annotations

import torch
from torch import Tensor, nn

Bounds = tuple[tuple[int, int], ...]
"""First and one past the last node of each facial part."""


class FLGP(nn.Module):
    """Facial local graph pooling: the maximum over the nodes of each part."""

    def __init__(self, dim: int, parts: Bounds) -> None:
        super().__init__()
        self.parts = parts
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, V, D) -> (N, T, parts, D)."""
        x = self.norm(x.permute(0, 3, 1, 2))
        pooled = [x[..., first:last].amax(dim=-1) for first, last in self.parts]
        return torch.stack(pooled, dim=-1).permute(0, 2, 3, 1)


class MeanPooling(FLGP):
    """Stands where FLGP stands and knows nothing of parts: each of them gets the mean over all nodes."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, V, D) -> (N, T, parts, D)."""
        x = self.norm(x.permute(0, 3, 1, 2)).mean(dim=-1, keepdim=True)
        return x.expand(-1, -1, -1, len(self.parts)).permute(0, 2, 3, 1)
