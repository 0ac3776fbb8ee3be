from __future__ import annotations

import json

import numpy as np
import pytest
from inference_makers import made_up_machine
from tensorrt_stand_in import Faults

from livespot.cli import main, parser
from livespot.commands.engine import Engines
from livespot.config import InferenceConfig
from livespot.errors import EngineError
from livespot.inference.choose import survey, why_not_here
from livespot.installation.stored_windows import (
    Reference,
    read_reference,
    reference_path,
    stored_windows,
    write_reference,
)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("LIVESPOT_CACHE_DIR", str(tmp_path / "cache"))


def engines(machine, *arguments: str) -> Engines:
    return Engines(parser().parse_args(["engine", *arguments]), machine)


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_list_names_what_there_is_and_why(capsys):
    assert main(["engine", "list"]) == 0
    shown = capsys.readouterr().out
    assert "spotformer: " in shown
    assert "onnx         ready" in shown
    assert "plans are kept in " in shown
    assert main(["engine", "list", "--json", "--engine", "onnx"]) == 0
    found = objects(capsys.readouterr().out)
    (default,) = [one for one in found if one["default"]]
    assert [one["backend"] for one in default["backends"]] == ["tensorrt-rtx", "tensorrt", "cuda", "onnx"]
    assert [one["backend"] for one in default["backends"] if one["chosen"]] == ["onnx"]


def test_list_on_a_machine_with_a_gpu(capsys, tmp_path, tiny_engine):
    machine = made_up_machine(tmp_path)
    arguments = ("list", "--model", str(tiny_engine))
    engines(machine, *arguments).listing()
    shown = capsys.readouterr().out
    assert "    tensorrt     can be built  TensorRT 11.4.0.106 on NVIDIA Stand-in 1" in shown
    assert "  → cuda         ready" in shown
    assert engines(machine, "build", "--model", str(tiny_engine)).build() == 0
    captured = capsys.readouterr()
    assert "passed: differs from PyTorch" in captured.out
    assert "building the TensorRT plan, 100%" in captured.err
    engines(machine, *arguments).listing()
    assert "  → tensorrt     ready" in capsys.readouterr().out
    engines(machine, *arguments, "--json").listing()
    (facts,) = objects(capsys.readouterr().out)
    assert facts["plans"] == [
        {
            "library": "TensorRT 11.4.0.106",
            "gpu": "NVIDIA Stand-in 1",
            "capability": "8.6",
            "precision": "fp32",
        }
    ]


def test_build_anew(capsys, tmp_path, tiny_engine):
    faults = Faults()
    machine = made_up_machine(tmp_path, faults)
    for extra in ((), ("--anew",), ()):
        assert engines(machine, "build", "--model", str(tiny_engine), *extra).build() == 0
    assert faults.builds == 2
    assert "it was asked for" in capsys.readouterr().out


def test_build_without_gpu_or_of_another_engine(capsys):
    assert main(["engine", "build", "--engine", "onnx"]) == 5
    assert "needs no build" in capsys.readouterr().err


def test_verify(capsys):
    assert main(["engine", "verify", "--engine", "onnx", "--json"]) == 0
    found = objects(capsys.readouterr().out)
    assert {facts["precision"] for facts in found} == {"fp32", "int8"}
    for facts in found:
        assert facts["passed"]
        assert facts["same_intervals"]
        assert facts["windows"] == len(stored_windows())
        assert facts["largest"] < (1e-4 if facts["precision"] == "fp32" else 2e-2)
    assert main(["engine", "verify", "--engine", "onnx", "--precision", "int8", "--json"]) == 0
    (facts,) = objects(capsys.readouterr().out)
    assert facts["precision"] == "int8"


def test_verify_all_backends(capsys, tmp_path, tiny_engine):
    faults = Faults()
    machine = made_up_machine(tmp_path, faults)
    assert engines(machine, "verify", "--model", str(tiny_engine)).verify() == 0
    shown = capsys.readouterr().out
    assert "tensorrt: not built" in shown
    assert shown.count("passed") == 2
    faults.wrong_by = 0.2
    arguments = ("verify", "--model", str(tiny_engine), "--engine", "tensorrt", "--json")
    assert engines(machine, *arguments).verify() == 5
    (facts,) = objects(capsys.readouterr().out)
    assert not facts["passed"]
    assert facts["largest"] == pytest.approx(0.2, abs=1e-3)


