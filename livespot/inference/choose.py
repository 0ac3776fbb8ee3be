"""What there is, what would be chosen, and why: nothing is loaded that has not to be."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path

from livespot.config import InferenceConfig
from livespot.errors import EngineError
from livespot.inference.cuda import NoGpu, Unavailable
from livespot.inference.machine import Machine
from livespot.inference.open import BACKENDS, PLANS, check_choice, engine_plan, plan_to_build, preferred
from livespot.inference.precisions import on_cpu, on_gpu
from livespot.inference.sidecar import Sidecar, read_engine
from livespot.inference.torch_cuda import load_torch
from livespot.installation.shipped_files import engine_path

_PACKAGES = {
    "cuda": {"torch": "torch"},
    "tensorrt": {"torch": "torch", "tensorrt": "tensorrt"},
    "tensorrt-rtx": {"tensorrt-rtx": "tensorrt_rtx", "cuda-bindings": "cuda.bindings"},
}
"""What a backend needs besides the GPU: package, module."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One backend of an engine on this machine.

    Attributes
    ----------
    backend : str
    runs : bool
        Whether it could run.
    ready : bool
        Whether it runs at once; a plan must be built first.
    chosen : bool
        Whether ``open_runner`` would take it.
    words : str
        What it would run on, or why it cannot.
    """

    backend: str
    runs: bool
    ready: bool
    chosen: bool
    words: str


def engine_facts(model: str) -> tuple[Path, Sidecar]:
    """An engine's path and checked sidecar, or EngineError."""
    path = engine_path(model)
    return path, read_engine(path)[1]


def survey(config: InferenceConfig, machine: Machine | None = None) -> list[Candidate]:
    """All backends of the configured engine, best first, one of them chosen unless the one asked for cannot run.

    Raises
    ------
    UsageError
        When ``engine`` or ``precision`` is unknown.
    EngineError
        When the engine's file is missing or damaged.
    """
    check_choice(config)
    machine = machine or Machine()
    sidecar = engine_facts(config.model)[1]
    found = [_candidate(backend, config, sidecar, machine) for backend in BACKENDS]
    if config.engine == "auto":
        order = preferred(machine)
        ready = [one.backend for one in found if one.ready]
        chosen = next((backend for backend in order if backend in ready), "")
    else:
        chosen = next((one.backend for one in found if one.backend == config.engine and one.runs), "")
    return [replace(one, chosen=one.backend == chosen) for one in found]


def why_not_here(backend: str, machine: Machine | None = None) -> str:
    """Why a backend cannot run here, as far as can be said without loading it; empty when nothing stands against it.

    Takes milliseconds: for menus.
    """
    if backend == "onnx":
        return ""
    wanted = _PACKAGES[backend]
    try:
        (machine or Machine()).find_cuda()
    except Unavailable:
        return "no NVIDIA GPU"
    missing = [package for package, module in wanted.items() if not _installed(module)]
    return f"{' and '.join(missing)} not installed" if missing else ""


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package that it would lie in
        return False


def _candidate(backend: str, config: InferenceConfig, sidecar: Sidecar, machine: Machine) -> Candidate:
    try:
        if backend in PLANS:
            plan = engine_plan(backend, config, machine)
            on = f"{plan.library} on {plan.device}, {plan.precision}"
            ready, why = plan.is_ready()
            text = f"{on}; the plan is built" if ready else f"{on}; to be built: {why}"
            return Candidate(backend, True, ready, False, text)
        if backend == "cuda":
            on_gpu(config.precision)
            device = machine.find_cuda()
            torch = load_torch(machine.import_module)
            return Candidate(
                backend, True, True, False, f"PyTorch {torch.__version__}, CUDA graph on {device}"
            )
        weights = ", 8-bit weights" if on_cpu(config.precision, sidecar) == "int8" else ""
    except NoGpu as error:
        return Candidate(backend, False, False, False, _without_gpu(backend, config, machine, error))
    except EngineError as error:
        return Candidate(backend, False, False, False, str(error))
    import onnxruntime

    return Candidate(
        backend, True, True, False, f"ONNX Runtime {onnxruntime.__version__} on the CPU{weights}"
    )


def _without_gpu(backend: str, config: InferenceConfig, machine: Machine, error: NoGpu) -> str:
    """What a backend would need to run; a TensorRT-RTX plan can be built all the same."""
    if backend != "tensorrt-rtx":
        return str(error)
    needs = "to run it: an NVIDIA RTX card, driver r580 or newer"
    try:
        plan = plan_to_build(backend, config, machine)
        ready, _ = plan.is_ready()
    except EngineError as missing:
        return f"{missing}; {needs}"
    state = "the plan is built" if ready else "a plan can be built here"
    return f"{plan.library}, {plan.precision}: {state}; {needs} (none here)"
