"""The training loop: batches enter, a trained network leaves, and a folder from which it can be resumed.

All chance of step k comes from generators seeded with (seed, k): a run that was stopped and resumed gives the
same weights, bit for bit, as one that was not.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import nn

from livespot.models.spotformer import Pooling, SpotFormer, SpotFormerConfig
from livespot.regions import PAPER
from livespot.training.losses import LossConfig, LossParts, spotting_loss
from livespot.training.precision import Precision, multiply_in
from livespot.training.simulate import Batch
from livespot.training.state import (
    RunState,
    as_plain,
    load_state,
    optimiser_moments,
    restore_moments,
    save_state,
)
from livespot.training.teacher import Teacher, teaching_loss
from livespot.training.weight_decay import parameter_groups as parameter_groups

BatchSource = Callable[[np.random.Generator], Batch]
Log = Callable[[int, dict[str, float]], None]


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How to train.

    Attributes
    ----------
    dim, dropout
        Of the network.
    steps : int
        Length of the run, which the learning rate's course is laid out for.
    learning_rate : float
        Highest, after ``warmup_steps``.
    schedule : "cosine" or "epochs"
        Down to a hundredth by the last step, or × 0.96 every ``epoch_steps`` as in the paper.
    weight_decay : float
        On weights only, never on biases, norms or embeddings.
    betas : (float, float)
    average : float
        Share that the running average of the weights keeps at every step; 0 turns it off.
    clip_norm : float
        Gradients longer than this are shortened: one batch of outliers must not undo the run.
    seed, threads : int
    loss : LossConfig
    pooling : "flgp" or "mean"
        Of the network; "mean" is for ablations.
    regions : str
        Name of the layout of regions that the network sees.
    precision : "float32" or "bfloat16"
        In which the wide linear layers multiply: see :func:`livespot.training.precision.multiply_in`.
    start : str
        sha256 of the weights that the run begins with; empty: they are drawn.
    teacher : str
        sha256 of the engine that teaches; empty: none does.
    teacher_weight : float
        What the distance from the teacher's answers counts beside the loss against the truth.
    """

    dim: int = 256
    dropout: float = 0.1
    steps: int = 10_000
    learning_rate: float = 2e-4
    warmup_steps: int = 30
    schedule: Literal["cosine", "epochs"] = "cosine"
    epoch_steps: int = 100
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.7, 0.9)
    average: float = 0.99
    clip_norm: float = 1.0
    seed: int = 0
    threads: int = 1
    loss: LossConfig = field(default_factory=LossConfig)
    pooling: Pooling = "flgp"
    regions: str = PAPER.name
    precision: Precision = "float32"
    start: str = ""
    teacher: str = ""
    teacher_weight: float = 1.0

    @property
    def network(self) -> SpotFormerConfig:
        """Of what is trained."""
        return SpotFormerConfig(
            dim=self.dim, dropout=self.dropout, pooling=self.pooling, regions=self.regions
        )


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a run gave.

    Attributes
    ----------
    network : SpotFormer
        In evaluation mode, with averaged weights.
    steps : int
        Steps done; fewer than configured when the time ran out.
    seconds : float
        Of this call.
    losses : dict of str to float
        Means over the last steps logged.
    """

    network: SpotFormer
    steps: int
    seconds: float
    losses: dict[str, float]


def train(
    config: TrainingConfig,
    batches: BatchSource,
    folder: str | Path,
    seconds: float = math.inf,
    until: int | None = None,
    log: Log | None = None,
    log_every: int = 20,
    save_every: int = 100,
    teacher: Teacher | None = None,
    start: SpotFormer | None = None,
) -> TrainingResult:
    """Train, or go on training what ``folder`` holds.

    Parameters
    ----------
    config : TrainingConfig
    batches : callable
        Gives a batch for a generator; the same batch for the same generator.
    folder : path
        Receives ``log.txt``, ``run.json`` and the tensors.
    seconds : float
        After this long the run is saved and returned as it is.
    until : int, optional
        Likewise, after so many steps; the learning rate's course is still that of the whole run.
    log : callable, optional
        Called with the step and the means of the losses since the last call.
    log_every, save_every : int
        In steps.
    teacher : Teacher, optional
        The one whose sha256 the configuration names.
    start : SpotFormer, optional
        Begin with its weights; looked at by a new run only.

    Raises
    ------
    InputError
        When the folder holds a run of another configuration.
    """
    if (teacher.sha256 if teacher else "") != config.teacher:
        raise ValueError("train: expected the teacher that the configuration names, got another")
    run = _Run(config, Path(folder), teacher, start)
    begun = time.perf_counter()
    recent: list[dict[str, float]] = []
    means: dict[str, float] = {}
    last = config.steps if until is None else min(until, config.steps)
    while run.step < last and time.perf_counter() - begun < seconds:
        recent.append(run.advance(batches).parts)
        if run.step % log_every == 0 or run.step == last:
            means = {name: float(np.mean([parts[name] for parts in recent])) for name in recent[0]}
            run.log(means, time.perf_counter() - begun)
            if log is not None:
                log(run.step, means)
            recent.clear()
        if run.step % save_every == 0:
            run.save()
    run.save()
    return TrainingResult(run.average.eval(), run.step, time.perf_counter() - begun, means)


class _Run:
    def __init__(
        self, config: TrainingConfig, folder: Path, teacher: Teacher | None, start: SpotFormer | None
    ) -> None:
        self.config, self.folder, self.teacher = config, folder, teacher
        torch.set_num_threads(config.threads)
        torch.manual_seed(config.seed)
        self.network = SpotFormer(config.network).train()
        if start is not None:
            self.network.load_state_dict(start.state_dict())
        self.average = copy.deepcopy(self.network)
        multiply_in(self.network, config.precision)
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.network, config.weight_decay), lr=config.learning_rate, betas=config.betas
        )
        self.step = 0
        folder.mkdir(parents=True, exist_ok=True)
        state = load_state(folder, as_plain(config), as_plain(TrainingConfig()))
        if state is not None:
            self.network.load_state_dict(state.network)
            self.average.load_state_dict(state.average)
            restore_moments(self.network, self.optimiser, state.moments)
            self.step = state.step

    def advance(self, batches: BatchSource) -> LossParts:
        config = self.config
        torch.manual_seed(config.seed * 1_000_003 + self.step)  # dropout
        batch = batches(np.random.default_rng((config.seed, self.step)))
        logits, z = self.network(torch.from_numpy(batch.windows))
        labels = batch.labels
        classes, soft = torch.from_numpy(labels.classes), torch.from_numpy(labels.soft)
        loss = spotting_loss(logits, z, classes, soft, torch.from_numpy(labels.contrast), config.loss)
        if self.teacher is not None:
            distance = teaching_loss(logits, self.teacher.answers(batch.windows))
            loss = loss.plus("teacher", distance, config.teacher_weight)
        self.optimiser.zero_grad(set_to_none=True)
        loss.total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), config.clip_norm)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(config, self.step)
        self.optimiser.step()
        self.step += 1
        self._update_average()
        return loss

    @torch.no_grad()
    def _update_average(self) -> None:
        # Early on the average follows closely, else it would remember the random start.
        keep = min(self.config.average, self.step / (self.step + 10.0)) if self.config.average else 0.0
        for mean, value in zip(
            self.average.state_dict().values(), self.network.state_dict().values(), strict=True
        ):
            if mean.is_floating_point():
                mean.lerp_(value, 1.0 - keep)
            else:
                mean.copy_(value)

    def log(self, means: dict[str, float], seconds: float) -> None:
        parts = "  ".join(f"{name} {value:.4f}" for name, value in means.items())
        rate = learning_rate(self.config, self.step - 1)
        line = f"step {self.step}/{self.config.steps}  {seconds:.0f} s  lr {rate:.2e}  {parts}\n"
        with (self.folder / "log.txt").open("a", encoding="utf-8") as file:
            file.write(line)

    def save(self) -> None:
        moments = optimiser_moments(self.network, self.optimiser)
        state = RunState(self.step, self.network.state_dict(), self.average.state_dict(), moments)
        save_state(self.folder, state, as_plain(self.config))


def learning_rate(config: TrainingConfig, step: int) -> float:
    """The learning rate of step ``step``, counted from 0."""
    warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
    if config.schedule == "epochs":
        return float(config.learning_rate * warm * 0.96 ** (step // config.epoch_steps))
    share = min(1.0, step / max(1, config.steps - 1))
    return config.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * share)))
