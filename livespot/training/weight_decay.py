"""Which weights decay."""

from __future__ import annotations

from torch import nn


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Weights that decay, and biases, norms and embeddings that do not."""
    decaying = {
        id(module.weight) for module in network.modules() if isinstance(module, nn.Linear | nn.Conv1d)
    }
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if id(p) in decaying], "weight_decay": weight_decay},
        {"params": [p for p in parameters if id(p) not in decaying], "weight_decay": 0.0},
    ]
