"""Batches drawn on the device that trains: recorded, recorded with expressions laid over, and simulated windows.

Windows are drawn one by one: neighbours share 16 of their 17 frames and teach little more together than alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from livespot.regions import LAYOUTS, RegionLayout
from livespot.training.device_windows import (
    SequenceBank,
    Targets,
    joined,
    mirrored_on_device,
    reversed_in_time,
    slowed,
)
from livespot.training.labels import FrameLabels, concatenate, frame_labels
from livespot.training.runs import Run, bare_spans

REAL = "real"
"""What the names of sets of real recordings contain; the others were rendered."""


@dataclass(frozen=True, slots=True)
class MixConfig:
    """What a batch consists of and what befalls its windows.

    Attributes
    ----------
    rendered, real, laid_over : float
        Shares of windows of rendered clips, of real clips as they are, and of stretches without expressions with
        simulated ones laid over; the rest is simulated.
    bare : float
        Share of the windows to be laid over that stay as they are.
    bare_real : float
        Share of them that come from real clips.
    swapped, reversed, slowed : float
        Chances of a window without expression to get the upper face of another one, to run backwards, to run slower.
    drop_region, drop_part : float
        Chances of a region, and of a facial part, to be lost (zero) in a window.
    noisy : float
        Chance of a window to get more noise than its camera gave it.
    near_expression, near_key_frame : float
        How much oftener windows on an expression, and about its onset, apex or offset, are drawn.
    """

    rendered: float = 0.4
    real: float = 0.12
    laid_over: float = 0.2
    bare: float = 0.5
    bare_real: float = 0.7
    swapped: float = 0.35
    reversed: float = 0.25
    slowed: float = 0.25
    drop_region: float = 0.01
    drop_part: float = 0.015
    noisy: float = 0.15
    near_expression: float = 2.0
    near_key_frame: float = 3.0


class RecordedWindows:
    """All windows of the runs, on the device.

    Parameters
    ----------
    runs : sequence of (set name, Run)
    layout : RegionLayout
    config : MixConfig
    device : torch.device
    """

    def __init__(
        self, runs: Sequence[tuple[str, Run]], layout: RegionLayout, config: MixConfig, device: torch.device
    ) -> None:
        features = [run.features for _, run in runs] or [np.zeros((0, 17, len(layout), 2), np.float32)]
        self.windows = torch.from_numpy(np.concatenate(features)).to(device)
        labels = [frame_labels(run.timelines, len(run.features)) for _, run in runs]
        self.targets = on_device(
            concatenate(labels) if labels else frame_labels((), 0),
            device,
        )
        real = [REAL in name for name, _ in runs]
        self.rendered = self._weights(runs, [not r for r in real], config)
        self.real = self._weights(runs, real, config)
        self.bare_rendered = self._weights(runs, [not r for r in real], config, bare=True)
        self.bare_real = self._weights(runs, real, config, bare=True)

    def _weights(
        self, runs: Sequence[tuple[str, Run]], used: Sequence[bool], config: MixConfig, bare: bool = False
    ) -> Tensor:
        """Sums (N,) of how often each window and those before it are drawn; long runs by the root of their length."""
        parts = []
        for (_, run), use in zip(runs, used, strict=True):
            n = len(run.features)
            weights = np.zeros(n) if bare or not use else np.ones(n)
            if use and bare:
                for first, last in bare_spans(run.timelines, n):
                    weights[first:last] = 1.0
            if use and not bare:
                for line in run.timelines:
                    weights[max(0, line.onset - 4) : line.offset + 5] *= config.near_expression
                    for key in (line.onset, line.apex, line.offset):
                        weights[max(0, key - 4) : max(0, key + 5)] *= config.near_key_frame
                weights = np.minimum(weights, config.near_expression * config.near_key_frame)
            parts.append(weights / np.sqrt(n))
        return torch.from_numpy(np.cumsum(np.concatenate(parts or [np.zeros(0)]))).to(self.windows.device)

    def draw(self, weights: Tensor, n: int, generator: torch.Generator) -> tuple[Tensor, Targets]:
        """``n`` windows and their targets, by the sums of their weights (N,)."""
        at = torch.rand(n, device=weights.device, generator=generator, dtype=torch.float64) * weights[-1]
        index = torch.searchsorted(weights, at, right=True).clamp_max(len(weights) - 1)
        return self.windows[index], self.targets.take(index)


def on_device(labels: FrameLabels, device: torch.device) -> Targets:
    """Targets as tensors."""
    return Targets(
        torch.from_numpy(labels.classes).to(device),
        torch.from_numpy(labels.soft).to(device),
        torch.from_numpy(labels.contrast).to(device),
    )


class DeviceBatches:
    """Draws whole batches.

    Parameters
    ----------
    recorded : RecordedWindows
    simulated, overlays : SequenceBank
        Whole clips, and expressions alone.
    config : MixConfig
    layout : RegionLayout
        Of everything in the banks.
    """

    def __init__(
        self,
        recorded: RecordedWindows,
        simulated: SequenceBank,
        overlays: SequenceBank,
        config: MixConfig,
        layout: RegionLayout,
    ) -> None:
        self.recorded, self.simulated, self.overlays = recorded, simulated, overlays
        self.config, self.layout = config, layout
        self.device = recorded.windows.device
        mouth = [number for number, region in enumerate(layout.regions) if region.part == "mouth"]
        self._mouth = torch.zeros(len(layout), dtype=torch.bool, device=self.device)
        self._mouth[mouth] = True
        self._nothing = on_device(frame_labels((), 1), self.device)

    def draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Targets]:
        """Windows (n, 17, R, 2) and their targets, in no order that matters."""
        config = self.config
        kinds: list[tuple[float, Callable[[int], tuple[Tensor, Targets]]]] = [
            (config.rendered, lambda m: self._as_recorded(self.recorded.rendered, m, 0.15, generator)),
            (config.real, lambda m: self._as_recorded(self.recorded.real, m, 0.25, generator)),
            (config.laid_over * config.bare, lambda m: self._bare(m, generator)),
            (config.laid_over * (1.0 - config.bare), lambda m: self._laid_over(m, generator)),
        ]
        parts: list[tuple[Tensor, Targets]] = []
        left = n
        for share, draw in kinds:
            count = min(left, round(share * n))
            if count:
                parts.append(draw(count))
                left -= count
        if left:
            parts.append(self.simulated.draw(left, generator))
        windows = torch.cat([part for part, _ in parts])
        return self._augmented(windows, generator), joined([targets for _, targets in parts])

    def _uniform(self, n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
        return low + (high - low) * torch.rand(n, device=self.device, generator=generator)

    def _as_recorded(
        self, weights: Tensor, n: int, spread: float, generator: torch.Generator
    ) -> tuple[Tensor, Targets]:
        windows, targets = self.recorded.draw(weights, n, generator)
        gain = self._uniform(n, -spread, spread, generator).exp()
        return windows * gain[:, None, None, None], targets

    def _residuals(self, n: int, generator: torch.Generator) -> Tensor:
        real = round(self.config.bare_real * n)
        parts = [self.recorded.draw(self.recorded.bare_real, real, generator)[0]] if real else []
        if n - real:
            parts.append(self.recorded.draw(self.recorded.bare_rendered, n - real, generator)[0])
        return torch.cat(parts)

    def _quiet(self, n: int, gain: tuple[float, float], generator: torch.Generator) -> Tensor:
        """What faces do beside expressions, varied in ways that make no expression of it."""
        config = self.config
        windows = self._residuals(n, generator)
        chance = self._uniform(n, 0.0, 1.0, generator)
        backwards = chance < config.reversed
        windows = torch.where(backwards[:, None, None, None], reversed_in_time(windows), windows)
        factor = self._uniform(n, 0.65, 1.0, generator)
        factor = torch.where(self._uniform(n, 0.0, 1.0, generator) < config.slowed, factor, 1.0)
        windows = slowed(windows, factor)
        other = windows[torch.randperm(n, device=self.device, generator=generator)]
        swap = self._uniform(n, 0.0, 1.0, generator) < config.swapped
        taken = swap[:, None] & ~self._mouth[None]
        windows = torch.where(taken[:, None, :, None], other, windows)
        low, high = np.log(gain)
        return windows * self._uniform(n, float(low), float(high), generator).exp()[:, None, None, None]

    def _bare(self, n: int, generator: torch.Generator) -> tuple[Tensor, Targets]:
        index = torch.zeros(n, dtype=torch.long, device=self.device)
        return self._quiet(n, (0.5, 1.5), generator), self._nothing.take(index)

    def _laid_over(self, n: int, generator: torch.Generator) -> tuple[Tensor, Targets]:
        shown, targets = self.overlays.draw(n, generator)
        return shown + self._quiet(n, (0.4, 1.15), generator), targets

    def _augmented(self, windows: Tensor, generator: torch.Generator) -> Tensor:
        config, n, regions = self.config, len(windows), len(self.layout)
        deviation = torch.exp(-2.3 + 0.7 * torch.randn(n, device=self.device, generator=generator))
        noisy = self._uniform(n, 0.0, 1.0, generator) < config.noisy
        noise = torch.randn(windows.shape, device=self.device, generator=generator)
        noise[:, 0] = 0.0
        missing = (windows == 0).all(dim=3, keepdim=True)
        windows = windows + noise * (deviation * noisy)[:, None, None, None] * ~missing
        lost = torch.rand(n, regions, device=self.device, generator=generator) < config.drop_region
        for _, nodes in self.layout.parts:
            lost[:, nodes.start : nodes.stop] |= (
                self._uniform(n, 0.0, 1.0, generator)[:, None] < config.drop_part
            )
        windows = windows.masked_fill(lost[:, None, :, None], 0.0)
        mirror = self._uniform(n, 0.0, 1.0, generator) < 0.5
        return torch.where(mirror[:, None, None, None], mirrored_on_device(windows, self.layout), windows)


def without(config: MixConfig, what: str) -> MixConfig:
    """The mix of an ablation: without ``rendered`` clips, or without ``real`` ones."""
    if what == "rendered":
        return replace(config, rendered=0.0, bare_real=1.0)
    if what == "real":
        return replace(config, real=0.0, bare_real=0.0)
    raise ValueError(f"ablation: expected rendered or real, got {what!r}")


def layout_named(name: str) -> RegionLayout:
    """A layout by its name."""
    return LAYOUTS[name]
