from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livespot.config import InferenceConfig
from livespot.errors import EngineError, UsageError
from livespot.inference import open_runner
from livespot.inference.onnx_runner import OnnxRunner
from livespot.inference.parity import reference_answers
from livespot.installation.stored_windows import stored_windows
from livespot.types import CURVES


@pytest.fixture(scope="session")
def exported(tiny_engine: Path) -> Path:
    return tiny_engine


@pytest.fixture
def engine(exported: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    for ending in (".onnx", ".json"):
        (tmp_path / f"tiny{ending}").write_bytes(exported.with_suffix(ending).read_bytes())
    return tmp_path / "tiny.onnx"


def windows(n: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(5).normal(0.0, 2.0, (n, 17, 10, 2)).astype(np.float32)


def rewrite(engine: Path, **changes: Any) -> None:
    path = engine.with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def test_answers_like_the_network_and_always_with_the_same_bits(exported: Path) -> None:
    runner = open_runner(InferenceConfig(model=str(exported)))
    runner.warm_up()
    some = stored_windows()[::40]
    expected = reference_answers(exported).probabilities[::40]
    for window, row in zip(some, expected, strict=True):
        answer = runner.infer(window)
        assert answer.shape == (len(CURVES),)
        assert answer.dtype == np.float32
        assert np.abs(answer - row).max() <= 1e-5
        assert np.array_equal(answer, runner.infer(window))
    again = open_runner(InferenceConfig(model=str(exported), threads=2))
    assert np.array_equal(again.infer(some[0]), runner.infer(some[0]))
    again.close()
    runner.close()


def test_views_and_strides_do_not_matter(exported: Path) -> None:
    runner = OnnxRunner(exported)
    window = windows(1)[0]
    turned = np.asfortranarray(window)
    assert np.array_equal(runner.infer(turned), runner.infer(window))
    assert runner.infer(window).flags.writeable


def test_says_what_it_is(exported: Path) -> None:
    runner = open_runner(InferenceConfig(model=str(exported), engine="onnx"))
    assert runner.info.name == "tiny"
    assert "ONNX Runtime" in runner.info.description
    assert "1 thread " in runner.info.description
    assert len(runner.info.sha256) == 64
    assert dict(runner.info.thresholds) == {"ME": 0.4, "MaE": 0.6}


def test_a_window_of_another_shape_is_refused(exported: Path) -> None:
    runner = OnnxRunner(exported)
    with pytest.raises(EngineError, match=r"tiny\.onnx expects a window \(17, 10, 2\), got \(15, 10, 2\)"):
        runner.infer(np.zeros((15, 10, 2), np.float32))


def test_a_closed_runner_says_so(exported: Path) -> None:
    runner = OnnxRunner(exported)
    runner.close()
    runner.close()
    with pytest.raises(EngineError, match="was closed"):
        runner.warm_up()


def test_a_missing_file(engine: Path) -> None:
    engine.unlink()
    with pytest.raises(EngineError, match="no such file"):
        open_runner(InferenceConfig(model=str(engine)))
    with pytest.raises(EngineError, match="cannot be read"):
        OnnxRunner(engine)


def test_an_unknown_name() -> None:
    with pytest.raises(EngineError, match="not among the engines here"):
        open_runner(InferenceConfig(model="no such engine"))


def test_a_file_cut_in_half(engine: Path) -> None:
    graph = engine.read_bytes()
    engine.write_bytes(graph[: len(graph) // 2])
    with pytest.raises(EngineError, match=r"expected sha256 .* damaged"):
        OnnxRunner(engine)


def test_a_file_that_is_no_network(engine: Path) -> None:
    import hashlib

    engine.write_bytes(b"not a network")
    rewrite(engine, sha256=hashlib.sha256(b"not a network").hexdigest())
    with pytest.raises(EngineError, match="is not an ONNX file") as caught:
        OnnxRunner(engine)
    assert "\n" not in str(caught.value)


def test_a_missing_sidecar(engine: Path) -> None:
    engine.with_suffix(".json").unlink()
    with pytest.raises(EngineError, match=r"sidecar tiny\.json is missing"):
        OnnxRunner(engine)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not readable JSON"),
        ("[]", "expected a sidecar of format 1, got None"),
        ('{"format": 7}', "expected a sidecar of format 1, got 7"),
        ('{"format": 1}', "lacks or garbles 'sha256'"),
    ],
)
def test_a_damaged_sidecar(engine: Path, content: str, message: str) -> None:
    engine.with_suffix(".json").write_text(content, encoding="utf-8")
    with pytest.raises(EngineError, match=message):
        OnnxRunner(engine)


def test_a_network_of_another_window_length(engine: Path) -> None:
    rewrite(engine, input={"name": "windows", "shape": ["n", 15, 10, 2]})
    with pytest.raises(EngineError, match=r"expects windows \(n, 15, 10, 2\).*another window length\?"):
        OnnxRunner(engine)


def test_names_that_differ_from_the_graph(engine: Path) -> None:
    rewrite(engine, input={"name": "flow", "shape": ["n", 17, 10, 2]})
    with pytest.raises(EngineError, match="expected input flow"):
        OnnxRunner(engine)


def test_curves_in_another_order(engine: Path) -> None:
    rewrite(engine, output={"name": "probabilities", "curves": list(reversed(CURVES))})
    with pytest.raises(EngineError, match="expected the curves"):
        OnnxRunner(engine)


def test_an_unknown_engine() -> None:
    with pytest.raises(UsageError, match="auto, onnx, cuda, tensorrt"):
        open_runner(InferenceConfig(engine="gpu"))


def test_no_thread_at_all(exported: Path) -> None:
    with pytest.raises(EngineError, match="one thread or more"):
        OnnxRunner(exported, threads=0)
