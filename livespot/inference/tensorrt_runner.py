"""A TensorRT plan as a runner: on a stream of its own, every batch size captured once as a CUDA graph.

The plan's bytes must have been checked (:mod:`livespot.inference.plan_cache`): TensorRT does not survive all damage.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from livespot.errors import EngineError
from livespot.inference.base import EngineBase, first_line
from livespot.inference.cuda import Unavailable
from livespot.inference.cuda_graph import CudaGraphs, Work
from livespot.inference.sidecar import Sidecar
from livespot.inference.tensorrt_library import TensorRT, make_logger
from livespot.types import CURVES, Float32Array


class PlanRefusedError(Unavailable):
    """TensorRT does not take this plan; a new one may do."""


class TensorRTRunner(EngineBase):
    """A plan, loaded.

    Parameters
    ----------
    path : Path
        Of the .onnx file that the plan was built from.
    sidecar : Sidecar
    plan : bytes
        Checked.
    library : TensorRT
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
        library: TensorRT,
        torch: Any,
        precision: str,
        reason: str,
    ) -> None:
        on = f"TensorRT {library.version} on {library.device.name}, {precision}"
        super().__init__(path, sidecar, "tensorrt", on, reason, precision)
        self._trt = library.trt
        self._torch = torch
        self._log = make_logger(self._trt)
        self._runtime: Any = self._trt.Runtime(self._log)
        self._engine: Any = self._runtime.deserialize_cuda_engine(plan)
        if self._engine is None:
            raise PlanRefusedError(f"TensorRT: refuses the plan ({self._told()})")
        self._check_ports()
        self._graphs = CudaGraphs(torch, sidecar.window_shape, self._work_for)

    def close(self) -> None:
        """Let graphs, contexts and the plan go, in this order."""
        super().close()
        self._graphs.clear()
        self._engine = None
        self._runtime = None

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
        context = self._engine.create_execution_context()
        if context is None:
            raise EngineError(f"{self._label}: TensorRT gives no context, memory is short ({self._told()})")
        output = self._torch.zeros((windows, len(CURVES)), device="cuda")
        ready = False

        def work(device_windows: Any, stream: Any) -> Any:
            nonlocal ready
            if not ready:
                self._prepare(context, windows, device_windows, output, stream)
                ready = True
            if not context.execute_async_v3(stream.cuda_stream):
                raise EngineError(f"{self._label}: TensorRT did not start ({self._told()})")
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
            raise EngineError(f"{self._label}: TensorRT refuses {windows} windows ({self._told()})")

    def _check_ports(self) -> None:
        engine, trt = self._engine, self._trt
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        found = {
            name: (
                engine.get_tensor_mode(name),
                tuple(engine.get_tensor_shape(name))[1:],
                engine.get_tensor_dtype(name),
            )
            for name in names
        }
        expected = {
            self._sidecar.input_name: (
                trt.TensorIOMode.INPUT,
                self._sidecar.window_shape,
                trt.DataType.FLOAT,
            ),
            self._sidecar.output_name: (trt.TensorIOMode.OUTPUT, (len(CURVES),), trt.DataType.FLOAT),
        }
        if found != expected:
            raise PlanRefusedError(f"TensorRT: the plan is not of this network (it has {', '.join(names)})")

    def _told(self) -> str:
        return "; ".join(self._log.errors[-3:]) or "no reason given"
