"""Is there a GPU? The driver is asked through its own library, without torch and without TensorRT.

TensorRT's ``deserialize_cuda_engine`` ends the process with a segmentation fault on a machine without a GPU, which no
``try`` can hold; so this question comes before any of its calls.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livespot.errors import EngineError

LoadLibrary = Callable[[str], Any]

_CAPABILITY_MAJOR = 75  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
_CAPABILITY_MINOR = 76
_RTX_CAPABILITIES = ("7.5", "8.6", "8.9", "12.0", "12.1")


class Unavailable(EngineError):
    """A backend cannot run on this machine, or not with what is installed; the next best may."""


class NoGpu(Unavailable):
    """There is no GPU at all that CUDA could use: nothing is wrong, and nothing is lost."""


@dataclass(frozen=True, slots=True)
class CudaDevice:
    """The first GPU.

    Attributes
    ----------
    name : str
        Such as ``NVIDIA GeForce RTX 3060``.
    capability : str
        Compute capability, such as ``8.6``.
    driver : str
        Version of the display driver, or of CUDA where the driver does not tell.
    """

    name: str
    capability: str
    driver: str

    @property
    def is_rtx(self) -> bool:
        """Whether it is an RTX card (Turing, Ampere, Ada, Blackwell), for which TensorRT-RTX is made."""
        return "RTX" in self.name and self.capability in _RTX_CAPABILITIES

    def __str__(self) -> str:
        return f"{self.name}, compute capability {self.capability}, driver {self.driver}"


def find_cuda(load: LoadLibrary = ctypes.CDLL) -> CudaDevice:
    """The first GPU that CUDA can use.

    Parameters
    ----------
    load : callable, optional
        Loads a shared library by name.

    Raises
    ------
    NoGpu
        When there is no driver or no GPU.
    Unavailable
        When the driver does not start.
    """
    if sys.platform == "darwin":
        raise NoGpu("CUDA: there is none on macOS; use --engine onnx")
    library = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        cuda = load(library)
    except OSError as error:
        raise NoGpu(
            f"CUDA: no NVIDIA driver here ({library} is missing); install the driver, or use --engine onnx"
        ) from error
    if (code := cuda.cuInit(0)) != 0:
        raise Unavailable(
            f"CUDA: the driver does not start ({_error_text(cuda, code)}); see `nvidia-smi`, or use --engine onnx"
        )
    devices = ctypes.c_int(0)
    if cuda.cuDeviceGetCount(ctypes.byref(devices)) != 0 or devices.value < 1:
        raise NoGpu("CUDA: the driver sees no GPU; see CUDA_VISIBLE_DEVICES, or use --engine onnx")
    return _first_device(cuda, load)


def _first_device(cuda: Any, load: LoadLibrary) -> CudaDevice:
    device = ctypes.c_int(0)
    name = ctypes.create_string_buffer(256)
    major, minor, version = ctypes.c_int(0), ctypes.c_int(0), ctypes.c_int(0)
    codes = (
        cuda.cuDeviceGet(ctypes.byref(device), 0),
        cuda.cuDeviceGetName(name, len(name), device),
        cuda.cuDeviceGetAttribute(ctypes.byref(major), _CAPABILITY_MAJOR, device),
        cuda.cuDeviceGetAttribute(ctypes.byref(minor), _CAPABILITY_MINOR, device),
        cuda.cuDriverGetVersion(ctypes.byref(version)),
    )
    if failed := [code for code in codes if code != 0]:
        raise Unavailable(f"CUDA: the first GPU does not answer ({_error_text(cuda, failed[0])}); restart it")
    speaks = f"CUDA {version.value // 1000}.{version.value % 1000 // 10}"
    return CudaDevice(
        name.value.decode(errors="replace"), f"{major.value}.{minor.value}", _driver(load) or speaks
    )


def _driver(load: LoadLibrary) -> str:
    """The driver's version from NVML; empty where that library is missing."""
    text = ctypes.create_string_buffer(96)
    with contextlib.suppress(OSError, AttributeError):
        nvml = load("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
        if nvml.nvmlInit_v2() == 0:
            nvml.nvmlSystemGetDriverVersion(text, len(text))
            nvml.nvmlShutdown()
    return text.value.decode(errors="replace")


def _error_text(cuda: Any, code: int) -> str:
    text = ctypes.c_char_p()
    with contextlib.suppress(AttributeError):
        cuda.cuGetErrorString(code, ctypes.byref(text))
    return text.value.decode(errors="replace") if text.value else f"error {code}"
