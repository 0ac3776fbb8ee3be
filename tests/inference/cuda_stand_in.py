"""The module ``cuda.bindings.runtime`` with the host's memory in place of the GPU's, which the stand-in can read."""

from __future__ import annotations

import ctypes
import enum
import types


def make_cuda_runtime(fails: str = "", memory: int = 1 << 30) -> types.SimpleNamespace:
    """``fails`` is what every call says; ``memory`` is how much may be held at a time."""
    blocks: dict[int, ctypes.Array] = {}

    class cudaError_t(enum.IntEnum):
        cudaSuccess = 0
        cudaErrorMemoryAllocation = 2
        cudaErrorInsufficientDriver = 35

    class cudaMemcpyKind(enum.IntEnum):
        cudaMemcpyHostToDevice = 1
        cudaMemcpyDeviceToHost = 2

    def answered(*values):
        if fails:
            return (cudaError_t.cudaErrorInsufficientDriver, *(None for _ in values))
        return (cudaError_t.cudaSuccess, *values)

    def allocate(size):
        if fails:
            return answered(0)
        if size + sum(map(len, blocks.values())) > memory:
            return cudaError_t.cudaErrorMemoryAllocation, None
        block = (ctypes.c_char * size)()
        blocks[ctypes.addressof(block)] = block
        return cudaError_t.cudaSuccess, ctypes.addressof(block)

    def release(address):
        if address:
            del blocks[address]
        return answered()

    def copy(to, source, size, kind, stream):
        ctypes.memmove(to, source, size)
        return answered()

    def text(code):
        words = {2: b"out of memory", 35: fails.encode()}
        return cudaError_t.cudaSuccess, words[int(code)]

    return types.SimpleNamespace(
        cudaError_t=cudaError_t,
        cudaMemcpyKind=cudaMemcpyKind,
        cudaFree=release,
        cudaFreeHost=release,
        cudaMalloc=allocate,
        cudaMallocHost=allocate,
        cudaStreamCreateWithFlags=lambda flags: answered(4711),
        cudaStreamDestroy=lambda stream: answered(),
        cudaStreamSynchronize=lambda stream: answered(),
        cudaMemcpyAsync=copy,
        cudaGetErrorString=text,
        blocks=blocks,
    )
