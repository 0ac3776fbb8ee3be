"""The stand-ins have no attribute that the real bindings lack, in any generation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cuda_stand_in import make_cuda_runtime
from tensorrt_stand_in import make_tensorrt

REAL = json.loads((Path(__file__).parent / "tensorrt_attributes.json").read_text(encoding="utf-8"))
SET_WHEN_MADE = {
    "OnnxParser": {"num_errors"},
    "ICudaEngine": {"num_io_tensors"},
    "IBuilderConfig": {"progress_monitor", "num_compute_capabilities"},
    "Builder": {"logger"},
    "INetworkDefinition": {"num_inputs", "num_outputs"},
    "IRuntimeConfig": {"cuda_graph_strategy", "dynamic_shapes_kernel_specialization_strategy"},
}


def public(cls: type) -> set[str]:
    return {name for name in dir(cls) if not name.startswith("_")}


@pytest.mark.parametrize("version", REAL)
def test_every_attribute_is_one_of_the_real_bindings(version):
    rtx = version.startswith("rtx")
    trt = make_tensorrt(version.removeprefix("rtx "), rtx=rtx)
    for name, cls in vars(trt).items():
        if isinstance(cls, type) and name in REAL[version]:
            only_rtx = set() if rtx else {"num_compute_capabilities", "set_compute_capability"}
            assert public(cls) - set(dir(int)) - only_rtx <= set(REAL[version][name]) | {"logger"}, name
    # These have TensorRT's timing cache or TensorRT-RTX's targets, which the other lacks and is not asked for.
    lacking = {name for name, cls in vars(trt).items() if isinstance(cls, type)} - set(REAL[version])
    assert lacking <= ({"ITimingCache"} if rtx else {"IRuntimeConfig"}), lacking


@pytest.mark.parametrize(("name", "attributes"), SET_WHEN_MADE.items())
def test_attributes_that_are_set_when_it_is_made(name, attributes):
    for version, classes in REAL.items():
        if name in classes:
            rtx_only = {"num_compute_capabilities"} if not version.startswith("rtx") else set()
            assert attributes - rtx_only <= set(classes[name])


def test_the_flags_that_are_gone_are_not_used():
    assert "FP16" in REAL["10.16.1.11"]["BuilderFlag"]
    assert "FP16" not in REAL["11.4.0.106"]["BuilderFlag"]
    assert not hasattr(make_tensorrt("10.16.1.11").BuilderFlag, "FP16")


def test_what_was_read_off_the_real_tensorrt_rtx_is_still_so():
    trt = pytest.importorskip(
        "tensorrt_rtx", reason="TensorRT-RTX is not installed: pip install 'livespot[rtx]'"
    )
    for name, attributes in REAL["rtx 1.7.1.116"].items():
        used = public(getattr(make_tensorrt("1.7", rtx=True), name, object)) - set(dir(int)) - {"logger"}
        assert used | SET_WHEN_MADE.get(name, set()) <= public(getattr(trt, name)), name
        if trt.__version__ == "1.7.1.116":
            assert public(getattr(trt, name)) == set(attributes), name


def test_the_cuda_stand_in_has_no_call_that_the_real_bindings_lack():
    cuda = pytest.importorskip(
        "cuda.bindings.runtime", reason="cuda-bindings is not installed: pip install 'livespot[rtx]'"
    )
    stand_in = make_cuda_runtime()
    assert {name for name in vars(stand_in) if name.startswith("cuda")} <= set(dir(cuda))
    for name in ("cudaSuccess", "cudaErrorMemoryAllocation", "cudaErrorInsufficientDriver"):
        assert int(getattr(stand_in.cudaError_t, name)) == int(getattr(cuda.cudaError_t, name))
