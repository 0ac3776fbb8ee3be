"""From labelled sets to an engine: measure, train, keep the best epoch, calibrate, export.

Three kinds of people are kept apart: those that are trained on, those that choose the epoch and the operating point,
and those that report, whom this module never sees.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from livespot.config import Alignment, Config, FlowConfig
from livespot.errors import UsageError
from livespot.interchange import write_summary
from livespot.interchange.atomic import replacing
from livespot.models.earlier_layout import current_layout
from livespot.models.export import export_engine
from livespot.models.spotformer import SpotFormer
from livespot.regions import PAPER, RegionLayout
from livespot.spotting.scores import min_scores_for
from livespot.synthesis.areas import FaceAreas
from livespot.training.ablation import adjacent_run
from livespot.training.calibrate import calibrated, fit, judge
from livespot.training.card import model_card
from livespot.training.loop import TrainingConfig, train
from livespot.training.losses import LossConfig
from livespot.training.operating import FEW_A_MINUTE, Judged, OperatingPoint, figures
from livespot.training.precision import Precision
from livespot.training.recordings import read_runs
from livespot.training.runs import Run
from livespot.training.simulate import Batch, SimulationConfig, Simulator
from livespot.training.start import started
from livespot.training.teacher import Teacher, opened_teacher

FEW_ALARMS = "few-alarms"
BEST, RECORD = "best.safetensors", "record.json"
SEGMENTS, WINDOWS, STRIDE = 16, 4, 4
PAPER_BATCH = 32, 16, 1
_MESHES_PER_PERSON = 3

Tell = Callable[[str, int, "int | None"], None]
"""Called with (what is done, how much of it, of how much)."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to train.

    Attributes
    ----------
    train, validation : tuple of Path
        Labelled sets; no person may be in both.
    out : Path
        Folder of the run: windows, checkpoints, TensorBoard's events, the engine.
    alignment : "nose" or "rigid"
    adjacent : bool
        Flow between neighbouring frames instead of SW-MRO, for ablations; no engine is made of it, since none of the
        product's windows are of that kind.
    training : TrainingConfig
    simulation : SimulationConfig
    segments, windows, stride : int
        Shape of a batch: see :meth:`livespot.training.simulate.Simulator.batch`.
    epoch_steps : int
        Validation is looked at this often.
    name : str
        Of the engine.
    start : Path or None
        Weights of another run, ``best.safetensors``, to begin with; of a narrower network too. Its people must not be
        in the validation sets.
    teacher : str
        A shipped engine's name or the path of one that teaches the network; empty: none does. It must not have been
        trained on people of the validation sets.
    note : str
        For its card.
    """

    train: tuple[Path, ...]
    validation: tuple[Path, ...]
    out: Path
    alignment: Alignment = "rigid"
    training: TrainingConfig = field(default_factory=lambda: network_settings())
    simulation: SimulationConfig = field(default_factory=SimulationConfig)
    epoch_steps: int = 500
    name: str = "spotformer"
    start: Path | None = None
    teacher: str = ""
    note: str = ""
    segments: int = SEGMENTS
    windows: int = WINDOWS
    stride: int = STRIDE
    adjacent: bool = False

    @property
    def config(self) -> Config:
        """Settings of the product's path."""
        return Config(flow=FlowConfig(alignment=self.alignment, regions=self.training.regions))


def network_settings(
    dim: int = 64, steps: int = 20_000, seed: int = 0, threads: int = 1, contrast: float = 0.005,
    learning_rate: float = 3e-3, precision: Precision = "float32", regions: str = PAPER.name,
) -> TrainingConfig:  # fmt: skip
    """What trains well on one core in an hour; the paper's own settings suit hours on a GPU.

    Every batch is new, so there is nothing to learn by heart and dropout would only slow learning down; few steps at a
    high rate want more momentum than the paper's 0.7; the calibration sets the apexes right, which smoothing would
    only blur. Macro-expressions, of which a window sees a piece only, are the harder half and weigh as much as
    micro-expressions.
    """
    return TrainingConfig(
        dim=dim, dropout=0.0, steps=steps, learning_rate=learning_rate, betas=(0.9, 0.98), average=0.995, seed=seed,
        threads=threads, precision=precision, regions=regions,
        loss=LossConfig(smoothing=0.0, contrast_weight=contrast, mae_share=1.0, mae_apex_weight=1.8),
    )  # fmt: skip


