"""Memory and a stream of the GPU by NVIDIA's own bindings (``cuda-bindings``, 8 MB), where PyTorch is not needed."""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from livespot.inference.cuda import Unavailable
from livespot.inference.error_text import first_line
from livespot.types import Float32Array

_NON_BLOCKING = 1  # cudaStreamNonBlocking: not ordered with the default stream


def load_cuda_runtime(import_module: Callable[[str], Any] = importlib.import_module) -> Any:
    """CUDA's runtime interface; ask :func:`livespot.inference.cuda.find_cuda` for the GPU first.

    Raises
    ------
    Unavailable
        When the bindings are not installed, or the driver is too old for them.
    """
    try:
        cuda = import_module("cuda.bindings.runtime")
    except (ImportError, OSError) as error:
        raise Unavailable(
            f"CUDA: cuda-bindings cannot be loaded ({first_line(error)}); pip install 'livespot[rtx]'"
        ) from error
    try:
        called(cuda, cuda.cudaFree(0))  # makes the context of the first GPU, which TensorRT-RTX wants to find
    except RuntimeError as error:
        raise Unavailable(f"CUDA: the GPU does not start ({error}); update the NVIDIA driver") from error
    return cuda


def called(cuda: Any, result: tuple[Any, ...]) -> Any:
    """What a call gave; RuntimeError in CUDA's words when it failed."""
    code, *values = result
    if int(code) != 0:
        text = cuda.cudaGetErrorString(code)[1]
        raise RuntimeError(text.decode(errors="replace") if isinstance(text, bytes) else str(text))
    return values[0] if values else None


class DeviceBuffers:
    """Windows and probabilities of one batch size, page-locked on the host and beside it on the GPU.

    Parameters
    ----------
    cuda : module
        From :func:`load_cuda_runtime`.
    shapes : ((n, 17, R, 2), (n, 10))
        What goes in and what comes out; float32.

    Attributes
    ----------
    stream : int
        Handle of a CUDA stream of its own.
    device_in, device_out : int
        Addresses on the GPU.

    Raises
    ------
    RuntimeError
        When the memory is full.
    """

    def __init__(self, cuda: Any, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
        self._cuda = cuda
        self._bytes = [4 * int(np.prod(shape)) for shape in shapes]
        self._host: list[int] = []
        self._device: list[int] = []
        self.stream = int(called(cuda, cuda.cudaStreamCreateWithFlags(_NON_BLOCKING)))
        try:
            for size in self._bytes:
                self._host.append(int(called(cuda, cuda.cudaMallocHost(size))))
                self._device.append(int(called(cuda, cuda.cudaMalloc(size))))
        except RuntimeError:
            self.free()
            raise
        self.device_in, self.device_out = self._device
        self._sent, self._received = map(_array, self._host, shapes)
        self._sent[:] = 0.0

    def run(self, windows: Float32Array, enqueue: Callable[[], None]) -> Float32Array:
        """Copy (k, 17, R, 2) in, have ``enqueue`` put work on the stream, wait, and give (k, 10) as a copy; k ≤ n."""
        cuda, count = self._cuda, len(windows)
        self._sent[:count] = windows
        to_device, to_host = (
            cuda.cudaMemcpyKind.cudaMemcpyHostToDevice,
            cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost,
        )
        called(
            cuda, cuda.cudaMemcpyAsync(self.device_in, self._host[0], self._bytes[0], to_device, self.stream)
        )
        enqueue()
        called(
            cuda, cuda.cudaMemcpyAsync(self._host[1], self.device_out, self._bytes[1], to_host, self.stream)
        )
        called(cuda, cuda.cudaStreamSynchronize(self.stream))
        answer: Float32Array = self._received[:count].copy()
        return answer

    def free(self) -> None:
        """Give memory and stream back; what fails on the way was lost with the GPU."""
        for address in self._device:
            self._cuda.cudaFree(address)
        for address in self._host:
            self._cuda.cudaFreeHost(address)
        self._cuda.cudaStreamDestroy(self.stream)
        self._device, self._host = [], []


def _array(address: int, shape: tuple[int, ...]) -> Float32Array:
    """Page-locked memory seen as an array; it must not outlive the memory."""
    size = int(np.prod(shape))
    return np.ctypeslib.as_array((ctypes.c_float * size).from_address(address)).reshape(shape)
