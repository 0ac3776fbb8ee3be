"""``livespot engine``: what engines there are, plans, proof that they agree, and how fast they are."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from livespot.commands.arguments import Parser, command, count, engine_options, positive
from livespot.commands.common import configured
from livespot.config import Config
from livespot.errors import EngineError, LivespotError
from livespot.inference.choose import Candidate, engine_facts, survey
from livespot.inference.cuda import NoGpu, Unavailable
from livespot.inference.machine import Machine
from livespot.inference.open import BACKENDS, PLANS, open_backend, plan_to_build, preferred
from livespot.inference.parity import answers, compared, reference_answers
from livespot.inference.plan_cache import ANY, PlanCache
from livespot.inference.plans import PlanFile
from livespot.inference.precisions import CPU_PRECISIONS
from livespot.inference.runner import BatchRunner
from livespot.inference.sidecar import read_sidecar
from livespot.inference.speed import measured
from livespot.installation.shipped_files import engine_names, engine_path
from livespot.installation.stored_windows import RATE_HZ, stored_windows
from livespot.spotting import SpottingParameters
from livespot.spotting.offline import spot_offline
from livespot.types import Float32Array, Proposal


class Engines:
    """The actions, over one configuration and one machine.

    Parameters
    ----------
    options : argparse.Namespace
    machine : Machine
    """

    def __init__(self, options: argparse.Namespace, machine: Machine) -> None:
        self._options = options
        self._machine = machine
        config: Config = configured(options)
        self._spotting = config.spotting
        self._config = config.inference
        self._told = ""

    def listing(self) -> int:
        """Every engine, every backend of it, which one would run, and why the others would not."""
        for model in [self._options.model] if self._options.model else engine_names():
            try:
                path, sidecar = engine_facts(model)
            except LivespotError as error:
                if self._options.model:
                    raise
                self._say({"model": model, "error": str(error)}, f"{model}: {error}")
                continue
            backends = survey(replace(self._config, model=model), self._machine)
            facts = {
                "model": path.stem,
                "default": engine_path(self._config.model) == path,
                "parameters": sidecar.parameters,
                "sha256": sidecar.sha256,
                "int8_sha256": sidecar.int8_sha256,
                "second_stage": None
                if sidecar.second_stage is None
                else {
                    "sha256": sidecar.second_stage.sha256,
                    "look_ahead_frames": sidecar.second_stage.look_ahead_frames,
                },
                "thresholds": dict(sidecar.thresholds),
                "backends": [dataclasses.asdict(backend) for backend in backends],
                "plans": _plans(self._machine.cache, path.stem),
            }
            title = f"{path.stem}: {sidecar.parameters:,} parameters, sha256 {sidecar.sha256[:12]}…"
            if sidecar.second_stage is not None:
                title += f", second stage of {sidecar.second_stage.look_ahead_frames} frames look-ahead"
            title += ", the default" if facts["default"] else ""
            self._say(facts, "\n".join([title, *map(_line, backends)]))
        if not self._options.json:
            print(f"plans are kept in {self._machine.cache.folder}")
        return 0

    def build(self) -> int:
        """Build the plan, say what it is, and verify it where there is a GPU to run it on."""
        backend = self._config.engine
        if backend == "auto":
            backend = self._plan_backend()
        if backend not in PLANS:
            raise EngineError(
                f"engine {backend}: needs no build; only --engine tensorrt and tensorrt-rtx build plans"
            )
        built = plan_to_build(backend, self._config, self._machine).build(self._progress, self._options.anew)
        self._say(_plan_facts(backend, built), "\n".join(_plan_lines(built)))
        if built.not_kept:
            raise EngineError(f"{backend}: {built.not_kept}")
        try:
            self._machine.find_cuda()
        except Unavailable as error:
            if not self._options.json:
                print(f"  not verified: {error}")
            return 0
        runner = open_backend(backend, self._config, self._machine, built.origin, check=False)
        return self._verified(backend, runner)

    def verify(self) -> int:
        """Compare with the model; one backend when it was named, else all that are ready here."""
        codes = [self._verified(backend, runner) for backend, runner in self._runners()]
        return max(codes, default=EngineError.exit_code)

    def bench(self) -> int:
        """Measure; one backend when it was named, else all that are ready here."""
        for backend, runner in self._runners():
            windows = stored_windows(runner.info.regions)
            with contextlib.closing(runner):
                runner.warm_up()
                speed = measured(runner, windows, self._options.seconds)
                facts = {
                    "backend": backend,
                    "precision": runner.info.precision,
                    "description": runner.info.description,
                }
                facts |= dataclasses.asdict(speed)
                text = (
                    f"{runner.info.description}\n  one window: p50 {speed.p50_ms:.3f} ms, p95 {speed.p95_ms:.3f} ms, "
                    f"p99 {speed.p99_ms:.3f} ms ({speed.calls} calls); in batches of {speed.batch}: "
                    f"{speed.windows_per_s:,.0f} windows a second"
                )
            self._say(facts, text)
        return 0

    def _plan_backend(self) -> str:
        """The best backend with a plan for the GPU here; without a GPU, the one that builds for those elsewhere."""
        try:
            self._machine.find_cuda()
        except NoGpu:
            return "tensorrt-rtx"
        return next(backend for backend in preferred(self._machine) if backend in PLANS)

    def _runners(self) -> Iterator[tuple[str, BatchRunner]]:
        if self._config.engine != "auto":
            yield from self._opened(self._config.engine)
            return
        for one in survey(self._config, self._machine):
            if not one.ready:
                state = "not built" if one.runs else "cannot run"
                self._say(
                    {"backend": one.backend, "runs": one.runs, "reason": one.words},
                    f"{one.backend}: {state}: {one.words}",
                )
                continue
            yield from self._opened(one.backend)

    def _opened(self, backend: str) -> Iterator[tuple[str, BatchRunner]]:
        """A backend; on the CPU in each precision that the engine has, unless one was named."""
        assert backend in BACKENDS
        reason = "" if self._config.engine == "auto" else "chosen by --engine"
        configs = [self._config]
        if backend == "onnx" and self._config.precision == "auto":
            has_int8 = read_sidecar(engine_path(self._config.model)).int8_sha256
            configs = [replace(self._config, precision=p) for p in CPU_PRECISIONS if p == "fp32" or has_int8]
        for config in configs:
            yield backend, open_backend(backend, config, self._machine, reason, self._progress, check=False)

    def _verified(self, backend: str, runner: BatchRunner) -> int:
        """Say how a runner compares with the model, and close it; the exit code."""
        reference = reference_answers(engine_path(self._config.model))
        with contextlib.closing(runner):
            runner.warm_up()
            values = answers(runner, stored_windows(runner.info.regions))
            mine, model = self._intervals(values, runner), self._intervals(reference.probabilities, runner)
        parity = compared(values, reference, runner.info.precision)
        same = [p.type for p in mine] == [p.type for p in model] and all(
            (a.onset, a.apex, a.offset) == (b.onset, b.apex, b.offset)
            for a, b in zip(mine, model, strict=True)
        )
        passed = parity.passed and same
        facts = {
            "backend": backend,
            "precision": runner.info.precision,
            "runs": True,
            "description": runner.info.description,
            "passed": passed,
            "same_intervals": same,
            "intervals": len(model),
            **dataclasses.asdict(parity),
        }
        told = (
            f"the same {len(model)} intervals" if same else f"{len(mine)} intervals instead of {len(model)}"
        )
        if not same and len(mine) == len(model):
            told = "other intervals"
        self._say(facts, f"{runner.info.description}\n  {'passed' if passed else 'FAILED'}: {parity}; {told}")
        return 0 if passed else EngineError.exit_code

    def _intervals(self, values: Float32Array, runner: BatchRunner) -> list[Proposal]:
        info = runner.info
        parameters = SpottingParameters.resolve(
            self._spotting, info.thresholds, RATE_HZ, info.min_scores, info.score_calibrations
        )
        return spot_offline(values, parameters)

    def _progress(self, share: float, text: str) -> bool:
        line = f"livespot: {text}, {share:.0%}"
        if line != self._told:
            print(line, file=sys.stderr, flush=True)
            self._told = line
        return True

    def _say(self, facts: dict[str, Any], text: str) -> None:
        print(json.dumps(facts) if self._options.json else text, flush=True)


def add_arguments(parser: Parser) -> None:
    """Add what the command takes to its parser."""
    actions = parser.add_subparsers(dest="action", metavar="list|build|verify|bench|import", required=True)
    listing = command(actions, "list", "what there is, what would be chosen here, and why")
    building = command(actions, "build", "compile the TensorRT or TensorRT-RTX plan of an engine")
    building.add_argument("--anew", action="store_true", help="even where there is a plan already")
    verifying = command(actions, "verify", "compare an engine with its PyTorch model on stored real windows")
    measuring = command(actions, "bench", "measure one window, p50, p95, p99, and batches of 32")
    measuring.add_argument(
        "--seconds", type=positive, default=3.0, metavar="S", help="for each measurement (default: 3)"
    )
    importing = command(actions, "import", "make an engine of a checkpoint of the published SpotFormer code")
    importing.add_argument("checkpoint", metavar="FILE.pth", help="the state_dict() of a trained network")
    importing.add_argument("--name", required=True, metavar="N", help="of the engine: --model N runs it")
    importing.add_argument(
        "--out", metavar="DIR", help="where N.onnx and N.json go (default: the user's own folder of engines)"
    )
    importing.add_argument(
        "--heads", type=count, default=4, metavar="H", help="attention heads of the network (default: 4)"
    )
    importing.add_argument("--force", action="store_true", help="replace an engine of that name")
    importing.add_argument("--json", action="store_true", help="one JSON object on stdout")
    for action in (listing, building, verifying, measuring):
        action.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
        engine_options(action)


def run(options: argparse.Namespace) -> int:
    """Run the action; 0 when all went well, 5 when an engine cannot run or does not agree with its model."""
    if options.action == "import":
        from livespot.commands.engine_import import import_engine  # PyTorch is wanted by this action alone

        return import_engine(options)
    engines = Engines(options, Machine())
    actions = {
        "list": engines.listing,
        "build": engines.build,
        "verify": engines.verify,
        "bench": engines.bench,
    }
    return actions[options.action]()


def _line(backend: Candidate) -> str:
    state = "ready" if backend.ready else "can be built" if backend.runs else "cannot run"
    return f"  {'→' if backend.chosen else ' '} {backend.backend:<12} {state:<13} {backend.words}"


def _plan_facts(backend: str, plan: PlanFile) -> dict[str, Any]:
    return {
        "backend": backend,
        "library": plan.key.library,
        "precision": plan.key.precision,
        "gpu": plan.key.gpu,
        "capability": plan.key.capability,
        "path": str(plan.path),
        "bytes": len(plan.plan),
        "sha256": plan.sha256,
        "built": plan.built,
        "inputs": [dataclasses.asdict(spec) for spec in plan.inputs],
        "outputs": [dataclasses.asdict(spec) for spec in plan.outputs],
    }


def _plan_lines(plan: PlanFile) -> Iterator[str]:
    key = plan.key
    on = f"compute capability {key.capability}" if key.gpu == ANY else key.gpu
    yield f"{key.engine}: {key.library}, {key.precision}, for {on}; {plan.origin}"
    yield f"  file {plan.path}, {len(plan.plan):,} bytes, sha256 {plan.sha256}"
    for what, specs in (("input", plan.inputs), ("output", plan.outputs)):
        for spec in specs:
            yield f"  {what} {spec.name}: {spec.dtype} ({', '.join(map(str, spec.shape))})"


def _plans(cache: PlanCache, engine: str) -> list[dict[str, Any]]:
    keys = [note["key"] for note in cache.notes(engine)]
    return [{name: key.get(name) for name in ("library", "gpu", "capability", "precision")} for key in keys]
