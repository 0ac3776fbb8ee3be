"""The plan cache against the real TensorRT-RTX, as far as a machine without a GPU allows."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from livespot.cli import main
from livespot.config import InferenceConfig
from livespot.errors import EngineError
from livespot.inference.cuda import CudaDevice, NoGpu, Unavailable, find_cuda
from livespot.inference.machine import Machine
from livespot.inference.open import open_runner, plan_to_build
from livespot.inference.plan_cache import PlanCache
from livespot.inference.plans import EnginePlan
from livespot.inference.sidecar import read_engine
from livespot.inference.tensorrt_build import BuildError, build_plan
from livespot.inference.tensorrt_engine import LoadedPlan, PlanRefusedError
from livespot.inference.tensorrt_library import load_tensorrt_rtx
from livespot.installation.shipped_files import engine_path

pytest.importorskip("tensorrt_rtx", reason="TensorRT-RTX is not installed: pip install 'livespot[rtx]'")

ROOT = Path(__file__).parents[2]


def no_gpu() -> CudaDevice:
    raise NoGpu("CUDA: no NVIDIA driver here")


def has_gpu() -> bool:
    try:
        find_cuda()
    except Unavailable:
        return False
    return True


without_driver = pytest.mark.skipif(
    has_gpu(), reason="there is a GPU: what happens without one cannot be seen"
)


def plan_of(engine: Path, folder: Path, **more) -> EnginePlan:
    """The plan of an engine for cards elsewhere, whatever is in this machine."""
    machine = Machine(no_gpu, cache=PlanCache(folder))
    return plan_to_build("tensorrt-rtx", InferenceConfig(model=str(engine), **more), machine)


def building(engine: Path | str, folder: Path, *arguments: str) -> subprocess.Popen:
    """``livespot engine build`` in a process of its own."""
    command = [sys.executable, "-m", "livespot", "engine", "build", "--engine", "tensorrt-rtx", "--json"]
    environment = os.environ | {"LIVESPOT_CACHE_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*command, "--model", str(engine), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


@pytest.fixture(scope="module")
def built_once(tiny_engine, tmp_path_factory) -> Path:
    """A folder with the plan of the tiny engine; to be copied."""
    folder = tmp_path_factory.mktemp("plans")
    plan_of(tiny_engine, folder).build()
    return folder


@pytest.fixture
def plans(built_once, tmp_path) -> Path:
    return Path(shutil.copytree(built_once, tmp_path / "plans"))


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_the_shipped_engine_becomes_a_plan(precision, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LIVESPOT_CACHE_DIR", str(tmp_path))
    arguments = [
        "engine",
        "build",
        "--engine",
        "tensorrt-rtx",
        "--precision",
        precision,
        "--model",
        "spotformer",
    ]
    assert main([*arguments, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out.splitlines()[0])
    (plan,) = (tmp_path / "plans").glob("*.plan")
    assert facts["path"] == str(plan) and facts["bytes"] == plan.stat().st_size > 1_000_000
    assert facts["inputs"] == [{"name": "windows", "shape": ["n", 17, 24, 2], "dtype": "float32"}]
    # Ten probabilities, ten logits and forty numbers of the representation, which the second stage reads.
    assert facts["outputs"] == [{"name": "probabilities", "shape": ["n", 60], "dtype": "float32"}]
    assert facts["capability"].startswith("SM75, SM80" if precision == "fp16" else "SM80")
    with capsys.disabled():  # for the log of a test run
        print(f"\n{facts}")
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "plan from the cache" in shown and facts["sha256"] in shown
    assert "input windows: float32 (n, 17, 24, 2)" in shown


def test_the_same_graph_gives_a_plan_of_the_same_interface(tiny_engine, plans):
    """Not always of the same bytes: the library orders what it serialises as it likes."""
    first = plan_of(tiny_engine, plans).build()
    again = plan_of(tiny_engine, plans).build(anew=True)
    assert (first.built, again.built) == (False, True)
    assert again.reason == "it was asked for"
    assert first.inputs == again.inputs and first.outputs == again.outputs


def test_the_list_says_what_it_would_need(tiny_engine, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LIVESPOT_CACHE_DIR", str(tmp_path))
    assert main(["engine", "list", "--model", str(tiny_engine)]) == 0
    shown = capsys.readouterr().out
    if not has_gpu():
        assert (
            "a plan can be built here; to run it: an NVIDIA RTX card, driver r580 or newer (none here)"
            in shown
        )


@pytest.mark.parametrize(
    "damage", ["cut", "empty", "exchanged byte", "no note", "note cut", "another digest"]
)
def test_a_damaged_plan_is_built_anew(tiny_engine, plans, damage):
    whole = plan_of(tiny_engine, plans).build()
    note = whole.path.with_suffix(".json")
    if damage == "no note":
        note.unlink()
    elif damage == "note cut":
        note.write_bytes(note.read_bytes()[:50])
    elif damage == "another digest":
        note.write_text(json.dumps(json.loads(note.read_text()) | {"sha256": "0" * 64}))
    else:
        byte = bytes([whole.plan[1000] ^ 1])
        damaged = {"cut": whole.plan[:1000], "empty": b""}
        whole.path.write_bytes(damaged.get(damage, whole.plan[:1000] + byte + whole.plan[1001:]))
    again = plan_of(tiny_engine, plans).build()
    assert again.built and ("damaged" in again.reason or "cannot be read" in again.reason), again.reason
    # Two builds need not give the same bytes: the library orders what it serialises as it likes.
    assert hashlib.sha256(again.path.read_bytes()).hexdigest() == again.sha256
    assert not plan_of(tiny_engine, plans).build().built


def test_a_plan_of_another_version(tiny_engine, plans):
    """Found beside the right one, and under its name."""
    whole = plan_of(tiny_engine, plans).build()
    note = whole.path.with_suffix(".json")
    content = json.loads(note.read_text())
    content["key"]["library"] = "TensorRT-RTX 1.2.0.54"
    note.write_text(json.dumps(content))
    ready, why = plan_of(tiny_engine, plans).is_ready()
    assert not ready and "library TensorRT-RTX 1.2.0.54, not TensorRT-RTX" in why
    for ending in (".plan", ".json"):
        shutil.move(whole.path.with_suffix(ending), plans / f"tiny-{'0' * 16}{ending}")
    again = plan_of(tiny_engine, plans).build()
    assert again.built and "the plan at hand is for library TensorRT-RTX 1.2.0.54" in again.reason


def test_a_disk_without_room(tiny_engine, tmp_path):
    """Files may not grow beyond 20 kB, as on a full disk: the write itself fails half-way."""
    pytest.importorskip("resource", reason="limits on the size of files are set through POSIX")
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));"
        "from livespot.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            script,
            *["engine", "build", "--engine", "tensorrt-rtx", "--model"],
            str(tiny_engine),
        ],
        env=os.environ | {"LIVESPOT_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert run.returncode == 5, run.stderr
    assert "the plan cannot be kept" in run.stderr and "File too large" in run.stderr
    assert "plan built now" in run.stdout
    assert not [path for path in (tmp_path / "plans").iterdir() if path.suffix != ".lock"]


def test_two_processes_build_at_once(tiny_engine, tmp_path):
    processes = [building(tiny_engine, tmp_path) for _ in range(2)]
    said = [process.communicate(timeout=110) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    facts = [json.loads(out.splitlines()[0]) for out, _ in said]
    assert sorted(one["built"] for one in facts) == [False, True]
    assert facts[0]["sha256"] == facts[1]["sha256"]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_killed_while_building(tmp_path):
    """At its first sign of progress, later in the build, and about when the plan is written."""
    engine = engine_path("spotformer-small")
    plans = tmp_path / "plans"
    for lines, more_s in ((1, 0.0), (5, 0.0), (5, 0.02), (5, 0.05)):
        process = building(engine, tmp_path, "--anew")
        assert process.stderr is not None
        for _ in range(lines):
            assert "building the TensorRT-RTX plan" in process.stderr.readline()
        time.sleep(more_s)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        found = plan_of(engine, plans)
        ready, _ = found.is_ready()
        assert ready is (found.cache.load(found._key(found._graph()[0])).plan is not None)
    process = building(engine, tmp_path)  # no lock stays behind
    out, told = process.communicate(timeout=110)
    assert process.returncode == 0, told
    facts = json.loads(out.splitlines()[0])
    assert Path(facts["path"]).stat().st_size == facts["bytes"]
    assert not plan_of(engine, plans).build().built


def test_a_build_that_is_stopped(tiny_engine, tmp_path):
    with pytest.raises(BuildError, match="TensorRT-RTX: the build was stopped"):
        plan_of(tiny_engine, tmp_path).build(lambda share, text: False)
    assert not list(tmp_path.glob("*.plan"))


def test_graphs_and_targets_that_the_library_refuses(tiny_engine):
    import onnx

    library = load_tensorrt_rtx()
    graph, sidecar = read_engine(tiny_engine)
    with pytest.raises(BuildError, match="TensorRT-RTX: cannot read the engine"):
        build_plan(library, b"no graph", sidecar, ("SM86",))
    model = onnx.load_model_from_string(graph)
    model.graph.node[0].op_type = "NoSuchOperator"
    with pytest.raises(BuildError, match="cannot read the engine"):
        build_plan(library, model.SerializeToString(), sidecar, ("SM86",))
    with pytest.raises(BuildError, match=r"the build failed .*Turing"):
        build_plan(library, graph, sidecar, ("SM75",))


@without_driver
def test_a_plan_for_the_gpu_here_needs_one(tiny_engine):
    graph, sidecar = read_engine(tiny_engine)
    with pytest.raises(BuildError, match=r"the build failed .*driver"):
        build_plan(load_tensorrt_rtx(), graph, sidecar, ("CURRENT",))


@without_driver
def test_without_a_driver_nothing_crashes_and_the_next_engine_runs(tiny_engine, plans):
    built = plan_of(tiny_engine, plans).build()
    _, sidecar = read_engine(tiny_engine)
    with pytest.raises(PlanRefusedError, match=r"TensorRT-RTX: refuses the plan .*driver"):
        LoadedPlan(load_tensorrt_rtx(), built.plan, sidecar)
    machine = Machine(cache=PlanCache(plans))
    with pytest.raises(EngineError, match=r"no NVIDIA driver|no GPU") as caught:
        open_runner(InferenceConfig(model=str(tiny_engine), engine="tensorrt-rtx"), machine)
    assert caught.value.exit_code == 5
    runner = open_runner(InferenceConfig(model=str(tiny_engine)), machine)
    assert runner.info.backend == "onnx" and "no GPU for CUDA here" in runner.info.description
    runner.close()
