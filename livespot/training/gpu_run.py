"""One training call on a machine with a GPU: ``python -m livespot.training.gpu_run BUNDLE OUT --seconds 430``.

A bundle (:mod:`livespot.training.bundle`) goes in. Processes on the CPU simulate faces, the GPU assembles windows and
trains one network after the other, each for its share of the time. At every look at the validation people the weights
are written to OUT, so a call that is cut off leaves what it has reached.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from livespot.regions import LAYOUTS
from livespot.training.bundle import Bundle, read_bundle
from livespot.training.calibrate import calibrated, fit
from livespot.training.device_batches import DeviceBatches, MixConfig, RecordedWindows
from livespot.training.device_windows import SequenceBank, Targets
from livespot.training.operating import Judged, figures
from livespot.training.second_sources import SecondSources
from livespot.training.simulation_workers import SEQUENCE_FRAMES, SimulationWorkers
from livespot.training.timed import TimedConfig, TimedTraining, answers

_REFILL_STEPS, _PARCELS = 10, 20
"""Between two looks at the workers' queue, since every copy to the device waits for it; and parcels taken then."""
_HeldOut = Mapping[str, Sequence[Judged]]
_JUDGE_WAIT_S = 60.0
_FIRST_PARCELS = 40
"""Parcels of simulated sequences waited for before the first step."""


@dataclass(frozen=True, slots=True)
class CallConfig:
    """A call's settings, the ``[call]`` table of a recipe.

    Attributes
    ----------
    seconds : float
        For training, all networks together.
    look_every_s : float
        Between two looks at the validation people.
    capacity, overlay_capacity : int
        Simulated sequences kept on the device.
    workers : int
        Processes that simulate; 0: all cores but three.
    second_share : float
        Of the time of a network that gets second stages: for these.
    """

    seconds: float = 430.0
    look_every_s: float = 20.0
    capacity: int = 12_000
    overlay_capacity: int = 6_000
    workers: int = 0
    seed: int = 0
    second_share: float = 0.22


class Call:
    """Everything that the trainings of one call share.

    Parameters
    ----------
    bundle : Bundle
    out : Path
    device : torch.device
    config : CallConfig
    mix : MixConfig
    workers : SimulationWorkers
    """

    def __init__(
        self,
        bundle: Bundle,
        out: Path,
        device: torch.device,
        config: CallConfig,
        mix: MixConfig,
        workers: SimulationWorkers,
    ) -> None:
        self.bundle, self.out, self.device, self.config = bundle, out, device, config
        self.workers = workers
        self.begun = time.perf_counter()
        self.history: list[dict[str, Any]] = []
        layout = LAYOUTS["face"]
        runs = [(name, run) for name, runs in bundle.sets.items() if name.startswith("train") for run in runs]
        self.simulated = SequenceBank(layout, config.capacity, SEQUENCE_FRAMES, device)
        self.overlays = SequenceBank(layout, config.overlay_capacity, SEQUENCE_FRAMES, device)
        self.recorded = RecordedWindows(runs, layout, mix, device)
        self.batches = DeviceBatches(self.recorded, self.simulated, self.overlays, mix, layout)
        self.generator = torch.Generator(device).manual_seed(config.seed)
        self.held_out = {
            name: [(run, torch.from_numpy(run.features).to(device)) for run in runs]
            for name, runs in bundle.sets.items()
            if not name.startswith("train")
        }
        self.logits: dict[str, _HeldOut] = {}
        self.judges = ProcessPoolExecutor(2, mp_context=get_context("spawn"))

    def refill(self, most: int = _PARCELS, wait_s: float = 0.0) -> int:
        """Take simulated sequences from the workers; returns how many parcels came."""
        parcels = self.workers.take(most, wait_s)
        for laid_over, sequences in parcels:
            (self.overlays if laid_over else self.simulated).add(sequences)
        return len(parcels)

    def fill(self, parcels: int, wait_s: float) -> None:
        """Wait until so many parcels have come, or so long."""
        begun, came = time.perf_counter(), 0
        while time.perf_counter() - begun < wait_s and (
            came < parcels or not len(self.simulated) or not len(self.overlays)
        ):
            came += self.refill(64, 0.5)
        if not len(self.simulated) or not len(self.overlays):
            raise RuntimeError(
                f"no simulated sequences in {wait_s:g} s; {self.workers.alive} workers are alive"
            )

    def second_sources(self, trained: TimedTraining) -> SecondSources:
        """What second stages are trained on."""
        runs = {
            name: [(run, torch.from_numpy(run.features).to(self.device)) for run in found]
            for name, found in self.bundle.sets.items()
        }
        return SecondSources(
            trained.average,
            LAYOUTS[trained.config.regions],
            runs,
            self.simulated,
            self.overlays,
            self.generator,
        )

    def write_logits(self) -> None:
        """Write what the last and the best weights say of the held-out people: ``NETWORK.STATE/SET/NUMBER``."""
        arrays = {
            f"{state}/{name}/{number}": one.logits.astype(np.float16)
            for state, sets in self.logits.items()
            for name, runs in sets.items()
            for number, one in enumerate(runs)
        }
        half = self.out / ".held-out-logits.npz"
        with half.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        half.replace(self.out / "held-out-logits.npz")

    def say(self, about: Mapping[str, Any]) -> None:
        """Print a line and keep it in ``log.json``."""
        row = {"at_s": round(time.perf_counter() - self.begun, 1), **about}
        self.history.append(row)
        print(json.dumps(row), flush=True)
        half = self.out / ".log.json"
        half.write_text(json.dumps(self.history, indent=0), encoding="utf-8")
        half.replace(self.out / "log.json")