def test_verify_finds_an_engine_that_says_something_else(capsys, tmp_path, tiny_engine):
    engine = tmp_path / "tiny.onnx"
    for ending in (".onnx", ".json"):
        (tmp_path / f"tiny{ending}").write_bytes(tiny_engine.with_suffix(ending).read_bytes())
    arguments = ["engine", "verify", "--model", str(engine), "--engine", "onnx"]
    assert main(arguments) == 0
    assert "differs from PyTorch" in capsys.readouterr().out  # its own graph, computed by PyTorch
    sha256 = json.loads(tiny_engine.with_suffix(".json").read_text())["sha256"]
    known = read_reference(tiny_engine, sha256)
    assert known is not None
    write_reference(engine, sha256, Reference(known.probabilities + np.float32(0.1), "a test"))
    assert main(arguments) == 5
    assert "FAILED: differs from a test" in capsys.readouterr().out
    assert read_reference(engine, "0" * 64) is None
    reference_path(engine).write_bytes(b"no archive")
    assert read_reference(engine, sha256) is None


def test_bench(capsys, tiny_engine):
    arguments = [
        "engine",
        "bench",
        "--model",
        str(tiny_engine),
        "--engine",
        "onnx",
        "--seconds",
        "0.05",
        "--json",
    ]
    assert main(arguments) == 0
    (facts,) = objects(capsys.readouterr().out)
    assert 0 < facts["p50_ms"] <= facts["p95_ms"] <= facts["p99_ms"]
    assert facts["batch"] == 32
    assert facts["windows_per_s"] > 0


@pytest.mark.parametrize(
    "arguments", [["engine"], ["engine", "melt"], ["engine", "build", "--precision", "int4"]]
)
def test_wrong_usage(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_an_engine_that_is_not_there(capsys, tmp_path):
    assert main(["engine", "list", "--model", "no such engine"]) == 5
    assert main(["engine", "verify", "--model", str(tmp_path / "no.onnx")]) == 5
    assert capsys.readouterr().err.count("\n") == 2


def test_survey_of_one_backend(tmp_path, tiny_engine):
    without = made_up_machine(tmp_path, device=None)
    chosen = {
        engine: [
            c.backend
            for c in survey(InferenceConfig(model=str(tiny_engine), engine=engine), without)
            if c.chosen
        ]
        for engine in ("auto", "onnx", "cuda")
    }
    assert chosen == {"auto": ["onnx"], "onnx": ["onnx"], "cuda": []}


def test_what_is_lacking(tmp_path):
    assert why_not_here("onnx") == ""
    assert why_not_here("cuda", made_up_machine(tmp_path, device=None)) == "no NVIDIA GPU"
    assert why_not_here("cuda", made_up_machine(tmp_path)) == ""


def test_graphs_that_pytorch_does_not_compute(tiny_engine):
    import onnx
    import torch

    from livespot.inference.onnx_torch import TorchGraph

    with pytest.raises(EngineError, match="is not an ONNX file"):
        TorchGraph(torch, b"no graph", "cpu")
    model = onnx.load(str(tiny_engine))
    model.graph.node[0].op_type = "QLinearMatMul"
    with pytest.raises(EngineError, match=r"for the CPU only \(QLinearMatMul\)"):
        TorchGraph(torch, model.SerializeToString(), "cpu")


def test_a_number_too_large_for_halves(tiny_engine):
    import onnx
    from onnx import numpy_helper

    from livespot.inference.float16 import float16_graph

    model = onnx.load(str(tiny_engine))
    model.graph.initializer[0].CopyFrom(
        numpy_helper.from_array(np.full(3, 1e6, np.float32), model.graph.initializer[0].name)
    )
    with pytest.raises(EngineError, match="above 65504; use --precision fp32"):
        float16_graph(model.SerializeToString())
    with pytest.raises(EngineError, match="is not an ONNX file"):
        float16_graph(b"no graph")


def test_the_stored_windows_are_real_motion():
    windows = stored_windows()
    assert windows.shape[1:] == (17, 10, 2)
    assert windows.dtype == np.float32
    assert not windows[:, 0].any()  # each against its own first frame
    assert 0.5 < np.abs(windows).max() < 50.0
