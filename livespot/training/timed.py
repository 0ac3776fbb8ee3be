"""Training on one GPU for a given time: large batches from the device, a learning rate that ends with the clock.

The loss, the running average of the weights and the groups of parameters are those of :mod:`livespot.training.loop`;
what differs is where batches come from and that the schedule follows the time instead of the steps.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from livespot.models.spotformer import SpotFormer, SpotFormerConfig
from livespot.training.device_windows import Targets
from livespot.training.losses import LossConfig, loss_terms
from livespot.training.weight_decay import parameter_groups

Draw = Callable[[int], tuple[Tensor, Targets]]
"""Gives so many windows and their targets, on the device."""


@dataclass(frozen=True, slots=True)
class TimedConfig:
    """One network's training.

    Attributes
    ----------
    name : str
        Of its files.
    regions : str
        Layout.
    dim : int
    share : float
        Of the time of the call.
    batch : int
        Windows a step.
    learning_rate : float
        The highest; it rises within the first ``warmup_steps`` and sinks along a cosine to a hundredth at the end.
    average : float
        Decay of the running average of the weights.
    seed : int
    """

    name: str
    regions: str = "face"
    dim: int = 128
    share: float = 1.0
    batch: int = 1024
    learning_rate: float = 2e-3
    warmup_steps: int = 200
    weight_decay: float = 0.1
    dropout: float = 0.1
    average: float = 0.998
    clip_norm: float = 1.0
    seed: int = 0
    second: bool = False
    loss: LossConfig = field(
        default_factory=lambda: LossConfig(
            smoothing=0.0, contrast_weight=0.005, mae_share=1.0, mae_apex_weight=1.8
        )
    )

    @property
    def network(self) -> SpotFormerConfig:
        """Of what is trained."""
        return SpotFormerConfig(dim=self.dim, dropout=self.dropout, regions=self.regions)


class TimedTraining:
    """A network, its optimiser and the running average of its weights on a device.

    Parameters
    ----------
    config : TimedConfig
    device : torch.device
        On a GPU the body of the network computes in bfloat16; windows, embedding and output stay float32.
    """

    def __init__(self, config: TimedConfig, device: torch.device) -> None:
        torch.manual_seed(config.seed)
        self.config, self.device = config, device
        self.network = SpotFormer(config.network).train().to(device)
        self.average = copy.deepcopy(self.network).eval()
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.network, config.weight_decay),
            lr=config.learning_rate,
            betas=(0.9, 0.98),
            fused=device.type == "cuda",
        )
        self.step = 0
        self._sums: dict[str, Tensor] = {}
        self._summed = 0
        mine, theirs = self.network.state_dict(), self.average.state_dict()
        floats = [name for name, value in mine.items() if value.is_floating_point()]
        self._values = [mine[name] for name in floats]
        self._means = [theirs[name] for name in floats]

    def run(self, draw: Draw, seconds: float, every_s: float, pause: Callable[[TimedTraining], None]) -> None:
        """Train for ``seconds``; ``pause`` is called about every ``every_s`` and at the end, and its time counts."""
        begun = time.perf_counter()
        paused = begun
        while (now := time.perf_counter()) - begun < seconds or not self.step:
            self.advance(draw, (now - begun) / seconds)
            if self.step % 20 == 0 and self.device.type == "cuda":
                torch.cuda.synchronize()  # else the clock of the host runs ahead of the device
            if time.perf_counter() - paused > every_s:
                pause(self)
                paused = time.perf_counter()
        pause(self)

    def advance(self, draw: Draw, through: float) -> None:
        """One step; ``through`` is the share of the time that has passed."""
        config = self.config
        windows, targets = draw(config.batch)
        logits, z = self._forward(windows)
        terms = loss_terms(logits, z, targets.classes, targets.soft, targets.contrast, config.loss)
        self.optimiser.zero_grad(set_to_none=True)
        terms["total"].backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), config.clip_norm)
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate(through)
        self.optimiser.step()
        self.step += 1
        self._follow()
        for name, value in terms.items():
            self._sums[name] = self._sums.get(name, torch.zeros_like(value)) + value.detach()
        self._summed += 1

    def losses(self) -> dict[str, float]:
        """Means since the last call."""
        found = {name: float(value) / max(1, self._summed) for name, value in self._sums.items()}
        self._sums, self._summed = {}, 0
        return found

    def _forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        network = self.network
        x = network.embedding(windows)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            z = network.body(x)
        z = z.float().flatten(start_dim=1)
        return network.head(z), z

    def _rate(self, through: float) -> float:
        warm = min(1.0, (self.step + 1) / self.config.warmup_steps)
        fall = 0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(1.0, through)))
        return self.config.learning_rate * warm * fall

    @torch.no_grad()
    def _follow(self) -> None:
        keep = min(self.config.average, self.step / (self.step + 10.0))
        torch._foreach_lerp_(self._means, self._values, 1.0 - keep)


@torch.no_grad()
def answers(network: SpotFormer, windows: Tensor, batch: int = 2048) -> tuple[Tensor, Tensor]:
    """Logits (n, 10) and representations (n, D) of windows (n, 17, R, 2); the network is in evaluation mode."""
    parts = [network(windows[at : at + batch]) for at in range(0, len(windows), batch)]
    return torch.cat([logits for logits, _ in parts]), torch.cat([z for _, z in parts])