def train_one(call: Call, config: TimedConfig, seconds: float) -> TimedTraining:
    """Train one network; its last and its best averaged weights lie in ``NAME.safetensors``."""
    layout = LAYOUTS[config.regions]
    training = TimedTraining(config, call.device)
    best: tuple[float, dict[str, Tensor]] = (-1.0, {})
    looks: list[tuple[int, dict[str, Tensor], _HeldOut, Future[dict[str, Any]]]] = []

    def draw(n: int) -> tuple[Tensor, Targets]:
        if training.step % _REFILL_STEPS == 0:
            call.refill()
        windows, targets = call.batches.draw(n, call.generator)
        return windows[:, :, : len(layout)], targets

    def collect(wait: bool) -> None:
        nonlocal best
        while looks and (wait or looks[0][3].done()):
            step, state, judged, found = looks.pop(0)
            try:
                figure = found.result(timeout=_JUDGE_WAIT_S if wait else 1.0)
            except Exception as error:  # a judge that fails must not end the training
                call.say({"network": config.name, "step": step, "judge failed": repr(error)})
                continue
            call.say({"network": config.name, "step": step, **figure})
            if figure["value"] > best[0]:
                best = figure["value"], state
                call.logits[f"{config.name}.best"] = judged

    def pause(now: TimedTraining) -> None:
        state = {name: value.detach().cpu().clone() for name, value in now.average.state_dict().items()}
        judged = judge_all(call, now)
        looks.append((now.step, state, judged, call.judges.submit(validated, judged)))
        call.logits[f"{config.name}.last"] = judged
        call.say(
            {
                "network": config.name, "step": now.step, "windows": now.step * config.batch,
                "simulated": call.simulated.added, "overlays": call.overlays.added, **now.losses(),
            }
        )  # fmt: skip
        collect(wait=False)
        call.write_logits()
        write_weights(call.out / f"{config.name}.safetensors", {"last": state, "best": best[1] or state})

    def careful(now: TimedTraining) -> None:
        try:
            pause(now)
        except Exception as error:  # a look that fails must not end a training that cannot be repeated
            call.say({"network": config.name, "look failed": repr(error)[:500]})

    training.run(draw, seconds, call.config.look_every_s, careful)
    collect(wait=True)
    call.write_logits()
    last = {name: value.detach().cpu().clone() for name, value in training.average.state_dict().items()}
    write_weights(call.out / f"{config.name}.safetensors", {"last": last, "best": best[1] or last})
    return training


def judge_all(call: Call, training: TimedTraining) -> dict[str, list[Judged]]:
    """Logits of all held-out runs."""
    regions = len(LAYOUTS[training.config.regions])
    found: dict[str, list[Judged]] = {}
    for name, runs in call.held_out.items():
        found[name] = []
        for run, windows in runs:
            logits = answers(training.average, windows[:, :, :regions])[0].float().cpu().numpy()
            found[name].append(Judged(run.timelines, logits, run.rate_hz, run.kind))
    return found