def paper_settings(
    dim: int = 256, steps: int = 20_000, seed: int = 0, threads: int = 1, contrast: float = 0.005,
    learning_rate: float = 2e-4, precision: Precision = "float32", regions: str = PAPER.name,
) -> TrainingConfig:  # fmt: skip
    """The paper's: a hundredth of the run stands for an epoch; gradients are still clipped, of which it says nothing.

    Its batches are :data:`PAPER_BATCH`.
    """
    return TrainingConfig(
        dim=dim, dropout=0.1, steps=steps, learning_rate=learning_rate, warmup_steps=0, schedule="epochs",
        epoch_steps=max(1, steps // 100), betas=(0.7, 0.9), average=0.0, seed=seed, threads=threads,
        precision=precision, regions=regions,
        loss=LossConfig(smoothing=0.16, contrast_weight=contrast),
    )  # fmt: skip


def run_job(job: Job, tell: Tell | None = None) -> dict[str, Any]:
    """Train, calibrate, export; called again with the same folder, it goes on where it was stopped.

    Returns
    -------
    dict
        The training record that the engine's sidecar holds.

    Raises
    ------
    InputError, OutputError
        When a set cannot be read or the folder cannot be written.
    UsageError
        When a person is in both sets.
    """
    say = tell or (lambda *_: None)
    runs = read_runs(job.train, job.config, job.out / "windows" / "train", say)
    held_out = read_runs(job.validation, job.config, job.out / "windows" / "validation", say)
    if shared := sorted({run.subject for run in runs} & {run.subject for run in held_out}):
        raise UsageError(
            f"person {shared[0]}: is in training and validation; keep each person in one of them"
        )
    return train_on(job, runs, held_out, say)


def train_on(job: Job, runs: Sequence[Run], held_out: Sequence[Run], say: Tell) -> dict[str, Any]:
    """The same for runs that are read already."""
    if job.adjacent:
        runs, held_out = [adjacent_run(run) for run in runs], [adjacent_run(run) for run in held_out]
    simulator = simulator_of(job, runs)
    start: SpotFormer | None = None
    if job.start is not None:
        begin = started(job.start, job.training.dim, job.training.regions)
        start, job = begin.network, replace(job, training=replace(job.training, start=begin.sha256))
    with contextlib.ExitStack() as stack:
        teacher = None
        if job.teacher:
            teacher = stack.enter_context(opened_teacher(job.teacher, job.alignment, job.training.regions))
            job = replace(job, training=replace(job.training, teacher=teacher.sha256))
        best = _best_epoch(job, simulator, held_out, say, teacher, start)
    judged = [judge(best.network, run) for run in held_out]
    point = fit(judged)
    ready = [calibrated(j, point.calibration) for j in judged]
    record = {
        "data": _data(runs, held_out),
        "note": job.note,
        "alignment": job.alignment,
        "config": asdict(job.training) | {"batch_windows": job.segments * job.windows, "stride": job.stride},
        "simulation": asdict(simulator.config),
        "epoch": best.step // job.epoch_steps,
        "steps": best.step,
        "torch": torch.__version__.partition("+")[0],
        "figures": {"validation people, who also chose the operating point": figures(ready, point)},
    }
    write_summary(job.out / RECORD, record)
    if job.adjacent:
        return record
    target = job.out / f"{job.name}.onnx"
    sidecar = export_engine(
        best.network, target, record, point.thresholds, point.calibration, job.config.flow,
        min_scores=point.min_scores, points={FEW_ALARMS: _few_alarms(point)}, scores=point.scores(),
    )  # fmt: skip
    target.with_suffix(".md").write_text(model_card(sidecar), encoding="utf-8")
    return record


def _few_alarms(point: OperatingPoint) -> dict[str, dict[str, float]]:
    """The stricter operating point, by the table of false alarms."""
    return {
        "thresholds": dict(point.thresholds),
        "min_scores": min_scores_for(FEW_A_MINUTE, point.alarm_table),
    }


def simulator_of(job: Job, runs: Sequence[Run]) -> Simulator:
    """What draws the batches of a job."""
    config = replace(
        job.simulation, alignment=job.alignment, adjacent=job.adjacent, regions=job.training.regions
    )
    return Simulator(config, runs, meshes(runs, config.layout))


def meshes(runs: Sequence[Run], layout: RegionLayout = PAPER) -> list[FaceAreas]:
    """A few faces of every person, so that nobody's anatomy is learned by heart."""
    found: dict[str, list[FaceAreas]] = {}
    for run in runs:
        mine = found.setdefault(run.subject, [])
        if run.mesh is not None and len(mine) < _MESHES_PER_PERSON:
            mine.append(FaceAreas(run.mesh, layout))
    return [face for faces in found.values() for face in faces]


@dataclass(frozen=True, slots=True)
class _Best:
    network: SpotFormer
    step: int


def _best_epoch(
    job: Job,
    simulator: Simulator,
    held_out: Sequence[Run],
    say: Tell,
    teacher: Teacher | None = None,
    start: SpotFormer | None = None,
) -> _Best:
    """The epoch with the least validation loss in F1's terms; its weights lie in ``best.safetensors``."""
    from torch.utils.tensorboard import SummaryWriter

    job.out.mkdir(parents=True, exist_ok=True)
    history = job.out / "epochs.json"
    epochs: list[dict[str, float]] = (
        json.loads(history.read_text(encoding="utf-8")) if history.is_file() else []
    )

    def batches(rng: np.random.Generator) -> Batch:
        return simulator.batch(rng, job.segments, job.windows, job.stride)

    with SummaryWriter(str(job.out / "events")) as board:

        def log(step: int, means: dict[str, float]) -> None:
            say("training", step, job.training.steps)
            for name, value in means.items():
                board.add_scalar(f"loss/{name}", value, step)

        done = int(epochs[-1]["step"]) if epochs else 0
        while done < job.training.steps:
            result = train(
                job.training,
                batches,
                job.out,
                until=done + job.epoch_steps,
                log=log,
                teacher=teacher,
                start=start,
            )
            done = result.steps
            value = validation_value([judge(result.network, run) for run in held_out])
            for name, number in value.items():
                board.add_scalar(f"validation/{name}", number, done)
            if value["mean f1"] >= max((e["mean f1"] for e in epochs), default=-1.0):
                save_weights(result.network, job.out / BEST)
            epochs.append({"step": done, **value})
            with replacing(history) as handle:
                handle.write(json.dumps(epochs, indent=1) + "\n")
    network = SpotFormer(job.training.network)
    network.load_state_dict(current_layout(load_file(job.out / BEST)))
    return _Best(network.eval(), int(max(epochs, key=lambda e: (e["mean f1"], e["step"]))["step"]))


def validation_value(judged: Sequence[Judged]) -> dict[str, float]:
    """F1 of both types at the operating point that suits this epoch best, and their mean."""
    point = fit(judged)
    found = figures([calibrated(j, point.calibration) for j in judged], point)["all"]
    me, mae = found["ME f1"], found["MaE f1"]
    return {"mean f1": 0.5 * (me + mae), "ME f1": me, "MaE f1": mae}


def save_weights(network: SpotFormer, path: Path) -> None:
    """Write a network's state as safetensors, whole or not at all."""
    half = path.with_name(f".{path.name}")
    save_file({name: value.contiguous().clone() for name, value in network.state_dict().items()}, half)
    half.replace(path)


def _data(runs: Sequence[Run], held_out: Sequence[Run]) -> dict[str, Any]:
    def about(some: Sequence[Run]) -> dict[str, Any]:
        return {
            "people": len({run.subject for run in some}),
            "videos": len({run.name for run in some}),
            "minutes": round(sum(run.minutes for run in some), 1),
            "expressions": sum(len(run.timelines) for run in some),
        }

    return {"training": about(runs), "validation": about(held_out)}
