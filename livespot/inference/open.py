"""Which engine runs: decided once, in the open, and said in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from livespot.config import Engine, InferenceConfig
from livespot.errors import EngineError, UsageError
from livespot.inference.cuda import CudaDevice, NoGpu, Unavailable
from livespot.inference.machine import Machine
from livespot.inference.plan_cache import PlanKey
from livespot.inference.plans import EnginePlan
from livespot.inference.precisions import as_precision, on_cpu, on_gpu, on_rtx
from livespot.inference.runner import BatchRunner
from livespot.inference.sidecar import Sidecar, read_engine, read_second_stage, read_sidecar
from livespot.inference.tensorrt_build import Progress, go_on
from livespot.inference.tensorrt_library import Library
from livespot.inference.tensorrt_rtx_runner import TensorRTRTXRunner
from livespot.inference.tensorrt_runner import TensorRTRunner
from livespot.installation.shipped_files import engine_path

BACKENDS: tuple[str, ...] = ("tensorrt-rtx", "tensorrt", "cuda", "onnx")
"""What can compute an engine; best first on an RTX card, see :func:`preferred`."""

PLANS: tuple[str, ...] = ("tensorrt-rtx", "tensorrt")
"""The backends that need a plan, built from the engine's ONNX file."""

ENGINES: tuple[str, ...] = get_args(Engine)

_EVERYWHERE = "the engine that runs on every machine"
_ASKED = "chosen by --engine"


def open_runner(config: InferenceConfig | None = None, machine: Machine | None = None) -> BatchRunner:
    """Load the configured engine; every backend but ONNX Runtime in float32 has passed a parity check then.

    Parameters
    ----------
    config : InferenceConfig, optional
        ``model`` is the name of a shipped engine or the path of an .onnx file; ``engine`` is one of
        :data:`ENGINES`. ``auto`` takes the best that is ready: a plan is used where there is one, and not built.
        ``tensorrt`` and ``tensorrt-rtx`` build it when there is none, which takes minutes and seconds. ``precision``
        ``auto`` takes 8-bit weights on the CPU, where the engine brings them and they pass the check.
    machine : Machine, optional

    Returns
    -------
    BatchRunner
        Not warmed up yet. The caller closes it.

    Raises
    ------
    UsageError
        When ``engine`` or ``precision`` is none of those known.
    EngineError
        When the engine is missing, damaged, or cannot run here. In place of one that was asked for by name nothing else
        is tried.
    """
    config = config or InferenceConfig()
    machine = machine or Machine()
    check_choice(config)
    path = engine_path(config.model)
    if config.engine != "auto":
        return open_backend(config.engine, config, machine, _ASKED)
    # What is wrong with the files themselves is no reason to try the next backend.
    _, sidecar = read_engine(path)
    if config.second_stage and sidecar.second_stage is not None:
        read_second_stage(path, sidecar)
    if config.precision == "int8":
        return open_backend("onnx", config, machine, "chosen by its precision")
    missing: list[str] = []
    for backend in preferred(machine):
        try:
            if backend in PLANS:
                plan = engine_plan(backend, config, machine)
                ready, why = plan.is_ready()
                if not ready:
                    raise Unavailable(f"{plan.library.product.name}: {why}; run `livespot engine build`")
            return open_backend(backend, config, machine, _reason(backend, missing))
        except NoGpu:
            missing = ["no GPU for CUDA here"]
        except EngineError as error:  # also a GPU that fails: on `auto` the next one runs, and says why
            if str(error) not in missing:
                missing.append(str(error))
    raise EngineError("; ".join(missing))


def _reason(backend: str, missing: list[str]) -> str:
    return "; ".join([_EVERYWHERE, *missing]) if backend == "onnx" else "the best that is ready here"


def preferred(machine: Machine) -> tuple[str, ...]:
    """The backends that ``auto`` considers on this machine, best first.

    An RTX card gets TensorRT-RTX, another NVIDIA GPU TensorRT, either of them PyTorch's CUDA graph where that is
    missing; the CPU is last everywhere. TensorRT-RTX promises to run on RTX cards only, so on others it must be named.
    """
    try:
        rtx = machine.find_cuda().is_rtx
    except Unavailable:
        rtx = False
    return BACKENDS if rtx else BACKENDS[1:]


