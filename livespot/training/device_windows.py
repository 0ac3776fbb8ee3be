"""Windows assembled on the device that trains: banks of simulated motion, and what is made of windows there.

The arithmetic is that of :mod:`livespot.training.sequences` and :mod:`livespot.flow.rigid`, for thousands of windows at
once: a window of simulated motion is the difference of displacements, freed of the head's rotation as the flow does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from livespot.regions import RegionLayout
from livespot.training.mirror import mirror_nodes
from livespot.types import HALF_WINDOW, STILL_AREAS, WINDOW_FRAMES, Float32Array

CENTRES = 64
"""Frames of a simulated sequence that windows may be centred on, drawn once by who simulates it."""

_ROUNDS, _OUTLIER_PX, _HOLD = 4, 0.3, 50.0  # as in livespot.flow.rigid


@dataclass(frozen=True, slots=True)
class Targets:
    """Targets of n windows on the device, as in :class:`livespot.training.labels.FrameLabels`."""

    classes: Tensor
    soft: Tensor
    contrast: Tensor

    def take(self, *index: Tensor) -> Targets:
        """The targets of some windows."""
        return Targets(self.classes[index].long(), self.soft[index], self.contrast[index].long())


def joined(parts: list[Targets]) -> Targets:
    """Several targets behind one another."""
    return Targets(
        torch.cat([part.classes for part in parts]),
        torch.cat([part.soft for part in parts]),
        torch.cat([part.contrast for part in parts]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedSequences:
    """What a worker sends at once: the motion of B faces for n frames.

    Attributes
    ----------
    moved : (B, n, R + 5, 2) float32
        Displacement of regions and still areas, canonical px.
    relief : (B, R + 5, 3) float32
    classes, soft, contrast : (B, n, 2) int8, (B, n, 4) float32, (B, n) int8
        Targets of the frames, as in :class:`livespot.training.labels.FrameLabels`.
    centres : (B, 64) int64
    pair_noise : (B, 2) float32
        Deviation of one pair's error: a floor in px, and a share of the vector's length.
    """

    moved: Float32Array
    relief: Float32Array
    classes: NDArray[np.int8]
    soft: Float32Array
    contrast: NDArray[np.int8]
    centres: NDArray[np.int64]
    pair_noise: Float32Array


class SequenceBank:
    """The newest ``capacity`` simulated sequences, on the device.

    Parameters
    ----------
    layout : RegionLayout
        Of R regions.
    capacity, frames : int
        Sequences held, and how long they are.
    device : torch.device
    """

    def __init__(self, layout: RegionLayout, capacity: int, frames: int, device: torch.device) -> None:
        areas = len(layout) + STILL_AREAS
        self.capacity, self.frames, self.device = capacity, frames, device
        self.added = 0
        self._moved = torch.zeros(capacity, frames, areas, 2, device=device)
        self._relief = torch.zeros(capacity, areas, 3, device=device)
        self._noise = torch.zeros(capacity, 2, device=device)
        self._centres = torch.zeros(capacity, CENTRES, dtype=torch.long, device=device)
        self._labels = Targets(
            torch.zeros(capacity, frames, 2, dtype=torch.int8, device=device),
            torch.zeros(capacity, frames, 4, device=device),
            torch.zeros(capacity, frames, dtype=torch.int8, device=device),
        )

    def __len__(self) -> int:
        return min(self.added, self.capacity)

    def add(self, sequences: SimulatedSequences) -> None:
        """Put sequences in the place of the oldest."""
        place = self.added % self.capacity
        count = min(len(sequences.moved), self.capacity - place)
        for held, new in (
            (self._moved, sequences.moved),
            (self._relief, sequences.relief),
            (self._noise, sequences.pair_noise),
            (self._centres, sequences.centres),
            (self._labels.classes, sequences.classes),
            (self._labels.soft, sequences.soft),
            (self._labels.contrast, sequences.contrast),
        ):
            held[place : place + count] = torch.from_numpy(new[:count]).to(self.device)
        self.added += count

    def draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Targets]:
        """``n`` windows (n, 17, R, 2) of as many sequences, and their targets."""
        place = torch.randint(len(self), (n,), device=self.device, generator=generator)
        which = torch.randint(CENTRES, (n,), device=self.device, generator=generator)
        centre = self._centres[place, which]
        return self.windows(place, centre, generator), self.targets(place, centre)

    def targets(self, place: Tensor, centre: Tensor) -> Targets:
        """The targets of given sequences (n,) at given frames (n,)."""
        return self._labels.take(place, centre)

    def windows(self, place: Tensor, centre: Tensor, generator: torch.Generator) -> Tensor:
        """The windows (n, 17, R, 2) of given sequences (n,) about given frames (n,)."""
        offsets = torch.arange(-HALF_WINDOW, HALF_WINDOW + 1, device=self.device)
        index = (centre[:, None] + offsets).clamp(0, self.frames - 1)
        moved = self._moved[place[:, None], index]
        pairs = moved - moved[:, :1]
        noise = self._noise[place]
        deviation = noise[:, 0, None, None, None] + noise[:, 1, None, None, None] * pairs.norm(
            dim=-1, keepdim=True
        )
        error = torch.randn(pairs.shape, device=self.device, generator=generator) * deviation
        error[:, 0] = 0.0  # a frame against itself is exactly still
        return freed_on_device(pairs + error, self._relief[place])


def freed_on_device(pairs: Tensor, relief: Tensor) -> Tensor:
    """Pairs (n, 17, R + 5, 2) of faces with relief (n, R + 5, 3) to the regions' vectors (n, 17, R, 2)."""
    x, y, z = relief.unbind(-1)
    none = torch.zeros_like(x)
    # (n, areas, 2 equations, 4 unknowns): growth, roll, yaw, pitch
    rows = torch.stack([torch.stack([x, -y, z, none], -1), torch.stack([y, x, none, -z], -1)], -2)
    regions = pairs.shape[2] - STILL_AREAS
    still, still_rows = pairs[:, :, regions:], rows[:, regions:]
    squares = torch.einsum("nsci,nscj->nsij", still_rows, still_rows)
    projected = torch.einsum("nsci,nfsc->nfsi", still_rows, still)
    hold = _HOLD * torch.eye(4, device=pairs.device)
    weights = torch.ones(still.shape[:3], device=pairs.device)
    motion = torch.zeros(*still.shape[:2], 4, device=pairs.device)
    for _ in range(_ROUNDS):
        a = torch.einsum("nfs,nsij->nfij", weights, squares) + hold
        b = torch.einsum("nfs,nfsi->nfi", weights, projected)
        motion = torch.linalg.solve_ex(a, b).result
        left = still - torch.einsum("nsci,nfi->nfsc", still_rows, motion)
        weights = 1.0 / (1.0 + left.square().sum(-1) / _OUTLIER_PX**2)
    return pairs[:, :, :regions] - torch.einsum("nsci,nfi->nfsc", rows[:, :regions], motion)


