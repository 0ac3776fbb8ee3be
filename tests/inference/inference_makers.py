"""Machines that are not there, for the tests of engines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from cuda_stand_in import make_cuda_runtime
from tensorrt_stand_in import Faults, make_tensorrt

from livespot.inference.cuda import CudaDevice, NoGpu
from livespot.inference.machine import Machine
from livespot.inference.plan_cache import PlanCache

DEVICE = CudaDevice("NVIDIA Stand-in 1", "8.6", "580.00")
OTHER_DEVICE = CudaDevice("NVIDIA Stand-in 2", "9.0", "580.00")
RTX = CudaDevice("NVIDIA RTX Stand-in 3", "8.9", "580.00")
TURING = CudaDevice("NVIDIA RTX Stand-in 4", "7.5", "580.00")


def windows(n: int, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 2.0, (n, 17, 10, 2)).astype(np.float32)


def made_up_machine(
    folder: Path,
    faults: Faults | None = None,
    version: str | None = "11.4.0.106",
    device: CudaDevice | None = DEVICE,
    torch: object = "stand-in",
    rtx: str | None = None,
    cuda: object = "stand-in",
) -> Machine:
    """A machine with that GPU, TensorRT and TensorRT-RTX of those versions, and a PyTorch; None for what it lacks."""
    faults = faults or Faults()
    modules: dict[str, object] = {}
    if version is not None:
        modules["tensorrt"] = make_tensorrt(version, faults)
    if rtx is not None:
        modules["tensorrt_rtx"] = make_tensorrt(rtx, faults, rtx=True)
        if cuda is not None:
            modules["cuda.bindings.runtime"] = make_cuda_runtime() if cuda == "stand-in" else cuda
    if torch == "stand-in":
        from torch_stand_in import make_torch

        torch = make_torch(faults.capturing)
    if torch is not None:
        modules["torch"] = torch

    def find_cuda() -> CudaDevice:
        if device is None:
            raise NoGpu("CUDA: no NVIDIA driver here")
        return device

    def import_module(name: str) -> object:
        without_gpu = ("tensorrt_rtx",)
        assert device is not None or name in without_gpu, "nothing else may be imported where there is no GPU"
        if name not in modules:
            raise ImportError(f"No module named {name!r}")
        return modules[name]

    return Machine(find_cuda, import_module, PlanCache(folder))
