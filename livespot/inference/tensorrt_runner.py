"""A TensorRT plan as a runner: on a stream of its own, every batch size captured once as a CUDA graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from livespot.errors import EngineError
from livespot.inference.base import EngineBase
from livespot.inference.cuda import CudaDevice
from livespot.inference.cuda_graph import CudaGraphs, Work
from livespot.inference.error_text import first_line
from livespot.inference.sidecar import Sidecar
from livespot.inference.tensorrt_engine import LoadedPlan
from livespot.inference.tensorrt_library import Library
from livespot.types import Float32Array


class TensorRTRunner(EngineBase):
    """A plan, loaded.

    Parameters
    ----------
    path : Path
        Of the .onnx file that the plan was built from.
    sidecar : Sidecar
    plan : bytes
        Checked.
    library : Library
    device : CudaDevice
    torch : module
        Gives memory, streams and graphs.
    precision : str
    reason : str

    Raises
    ------
    PlanRefusedError
        When the plan cannot be deserialised or is not of this network.
    """

    def __init__(
        self,
        path: Path,
        sidecar: Sidecar,
        plan: bytes,
        library: Library,
        device: CudaDevice,
        torch: Any,
        precision: str,
        reason: str,
    ) -> None:
        on = f"{library} on {device.name}, {precision}"
        super().__init__(path, sidecar, library.product.backend, on, reason, precision)
        self._torch = torch
        self._plan = LoadedPlan(library, plan, sidecar)
        self._graphs = CudaGraphs(torch, sidecar.window_shape, sidecar.output_width, self._work_for)

    def close(self) -> None:
        """Let graphs, contexts and the plan go, in this order."""
        super().close()
        self._graphs.clear()
        self._plan.close()

    def _compute(self, windows: Float32Array) -> Float32Array:
        try:
            return self._graphs(windows)
        except RuntimeError as error:
            raise EngineError(
                f"{self._label}: TensorRT failed on the GPU ({first_line(error)}); "
                "close other programs that use it, or use --engine onnx"
            ) from error

    def _work_for(self, windows: int) -> Work:
        """A context of its own for each size: a captured graph keeps the context's memory."""
        context = self._plan.engine.create_execution_context()
        if context is None:
            raise EngineError(
                f"{self._label}: TensorRT gives no context, memory is short ({self._plan.told()})"
            )
        output = self._torch.zeros((windows, self._sidecar.output_width), device="cuda")
        ready = False

        def work(device_windows: Any, stream: Any) -> Any:
            nonlocal ready
            if not ready:
                self._prepare(context, windows, device_windows, output, stream)
                ready = True
            if not context.execute_async_v3(stream.cuda_stream):
                raise EngineError(f"{self._label}: TensorRT did not start ({self._plan.told()})")
            return output

        return work

    def _prepare(self, context: Any, windows: int, given: Any, output: Any, stream: Any) -> None:
        steps = [
            # The first profile is of exactly one window, the second of batches.
            context.set_optimization_profile_async(0 if windows == 1 else 1, stream.cuda_stream),
            context.set_input_shape(self._sidecar.input_name, (windows, *self._sidecar.window_shape)),
            context.set_tensor_address(self._sidecar.input_name, given.data_ptr()),
            context.set_tensor_address(self._sidecar.output_name, output.data_ptr()),
        ]
        if not all(steps):
            raise EngineError(f"{self._label}: TensorRT refuses {windows} windows ({self._plan.told()})")