def reversed_in_time(windows: Tensor) -> Tensor:
    """Windows (n, 17, R, 2) of the film run backwards."""
    return windows.flip(1) - windows[:, -1:]


def slowed(windows: Tensor, factor: Tensor) -> Tensor:
    """Windows (n, 17, R, 2) of the film run slower: only the first ``factor`` (n,) of each, 0 to 1, is used."""
    at = factor[:, None] * torch.arange(WINDOW_FRAMES, device=windows.device)
    low = at.floor().long().clamp_max(WINDOW_FRAMES - 2)
    share = (at - low)[:, :, None, None]
    rows = torch.arange(len(windows), device=windows.device)[:, None]
    return windows[rows, low] * (1.0 - share) + windows[rows, low + 1] * share


def mirrored_on_device(windows: Tensor, layout: RegionLayout) -> Tensor:
    """Windows (n, 17, R, 2) as the mirrored picture gives them."""
    nodes, sign = _mirror(layout, windows.device)
    return windows.index_select(2, nodes) * sign


@lru_cache(maxsize=8)
def _mirror(layout: RegionLayout, device: torch.device) -> tuple[Tensor, Tensor]:
    """Node order and sign; kept, since every copy to the device waits for it."""
    return torch.tensor(mirror_nodes(layout), device=device), torch.tensor([-1.0, 1.0], device=device)
