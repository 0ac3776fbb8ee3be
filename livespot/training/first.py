"""From nothing to an engine: simulate, train, calibrate, export.

::

    python -m livespot.training.first --out RUN --residuals DIR --minutes 30 --dim 64 --engine
    engines/spotformer.onnx

Called again with the same folder, it goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from livespot.errors import LivespotError
from livespot.models.export import export_engine
from livespot.models.folding import Calibration
from livespot.models.spotformer import SpotFormer
from livespot.training.calibrate import APEX_THRESHOLD, Judged, figures, fit, judge
from livespot.training.loop import TrainingConfig, train
from livespot.training.losses import LossConfig
from livespot.training.residuals import ResidualRun, load_residuals, load_split
from livespot.training.simulate import SimulatedSequence, SimulationConfig, Simulator
from livespot.types import EXPRESSION_TYPES, ROIS

SEGMENTS, WINDOWS, STRIDE = 16, 4, 4
TRIAL_STEPS = 20

# A minute without much happening: expressions as rare as in the annotated data sets, about five a minute.
VALIDATION = SimulationConfig(
    shortest_frames=450, longest_frames=1350, gap_frames=300.0, overlap=0.05, drop_node=0.0
)


@dataclass(frozen=True, slots=True)
class FirstConfig:
    """What the command takes.

    Attributes
    ----------
    out : Path
        Folder of the run.
    engine : Path
        Of the .onnx file to write.
    residuals : Path or None
        Folder of measured backgrounds with its ``split.json``; None trains on simulated ones alone.
    minutes : float
        Of training; calibration and export come on top.
    dim, threads, seed : int
    learning_rate : float
    validation_minutes : float
        Of sequences for the calibration, and as many again for the figures.
    note : str
        Goes into the engine's training record.
    """

    out: Path
    engine: Path
    residuals: Path | None = None
    minutes: float = 30.0
    dim: int = 64
    threads: int = 1
    seed: int = 0
    learning_rate: float = 3e-3
    validation_minutes: float = 25.0
    note: str = ""


def run_first(config: FirstConfig) -> dict[str, Any]:
    """Train, calibrate and export; returns the training record that the sidecar holds.

    Raises
    ------
    InputError, OutputError
        When residuals cannot be read or the engine cannot be written.
    """
    split = load_split(config.residuals) if config.residuals else {"train": [], "validation": []}
    known, held_out = load_residuals(split["train"]), load_residuals(split["validation"])
    simulator = Simulator(runs=known)
    training = _plan(config, simulator)
    begun = time.perf_counter()

    def batches(rng: np.random.Generator) -> Any:
        return simulator.batch(rng, SEGMENTS, WINDOWS, STRIDE)

    result = train(training, batches, config.out, seconds=1.3 * 60.0 * config.minutes)
    validation = Simulator(VALIDATION, held_out)
    calibration, min_scores = fit(
        judged_set(result.network, validation, config.validation_minutes, config.seed + 1)
    )
    fresh = judged_set(result.network, validation, config.validation_minutes, config.seed + 2)
    record: dict[str, Any] = {
        "data": _data(known, held_out),
        "note": config.note,
        "config": asdict(training) | {"batch_windows": SEGMENTS * WINDOWS, "stride": STRIDE},
        "steps": result.steps,
        "minutes": round((time.perf_counter() - begun) / 60.0, 1),
        "losses": {name: round(value, 5) for name, value in result.losses.items()},
        "torch": torch.__version__.partition("+")[0],
        "figures": {"validation, simulated expressions": figures(fresh, calibration, min_scores)},
    }
    if held_out:
        quiet = [judge(result.network, _bare(run), np.random.default_rng(0)) for run in held_out]
        record["figures"]["validation, measured backgrounds as they are"] = figures(
            quiet, calibration, min_scores
        )
    _export(config, result.network, record, calibration, min_scores)
    return record


def judged_set(network: SpotFormer, simulator: Simulator, minutes: float, seed: int) -> list[Judged]:
    """Simulated sequences of that length in all, and the network's logits on them."""
    rng = np.random.default_rng((seed, 77))
    wanted, judged = int(minutes * 60 * 30), []
    while wanted > 0:
        judged.append(judge(network, simulator.sequence(rng), rng))
        wanted -= len(judged[-1].logits)
    return judged


def _bare(run: ResidualRun) -> SimulatedSequence:
    still = np.zeros((len(run.features), ROIS, 2), dtype=np.float32)
    return SimulatedSequence((), still, run.features, 0.0, 0.0, False)


def _plan(config: FirstConfig, simulator: Simulator) -> TrainingConfig:
    """The training's configuration; the number of steps is measured once and kept for resuming."""
    training = TrainingConfig(
        dim=config.dim,
        # Every batch is new, so there is nothing to learn by heart and dropout would only slow learning down.
        dropout=0.0,
        learning_rate=config.learning_rate,
        # Few steps at a high rate want more momentum than the paper's 0.7.
        betas=(0.9, 0.98),
        seed=config.seed,
        threads=config.threads,
        # The calibration sets the apexes right; smoothing would only blur them.
        loss=LossConfig(smoothing=0.0),
    )
    plan = config.out / "plan.json"
    if plan.is_file():
        return replace(training, steps=int(json.loads(plan.read_text(encoding="utf-8"))["steps"]))
    with tempfile.TemporaryDirectory() as folder:
        trial = train(replace(training, steps=TRIAL_STEPS), simulator.batch, folder)
    seconds = trial.seconds / TRIAL_STEPS
    steps = max(20, int(60.0 * config.minutes / seconds))
    config.out.mkdir(parents=True, exist_ok=True)
    plan.write_text(json.dumps({"steps": steps, "seconds_per_step": seconds}) + "\n", encoding="utf-8")
    return replace(training, steps=steps)


def _data(known: Sequence[ResidualRun], held_out: Sequence[ResidualRun]) -> str:
    if not known:
        return "expressions and backgrounds simulated at feature level; no video"
    windows, clips = sum(len(r.features) for r in known), len({r.name for r in known})
    others, of_clips = sum(len(r.features) for r in held_out), len({r.name for r in held_out})
    return (
        f"expressions simulated at feature level over {windows} windows measured in {clips} public "
        f"clips, and over "
        f"simulated backgrounds; validated on {others} windows of {of_clips} clips of other people"
    )


def _export(
    config: FirstConfig,
    network: SpotFormer,
    record: dict[str, Any],
    calibration: Calibration,
    min_scores: dict[str, float],
) -> None:
    (config.out / "record.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    thresholds = dict.fromkeys(map(str, EXPRESSION_TYPES), APEX_THRESHOLD)
    export_engine(network, config.engine, record, thresholds, calibration, min_scores=min_scores)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    about = "Simulate, train, calibrate and export an engine."
    parser = argparse.ArgumentParser(prog="python -m livespot.training.first", description=about)
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--engine", type=Path, required=True, help="the .onnx file to write")
    parser.add_argument("--residuals", type=Path, help="folder of measured backgrounds with split.json")
    defaults = FirstConfig(Path(), Path())
    for name in ("minutes", "dim", "threads", "seed", "learning_rate", "validation_minutes", "note"):
        value = getattr(defaults, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    try:
        record = run_first(FirstConfig(**vars(parser.parse_args(arguments))))
    except LivespotError as error:
        print(f"livespot: {error}", file=sys.stderr)
        return error.exit_code
    print(json.dumps(record["figures"], indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
