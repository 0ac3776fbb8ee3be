"""The runner of a live stream: begins at once with the best that is ready, and builds what would be better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from livespot.config import InferenceConfig
from livespot.errors import EngineError
from livespot.inference.cuda import Unavailable
from livespot.inference.machine import Machine
from livespot.inference.open import PLANS, check_choice, engine_plan, open_backend, open_runner, preferred
from livespot.inference.runner import BatchRunner
from livespot.inference.swap import SwapRunner
from livespot.inference.tensorrt_build import Progress

_BETTER = "built while another engine ran"


def open_live_runner(
    config: InferenceConfig | None = None,
    machine: Machine | None = None,
    on_change: Callable[[str], None] | None = None,
) -> SwapRunner:
    """As :func:`livespot.inference.open.open_runner`, but a plan that is missing is built in the background.

    Parameters
    ----------
    config : InferenceConfig, optional
        With ``auto``, ``tensorrt`` or ``tensorrt-rtx``, the next best engine runs until the plan is ready. With one of
        the latter two, a machine that could never run it is an error at once; a build that fails later leaves the
        next best running, and says so.
    machine : Machine, optional
    on_change : callable, optional
        Told in words when another engine goes on.

    Raises
    ------
    UsageError, EngineError
        As ``open_runner``.
    """
    config = config or InferenceConfig()
    machine = machine or Machine()
    check_choice(config)
    to_build = _to_build(config, machine)
    first = open_runner(_until_built(config) if to_build else config, machine)
    runner = SwapRunner(first, _spare(config, machine, first), on_change)
    if to_build:
        runner.build(lambda progress: opened_warm(to_build, config, machine, _BETTER, progress))
    return runner


def opened_warm(
    backend: str, config: InferenceConfig, machine: Machine, reason: str, progress: Progress
) -> BatchRunner:
    """Open a backend and warm it up, so that its first real window is not late; errors as ``open_backend``."""
    runner = open_backend(backend, config, machine, reason, progress)
    try:
        runner.warm_up()
    except EngineError:
        runner.close()
        raise
    return runner


def _to_build(config: InferenceConfig, machine: Machine) -> str:
    """The backend whose plan is to be built in the background; empty when the best is ready, or none can be built."""
    if config.engine in PLANS:
        return "" if engine_plan(config.engine, config, machine).is_ready()[0] else config.engine
    if config.engine != "auto":
        return ""
    for backend in preferred(machine):
        if backend not in PLANS:
            break
        try:
            return "" if engine_plan(backend, config, machine).is_ready()[0] else backend
        except Unavailable:
            continue
    return ""


def _until_built(config: InferenceConfig) -> InferenceConfig:
    return replace(config, engine="auto")


def _spare(config: InferenceConfig, machine: Machine, first: BatchRunner) -> Callable[[], BatchRunner] | None:
    if first.info.backend == "onnx":
        return None
    return lambda: open_backend("onnx", config, machine, "the GPU failed")
