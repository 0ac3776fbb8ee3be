"""Work captured once as a CUDA graph: windows go in through page-locked memory, probabilities come out the same way.

One window is some two hundred tiny kernels; started one by one from Python they take several times what they take as
one captured graph, and start with the jitter of a busy machine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from livespot.types import Float32Array

Work = Callable[[Any, Any], Any]
"""(windows on the device, the stream) -> probabilities on the device. No synchronising, no memory of the host."""

_REHEARSALS = 2  # the first makes libraries choose their kernels, which a capture must not contain


class CudaGraph:
    """A batch size, captured.

    Parameters
    ----------
    torch : module
    shape : tuple of int
        Of what goes in: how many windows at once, then the shape of a window.
    width : int
        Numbers that come out for each window.
    work : Work

    Notes
    -----
    Owns a stream of its own and four buffers; what it returns is a copy, the caller's own.
    """

    def __init__(self, torch: Any, shape: tuple[int, ...], width: int, work: Work) -> None:
        self._torch = torch
        self._stream = torch.cuda.Stream()
        self._host_in = torch.zeros(shape, pin_memory=True)
        self._host_out = torch.zeros((shape[0], width), pin_memory=True)
        self._device_in = torch.zeros(shape, device="cuda")
        # The zeros were written on the default stream.
        self._stream.wait_stream(torch.cuda.default_stream())
        with torch.cuda.stream(self._stream):
            for _ in range(_REHEARSALS):
                work(self._device_in, self._stream)
        self._stream.synchronize()
        self._graph = torch.cuda.CUDAGraph()
        # Thread-local: a plan being built in the background calls CUDA too, which would spoil a global capture.
        with torch.cuda.graph(self._graph, stream=self._stream, capture_error_mode="thread_local"):
            self._device_out = work(self._device_in, self._stream)
        self._as_sent = self._host_in.numpy()
        self._as_received = self._host_out.numpy()

    def __call__(self, windows: Float32Array) -> Float32Array:
        """(n, 17, R, 2) -> (n, width); fewer than were captured are filled up."""
        count = len(windows)
        self._as_sent[:count] = windows
        with self._torch.cuda.stream(self._stream):
            self._device_in.copy_(self._host_in, non_blocking=True)
            self._graph.replay()
            self._host_out.copy_(self._device_out, non_blocking=True)
        self._stream.synchronize()
        answer: Float32Array = self._as_received[:count].copy()
        return answer


class CudaGraphs:
    """Captures on demand, one for each power of two up to the largest batch.

    Parameters
    ----------
    torch : module
    window_shape : tuple of int
    width : int
        Numbers that come out for each window.
    work_for : callable
        Gives the :data:`Work` of a number of windows.
    """

    def __init__(
        self, torch: Any, window_shape: tuple[int, ...], width: int, work_for: Callable[[int], Work]
    ) -> None:
        self._torch = torch
        self._window_shape = window_shape
        self._width = width
        self._work_for = work_for
        self._sizes: dict[int, CudaGraph] = {}

    def __call__(self, windows: Float32Array) -> Float32Array:
        """(n, 17, R, 2) -> (n, width)."""
        size = 1 << (len(windows) - 1).bit_length()
        if size not in self._sizes:
            self._sizes[size] = CudaGraph(
                self._torch, (size, *self._window_shape), self._width, self._work_for(size)
            )
        return self._sizes[size](windows)

    def clear(self) -> None:
        """Let all graphs and buffers go."""
        self._sizes.clear()


@contextlib.contextmanager
def full_precision(torch: Any) -> Iterator[None]:
    """Multiply float32 as float32: TF32 keeps ten bits of the mantissa, too few for parity."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            yield
    finally:
        torch.set_float32_matmul_precision(before)
