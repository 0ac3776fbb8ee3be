"""Engines to choose from, and the exchange of one for another between two frames."""

from __future__ import annotations

import time
from dataclasses import replace

from livespot.config import InferenceConfig
from livespot.errors import EngineError, UsageError
from livespot.inference import Runner
from livespot.inference.choose import why_not_here
from livespot.inference.open import PLANS
from livespot.inference.precisions import as_precision
from livespot.inference.sidecar import read_sidecar
from livespot.pipeline import Spotting
from livespot.shipped_files import engine_names, engine_path

_EXCHANGE_S = 2.0
_GPU = {
    "cuda": "PyTorch, NVIDIA GPU",
    "tensorrt": "TensorRT, NVIDIA GPU",
    "tensorrt-rtx": "TensorRT-RTX, NVIDIA RTX GPU",
}


def engine_choices(config: InferenceConfig) -> list[tuple[str, str, bool]]:
    """Every engine with every model: (name for :func:`engine_config`, words, whether it can run here)."""
    lacks = {engine: why_not_here(engine) for engine in _GPU}
    found = []
    for model in sorted({*engine_names(), config.model}):
        for engine, words in _on_cpu(model).items():
            found.append((f"{engine} {model}", f"{model}: ONNX Runtime, CPU{words}", True))
        for engine, words in _GPU.items():
            lack = f" ({lacks[engine]})" if lacks[engine] else ""
            found.append((f"{engine} {model}", f"{model}: {words}{lack}", not lack))
    return found


def _on_cpu(model: str) -> dict[str, str]:
    """In which precisions a model can be computed there, the usual one first."""
    try:
        has_int8 = bool(read_sidecar(engine_path(model)).int8_sha256)
    except EngineError:  # said when it is chosen
        has_int8 = False
    return {"onnx": ", 8-bit weights", "onnx/fp32": ", exact"} if has_int8 else {"onnx": ""}


def engine_config(name: str, config: InferenceConfig) -> InferenceConfig:
    """``onnx spotformer`` as a configuration: the engine, its precision if need be, then the model's name or path.

    ``onnx/fp32 spotformer`` names the precision; without it the engine takes its usual one.

    Raises
    ------
    UsageError
        When it is not two words.
    """
    first, _, model = name.partition(" ")
    engine, _, precision = first.partition("/")
    if not engine or not model.strip():
        raise UsageError(f"engine {name!r}: expected an engine and a model, such as 'onnx spotformer'")
    if not precision:
        precision = "fp16" if engine in PLANS and config.precision == "fp16" else "auto"
    return replace(config, engine=engine, model=model.strip(), precision=as_precision(precision))


def exchange(before: Runner, after: Runner, spotting: Spotting | None) -> None:
    """Have ``spotting`` go on with ``after``; ``before`` is closed once no window can reach it any more."""
    if spotting is not None:
        spotting.use_runner(after)
        end_s = time.monotonic() + _EXCHANGE_S
        while spotting.runner is before and time.monotonic() < end_s:
            time.sleep(0.005)
        if spotting.runner is before:
            return  # the stream stands still; the old engine goes with it
    before.close()
