"""What the products of an engine are computed in, for each backend."""

from __future__ import annotations

from typing import Literal, get_args

from livespot.config import Precision
from livespot.errors import EngineError, UsageError
from livespot.inference.cuda import CudaDevice, Unavailable
from livespot.inference.sidecar import Sidecar, read_sidecar
from livespot.installation.shipped_files import engine_names, engine_path

GpuPrecision = Literal["fp32", "fp16"]
CpuPrecision = Literal["fp32", "int8"]
_TURING = "7.5"
CPU_PRECISIONS: tuple[CpuPrecision, ...] = get_args(CpuPrecision)


def as_precision(precision: str) -> Precision:
    """The precision of that name, or a UsageError."""
    known: tuple[Precision, ...] = get_args(Precision)
    for one in known:
        if precision == one:
            return one
    raise UsageError(f"precision {precision}: unknown; expected one of {', '.join(known)}")


def on_gpu(precision: str) -> GpuPrecision:
    """What TensorRT computes in; PyTorch computes in float32 in any case.

    Raises
    ------
    Unavailable
        When 8-bit weights were asked for.
    """
    if precision == "int8":
        raise Unavailable(
            "precision int8: only ONNX Runtime on the CPU computes with 8-bit weights; "
            "take --engine onnx, or another precision"
        )
    return "fp16" if precision == "fp16" else "fp32"


def on_rtx(precision: str, device: CudaDevice | None) -> GpuPrecision:
    """What TensorRT-RTX computes in: as :func:`on_gpu`, but Turing multiplies matrices in float16 only.

    Raises
    ------
    Unavailable
        When 8-bit weights were asked for, or float32 on Turing.
    """
    if device is not None and device.capability == _TURING:
        if precision == "auto":
            return "fp16"
        if precision == "fp32":
            raise Unavailable(
                f"precision fp32: TensorRT-RTX cannot multiply float32 matrices on {device.name}; "
                "take --precision fp16, or --engine cuda"
            )
    return on_gpu(precision)


def on_cpu(precision: str, sidecar: Sidecar) -> CpuPrecision:
    """What ONNX Runtime computes in: 8-bit weights where the engine brings them, unless float32 was asked for.

    Raises
    ------
    EngineError
        When 8-bit weights were asked for by name and the engine brings none.
    """
    if precision == "int8" and not sidecar.int8_sha256:
        raise EngineError("precision int8: the engine brings no 8-bit weights; take --precision auto or fp32")
    return "int8" if sidecar.int8_sha256 and precision != "fp32" else "fp32"


def engine_of(sha256: str, model: str, *others: str) -> tuple[str, Precision]:
    """The engine, and its precision, that a run noted as ``sha256``; ``model`` and ``auto`` where none has such a file.

    Parameters
    ----------
    sha256 : str
        As :attr:`livespot.inference.runner.Runner.sha256` gave it.
    model, *others : str
        Where to look first, as in the configuration; then among the shipped engines. What is not here is no error.
    """
    for candidate in dict.fromkeys((model, *others, *engine_names())):
        try:
            sidecar = read_sidecar(engine_path(candidate))
        except EngineError:
            continue
        if sha256 == sidecar.sha256:
            return candidate, "fp32"
        if sha256 and sha256 == sidecar.int8_sha256:
            return candidate, "int8"
    return model, "auto"
