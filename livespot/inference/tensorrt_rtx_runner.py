"""A TensorRT-RTX plan as a runner: kernels are compiled for the GPU at hand when a batch size is first used, and kept.

TensorRT-RTX captures its work as a CUDA graph by itself. It could go on with general kernels while it compiles those
for a size, but then the same window would give other last digits later on, so compiling is waited for (it happens in
``warm_up``, in the background of a live run).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from livespot.errors import EngineError
from livespot.inference.base import EngineBase
from livespot.inference.cuda import CudaDevice
from livespot.inference.cuda_memory import DeviceBuffers
from livespot.inference.error_text import first_line
from livespot.inference.plan_cache import PlanCache, PlanKey
from livespot.inference.sidecar import Sidecar
from livespot.inference.tensorrt_engine import LoadedPlan
from livespot.inference.tensorrt_library import Library
from livespot.types import Float32Array


class TensorRTRTXRunner(EngineBase):
    """A plan, loaded.

    Parameters
    ----------
    path : Path
        Of the .onnx file that the plan was built from.
    sidecar : Sidecar
    plan : bytes
        Checked.
    key : PlanKey
        Of the plan in the cache.
    library : Library
    device : CudaDevice
    cuda : module
        From :func:`livespot.inference.cuda_memory.load_cuda_runtime`.
    cache : PlanCache
        Where the code compiled for this GPU is kept beside the plan.
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
        key: PlanKey,
        library: Library,
        device: CudaDevice,
        cuda: Any,
        cache: PlanCache,
        precision: str,
        reason: str,
    ) -> None:
        on = f"{library} on {device.name}, {precision}"
        super().__init__(path, sidecar, library.product.backend, on, reason, precision)
        self._cuda = cuda
        self._key, self._device, self._cache = key, device, cache
        self._plan = LoadedPlan(library, plan, sidecar)
        self._sizes: dict[int, tuple[Any, DeviceBuffers]] = {}
        self._kept = cache.load_compiled(key, device)
        self._compiled: Any = None
        self._config: Any = self._configured(library.trt)

    def warm_up(self) -> None:
        """Compile for one window, and keep what was compiled."""
        super().warm_up()
        self._keep_compiled()

    def close(self) -> None:
        """Keep what was compiled; then let contexts, memory and the plan go, in this order."""
        if not self._closed:
            self._keep_compiled()
        super().close()
        buffers = [memory for _, memory in self._sizes.values()]
        self._sizes.clear()
        for memory in buffers:
            memory.free()
        self._compiled = self._config = None
        self._plan.close()

    def _compute(self, windows: Float32Array) -> Float32Array:
        size = 1 << (len(windows) - 1).bit_length()
        try:
            if size not in self._sizes:
                self._sizes[size] = self._prepared(size)
            context, memory = self._sizes[size]
            return memory.run(windows, lambda: self._enqueue(context, memory.stream))
        except RuntimeError as error:
            raise EngineError(
                f"{self._label}: TensorRT-RTX failed on the GPU ({first_line(error)}); "
                "close other programs that use it, or use --engine onnx"
            ) from error

    def _enqueue(self, context: Any, stream: int) -> None:
        if not context.execute_async_v3(stream):
            raise EngineError(f"{self._label}: TensorRT-RTX did not start ({self._plan.told()})")

    def _prepared(self, size: int) -> tuple[Any, DeviceBuffers]:
        """A context and memory for batches of ``size``."""
        context = self._plan.engine.create_execution_context(self._config)
        if context is None:
            raise EngineError(
                f"{self._label}: TensorRT-RTX gives no context, memory is short ({self._plan.told()})"
            )
        given = (size, *self._sidecar.window_shape)
        memory = DeviceBuffers(self._cuda, (given, (size, self._sidecar.output_width)))
        steps = [
            context.set_input_shape(self._sidecar.input_name, given),
            context.set_tensor_address(self._sidecar.input_name, memory.device_in),
            context.set_tensor_address(self._sidecar.output_name, memory.device_out),
        ]
        if not all(steps):
            memory.free()
            raise EngineError(f"{self._label}: TensorRT-RTX refuses {size} windows ({self._plan.told()})")
        return context, memory

    def _configured(self, trt: Any) -> Any:
        config = self._plan.engine.create_runtime_config()
        config.dynamic_shapes_kernel_specialization_strategy = (
            trt.DynamicShapesKernelSpecializationStrategy.EAGER
        )
        config.cuda_graph_strategy = trt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
        self._compiled = config.create_runtime_cache()
        if self._kept and not self._compiled.deserialize(self._kept):
            self._kept = b""  # of another driver: it is compiled again
        config.set_runtime_cache(self._compiled)
        return config

    def _keep_compiled(self) -> None:
        code = bytes(self._compiled.serialize() or b"")
        if code and code != self._kept:
            self._cache.store_compiled(self._key, self._device, code)
            self._kept = code
