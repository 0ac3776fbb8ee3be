"""PyTorch on the GPU, every batch size captured once as a CUDA graph: the engine where TensorRT is missing."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from livespot.errors import EngineError
from livespot.inference.base import EngineBase
from livespot.inference.cuda import CudaDevice, Unavailable, find_cuda
from livespot.inference.cuda_graph import CudaGraphs, Work, full_precision
from livespot.inference.error_text import first_line
from livespot.inference.onnx_torch import TorchGraph
from livespot.inference.sidecar import read_engine
from livespot.types import Float32Array

Import = Callable[[str], Any]


def load_torch(import_module: Import = importlib.import_module) -> Any:
    """PyTorch, when it can use the GPU; ask :func:`livespot.inference.cuda.find_cuda` first.

    Raises
    ------
    Unavailable
        When it is not installed or was built without CUDA.
    """
    try:
        torch = import_module("torch")
    except (ImportError, OSError) as error:
        raise Unavailable(
            f"PyTorch CUDA: PyTorch cannot be loaded ({first_line(error)}); pip install 'livespot[gpu]'"
        ) from error
    if not torch.cuda.is_available():
        raise Unavailable(
            f"PyTorch CUDA: PyTorch {torch.__version__} cannot use the GPU; install a build for CUDA, "
            "see https://pytorch.org/get-started"
        )
    return torch


class TorchCudaRunner(EngineBase):
    """An ONNX engine computed by PyTorch on the first GPU, in float32 without TF32.

    Parameters
    ----------
    path : path of the .onnx file
    reason : str
        Why this engine was chosen, for the user.
    find : callable, optional
        Finds the GPU.
    import_module : callable, optional
        Imports PyTorch.

    Raises
    ------
    Unavailable
        When there is no GPU, no PyTorch for it, or an operator that PyTorch is not asked for here.
    EngineError
        When the engine is missing or damaged, or the GPU's memory is full.
    """

    def __init__(
        self,
        path: str | Path,
        reason: str = "",
        find: Callable[[], CudaDevice] = find_cuda,
        import_module: Import = importlib.import_module,
    ) -> None:
        file = Path(path)
        graph, sidecar = read_engine(file)
        device = find()
        torch = load_torch(import_module)
        on = f"PyTorch {torch.__version__}, CUDA graph on {device.name}, float32"
        super().__init__(file, sidecar, "cuda", on, reason)
        self._torch = torch
        self._network = TorchGraph(torch, graph, "cuda")
        self._graphs = CudaGraphs(torch, sidecar.window_shape, sidecar.output_width, self._work_for)

    def close(self) -> None:
        """Let the graphs and the memory of the GPU go."""
        super().close()
        self._graphs.clear()

    def _work_for(self, windows: int) -> Work:
        return lambda device_windows, stream: self._network(device_windows)

    def _compute(self, windows: Float32Array) -> Float32Array:
        try:
            with full_precision(self._torch):
                return self._graphs(windows)
        except RuntimeError as error:  # torch's CUDA errors and its OutOfMemoryError are all RuntimeErrors
            raise EngineError(
                f"{self._label}: failed on the GPU ({first_line(error)}); "
                "close other programs that use it, or use --engine onnx"
            ) from error
