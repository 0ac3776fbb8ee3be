"""Whatever is wrong with the GPU, the library or the plan: livespot runs, and says why not better."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import filelock
import pytest
from inference_makers import DEVICE, OTHER_DEVICE, made_up_machine, windows
from tensorrt_stand_in import Faults

from livespot.config import InferenceConfig
from livespot.errors import ConfigError, EngineError, UsageError
from livespot.inference import open_runner, plan_cache
from livespot.inference.cuda import CudaDevice, Unavailable
from livespot.inference.open import engine_plan
from livespot.inference.parity import ParityError
from livespot.inference.plan_cache import user_cache


def config_of(engine_file: Path, engine: str = "tensorrt", **more) -> InferenceConfig:
    return InferenceConfig(model=str(engine_file), engine=engine, **more)


def opened(tiny_engine: Path, machine, engine: str = "tensorrt", **more) -> str:
    """Open, compute, close; what the runner said of itself."""
    runner = open_runner(config_of(tiny_engine, engine, **more), machine)
    runner.infer(windows(1)[0])
    runner.close()
    return runner.info.description


def plan_file(folder: Path) -> Path:
    (path,) = folder.glob("*.plan")
    return path


def test_a_plan_is_built_once_and_then_used(tiny_engine, tmp_path):
    faults = Faults()
    machine = made_up_machine(tmp_path, faults)
    assert "plan built now" in opened(tiny_engine, machine)
    assert "plan from the cache" in opened(tiny_engine, machine)
    assert "plan from the cache" in opened(tiny_engine, machine, "auto")
    assert faults.builds == 1
    assert "plan built now" in opened(tiny_engine, machine, precision="fp16")
    assert faults.builds == 2


def test_auto_builds_nothing_and_says_so(tiny_engine, tmp_path):
    faults = Faults()
    said = opened(tiny_engine, made_up_machine(tmp_path, faults, torch=None), "auto")
    assert "ONNX Runtime" in said
    assert "PyTorch cannot be loaded" in said
    assert faults.builds == 0
    said = opened(tiny_engine, made_up_machine(tmp_path, faults), "auto")
    assert "CUDA graph on NVIDIA Stand-in 1" in said
    assert faults.builds == 0


@pytest.mark.parametrize("version", ["8.6.1", "9.3.0", "12.0.0", "no version"])
def test_a_wrong_tensorrt_version(tiny_engine, tmp_path, version):
    machine = made_up_machine(tmp_path, version=version)
    with pytest.raises(EngineError, match=f"expected version 10 or 11, got {version}") as caught:
        open_runner(config_of(tiny_engine), machine)
    assert caught.value.exit_code == 5
    assert "CUDA graph" in opened(tiny_engine, machine, "auto")


def test_no_tensorrt(tiny_engine, tmp_path):
    machine = made_up_machine(tmp_path, version=None)
    with pytest.raises(Unavailable, match="pip install"):
        open_runner(config_of(tiny_engine), machine)
    assert "CUDA graph" in opened(tiny_engine, machine, "auto")


def test_no_cuda_imports_nothing(tiny_engine, tmp_path):
    machine = made_up_machine(tmp_path, device=None)  # its import_module fails the test when it is called
    for engine in ("tensorrt", "cuda"):
        with pytest.raises(EngineError, match="no NVIDIA driver"):
            open_runner(config_of(tiny_engine, engine), machine)
    said = opened(tiny_engine, machine, "auto")
    assert "ONNX Runtime" in said
    assert "no GPU for CUDA here" in said


def test_a_pytorch_without_cuda(tiny_engine, tmp_path):
    from torch_stand_in import make_torch

    machine = made_up_machine(tmp_path, torch=make_torch(available=False))
    with pytest.raises(Unavailable, match="cannot use the GPU"):
        open_runner(config_of(tiny_engine, "cuda"), machine)
    assert "ONNX Runtime" in opened(tiny_engine, machine, "auto")


def test_the_memory_of_the_gpu_is_full(tiny_engine, tmp_path):
    from torch_stand_in import make_torch

    machine = made_up_machine(tmp_path, version=None, torch=make_torch(fails="CUDA out of memory.\nTried to"))
    with pytest.raises(EngineError, match="out of memory"):
        open_runner(config_of(tiny_engine, "cuda"), machine)
    said = opened(tiny_engine, machine, "auto")
    assert "ONNX Runtime" in said
    assert "out of memory" in said


def test_a_plan_of_another_gpu(tiny_engine, tmp_path):
    opened(tiny_engine, made_up_machine(tmp_path))
    faults = Faults()
    said = opened(tiny_engine, made_up_machine(tmp_path, faults, device=OTHER_DEVICE))
    assert faults.builds == 1
    assert "the plan at hand is for GPU NVIDIA Stand-in 1, not NVIDIA Stand-in 2" in said


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"version": "10.16.1.11"}, "TensorRT 11.4.0.106, not TensorRT 10.16.1.11"),
        ({"device": CudaDevice(DEVICE.name, DEVICE.capability, "590.10")}, "driver 580.00, not 590.10"),
    ],
)
def test_a_stale_plan(tiny_engine, tmp_path, change, word):
    opened(tiny_engine, made_up_machine(tmp_path))
    faults = Faults()
    assert word in opened(tiny_engine, made_up_machine(tmp_path, faults, **change))
    assert faults.builds == 1


def test_a_foreign_plan_under_the_right_name(tiny_engine, tmp_path):
    there, here = tmp_path / "there", tmp_path / "here"
    opened(tiny_engine, made_up_machine(there, device=OTHER_DEVICE))
    opened(tiny_engine, made_up_machine(here))
    name = plan_file(here)
    for ending in (".plan", ".json"):
        shutil.copy(plan_file(there).with_suffix(ending), name.with_suffix(ending))
    faults = Faults()
    said = opened(tiny_engine, made_up_machine(here, faults))
    assert "is for GPU NVIDIA Stand-in 2, not NVIDIA Stand-in 1" in said
    assert (faults.builds, faults.deserialised) == (1, 1)


@pytest.mark.parametrize(
    "damage", ["cut", "empty", "exchanged byte", "no note", "note cut", "note of no use"]
)
def test_a_damaged_plan_never_reaches_tensorrt(tiny_engine, tmp_path, damage):
    opened(tiny_engine, made_up_machine(tmp_path))
    plan = plan_file(tmp_path)
    note = plan.with_suffix(".json")
    content = plan.read_bytes()
    if damage == "no note":
        note.unlink()
    elif damage == "note cut":
        note.write_bytes(note.read_bytes()[:50])
    elif damage == "note of no use":
        note.write_text('{"format": 9}')
    else:
        byte = bytes([content[100] ^ 1])
        damaged = {"cut": content[: len(content) // 2], "empty": b""}
        plan.write_bytes(damaged.get(damage, content[:100] + byte + content[101:]))
    faults = Faults()
    said = opened(tiny_engine, made_up_machine(tmp_path, faults))  # deserialising the damage raises Segfault
    assert "plan built now, since the" in said
    assert (faults.builds, faults.deserialised) == (1, 1)
    assert "plan from the cache" in opened(tiny_engine, made_up_machine(tmp_path))


def test_a_plan_that_tensorrt_refuses_is_built_anew_once(tiny_engine, tmp_path):
    opened(tiny_engine, made_up_machine(tmp_path))
    faults = Faults(refuse_plans=1)
    assert "since TensorRT: refuses the plan" in opened(tiny_engine, made_up_machine(tmp_path, faults))
    assert faults.builds == 1
    faults = Faults(refuse_plans=9)
    machine = made_up_machine(tmp_path, faults)
    with pytest.raises(Unavailable, match="refuses the plan"):
        open_runner(config_of(tiny_engine), machine)
    assert faults.builds == 1
    assert not list(tmp_path.glob("*.plan"))


@pytest.mark.parametrize(
    "faults",
    [Faults(no_memory=True), Faults(raises="out of memory"), Faults(raises="std::bad_alloc: memory")],
)
def test_out_of_memory_while_building(tiny_engine, tmp_path, faults):
    machine = made_up_machine(tmp_path, faults)
    with pytest.raises(Unavailable, match="ran out while building") as caught:
        open_runner(config_of(tiny_engine), machine)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 5
    assert not list(tmp_path.glob("*.plan"))
    assert "CUDA graph" in opened(tiny_engine, machine, "auto")


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        (Faults(refuse_graph=True), "cannot read the engine .no importer for this operator"),
        (Faults(refuse_shapes=True), "refuses the shapes"),
        (Faults(raises="internal error"), "the build failed .internal error"),
    ],
)
def test_a_build_that_fails(tiny_engine, tmp_path, faults, words):
    with pytest.raises(Unavailable, match=words):
        open_runner(config_of(tiny_engine), made_up_machine(tmp_path, faults))


def test_a_cache_folder_that_cannot_be_made(tiny_engine, tmp_path):
    (tmp_path / "a file").write_text("")
    said = opened(tiny_engine, made_up_machine(tmp_path / "a file" / "plans"))
    assert "the plan cannot be kept" in said
    assert "LIVESPOT_CACHE_DIR" in said


@pytest.mark.parametrize("trouble", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EDQUOT])
def test_a_cache_folder_that_is_read_only_or_full(tiny_engine, tmp_path, monkeypatch, trouble):
    def no_sync(handle: int) -> None:
        raise OSError(trouble, os.strerror(trouble))

    monkeypatch.setattr(plan_cache.os, "fsync", no_sync)
    faults = Faults()
    machine = made_up_machine(tmp_path, faults)
    said = opened(tiny_engine, machine)
    assert "the plan cannot be kept" in said
    assert os.strerror(trouble) in said
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]  # no half file stays
    opened(tiny_engine, machine)
    assert faults.builds == 2


def test_a_folder_that_is_read_only_keeps_a_bad_plan_but_it_is_not_used(tiny_engine, tmp_path, monkeypatch):
    opened(tiny_engine, made_up_machine(tmp_path))
    plan_file(tmp_path).write_bytes(b"cut")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(plan_cache.Path, "unlink", refused)
    monkeypatch.setattr(plan_cache, "write_whole", refused)
    faults = Faults()
    said = opened(tiny_engine, made_up_machine(tmp_path, faults))
    assert "is damaged (3 of " in said
    assert "cannot be kept" in said


def test_answers_that_differ_are_not_used(tiny_engine, tmp_path):
    machine = made_up_machine(tmp_path, Faults(wrong_by=0.01))
    with pytest.raises(ParityError, match=r"at most 1\.0e-02"):
        open_runner(config_of(tiny_engine), machine)
    assert "CUDA graph" in opened(tiny_engine, machine, "auto")


def test_nan_is_no_agreement(tiny_engine, tmp_path):
    with pytest.raises(ParityError, match="nan"):
        open_runner(config_of(tiny_engine), made_up_machine(tmp_path, Faults(wrong_by=float("nan"))))


def test_a_timing_cache_that_does_not_fit(tiny_engine, tmp_path):
    machine = made_up_machine(tmp_path)
    opened(tiny_engine, machine)
    (timing,) = tmp_path.glob("timing-*.cache")
    assert timing.read_bytes() == b"t"
    opened(tiny_engine, machine, precision="fp16")
    assert timing.read_bytes() == b"tt"
    timing.write_bytes(b"unfit")
    plan_file_of_all = list(tmp_path.glob("*.plan"))
    for path in plan_file_of_all:
        path.unlink()
    opened(tiny_engine, machine)
    assert timing.read_bytes() == b"t"


_BUILDER = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from inference_makers import made_up_machine
from tensorrt_stand_in import Faults
from livespot.config import InferenceConfig
from livespot.inference.open import engine_plan

folder, engine, log = map(Path, sys.argv[1:4])

def build():
    with log.open("a") as file:
        file.write("build\\n")
    time.sleep(1.0)

torch = SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: True))
machine = made_up_machine(folder, Faults(on_build=build), torch=torch)
runner = engine_plan("tensorrt", InferenceConfig(model=str(engine)), machine).open("")
print(runner.info.description)
"""


