"""TensorRT and TensorRT-RTX that need no GPU: the attributes of the real bindings, and a plan that is the ONNX file.

Which attributes those are is held in ``tensorrt_attributes.json``, read off the real bindings of TensorRT 10.16.1 and
11.4.0 and TensorRT-RTX 1.7.1; a test compares. Where the real library ends the process, this one raises ``Segfault``,
which nothing catches.
"""

from __future__ import annotations

import ctypes
import enum
import hashlib
import types
from dataclasses import dataclass, field

import numpy as np

HEADER = b"plan of the stand-in "


class Segfault(BaseException):
    """The real library would have ended the process."""


@dataclass
class Faults:
    """What shall go wrong, and what was done."""

    no_memory: bool = False
    raises: str = ""
    refuse_plans: int = 0
    refuse_graph: bool = False
    refuse_shapes: bool = False
    fails_running: bool = False
    wrong_by: float = 0.0
    capturing: list = field(default_factory=list)  # the tape of a graph being captured, as a stack
    builds: int = 0
    deserialised: int = 0
    on_build: object = None
    built_for: list = field(default_factory=list)
    compiled_given: list = field(default_factory=list)  # what a runtime cache was given to take over


def make_tensorrt(version: str, faults: Faults | None = None, rtx: bool = False) -> types.SimpleNamespace:
    """The module ``tensorrt`` of a version, or ``tensorrt_rtx``."""
    faults = faults or Faults()

    class Severity(enum.IntEnum):
        INTERNAL_ERROR = 0
        ERROR = 1
        WARNING = 2
        INFO = 3
        VERBOSE = 4

    class ILogger:
        INTERNAL_ERROR = Severity.INTERNAL_ERROR
        ERROR = Severity.ERROR
        WARNING = Severity.WARNING

        def log(self, severity, msg):
            raise NotImplementedError

    class IProgressMonitor:
        pass

    class NetworkDefinitionCreationFlag(enum.IntEnum):
        STRONGLY_TYPED = 1

    class BuilderFlag(enum.IntEnum):
        TF32 = 3

    class MemoryPoolType(enum.IntEnum):
        WORKSPACE = 0

    class TensorIOMode(enum.IntEnum):
        NONE = 0
        INPUT = 1
        OUTPUT = 2

    class DataType(enum.IntEnum):
        FLOAT = 0
        HALF = 1

    class ParserError:
        def desc(self):
            return "no importer\nfor this operator"

    class INetworkDefinition:
        def __init__(self, flags):
            assert flags == 1 << NetworkDefinitionCreationFlag.STRONGLY_TYPED
            self._graph = None
            self.num_inputs = self.num_outputs = 0

        def _read(self):
            self.num_inputs = self.num_outputs = 1

        def get_input(self, index):
            return types.SimpleNamespace(name="windows", shape=(-1, 17, 10, 2), dtype=DataType.FLOAT)

        def get_output(self, index):
            return types.SimpleNamespace(name="probabilities", shape=(-1, 10), dtype=DataType.FLOAT)

    class OnnxParser:
        def __init__(self, network, logger):
            assert isinstance(logger, ILogger)
            self._network = network
            self.num_errors = 0

        def parse(self, model, path=None):
            self.num_errors = int(faults.refuse_graph)
            self._network._graph = bytes(model)
            self._network._read()
            return not faults.refuse_graph

        def get_error(self, index):
            return ParserError()

    class ITimingCache:
        def __init__(self, content):
            self._content = content

        def serialize(self):
            return memoryview(self._content + b"t")

    class IOptimizationProfile:
        def set_shape(self, input, min, opt, max):
            assert input == "windows"
            self._shapes = (tuple(min), tuple(opt), tuple(max))

    class ComputeCapability(enum.IntEnum):
        NONE = 0
        CURRENT = 1
        SM75 = 75
        SM80 = 80
        SM86 = 86
        SM89 = 89
        SM120 = 120
        SM121 = 121

    class DynamicShapesKernelSpecializationStrategy(enum.IntEnum):
        LAZY = 0
        EAGER = 1
        NONE = 2

    class CudaGraphStrategy(enum.IntEnum):
        DISABLED = 0
        WHOLE_GRAPH_CAPTURE = 1

    class IRuntimeCache:
        def __init__(self):
            self._content = b""

        def deserialize(self, blob):
            faults.compiled_given.append(bytes(blob))
            if bytes(blob).startswith(b"of another driver"):
                return False
            self._content = bytes(blob)
            return True

        def serialize(self):
            return memoryview(self._content)

    class IRuntimeConfig:
        def __init__(self):
            self.dynamic_shapes_kernel_specialization_strategy = None
            self.cuda_graph_strategy = None
            self._cache = None

        def create_runtime_cache(self):
            return IRuntimeCache()

        def set_runtime_cache(self, cache):
            self._cache = cache
            return True

    class IBuilderConfig:
        def __init__(self):
            self.num_compute_capabilities = 0
            self._capabilities = {}
            self._profiles = []
            self._tf32 = True
            self.progress_monitor = None
            self._timing = None

        def set_memory_pool_limit(self, pool, pool_size):
            assert pool is MemoryPoolType.WORKSPACE

        def clear_flag(self, flag):
            self._tf32 = self._tf32 and flag is not BuilderFlag.TF32

        def create_timing_cache(self, serialized_timing_cache):
            return ITimingCache(bytes(serialized_timing_cache))

        def set_timing_cache(self, cache, ignore_mismatch):
            self._timing = cache
            return not cache._content.startswith(b"unfit")

        def get_timing_cache(self):
            return self._timing

        def set_compute_capability(self, compute_capability, index):
            self._capabilities[index] = compute_capability
            return 0 <= index < self.num_compute_capabilities

        def add_optimization_profile(self, profile):
            self._profiles.append(profile)
            return -1 if faults.refuse_shapes else len(self._profiles) - 1

    class Builder:
        def __init__(self, logger):
            self.logger = logger

        def create_network(self, flags=0):
            return INetworkDefinition(flags)

        def create_builder_config(self):
            return IBuilderConfig()

        def create_optimization_profile(self):
            return IOptimizationProfile()

        def build_serialized_network(self, network, config):
            faults.builds += 1
            if faults.on_build is not None:
                faults.on_build()
            assert not config._tf32
            batches = [tuple(shape[0] for shape in profile._shapes) for profile in config._profiles]
            assert batches == ([(1, 1, 32)] if rtx else [(1, 1, 1), (1, 32, 32)])
            assert sorted(config._capabilities) == list(range(config.num_compute_capabilities))
            assert bool(config._capabilities) == rtx
            faults.built_for = [capability.name for capability in config._capabilities.values()]
            assert rtx == (config._timing is None)
            if faults.raises:
                raise RuntimeError(faults.raises)
            if faults.no_memory:
                self.logger.log(
                    ILogger.ERROR,
                    "[defaultAllocator.cpp] Requested amount of GPU memory\ncould not be allocated",
                )
                return None
            monitor = config.progress_monitor
            monitor.phase_start("Building", None, 2)
            monitor.phase_start("Tactics", "Building", 5)
            for step in range(5):
                monitor.step_complete("Tactics", step)
            monitor.phase_finish("Tactics")
            for step in range(2):
                if not monitor.step_complete("Building", step):
                    return None
            monitor.phase_finish("Building")
            return memoryview(HEADER + hashlib.sha256(network._graph).digest() + network._graph)

    class ICudaEngine:
        def __init__(self, graph):
            self._graph = graph
            self.num_io_tensors = 2

        def get_tensor_name(self, index):
            return ("windows", "probabilities")[index]

        def get_tensor_mode(self, name):
            return TensorIOMode.INPUT if name == "windows" else TensorIOMode.OUTPUT

        def get_tensor_shape(self, name):
            return (-1, 17, 10, 2) if name == "windows" else (-1, _output_width(self._graph))

        def get_tensor_dtype(self, name):
            return DataType.FLOAT

        def create_runtime_config(self):
            return IRuntimeConfig()

        def create_execution_context(self, runtime_config=None):
            assert rtx == (runtime_config is not None)
            if rtx:
                strategies = DynamicShapesKernelSpecializationStrategy, CudaGraphStrategy
                assert runtime_config.dynamic_shapes_kernel_specialization_strategy is strategies[0].EAGER
                assert runtime_config.cuda_graph_strategy is strategies[1].WHOLE_GRAPH_CAPTURE
                runtime_config._cache._content += b"" if runtime_config._cache._content else b"compiled"
            return IExecutionContext(self._graph)

    class IExecutionContext:
        def __init__(self, graph):
            self._compute = _evaluator(graph)
            self._width = _output_width(graph)
            self._profile = 0
            self._shape = ()
            self._addresses = {}

        def set_optimization_profile_async(self, profile_index, stream_handle):
            assert stream_handle != 0
            self._profile = profile_index
            return True

        def set_input_shape(self, name, shape):
            self._shape = tuple(shape)
            return shape[0] <= 32 if self._profile or rtx else shape[0] == 1

        def set_tensor_address(self, name, memory):
            self._addresses[name] = memory
            return memory != 0

        def execute_async_v3(self, stream_handle):
            assert stream_handle != 0
            if faults.fails_running:
                return False
            if faults.capturing:
                faults.capturing[-1].append(self._run)
            else:
                self._run()
            return True

        def _run(self):
            given = _memory(self._addresses["windows"], self._shape)
            answer = _memory(self._addresses["probabilities"], (self._shape[0], self._width))
            answer[...] = self._compute(given) + np.float32(faults.wrong_by)

    class Runtime:
        def __init__(self, logger):
            assert isinstance(logger, ILogger)

        def deserialize_cuda_engine(self, serialized_engine):
            faults.deserialised += 1
            plan = bytes(serialized_engine)
            graph = plan[len(HEADER) + 32 :]
            if not plan.startswith(HEADER) or hashlib.sha256(graph).digest() != plan[len(HEADER) :][:32]:
                raise Segfault("a damaged plan")
            if faults.refuse_plans > 0:
                faults.refuse_plans -= 1
                return None
            return ICudaEngine(graph)

    rtx_only = (
        ComputeCapability,
        DynamicShapesKernelSpecializationStrategy,
        CudaGraphStrategy,
        IRuntimeCache,
    )
    tensorrt_only = (ITimingCache,)
    left_out = (Severity, *(tensorrt_only if rtx else rtx_only))
    classes = [value for value in locals().values() if isinstance(value, type) and value not in left_out]
    return types.SimpleNamespace(__version__=version, **{cls.__name__: cls for cls in classes})


def _memory(address, shape):
    size = int(np.prod(shape))
    return np.ctypeslib.as_array((ctypes.c_float * size).from_address(address)).reshape(shape)


def _output_width(graph: bytes) -> int:
    """Numbers that an engine's graph gives for a window."""
    import onnx

    return onnx.load_model_from_string(graph).graph.output[0].type.tensor_type.shape.dim[1].dim_value


def _evaluator(graph):
    """ONNX Runtime for float32; numpy for halves, which crash ONNX Runtime on a CPU."""
    import onnx

    model = onnx.load_model_from_string(graph)
    if any(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in model.graph.initializer):
        from onnx.reference import ReferenceEvaluator

        reference = ReferenceEvaluator(model)
        return lambda windows: reference.run(None, {"windows": windows})[0]
    import onnxruntime

    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return lambda windows: session.run(None, {"windows": windows})[0]
