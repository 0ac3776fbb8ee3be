"""Sequences of a first stage's answers, on the device: what a second stage is trained on.

Three kinds, about as many frames of each as their shares say: simulated clips; stretches of recordings without
expressions, most of them real, with simulated expressions laid over; and recordings as they are. The first stage has
seen the recordings in training and is surer of them than of new people, so they are the smaller part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from livespot.models.spotformer import SpotFormer
from livespot.regions import LAYOUTS, RegionLayout
from livespot.training.device_batches import REAL, on_device
from livespot.training.device_windows import SequenceBank, Targets, joined, mirrored_on_device
from livespot.training.labels import frame_labels
from livespot.training.runs import Run, bare_spans
from livespot.training.timed import answers

FRAMES = 240
"""Length of a sequence."""

_SHORTEST = 60
_TOGETHER = 32  # sequences whose windows go through the network at once


@dataclass(frozen=True, slots=True, eq=False)
class Sequences:
    """S sequences of T frames.

    Attributes
    ----------
    z : (S, T, D) float16
    logits : (S, T, 10) float32
    targets : Targets
        Of (S, T) frames.
    valid : (S, T) bool
        Whether there is such a frame.
    """

    z: Tensor
    logits: Tensor
    targets: Targets
    valid: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class SecondSources:
    """Where the sequences come from.

    Attributes
    ----------
    network : SpotFormer
        The first stage, in evaluation mode.
    layout : RegionLayout
        Of its regions; runs and banks hold those of the layout ``face``, of which they are the first ones.
    runs : dict of str to list of (Run, (n, 17, R, 2) float32)
        Every set, its windows on the device.
    simulated, overlays : SequenceBank
    generator : torch.Generator
    """

    network: SpotFormer
    layout: RegionLayout
    runs: Mapping[str, Sequence[tuple[Run, Tensor]]]
    simulated: SequenceBank
    overlays: SequenceBank
    generator: torch.Generator

    @property
    def device(self) -> torch.device:
        """Of everything."""
        return self.simulated.device

    def answers(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Logits float32 and z float16 of windows."""
        logits, z = answers(self.network, windows[:, :, : len(self.layout)])
        return logits.float(), z.half()

    def simulated_sequences(self, count: int) -> Sequences:
        """Whole simulated clips, half of them mirrored."""
        parts: list[tuple[Tensor, Targets]] = []
        for _ in range(count):
            place = torch.randint(len(self.simulated), (1,), device=self.device, generator=self.generator)
            parts.append(self._shown(self.simulated, place, FRAMES))
        return self._answered(parts)

    def laid_over_sequences(
        self, count: int, rng: np.random.Generator, real: float, bare: float
    ) -> Sequences:
        """Stretches without expressions, a share ``bare`` of which stays so."""
        spans: dict[bool, list[tuple[Tensor, int, int]]] = {True: [], False: []}
        for name, runs in self.runs.items():
            for run, windows in runs if name.startswith("train") else ():
                spans[REAL in name] += [
                    (windows, first, last) for first, last in bare_spans(run.timelines, len(windows))
                ]
        parts: list[tuple[Tensor, Targets]] = []
        for _ in range(count):
            choice = spans[bool(rng.random() < real) and bool(spans[True])] or spans[True]
            weights = np.sqrt([last - first for _, first, last in choice])
            windows, first, last = choice[int(rng.choice(len(choice), p=weights / weights.sum()))]
            start = int(rng.integers(first, max(first + 1, last - FRAMES + 1)))
            part = windows[start : min(last, start + FRAMES)] * float(np.exp(rng.uniform(-0.7, 0.35)))
            targets = on_device(frame_labels((), len(part)), self.device)
            if rng.random() >= bare:
                place = torch.randint(len(self.overlays), (1,), device=self.device, generator=self.generator)
                shown, targets = self._shown(self.overlays, place, len(part))
                part = part + shown
            parts.append((part, targets))
        return self._answered(parts)

    def recorded_sequences(self, rng: np.random.Generator) -> Sequences:
        """All training recordings as they are, in pieces."""
        parts: list[tuple[Tensor, Targets]] = []
        for name, runs in self.runs.items():
            for run, windows in runs if name.startswith("train") else ():
                targets = on_device(frame_labels(run.timelines, len(windows)), self.device)
                for start in range(0, len(windows), FRAMES):
                    piece = torch.arange(start, min(len(windows), start + FRAMES), device=self.device)
                    if len(piece) >= _SHORTEST:
                        parts.append((windows[piece], targets.take(piece)))
        return self._answered([parts[int(k)] for k in rng.permutation(len(parts))])

    def _shown(self, bank: SequenceBank, place: Tensor, frames: int) -> tuple[Tensor, Targets]:
        centres = torch.arange(frames, device=self.device).clamp_max(bank.frames - 1)
        places = place.expand(frames)
        return bank.windows(places, centres, self.generator), bank.targets(places, centres)

    def _answered(self, parts: Sequence[tuple[Tensor, Targets]]) -> Sequences:
        """The network's answers to pieces of windows, half of which are mirrored."""
        found = []
        for first in range(0, len(parts), _TOGETHER):
            some = [
                (mirrored_on_device(windows, LAYOUTS["face"]) if number % 2 else windows, targets)
                for number, (windows, targets) in enumerate(parts[first : first + _TOGETHER])
            ]
            lengths = [len(windows) for windows, _ in some]
            logits, z = self.answers(torch.cat([windows for windows, _ in some]))
            pieces = zip(some, torch.split(z, lengths), torch.split(logits, lengths), strict=True)
            for (_, targets), mine, about in pieces:
                valid = torch.ones(len(mine), dtype=torch.bool, device=self.device)
                found.append(_padded(Sequences(mine, about, targets, valid)))
        return concatenated(found)


def _padded(one: Sequences) -> Sequences:
    """One sequence to FRAMES frames, with an axis for the sequence."""
    more = FRAMES - len(one.z)

    def pad(values: Tensor) -> Tensor:
        return torch.cat([values, values.new_zeros(more, *values.shape[1:])])[None]

    targets = Targets(pad(one.targets.classes), pad(one.targets.soft), pad(one.targets.contrast))
    return Sequences(pad(one.z), pad(one.logits), targets, pad(one.valid))


def concatenated(parts: Sequence[Sequences]) -> Sequences:
    """Sequences behind one another."""
    return Sequences(
        torch.cat([part.z for part in parts]),
        torch.cat([part.logits for part in parts]),
        joined([part.targets for part in parts]),
        torch.cat([part.valid for part in parts]),
    )