def validated(judged: Mapping[str, Sequence[Judged]]) -> dict[str, Any]:
    """Figures of every held-out set at the operating point that suits all of them together."""
    torch.set_num_threads(1)
    together = [one for runs in judged.values() for one in runs]
    point = fit(together)
    found: dict[str, Any] = {}
    parts = {**judged, "all": together}
    for name, runs in parts.items():
        ready = [calibrated(one, point.calibration) for one in runs]
        rows = figures(ready, point)
        found[name] = {
            key: rows["all"][key]
            for key in (
                "ME f1", "MaE f1", "ME fp", "MaE fp", "ME tp", "MaE tp", "ME fn", "MaE fn", "minutes",
            )
        }  # fmt: skip
        talk = rows.get("real talking")
        if talk is not None:
            found[name]["talk"] = [talk["ME fp"], talk["MaE fp"], talk["minutes"]]
    found["value"] = round(0.5 * (found["all"]["ME f1"] + found["all"]["MaE f1"]), 4)
    return found


def write_weights(path: Path, states: Mapping[str, Mapping[str, Tensor]]) -> None:
    """Several states of one network in a file, the name of the state before that of each tensor; whole or not at all.

    Matrices are kept in float16, whose rounding is far below that of the 8-bit weights of an engine; everything else
    as it is.
    """
    half = path.with_name(f".{path.name}")
    tensors = {
        f"{state}.{name}": _kept(value) for state, values in states.items() for name, value in values.items()
    }
    save_file(tensors, half)
    half.replace(path)


def _kept(value: Tensor) -> Tensor:
    """A copy of its own, which safetensors asks for; matrices in float16."""
    half = value.is_floating_point() and value.ndim > 1
    return (value.half() if half else value).detach().cpu().clone().contiguous()


def run_call(bundle: Bundle, out: Path, device: torch.device, seconds: float | None = None) -> None:
    """Train all networks of a bundle's recipe within the time."""
    out.mkdir(parents=True, exist_ok=True)
    recipe = bundle.recipe
    config = _table(CallConfig, recipe.get("call", {}))
    mix = _table(MixConfig, recipe.get("mix", {}))
    networks = [_table(TimedConfig, table) for table in recipe["networks"]]
    seconds = config.seconds if seconds is None else seconds
    cores = os.cpu_count() or 2
    workers = config.workers or max(1, cores - 3)
    with SimulationWorkers(bundle.meshes, "face", workers, config.seed) as simulation:
        call = Call(bundle, out, device, config, mix, simulation)
        call.say(
            {
                "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
                "torch": torch.__version__, "cores": cores, "workers": workers, "bundle": bundle.sha256,
                "data": recipe.get("data", {}), "networks": [asdict(network) for network in networks],
                "mix": asdict(mix),
            }
        )  # fmt: skip
        call.fill(_FIRST_PARCELS, 60.0)
        call.say({"filled": [len(call.simulated), len(call.overlays)]})
        until = time.perf_counter() + seconds
        left = sum(network.share for network in networks)
        for network in networks:
            mine = (until - time.perf_counter()) * network.share / left
            left -= network.share
            after = config.second_share * mine if network.second else 0.0
            trained = train_one(call, network, mine - after)
            call.say({"network": network.name, "done": trained.step})
            if network.second:
                try_second(call, trained, after)
        call.judges.shutdown(wait=False, cancel_futures=True)


def try_second(call: Call, trained: TimedTraining, seconds: float) -> None:
    """Train second stages; what goes wrong there must not cost the networks that come after."""
    from livespot.training.gpu_second import train_second

    try:
        train_second(call.second_sources(trained), call.out, trained.config.name, seconds, call.say)
    except Exception as error:
        call.say({"network": trained.config.name, "second stages failed": repr(error)[:500]})


def _table(kind: type[Any], values: Mapping[str, Any]) -> Any:
    """A dataclass of settings from a recipe's table; unknown keys are refused."""
    known = {field.name for field in fields(kind)}
    if unknown := set(values) - known:
        raise ValueError(
            f"recipe: {sorted(unknown)[0]} is no setting of {kind.__name__}; known: {sorted(known)}"
        )
    return kind(**values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the bundle and run."""
    parser = argparse.ArgumentParser(description="Train the networks of a bundle's recipe on one GPU.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--seconds", type=float, help="for training, all networks together; default: the recipe's"
    )
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args(arguments)
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    np.seterr(all="ignore")
    run_call(read_bundle(options.bundle), options.out, torch.device(options.device), options.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
