"""TensorRT-RTX on stand-ins: which plan is built for which GPU, what is kept beside it, and what runs when it fails."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cuda_stand_in import make_cuda_runtime
from inference_makers import OTHER_DEVICE, RTX, TURING, made_up_machine, windows
from tensorrt_stand_in import Faults

from livespot.config import InferenceConfig
from livespot.errors import EngineError
from livespot.inference import open_live_runner, open_runner
from livespot.inference.choose import survey, why_not_here
from livespot.inference.cuda import CudaDevice, NoGpu, Unavailable
from livespot.inference.machine import Machine
from livespot.inference.open import plan_to_build, preferred
from livespot.inference.parity import ParityError

VERSION = "1.7.1.116"


def machine_of(folder: Path, faults: Faults | None = None, **more) -> Machine:
    """An RTX card with TensorRT-RTX and a PyTorch, without TensorRT."""
    return made_up_machine(folder, faults, **({"version": None, "rtx": VERSION, "device": RTX} | more))


def config_of(engine_file: Path, engine: str = "tensorrt-rtx", **more) -> InferenceConfig:
    return InferenceConfig(model=str(engine_file), engine=engine, **more)


def opened(tiny_engine: Path, machine: Machine, engine: str = "tensorrt-rtx", **more) -> str:
    runner = open_runner(config_of(tiny_engine, engine, **more), machine)
    runner.infer(windows(1)[0])
    runner.close()
    return runner.info.description


@pytest.mark.parametrize(
    ("device", "rtx"),
    [
        (CudaDevice("NVIDIA GeForce RTX 3060", "8.6", "580"), True),
        (CudaDevice("NVIDIA GeForce RTX 2070", "7.5", "580"), True),
        (CudaDevice("NVIDIA RTX PRO 6000 Blackwell", "12.0", "580"), True),
        (CudaDevice("NVIDIA GeForce GTX 1660", "7.5", "580"), False),
        (CudaDevice("NVIDIA H100 80GB HBM3", "9.0", "580"), False),
        (CudaDevice("NVIDIA A100", "8.0", "580"), False),
        (CudaDevice("Tesla T4", "7.5", "580"), False),
    ],
)
def test_which_gpu_is_an_rtx_card(device, rtx, tmp_path):
    assert device.is_rtx is rtx
    order = preferred(machine_of(tmp_path, device=device))
    assert order == (("tensorrt-rtx",) if rtx else ()) + ("tensorrt", "cuda", "onnx")


def test_the_default_on_an_rtx_card_and_elsewhere(tiny_engine, tmp_path):
    machine = machine_of(tmp_path)
    said = opened(tiny_engine, machine, "auto")  # nothing is built for one clip
    assert "CUDA graph" in said
    plan_to_build("tensorrt-rtx", config_of(tiny_engine), machine).build()
    assert "TensorRT-RTX 1.7.1.116 on NVIDIA RTX Stand-in 3, fp32 (the best" in opened(
        tiny_engine, machine, "auto"
    )
    elsewhere = made_up_machine(tmp_path, rtx=VERSION, device=OTHER_DEVICE)
    assert "TensorRT" not in opened(tiny_engine, elsewhere, "auto")
    chosen = [one.backend for one in survey(config_of(tiny_engine, "auto"), machine) if one.chosen]
    assert chosen == ["tensorrt-rtx"]


def test_a_live_run_builds_it_in_the_background(tiny_engine, tmp_path):
    faults = Faults()
    runner = open_live_runner(config_of(tiny_engine, "auto"), machine_of(tmp_path, faults))
    assert runner.info.backend == "cuda"
    assert runner.wait(60.0)
    runner.infer(windows(1)[0])
    assert (runner.info.backend, faults.builds) == ("tensorrt-rtx", 1)
    runner.close()


@pytest.mark.parametrize(
    ("device", "precision", "built_for", "computed"),
    [
        (RTX, "auto", "SM80 SM86 SM89 SM120 SM121", "fp32"),
        (RTX, "fp16", "SM75 SM80 SM86 SM89 SM120 SM121", "fp16"),
        (TURING, "auto", "SM75 SM80 SM86 SM89 SM120 SM121", "fp16"),
        (OTHER_DEVICE, "auto", "CURRENT", "fp32"),  # compute capability 9.0: on no list
    ],
)
def test_what_a_plan_is_built_for(tiny_engine, tmp_path, device, precision, built_for, computed):
    faults = Faults()
    machine = machine_of(tmp_path, faults, device=device)
    said = opened(tiny_engine, machine, precision=precision)
    assert faults.built_for == built_for.split() and f", {computed} (" in said


def test_turing_has_no_float32(tiny_engine, tmp_path):
    with pytest.raises(Unavailable, match="cannot multiply float32 matrices on NVIDIA RTX Stand-in 4"):
        open_runner(config_of(tiny_engine, precision="fp32"), machine_of(tmp_path, device=TURING))


def test_one_plan_serves_every_card_and_each_keeps_its_own_code(tiny_engine, tmp_path):
    faults = Faults()
    other = CudaDevice("NVIDIA GeForce RTX 5090", "12.0", "590.10")
    for device in (RTX, other, RTX, other):
        opened(tiny_engine, machine_of(tmp_path, faults, device=device))
    assert (faults.builds, len(list(tmp_path.glob("*.plan")))) == (1, 1)
    kept = sorted(tmp_path.glob("*.jit"))
    assert len(kept) == 2
    assert (
        faults.compiled_given == [b"compiled"] * 2
    )  # each card's third and fourth opening, not the first two


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 40])
def test_damaged_compiled_code_is_compiled_again(tiny_engine, tmp_path, damage):
    opened(tiny_engine, machine_of(tmp_path))
    (kept,) = tmp_path.glob("*.jit")
    whole = kept.read_bytes()
    kept.write_bytes(damage)
    faults = Faults()
    opened(tiny_engine, machine_of(tmp_path, faults))
    assert faults.compiled_given == [] and kept.read_bytes() == whole


def test_compiled_code_that_the_library_refuses(tiny_engine, tmp_path):
    machine = machine_of(tmp_path)
    plan = plan_to_build("tensorrt-rtx", config_of(tiny_engine), machine)
    key = plan.build().key
    machine.cache.store_compiled(key, RTX, b"of another driver")
    opened(tiny_engine, machine)
    assert machine.cache.load_compiled(key, RTX) == b"compiled"


def test_a_deleted_plan_takes_its_compiled_code_along(tiny_engine, tmp_path):
    opened(tiny_engine, machine_of(tmp_path))
    with pytest.raises(Unavailable, match="refuses the plan"):
        open_runner(config_of(tiny_engine), machine_of(tmp_path, Faults(refuse_plans=9)))
    assert not list(tmp_path.glob("*.plan")) and not list(tmp_path.glob("*.jit"))


def test_a_refused_plan_is_built_anew_once(tiny_engine, tmp_path):
    opened(tiny_engine, machine_of(tmp_path))
    faults = Faults(refuse_plans=1)
    said = opened(tiny_engine, machine_of(tmp_path, faults))
    assert "plan built now, since TensorRT-RTX: refuses the plan" in said and faults.builds == 1


def test_a_damaged_plan_never_reaches_the_library(tiny_engine, tmp_path):
    opened(tiny_engine, machine_of(tmp_path))
    (plan,) = tmp_path.glob("*.plan")
    plan.write_bytes(plan.read_bytes()[:-1] + b"?")
    faults = Faults()  # deserialising the damage would raise Segfault
    assert "is damaged" in opened(tiny_engine, machine_of(tmp_path, faults))
    assert (faults.builds, faults.deserialised) == (1, 1)


def test_answers_that_differ_are_not_used(tiny_engine, tmp_path):
    machine = machine_of(tmp_path, Faults(wrong_by=0.01))
    with pytest.raises(ParityError):
        open_runner(config_of(tiny_engine), machine)
    assert "CUDA graph" in opened(tiny_engine, machine, "auto")


def test_a_gpu_that_fails_while_it_runs(tiny_engine, tmp_path):
    faults = Faults()
    machine = machine_of(tmp_path, faults)
    opened(tiny_engine, machine)
    runner = open_live_runner(config_of(tiny_engine, "auto"), machine)
    assert runner.info.backend == "tensorrt-rtx"
    faults.fails_running = True
    answer = runner.infer(windows(1)[0])
    assert runner.info.backend == "onnx" and np.isfinite(answer).all()
    assert "TensorRT-RTX did not start" in runner.history[-1]
    runner.close()


@pytest.mark.parametrize(
    ("cuda", "words"),
    [
        (make_cuda_runtime(fails="CUDA driver version is insufficient"), "update the NVIDIA driver"),
        (None, "cuda-bindings cannot be loaded"),
    ],
)
def test_a_cuda_runtime_that_is_missing_or_does_not_start(tiny_engine, tmp_path, cuda, words):
    machine = machine_of(tmp_path, cuda=cuda)
    with pytest.raises(Unavailable, match=words):
        open_runner(config_of(tiny_engine), machine)
    assert "CUDA graph" in opened(tiny_engine, machine, "auto")


def test_the_memory_of_the_gpu_is_full(tiny_engine, tmp_path):
    cuda = make_cuda_runtime(memory=100)
    with pytest.raises(EngineError, match=r"TensorRT-RTX failed on the GPU \(out of memory\)"):
        open_runner(config_of(tiny_engine), machine_of(tmp_path, cuda=cuda))
    assert cuda.blocks == {}


def test_all_memory_is_given_back(tiny_engine, tmp_path):
    cuda = make_cuda_runtime()
    runner = open_runner(config_of(tiny_engine), machine_of(tmp_path, cuda=cuda))
    assert runner.infer_batch(windows(5)).shape == (5, 10)
    assert len(cuda.blocks) == 8  # two sizes, host and GPU, in and out
    runner.close()
    assert cuda.blocks == {}


def test_without_a_gpu_a_plan_is_built_but_nothing_is_loaded(tiny_engine, tmp_path):
    faults = Faults()
    machine = machine_of(tmp_path, faults, device=None)  # its import_module allows TensorRT-RTX alone
    built = plan_to_build("tensorrt-rtx", config_of(tiny_engine), machine).build()
    assert built.built and built.path.is_file() and faults.deserialised == 0
    with pytest.raises(NoGpu, match="no NVIDIA driver"):
        open_runner(config_of(tiny_engine), machine)
    assert "ONNX Runtime" in opened(tiny_engine, machine, "auto")
    (words,) = [one.words for one in survey(config_of(tiny_engine), machine) if one.backend == "tensorrt-rtx"]
    assert "the plan is built; to run it: an NVIDIA RTX card" in words
    assert faults.deserialised == 0


@pytest.mark.parametrize(
    ("version", "words"), [("2.0.0", "expected version 1, got 2.0.0"), (None, "cannot be loaded")]
)
def test_another_tensorrt_rtx_or_none(tiny_engine, tmp_path, version, words):
    machine = machine_of(tmp_path, rtx=version)
    with pytest.raises(Unavailable, match=words) as caught:
        open_runner(config_of(tiny_engine), machine)
    assert caught.value.exit_code == 5 and "livespot[rtx]" in str(caught.value)
    assert "CUDA graph" in opened(tiny_engine, machine, "auto")


def test_what_a_menu_says(tmp_path):
    assert why_not_here("tensorrt-rtx", machine_of(tmp_path, device=None)) == "no NVIDIA GPU"
    assert why_not_here("tensorrt-rtx", machine_of(tmp_path)) in (
        "",
        "tensorrt-rtx and cuda-bindings not installed",
    )
