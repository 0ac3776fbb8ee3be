"""An ONNX graph becomes a TensorRT plan for the GPU at hand, or a TensorRT-RTX plan for several generations of cards.

Only what TensorRT 10 and 11 and TensorRT-RTX 1 all have is used. Precision lies in the graph (strongly typed): float32
as it is, with TF32 off; float16 from :mod:`livespot.inference.float16`.

No plan ships with livespot: NVIDIA's licence grants redistribution of named libraries and is silent on plans, a plan is
tied to the library's version and larger than the ONNX file (17 MB for the full network), and building it takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livespot.inference.cuda import CudaDevice, Unavailable
from livespot.inference.precisions import GpuPrecision
from livespot.inference.runner import TensorSpec
from livespot.inference.sidecar import Sidecar
from livespot.inference.tensorrt_library import Library, Product, make_logger

_WORKSPACE_BYTES = 256 << 20  # the network wants a few MB; the rest only lets TensorRT try more kernels

PORTABLE = ("SM80", "SM86", "SM89", "SM120", "SM121")
"""Compute capabilities that one TensorRT-RTX plan is built for: Ampere, Ada, Blackwell."""

PORTABLE_FLOAT16 = ("SM75", *PORTABLE)
"""On Turing, compute capability 7.5, TensorRT-RTX refuses float32 matrix products."""

CURRENT = ("CURRENT",)
"""A plan for the one GPU at hand, which is not among the portable ones."""

Progress = Callable[[float, str], bool]
"""(share done from 0 to 1, what is being done) -> whether to go on."""


class BuildError(Unavailable):
    """The plan could not be built; the next best engine may run."""


@dataclass(frozen=True, slots=True)
class BuiltPlan:
    """What a build gives.

    Attributes
    ----------
    plan : bytes
    timing : bytes
        The timing cache, for the next build; empty when the library gave none.
    inputs, outputs : tuple of TensorSpec
        Of the network, as the library read it.
    """

    plan: bytes
    timing: bytes
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


def go_on(share: float, text: str) -> bool:
    """Progress that nobody watches."""
    return True


def profile_text(product: Product) -> str:
    """The optimisation profiles as text, part of a plan's key: ``1; 1-32``."""
    return "; ".join(str(low) if low == high else f"{low}-{high}" for low, _, high in product.profiles)


def capabilities_for(product: Product, precision: GpuPrecision, device: CudaDevice | None) -> tuple[str, ...]:
    """What a plan is built for: the portable set, unless the GPU at hand is not in it; empty for TensorRT."""
    if not product.portable:
        return ()
    portable = PORTABLE_FLOAT16 if precision == "fp16" else PORTABLE
    if device is None or f"SM{device.capability.replace('.', '')}" in PORTABLE_FLOAT16:
        return portable
    return CURRENT


def build_plan(
    library: Library,
    graph: bytes,
    sidecar: Sidecar,
    capabilities: tuple[str, ...] = (),
    timing: bytes = b"",
    progress: Progress = go_on,
) -> BuiltPlan:
    """Compile; takes seconds with TensorRT-RTX, up to minutes with TensorRT.

    Parameters
    ----------
    library : Library
        For TensorRT, :func:`livespot.inference.tensorrt_library.load_tensorrt` has made sure of the GPU.
    graph : bytes
        The ONNX file.
    sidecar : Sidecar
        For the name and the shape of its windows.
    capabilities : tuple of str
        Of TensorRT-RTX's ``ComputeCapability``, what the plan is for.
    timing : bytes, optional
        The timing cache of an earlier build; one that does not fit is left out.
    progress : callable, optional
        Called from the building thread; returning False stops the build.

    Raises
    ------
    BuildError
        When the library refuses the graph, runs out of memory, fails, or was stopped.
    """
    trt, name = library.trt, library.product.name
    log = make_logger(trt)
    try:
        builder = trt.Builder(log)
        network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
        parser = trt.OnnxParser(network, log)
        if not parser.parse(graph):
            told = "; ".join(str(parser.get_error(i).desc()) for i in range(parser.num_errors))
            raise BuildError(
                f"{name}: cannot read the engine ({_short(told)}); use --engine cuda or --engine onnx"
            )
        inputs, outputs = _ports(network)
        config = _configured(library, builder, sidecar, timing)
        _aim(library, config, capabilities)
        stopped = _watch(library, config, progress)
        plan = builder.build_serialized_network(network, config)
    except (MemoryError, RuntimeError, TypeError) as error:  # pybind's None arrives as a TypeError
        raise BuildError(_why(name, [*log.errors, str(error)])) from error
    if stopped():
        raise BuildError(f"{name}: the build was stopped")
    if plan is None:
        raise BuildError(_why(name, log.errors))
    learned = None if library.product.portable else config.get_timing_cache()
    return BuiltPlan(bytes(plan), bytes(learned.serialize()) if learned is not None else b"", inputs, outputs)


