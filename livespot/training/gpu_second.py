"""Second stages on top of a trained first stage, all look-aheads side by side, in a minute of a GPU."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from livespot.models.second_stage import LOOK_AHEADS, SecondStage, SecondStageConfig
from livespot.training.losses import LossConfig, curve_losses
from livespot.training.second_sources import SecondSources, Sequences, concatenated

SIMULATED, LAID_OVER = 700, 1100
"""Sequences of each kind, of 240 frames; about half of all frames are real stretches."""

_REAL, _BARE = 0.7, 0.25
_BATCH = 32
_LEARNING_RATE, _WEIGHT_DECAY, _AVERAGE = 2e-3, 0.01, 0.99
_WIDEST_KEPT = 128  # wider representations would take too long to bring home
_BIASED = LossConfig(smoothing=0.0, mae_share=1.0, mae_apex_weight=1.8)

Say = Callable[[Mapping[str, Any]], None]


def train_second(sources: SecondSources, out: Path, name: str, seconds: float, say: Say) -> None:
    """Train for ``seconds``, the making of the sequences included; weights go to ``NAME.second.safetensors``."""
    begun = time.perf_counter()
    rng = np.random.default_rng(5)
    pool = concatenated(
        [
            sources.simulated_sequences(SIMULATED),
            sources.laid_over_sequences(LAID_OVER, rng, _REAL, _BARE),
            sources.recorded_sequences(rng),
        ]
    )
    made_s = time.perf_counter() - begun
    say({"second": name, "sequences": len(pool.z), "made_s": round(made_s, 1)})
    stages = {
        f"look{ahead}": SecondStage(SecondStageConfig(dim=pool.z.shape[2], look_ahead=ahead))
        for ahead in LOOK_AHEADS
    }
    if pool.z.shape[2] <= _WIDEST_KEPT:
        write_answers(sources, out, name)
    until = max(begun + seconds, time.perf_counter() + 0.5 * seconds)
    fit_stages(stages, pool, sources, until, out / f"{name}.second.safetensors", say)


def fit_stages(
    stages: Mapping[str, nn.Module],
    pool: Sequences,
    sources: SecondSources,
    until: float,
    path: Path,
    say: Say,
) -> None:
    """Train the stages side by side until the clock shows ``until``."""
    device = sources.device
    for stage in stages.values():
        stage.to(device).train()
    averages = {name: copy.deepcopy(stage).eval() for name, stage in stages.items()}
    parameters = [value for stage in stages.values() for value in stage.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    begun = time.perf_counter()
    whole = max(1e-6, until - begun)
    step, sums = 0, dict.fromkeys(stages, 0.0)
    while (now := time.perf_counter()) < until:
        rate = 0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(1.0, (now - begun) / whole)))
        for group in optimiser.param_groups:
            group["lr"] = _LEARNING_RATE * rate
        index = torch.randint(len(pool.z), (_BATCH,), device=device, generator=sources.generator)
        losses = {name: _loss(stage, pool, index) for name, stage in stages.items()}
        optimiser.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        for stage in stages.values():
            nn.utils.clip_grad_norm_(stage.parameters(), 1.0)
        optimiser.step()
        step += 1
        keep = min(_AVERAGE, step / (step + 10.0))
        for name, stage in stages.items():
            _follow(averages[name], stage, keep)
        if step % 100 == 0 or now + 1.0 > until:
            sums = {name: round(float(value.detach()), 4) for name, value in losses.items()}
            if step % 400 == 0:
                say({"second step": step, **sums})
                _save(averages, path)
    say({"second step": step, **sums})
    _save(averages, path)


def _loss(stage: nn.Module, pool: Sequences, index: Tensor) -> Tensor:
    valid = pool.valid[index]
    corrected = stage(pool.z[index].float(), pool.logits[index], valid)[valid]
    targets = pool.targets.take(index)
    micro, macro = curve_losses(corrected, targets.classes[valid], targets.soft[valid], _BIASED)
    return micro + _BIASED.mae_share * macro


@torch.no_grad()
def _follow(average: nn.Module, stage: nn.Module, keep: float) -> None:
    for mean, value in zip(average.state_dict().values(), stage.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(value, 1.0 - keep)
        else:
            mean.copy_(value)


def _save(stages: Mapping[str, nn.Module], path: Path) -> None:
    half = path.with_name(f".{path.name}")
    tensors = {
        f"{name}.{key}": value.detach().cpu().clone().contiguous()
        for name, stage in stages.items()
        for key, value in stage.state_dict().items()
    }
    save_file(tensors, half)
    half.replace(path)


def write_answers(sources: SecondSources, out: Path, name: str) -> None:
    """Logits (float16) and z (8 bits, one scale a channel) of every recording, to train on elsewhere.

    ``NAME.training.npz`` and ``NAME.held-out.npz`` hold ``SET/NUMBER/logits`` and ``SET/NUMBER/z``, and ``scale`` (D,).
    """
    answers = {
        f"{part}/{number}": sources.answers(windows)
        for part, runs in sources.runs.items()
        for number, (_, windows) in enumerate(runs)
    }
    scale = (
        torch.stack([z.float().abs().amax(0) for _, z in answers.values()]).amax(0).clamp_min(1e-6) / 127.0
    )
    for which in ("training", "held-out"):
        arrays = {"scale": scale.cpu().numpy()}
        for part, (logits, z) in answers.items():
            if part.startswith("train") == (which == "training"):
                arrays[f"{part}/logits"] = logits.half().cpu().numpy()
                arrays[f"{part}/z"] = (z.float() / scale).round().to(torch.int8).cpu().numpy()
        half = out / f".{name}.{which}.npz"
        with half.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        half.replace(out / f"{name}.{which}.npz")
