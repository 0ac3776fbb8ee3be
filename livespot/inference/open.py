"""Which engine runs: decided once, in the open, and said in words."""

from __future__ import annotations

from pathlib import Path

from livespot.config import InferenceConfig
from livespot.errors import EngineError, UsageError
from livespot.inference.cuda import NoGpu, Unavailable
from livespot.inference.machine import Machine
from livespot.inference.plans import PlanMaker
from livespot.inference.precisions import as_precision, on_cpu, on_gpu
from livespot.inference.runner import BatchRunner
from livespot.inference.sidecar import Sidecar, read_engine, read_sidecar
from livespot.inference.tensorrt_build import Progress, go_on
from livespot.shipped_files import engine_path

BACKENDS: tuple[str, ...] = ("tensorrt", "cuda", "onnx")
"""Best first: ``auto`` takes the first that can run."""

ENGINES: tuple[str, ...] = ("auto", "onnx", "cuda", "tensorrt")

_EVERYWHERE = "the engine that runs on every machine"
_ASKED = "chosen by --engine"


def open_runner(config: InferenceConfig | None = None, machine: Machine | None = None) -> BatchRunner:
    """Load the configured engine; every backend but ONNX Runtime in float32 has passed a parity check then.

    Parameters
    ----------
    config : InferenceConfig, optional
        ``model`` is the name of a shipped engine or the path of an .onnx file; ``engine`` is one of
        :data:`ENGINES`. ``auto`` takes the best that is ready: a TensorRT plan is used where there is one, and not
        built. ``tensorrt`` builds it when there is none, which can take minutes. ``precision`` ``auto`` takes 8-bit
        weights on the CPU, where the engine brings them and they pass the check.
    machine : Machine, optional

    Returns
    -------
    BatchRunner
        Not warmed up yet. The caller closes it.

    Raises
    ------
    UsageError
        When ``engine`` or ``precision`` is none of the four.
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
    read_engine(path)  # what is wrong with the file itself is no reason to try the next backend
    if config.precision == "int8":
        return open_backend("onnx", config, machine, "chosen by its precision")
    missing: list[str] = []
    for backend in BACKENDS[:-1]:
        try:
            if backend == "tensorrt":
                ready, why = plan_maker(config, machine).is_ready()
                if not ready:
                    raise Unavailable(f"TensorRT: {why}; run `livespot engine build`")
            return open_backend(backend, config, machine, "the best that is ready here")
        except NoGpu:
            missing = ["no GPU for CUDA here"]
        except EngineError as error:  # also a GPU that fails: on `auto` the next one runs, and says why
            if str(error) not in missing:
                missing.append(str(error))
    return open_backend("onnx", config, machine, "; ".join([_EVERYWHERE, *missing]))


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
    runner.choose_point(config.point)
    return runner


def _opened(
    backend: str, config: InferenceConfig, machine: Machine, reason: str, progress: Progress, check: bool
) -> BatchRunner:
    path = engine_path(config.model)
    if backend == "onnx":
        return _on_cpu(path, read_sidecar(path), config, reason, check)
    runner: BatchRunner
    if backend == "tensorrt":
        runner = plan_maker(config, machine).open(reason, progress)
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


def plan_maker(config: InferenceConfig, machine: Machine) -> PlanMaker:
    """What builds the TensorRT plan of the configured engine, or Unavailable."""
    precision = on_gpu(config.precision)
    library = machine.tensorrt()
    return PlanMaker(
        path=engine_path(config.model),
        library=library,
        torch=machine.torch(),
        precision=precision,
        cache=machine.cache,
    )


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
