"""Engines to choose from, and the exchange of one for another between two frames."""

from __future__ import annotations

import time
from dataclasses import replace

from livespot.config import InferenceConfig
from livespot.errors import UsageError
from livespot.inference import Runner
from livespot.inference.choose import lacking, shipped_engines
from livespot.pipeline import Spotting

_EXCHANGE_S = 2.0
_WORDS = {
    "onnx": "ONNX Runtime, CPU",
    "cuda": "PyTorch, NVIDIA GPU",
    "tensorrt": "TensorRT, NVIDIA GPU",
}


def engine_choices(config: InferenceConfig) -> list[tuple[str, str, bool]]:
    """Every engine with every model: (name for :func:`engine_config`, words, whether it can run here)."""
    models = sorted({*shipped_engines(), config.model})
    lacks = {engine: lacking(engine) for engine in _WORDS}
    return [
        (
            f"{engine} {model}",
            f"{model}: {words}{f' ({lacks[engine]})' if lacks[engine] else ''}",
            not lacks[engine],
        )
        for model in models
        for engine, words in _WORDS.items()
    ]


def engine_config(name: str, config: InferenceConfig) -> InferenceConfig:
    """``onnx spotformer`` as a configuration: the engine, then the model's name or path.

    Raises
    ------
    UsageError
        When it is not two words.
    """
    engine, _, model = name.partition(" ")
    if not engine or not model.strip():
        raise UsageError(f"engine {name!r}: expected an engine and a model, such as 'onnx spotformer'")
    return replace(config, engine=engine, model=model.strip())


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