def _ports(network: Any) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]:
    def spec(tensor: Any) -> TensorSpec:
        shape = tuple("n" if size < 0 else int(size) for size in tensor.shape)
        dtype = {"FLOAT": "float32", "HALF": "float16"}.get(tensor.dtype.name, tensor.dtype.name.lower())
        return TensorSpec(tensor.name, shape, dtype)

    return (
        tuple(spec(network.get_input(i)) for i in range(network.num_inputs)),
        tuple(spec(network.get_output(i)) for i in range(network.num_outputs)),
    )


def _configured(library: Library, builder: Any, sidecar: Sidecar, timing: bytes) -> Any:
    trt, product = library.trt, library.product
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, _WORKSPACE_BYTES)
    config.clear_flag(trt.BuilderFlag.TF32)  # on by default; its ten bits of mantissa are too few for parity
    if not product.portable:  # TensorRT-RTX measures no kernels while it builds
        cache = config.create_timing_cache(timing)
        if cache is None or not config.set_timing_cache(cache, False):
            config.set_timing_cache(config.create_timing_cache(b""), False)
    for windows in product.profiles:
        profile = builder.create_optimization_profile()
        profile.set_shape(sidecar.input_name, *((n, *sidecar.window_shape) for n in windows))
        if config.add_optimization_profile(profile) < 0:
            raise BuildError(
                f"{product.name}: refuses the shapes of the windows; use --engine cuda or --engine onnx"
            )
    return config


def _aim(library: Library, config: Any, capabilities: tuple[str, ...]) -> None:
    """Say which GPUs the plan is for."""
    if not capabilities:
        return
    config.num_compute_capabilities = len(capabilities)
    for index, name in enumerate(capabilities):
        if not config.set_compute_capability(getattr(library.trt.ComputeCapability, name), index):
            raise BuildError(f"{library.product.name}: {library.version} cannot build for {name}")


def _watch(library: Library, config: Any, progress: Progress) -> Callable[[], bool]:
    """Tell the share done of the outermost phase; returns whether the build was asked to stop."""
    trt: Any = library.trt
    text = f"building the {library.product.name} plan"

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
                self.stopped = self.stopped or not progress(share, text)
            return not self.stopped

        def phase_finish(self, phase_name: str) -> None:
            self.steps.pop(phase_name, None)

    monitor = Monitor()
    config.progress_monitor = monitor
    return lambda: monitor.stopped


def _why(name: str, errors: list[str]) -> str:
    told = "; ".join(error for error in errors if error)
    if "memory" in told.lower():
        return (
            f"{name}: the memory of the GPU or of the machine ran out while building ({_short(told)}); close "
            "other programs that use it and run `livespot engine build`"
        )
    return (
        f"{name}: the build failed ({_short(told) or 'no reason given'}); use --engine cuda or --engine onnx"
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:299] + "…"
