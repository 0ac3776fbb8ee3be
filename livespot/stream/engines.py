"""Engines to choose from, and the exchange of one for another between two frames."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from livespot.config import InferenceConfig
from livespot.errors import EngineError, UsageError
from livespot.inference import Runner, SwapRunner, open_live_runner
from livespot.inference.choose import why_not_here
from livespot.inference.open import PLANS
from livespot.inference.precisions import as_precision
from livespot.inference.sidecar import read_sidecar
from livespot.installation.shipped_files import engine_names, engine_path
from livespot.pipeline import Spotting

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


class Engine:
    """The engine of the runs: loaded by the first one, exchanged on order, freed at the end.

    Parameters
    ----------
    on_change : callable
        Told in words when a faster runner of the same engine has taken over.

    Notes
    -----
    :meth:`loaded`, :meth:`open` and :meth:`take` are called by one thread at a time.
    """

    def __init__(self, on_change: Callable[[str], None]) -> None:
        self._on_change = on_change
        self._runner: Runner | None = None
        self._replaced: list[Runner] = []
        self._lock = threading.Lock()
        self._closed = False

    @property
    def runner(self) -> Runner | None:
        """The one in use; None before the first run."""
        return self._runner

    def loaded(self, config: InferenceConfig) -> Runner:
        """The one in use, or the configured one, loaded and warm.

        Raises
        ------
        EngineError, UsageError
            It cannot be loaded.
        """
        if (known := self._runner) is not None:
            return known
        runner = self.open(config)
        try:
            self._keep(runner)
        except UsageError:
            runner.close()
            raise
        return runner

    def open(self, config: InferenceConfig) -> Runner:
        """Another one, loaded and warm, which is the caller's; a faster one may be built while it runs."""
        runner = open_live_runner(config, on_change=self._on_change)
        try:
            runner.warm_up()
        except BaseException:
            runner.close()
            raise
        return runner

    def take(self, runner: Runner, spotting: Spotting | None) -> None:
        """Go on with ``runner``, from the next window on where a stream is spotting.

        The one before is freed as soon as no window can reach it any more: see :meth:`free_replaced`.

        Raises
        ------
        ConfigError
            The stream measures other features than ``runner`` was made for; nothing changes, and it stays the caller's.
        """
        before = self._runner
        if spotting is not None:
            spotting.use_runner(runner)
        self._keep(runner)
        if before is None:
            return
        self._replaced.append(before)
        end_s = time.monotonic() + _EXCHANGE_S
        while spotting is not None and spotting.runner is not runner and time.monotonic() < end_s:
            time.sleep(0.005)  # while a camera is lost no window comes
        if spotting is None or spotting.runner is runner:
            self.free_replaced()

    def free_replaced(self) -> None:
        """Free the engines that were replaced: to be called when no stream can use them any more."""
        with self._lock:
            replaced, self._replaced = self._replaced, []
        for runner in replaced:
            runner.close()

    def cancel_build(self) -> None:
        """Stop building a faster runner in the background."""
        if isinstance(self._runner, SwapRunner):
            self._runner.cancel_build()

    def close(self) -> None:
        """Free everything, for ever; what is being loaded meanwhile is freed when it is there."""
        self.free_replaced()
        with self._lock:
            self._closed = True
            runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()

    def _keep(self, runner: Runner) -> None:
        with self._lock:
            if self._closed:
                raise UsageError("this run is closed; make another one")
            self._runner = runner
