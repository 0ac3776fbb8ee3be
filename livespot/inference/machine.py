"""What engines may ask of the machine: its GPU, its libraries, the folder of its plans."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from livespot.inference.cuda import CudaDevice, find_cuda
from livespot.inference.cuda_memory import load_cuda_runtime
from livespot.inference.plan_cache import PlanCache
from livespot.inference.tensorrt_library import Library, load_tensorrt, load_tensorrt_rtx
from livespot.inference.torch_cuda import load_torch


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine at hand; another one in tests.

    Attributes
    ----------
    find_cuda : callable
        Gives the GPU, or raises :class:`~livespot.inference.cuda.Unavailable`.
    import_module : callable
    cache : PlanCache
    """

    find_cuda: Callable[[], CudaDevice] = find_cuda
    import_module: Callable[[str], Any] = importlib.import_module
    cache: PlanCache = field(default_factory=PlanCache)

    def tensorrt(self) -> Library:
        """TensorRT, or Unavailable."""
        return load_tensorrt(self.find_cuda, self.import_module)

    def tensorrt_rtx(self) -> Library:
        """TensorRT-RTX, which needs no GPU to build plans, or Unavailable."""
        return load_tensorrt_rtx(self.import_module)

    def torch(self) -> Any:
        """PyTorch with CUDA, or Unavailable."""
        self.find_cuda()
        return load_torch(self.import_module)

    def cuda_runtime(self) -> Any:
        """CUDA's runtime interface without PyTorch, or Unavailable."""
        self.find_cuda()
        return load_cuda_runtime(self.import_module)