def test_two_processes_build_at_once(tiny_engine, tmp_path):
    log = tmp_path / "builds.txt"
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(here.parents[1]), str(here)])}
    arguments = [sys.executable, "-c", _BUILDER, str(tmp_path / "plans"), str(tiny_engine), str(log)]
    processes = [
        subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [process.communicate(timeout=100)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert log.read_text() == "build\n"
    assert sorted("built now" in text for text in said) == [False, True]
    assert sorted("from the cache" in text for text in said) == [False, True]


def test_waiting_for_another_process_can_be_given_up(tiny_engine, tmp_path):
    plan = engine_plan("tensorrt", config_of(tiny_engine), made_up_machine(tmp_path))
    key = plan._key(plan._graph()[0])
    told = []

    def progress(share: float, text: str) -> bool:
        told.append(text)
        return False

    with (
        filelock.FileLock(plan.cache.lock_path(key)),
        pytest.raises(Unavailable, match="stopped"),
    ):
        plan.open("", progress)
    assert "waiting for another livespot" in told[0]


def test_an_unknown_engine_and_precision(tiny_engine):
    with pytest.raises(UsageError, match="expected one of auto"):
        open_runner(config_of(tiny_engine, "gpu"))
    with pytest.raises(ConfigError, match="precision: expected one of auto, fp32, fp16, int8, got 'int4'"):
        config_of(tiny_engine, precision="int4")


def test_the_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("LIVESPOT_CACHE_DIR", str(tmp_path / "named"))
    assert user_cache() == tmp_path / "named"
    monkeypatch.delenv("LIVESPOT_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache() == tmp_path / "livespot"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert user_cache() == Path.home() / ".cache" / "livespot"