def open_backend(
    backend: str,
    config: InferenceConfig,
    machine: Machine,
    reason: str,
    progress: Progress = go_on,
    check: bool = True,
) -> BatchRunner:
    """One backend, or the reason why not; what is not exact has been compared with the model's answers.

    Parameters
    ----------
    backend : str
        One of :data:`BACKENDS`.
    config : InferenceConfig
    machine : Machine
    reason : str
        Why this one, for its description.
    progress : callable, optional
        Of the build of a plan.
    check : bool
        False leaves the comparison to the caller.

    Raises
    ------
    Unavailable
        When it cannot run here, or its answers differ from the model's.
    EngineError
        When the engine is damaged or fails.
    """
    runner = _opened(backend, config, machine, reason, progress, check)
    try:
        if config.second_stage:
            runner.use_second_stage()
        runner.choose_point(config.point)
    except EngineError:
        runner.close()
        raise
    return runner


def _opened(
    backend: str, config: InferenceConfig, machine: Machine, reason: str, progress: Progress, check: bool
) -> BatchRunner:
    path = engine_path(config.model)
    if backend == "onnx":
        return _on_cpu(path, read_sidecar(path), config, reason, check)
    runner: BatchRunner
    if backend in PLANS:
        runner = engine_plan(backend, config, machine).open(reason, progress)
    else:
        on_gpu(config.precision)
        # Here, as below: loading a runtime takes time that a wrong flag need not wait for.
        from livespot.inference.torch_cuda import TorchCudaRunner

        runner = TorchCudaRunner(path, reason, machine.find_cuda, machine.import_module)
    return _if_equal(runner, path) if check else runner


def _on_cpu(path: Path, sidecar: Sidecar, config: InferenceConfig, reason: str, check: bool) -> BatchRunner:
    """With 8-bit weights if they are wanted and right; where they were not asked for by name, else in float32."""
    from livespot.inference.onnx_runner import OnnxRunner

    if on_cpu(config.precision, sidecar) == "int8":
        try:
            runner = OnnxRunner(path, config.threads, reason, "int8")
            return _if_equal(runner, path) if check else runner
        except EngineError as error:
            if config.precision == "int8":
                raise
            reason = "; ".join(filter(None, (reason, f"no 8-bit weights: {error}")))
    return OnnxRunner(path, config.threads, reason)


def engine_plan(backend: str, config: InferenceConfig, machine: Machine) -> EnginePlan:
    """The plan of the configured engine for one of :data:`PLANS`, to be run on the GPU of this machine.

    Raises
    ------
    Unavailable
        When there is no GPU, or a library is missing.
    """
    device = machine.find_cuda()  # first: nothing is imported for a GPU that is not there
    if backend == "tensorrt-rtx":
        return _rtx_plan(config, machine, device, machine.tensorrt_rtx(), machine.cuda_runtime())
    precision = on_gpu(config.precision)
    path, library, torch = engine_path(config.model), machine.tensorrt(), machine.torch()

    def load(plan: bytes, key: PlanKey, reason: str) -> BatchRunner:
        return TensorRTRunner(path, read_sidecar(path), plan, library, device, torch, precision, reason)

    return EnginePlan(path, library, precision, device, machine.cache, load)


def plan_to_build(backend: str, config: InferenceConfig, machine: Machine) -> EnginePlan:
    """As :func:`engine_plan`, to be built only: TensorRT-RTX then needs neither a GPU nor its driver.

    Raises
    ------
    Unavailable
        When a library is missing; for TensorRT, also when there is no GPU.
    """
    if backend != "tensorrt-rtx":
        return engine_plan(backend, config, machine)
    try:
        device = machine.find_cuda()
    except Unavailable:
        device = None
    return _rtx_plan(config, machine, device, machine.tensorrt_rtx(), None)


def _rtx_plan(
    config: InferenceConfig, machine: Machine, device: CudaDevice | None, library: Library, cuda: Any
) -> EnginePlan:
    path, precision, cache = engine_path(config.model), on_rtx(config.precision, device), machine.cache

    def load(plan: bytes, key: PlanKey, reason: str) -> BatchRunner:
        if device is None or cuda is None:
            raise NoGpu("TensorRT-RTX: there is no GPU to run the plan on; use --engine onnx")
        sidecar = read_sidecar(path)
        return TensorRTRTXRunner(path, sidecar, plan, key, library, device, cuda, cache, precision, reason)

    return EnginePlan(path, library, precision, device, cache, load)


def check_choice(config: InferenceConfig) -> None:
    """Refuse what is none of :data:`ENGINES`, or no precision, with a UsageError."""
    if config.engine not in ENGINES:
        raise UsageError(f"engine {config.engine}: unknown; expected one of {', '.join(ENGINES)}")
    as_precision(config.precision)


def _if_equal(runner: BatchRunner, path: Path) -> BatchRunner:
    from livespot.inference.parity import checked

    try:
        checked(runner, path)
    except EngineError:
        runner.close()
        raise
    return runner
