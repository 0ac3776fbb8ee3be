"""An ONNX graph becomes a TensorRT plan for the GPU at hand.

Only what TensorRT 10 and 11 both have is used. Precision lies in the graph (strongly typed): float32 as it is, with
TF32 off; float16 from a graph of halves whose input and output are float32 (:mod:`livespot.inference.float16`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livespot.inference.cuda import Unavailable
from livespot.inference.runner import MAX_BATCH
from livespot.inference.sidecar import Sidecar
from livespot.inference.tensorrt_library import make_logger

PROFILES: tuple[tuple[int, int, int], ...] = ((1, 1, 1), (1, MAX_BATCH, MAX_BATCH))
"""Least, likeliest and most windows of the two optimisation profiles: the live one, fixed, and that of batches."""

PROFILE_TEXT = "1; 1-32"
_WORKSPACE_BYTES = 256 << 20  # the network wants a few MB; the rest only lets TensorRT try more kernels

Progress = Callable[[float, str], bool]
"""(share done from 0 to 1, what is being done) -> whether to go on."""


class BuildError(Unavailable):
    """TensorRT could not make the plan; the next best engine may run."""


@dataclass(frozen=True, slots=True)
class BuiltPlan:
    """What a build gives.

    Attributes
    ----------
    plan : bytes
    timing : bytes
        The timing cache, for the next build; empty when TensorRT gave none.
    """

    plan: bytes
    timing: bytes


def go_on(share: float, text: str) -> bool:
    """Progress that nobody watches."""
    return True


def build_plan(
    trt: Any, graph: bytes, sidecar: Sidecar, timing: bytes = b"", progress: Progress = go_on
) -> BuiltPlan:
    """Compile; takes from seconds to minutes.

    Parameters
    ----------
    trt : module
        From :func:`livespot.inference.tensorrt_library.load_tensorrt`, which has made sure of the GPU.
    graph : bytes
        The ONNX file.
    sidecar : Sidecar
        For the name and the shape of its windows.
    timing : bytes, optional
        The timing cache of an earlier build; one that does not fit is left out.
    progress : callable, optional
        Called from the building thread; returning False stops the build.

    Raises
    ------
    BuildError
        When TensorRT refuses the graph, runs out of memory, fails, or was stopped.
    """
    log = make_logger(trt)
    try:
        builder = trt.Builder(log)
        network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
        parser = trt.OnnxParser(network, log)
        if not parser.parse(graph):
            told = "; ".join(str(parser.get_error(i).desc()) for i in range(parser.num_errors))
            raise BuildError(
                f"TensorRT: cannot read the engine ({_short(told)}); use --engine cuda or --engine onnx"
            )
        config = _configured(trt, builder, sidecar, timing)
        stopped = _watch(trt, config, progress)
        plan = builder.build_serialized_network(network, config)
    except (MemoryError, RuntimeError, TypeError) as error:  # pybind's None arrives as a TypeError
        raise BuildError(_why([*log.errors, str(error)])) from error
    if stopped():
        raise BuildError("TensorRT: the build was stopped")
    if plan is None:
        raise BuildError(_why(log.errors))
    learned = config.get_timing_cache()
    return BuiltPlan(bytes(plan), bytes(learned.serialize()) if learned is not None else b"")


def _configured(trt: Any, builder: Any, sidecar: Sidecar, timing: bytes) -> Any:
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, _WORKSPACE_BYTES)
    config.clear_flag(trt.BuilderFlag.TF32)  # on by default; its ten bits of mantissa are too few for parity
    cache = config.create_timing_cache(timing)
    if cache is None or not config.set_timing_cache(cache, False):
        config.set_timing_cache(config.create_timing_cache(b""), False)
    for windows in PROFILES:
        profile = builder.create_optimization_profile()
        profile.set_shape(sidecar.input_name, *((n, *sidecar.window_shape) for n in windows))
        if config.add_optimization_profile(profile) < 0:
            raise BuildError(
                "TensorRT: refuses the shapes of the windows; use --engine cuda or --engine onnx"
            )
    return config


def _watch(trt: Any, config: Any, progress: Progress) -> Callable[[], bool]:
    """Tell the share done of TensorRT's outermost phase; returns whether the build was asked to stop."""

    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]  # known only when the library is
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            self.steps: dict[str, int] = {}
            self.outer = ""
            self.stopped = False

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            self.steps[phase_name] = max(num_steps, 1)
            if not parent_phase:
                self.outer = phase_name

        def step_complete(self, phase_name: str, step: int) -> bool:
            if phase_name == self.outer:
                share = min((step + 1) / self.steps[phase_name], 1.0)
                self.stopped = self.stopped or not progress(share, "building the TensorRT plan")
            return not self.stopped

        def phase_finish(self, phase_name: str) -> None:
            self.steps.pop(phase_name, None)

    monitor = Monitor()
    config.progress_monitor = monitor
    return lambda: monitor.stopped


def _why(errors: list[str]) -> str:
    told = "; ".join(error for error in errors if error)
    if "memory" in told.lower():
        return (
            f"TensorRT: the memory of the GPU or of the machine ran out while building ({_short(told)}); close "
            "other programs that use it and run `livespot engine build`"
        )
    return f"TensorRT: the build failed ({_short(told) or 'no reason given'}); use --engine cuda or --engine onnx"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:299] + "…"
