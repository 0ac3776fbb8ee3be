"""Which engine runs: decided once, in the open, and said in words."""

from __future__ import annotations

from livespot.config import InferenceConfig
from livespot.errors import EngineError, UsageError
from livespot.inference.runner import Runner
from livespot.shipped_files import engine_path

ENGINES: tuple[str, ...] = ("auto", "onnx", "cuda", "tensorrt")

_MISSING = {
    "cuda": "the PyTorch CUDA runner comes with a later release",
    "tensorrt": "the TensorRT runner comes with a later release",
}


def open_runner(config: InferenceConfig | None = None) -> Runner:
    """Load the configured engine.

    Parameters
    ----------
    config : InferenceConfig, optional
        ``model`` is the name of a shipped engine or the path of an .onnx file; ``engine`` is one of
        :data:`ENGINES`.

    Returns
    -------
    Runner
        Not warmed up yet. The caller closes it.

    Raises
    ------
    UsageError
        When ``engine`` is none of the four.
    EngineError
        When the engine is missing, damaged, or cannot run here. Nothing else is tried in its place.
    """
    config = config or InferenceConfig()
    if config.engine not in ENGINES:
        raise UsageError(f"engine {config.engine}: unknown; expected one of {', '.join(ENGINES)}")
    if config.engine in _MISSING:
        raise EngineError(
            f"engine {config.engine}: cannot run, {_MISSING[config.engine]}; this version runs --engine onnx"
        )
    # Imported here: loading ONNX Runtime takes a tenth of a second that a wrong flag need not wait for.
    from livespot.inference.onnx_runner import OnnxRunner

    chosen = "chosen by --engine" if config.engine == "onnx" else "the engine that runs on every machine"
    return OnnxRunner(engine_path(config.model), config.threads, chosen)
