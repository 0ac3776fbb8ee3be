"""The GPU bench: rehearsed on stand-ins, and on the machine at hand as far as it goes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "inference"))  # the stand-ins

from inference_makers import DEVICE, OTHER_DEVICE, RTX, made_up_machine
from tensorrt_stand_in import Faults

from livespot.bench.gpu import SECTIONS, main, passed, run_apart, run_section
from livespot.bench.gpu_sections import Bench
from livespot.inference.cuda import Unavailable, find_cuda

TINY = Path(__file__).parents[1] / "inference" / "tiny" / "tiny.onnx"


def run(name: str, tmp_path: Path, **machine: object) -> dict:
    """A section in this process, on a machine that is made up."""
    told: dict = {}
    bench = Bench(made_up_machine(tmp_path, **machine), str(TINY), 0.05, clip_frames=30, fast_frames=40)
    ended = run_section(name, bench, told.__setitem__)
    json.dumps(told, allow_nan=False)
    return told | ended


def test_the_limits_leave_it_under_eight_minutes():
    assert sum(limit_s for _, limit_s in SECTIONS.values()) < 480


@pytest.mark.parametrize(
    ("section", "figures", "machine"),
    [
        ("cuda_graph", ["cuda"], {"device": DEVICE}),
        ("tensorrt", ["tensorrt fp32", "tensorrt fp16"], {"device": DEVICE}),
        ("tensorrt_rtx", ["tensorrt-rtx fp32", "tensorrt-rtx fp16"], {"device": RTX, "rtx": "1.7.1.116"}),
        ("tensorrt_rtx", ["tensorrt-rtx fp32"], {"device": OTHER_DEVICE, "rtx": "1.7.1.116"}),
    ],
)
def test_a_backend_is_compared_and_measured(section, figures, machine, tmp_path, monkeypatch):
    from livespot.bench import gpu_sections

    def few(regions: str = "paper"):
        return stored(regions)[:40]

    stored, reference = gpu_sections.stored_windows, gpu_sections.reference_answers
    monkeypatch.setattr(gpu_sections, "stored_windows", few)  # the stand-in's float16 takes its time

    def few_answers(path):
        whole = reference(path)
        return type(whole)(whole.probabilities[:40], whole.made_by)

    monkeypatch.setattr(gpu_sections, "reference_answers", few_answers)
    found = run(section, tmp_path, **machine)
    assert found["state"] == "done"
    for name in figures:
        facts = found[name]
        assert facts["runs"] and facts["parity"]["passed"] and facts["parity"]["same_intervals"], facts
        assert facts["parity"]["windows"] == 40 and facts["same_bits_again"]
        speed = facts["speed"]
        assert 0 < speed["p50_ms"] <= speed["p95_ms"] <= speed["p99_ms"] and speed["windows_per_s"] > 0


def test_the_device_and_what_is_missing(tmp_path):
    found = run("device", tmp_path, device=RTX, version=None, rtx="1.7.1.116")
    assert found["gpu"]["rtx"] and found["tensorrt-rtx"] == "TensorRT-RTX 1.7.1.116"
    assert found["tensorrt"].startswith("missing: TensorRT: cannot be loaded")


@pytest.mark.parametrize(("refusals", "taken"), [(0, True), (1, False)])
def test_what_a_card_that_is_not_on_the_list_does_with_the_portable_plan(refusals, taken, tmp_path):
    faults = Faults(refuse_plans=refusals)
    found = run("tensorrt_rtx_portable_plan", tmp_path, faults=faults, device=OTHER_DEVICE, rtx="1.7.1.116")
    assert found["state"] == "done" and found["taken"] is taken
    assert faults.built_for[0] == "SM80" and ("refuses the plan" in found.get("reason", "")) is not taken


def test_intervals_of_every_backend_on_the_built_in_clip(tmp_path):
    found = run("demo_intervals", tmp_path, device=RTX, version=None, rtx="1.7.1.116")
    assert found["state"] == "done"
    for backend in ("onnx", "cuda", "tensorrt-rtx"):
        assert found[backend]["runs"] and found[backend]["same"]
    assert not found["tensorrt"]["runs"]


def test_a_fast_recording_through_the_whole_path(tmp_path):
    found = run("fast_camera", tmp_path, device=RTX, version=None, rtx="1.7.1.116")
    assert found["state"] == "done", found
    assert "TensorRT-RTX" in found["engine"] and found["frames"] == 40 and found["frames_per_second"] > 0


def test_no_section_but_the_flow_runs_without_a_gpu(tmp_path):
    states = {name: run(name, tmp_path, device=None)["state"] for name in SECTIONS}
    assert states.pop("batched_flow") == "done" and set(states.values()) == {"no gpu"}


def test_what_counts_as_passed():
    good = {"state": "done", "cuda": {"runs": True, "parity": {"passed": True, "same_intervals": True}}}
    other = {"state": "done", "cuda": {"runs": True, "parity": {"passed": True, "same_intervals": False}}}
    assert passed({"a": good, "b": {"state": "done", "tensorrt": {"runs": False, "reason": "missing"}}})
    assert not passed({"a": other})
    assert not passed({"a": good, "b": {"state": "over its limit"}})
    assert not passed({"a": {"state": "done", "cuda": {"runs": True, "same": False}}})


def test_a_section_that_hangs_or_crashes_keeps_what_it_told():
    told: list[dict] = []
    say = "print('livespot.bench.gpu {\"a\": 1}', flush=True); "
    ended = run_apart([sys.executable, "-c", f"import time; {say} time.sleep(60)"], 2.0, told.append)
    assert ended["state"] == "over its limit" and told == [{"a": 1}]
    crash = f"import os, signal; {say} os.kill(os.getpid(), signal.SIGSEGV)"
    ended = run_apart([sys.executable, "-c", crash], 30.0, told.append)
    assert ended["state"] == "crashed" and told == [{"a": 1}] * 2


def test_the_script_on_this_machine(tmp_path, monkeypatch, capsys):
    try:
        find_cuda()
        pytest.skip("there is a GPU here: run the script itself")
    except Unavailable:
        pass
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    out = tmp_path / "gpu.json"
    assert main(["--out", str(out), "--only", "device", "cuda_graph", "batched_flow"]) == 5
    figures = json.loads(out.read_text())
    sections = figures["sections"]
    assert list(sections) == ["device", "cuda_graph", "batched_flow"] and figures["passed"] is False
    assert sections["device"]["versions"] and sections["device"]["state"] == "no gpu"
    assert sections["batched_flow"]["state"] == "done"
    assert main(["--out", str(tmp_path / "no such folder" / "x.json")]) != 0
    assert "give another --out" in capsys.readouterr().err
