"""A plan's bytes become an engine of TensorRT or TensorRT-RTX.

The bytes must have been checked (:mod:`livespot.inference.plan_cache`), and there must be a GPU: TensorRT does not
survive all damage, and not the absence of a driver.
"""

from __future__ import annotations

from typing import Any

from livespot.inference.cuda import Unavailable
from livespot.inference.sidecar import Sidecar
from livespot.inference.tensorrt_library import Library, make_logger


class PlanRefusedError(Unavailable):
    """The library does not take this plan; a new one may do."""


class LoadedPlan:
    """An engine and the runtime it belongs to.

    Parameters
    ----------
    library : Library
    plan : bytes
        Checked.
    sidecar : Sidecar
        Of the engine that the plan was built from.

    Attributes
    ----------
    engine : ICudaEngine

    Raises
    ------
    PlanRefusedError
        When the plan cannot be deserialised or is not of this network.
    """

    def __init__(self, library: Library, plan: bytes, sidecar: Sidecar) -> None:
        self._library = library
        self._log = make_logger(library.trt)
        self._runtime: Any = library.trt.Runtime(self._log)
        self.engine: Any = self._runtime.deserialize_cuda_engine(plan)
        if self.engine is None:
            raise PlanRefusedError(f"{library.product.name}: refuses the plan ({self.told()})")
        self._check_ports(sidecar)

    def told(self) -> str:
        """The last errors that the library reported, on one line."""
        return "; ".join(self._log.errors[-3:]) or "no reason given"

    def close(self) -> None:
        """Let the engine go before its runtime."""
        self.engine = None
        self._runtime = None

    def _check_ports(self, sidecar: Sidecar) -> None:
        engine, trt = self.engine, self._library.trt
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
            sidecar.input_name: (trt.TensorIOMode.INPUT, sidecar.window_shape, trt.DataType.FLOAT),
            sidecar.output_name: (trt.TensorIOMode.OUTPUT, (sidecar.output_width,), trt.DataType.FLOAT),
        }
        if found != expected:
            raise PlanRefusedError(
                f"{self._library.product.name}: the plan is not of this network (it has {', '.join(names)})"
            )
