"""8-bit weights on the CPU: taken where they are right, left where they are not, and always said."""

from __future__ import annotations

import hashlib
import json
import shutil

import numpy as np
import pytest
from inference_makers import made_up_machine, windows

from livespot.config import Config, InferenceConfig
from livespot.errors import EngineError
from livespot.inference import SwapRunner, open_runner
from livespot.inference.choose import survey
from livespot.inference.cuda import Unavailable
from livespot.inference.onnx_runner import OnnxRunner
from livespot.inference.parity import ParityError
from livespot.inference.precisions import engine_of
from livespot.inference.sidecar import read_sidecar
from livespot.installation.shipped_files import engine_path, int8_path
from livespot.installation.stored_windows import stored_windows
from livespot.models.quantise import int8_bytes
from livespot.pipeline import Spotting
from livespot.stream.engines import engine_choices, engine_config
from livespot.types import Window


@pytest.fixture
def engine(int8_engine, tmp_path):
    """A copy that may be damaged."""
    return shutil.copytree(int8_engine.parent, tmp_path / "engine") / "tiny.onnx"


def opened(path, precision="auto", engine="onnx", machine=None):
    return open_runner(InferenceConfig(model=str(path), engine=engine, precision=precision), machine)


def described(path, **more):
    runner = opened(path, **more)
    runner.infer(windows(1)[0])
    runner.close()
    return runner.info.precision, runner.info.description


def test_they_are_the_usual_choice_and_the_exact_file_stays_selectable(int8_engine):
    sidecar = read_sidecar(int8_engine)
    usual, exact = opened(int8_engine), opened(int8_engine, "fp32")
    assert (usual.info.precision, exact.info.precision) == ("int8", "fp32")
    assert "8-bit weights" in usual.info.description and "8-bit" not in exact.info.description
    assert (usual.info.sha256, exact.info.sha256) == (sidecar.int8_sha256, sidecar.sha256)
    assert usual.info.engine_sha256 == exact.info.engine_sha256 == sidecar.sha256
    one = stored_windows()[90]
    assert 0 < np.abs(usual.infer(one) - exact.infer(one)).max() < 0.03
    for runner in (usual, exact):
        runner.close()


def test_a_window_has_the_same_bits_alone_and_in_a_batch(int8_engine):
    runner = opened(int8_engine)
    some = windows(9) * np.linspace(0.1, 4.0, 9, dtype=np.float32)[:, None, None, None]
    assert np.array_equal(runner.infer_batch(some), np.stack([runner.infer(window) for window in some]))
    runner.close()


def test_missing_weights_cost_time_and_not_the_run(engine):
    int8_path(engine).unlink()
    precision, said = described(engine)
    assert precision == "fp32" and "no 8-bit weights: engine tiny.int8.onnx: cannot be read" in said
    with pytest.raises(EngineError, match=r"tiny\.int8\.onnx: cannot be read"):
        opened(engine, "int8")


def test_cut_weights_are_not_used(engine):
    file = int8_path(engine)
    file.write_bytes(file.read_bytes()[:-100])
    precision, said = described(engine)
    assert precision == "fp32" and "the file is damaged or was exchanged" in said
    with pytest.raises(EngineError, match="damaged or was exchanged"):
        opened(engine, "int8")


def test_weights_that_answer_wrongly_are_not_used(engine):
    """As of a kernel that is wrong on some processor: the file is whole, and says something else."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(engine.read_bytes())
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.ndim == 2 and values.size >= 4096:
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(-values), tensor.name))
    other = int8_bytes(model.SerializeToString())
    int8_path(engine).write_bytes(other)
    sidecar = json.loads(engine.with_suffix(".json").read_text(encoding="utf-8"))
    sidecar["int8"]["sha256"] = hashlib.sha256(other).hexdigest()
    engine.with_suffix(".json").write_text(json.dumps(sidecar), encoding="utf-8")
    precision, said = described(engine)
    assert precision == "fp32" and "no 8-bit weights: " in said and "differs from" in said
    with pytest.raises(ParityError, match="differs from"):
        opened(engine, "int8")


def test_an_engine_without_them(tiny_engine):
    assert described(tiny_engine)[0] == "fp32"
    with pytest.raises(EngineError, match="brings no 8-bit weights; take --precision auto or fp32"):
        opened(tiny_engine, "int8")
    (only,) = [one for one in survey(config_of(tiny_engine, "int8")) if one.backend == "onnx"]
    assert not only.runs and "brings no 8-bit weights" in only.words


def config_of(path, precision, engine="auto"):
    return InferenceConfig(model=str(path), precision=precision, engine=engine)


def test_a_gpu_computes_no_8_bit_weights(int8_engine, tmp_path):
    machine = made_up_machine(tmp_path)
    for backend in ("cuda", "tensorrt"):
        with pytest.raises(Unavailable, match="only ONNX Runtime on the CPU"):
            opened(int8_engine, "int8", backend, machine)
    precision, said = described(int8_engine, precision="int8", engine="auto", machine=machine)
    assert precision == "int8" and said.startswith("tiny: 8-bit weights, ONNX Runtime")
    assert said.endswith("(chosen by its precision)")
    assert described(int8_engine, engine="auto", machine=machine)[0] == "fp32"  # by the GPU
    words = {one.backend: (one.runs, one.chosen) for one in survey(config_of(int8_engine, "int8"), machine)}
    gpu = dict.fromkeys(("tensorrt-rtx", "tensorrt", "cuda"), (False, False))
    assert words == gpu | {"onnx": (True, True)}
    usual = {one.backend: one.words for one in survey(config_of(int8_engine, "auto"), machine)}
    assert usual["onnx"].endswith("on the CPU, 8-bit weights")


def test_the_engine_of_a_recorded_digest(int8_engine, tmp_path):
    sidecar, model, gone = read_sidecar(int8_engine), str(int8_engine), str(tmp_path / "none.onnx")
    assert engine_of(sidecar.sha256, model) == (model, "fp32")
    assert engine_of(sidecar.int8_sha256, gone, model) == (model, "int8")
    assert engine_of("0" * 64, model) == engine_of("", model) == (model, "auto")
    assert engine_of(sidecar.sha256, gone) == (gone, "auto")
    small = read_sidecar(engine_path("spotformer-small")).sha256  # called otherwise where it was recorded
    assert engine_of(small, gone) == engine_of(small, "spotformer") == ("spotformer-small", "fp32")


def test_a_menu_offers_both(int8_engine):
    config = InferenceConfig(model=str(int8_engine))
    names = {name: words for name, words, _ in engine_choices(config)}
    assert names[f"onnx {int8_engine}"].endswith("ONNX Runtime, CPU, 8-bit weights")
    assert names[f"onnx/fp32 {int8_engine}"].endswith("ONNX Runtime, CPU, exact")
    assert names["onnx spotformer-small"] == "spotformer-small: ONNX Runtime, CPU"
    for name, precision in ((f"onnx {int8_engine}", "auto"), (f"onnx/fp32 {int8_engine}", "fp32")):
        chosen = engine_config(name, InferenceConfig(precision="fp16"))
        assert (chosen.engine, chosen.model, chosen.precision) == ("onnx", str(int8_engine), precision)
    halves = engine_config("tensorrt spotformer", InferenceConfig(precision="fp16"))
    assert halves.precision == "fp16"
    assert engine_config("tensorrt spotformer", InferenceConfig(precision="int8")).precision == "auto"


def test_a_better_runner_of_the_same_engine_goes_on_and_is_noted(int8_engine):
    """As when a TensorRT plan is ready: no interval is cut, and a session can tell from which window on."""
    runner = SwapRunner(OnnxRunner(int8_engine, precision="int8"))
    spotting = Spotting(Config(), runner)
    told = []
    for index, features in enumerate(stored_windows()[:20]):
        if index == 12:
            runner.offer(OnnxRunner(int8_engine))
        spotting.step(Window(index, 2 * index, index / 30, 30.0, features))
        if not told or spotting.setting is not told[-1]:
            told.append(spotting.setting)
    sidecar = read_sidecar(int8_engine)
    assert [(s.model_index, s.source_index, s.sha256, s.restarts) for s in told] == [
        (0, 0, sidecar.int8_sha256, False),
        (12, 24, sidecar.sha256, False),
    ]
    assert runner.info.precision == "fp32" and runner.info.sha256 == sidecar.sha256
    # With the window where another runner begins anew, the exchange does not hide that.
    fresh = SwapRunner(OnnxRunner(int8_engine, precision="int8"))
    fresh.offer(OnnxRunner(int8_engine))
    spotting.use_runner(fresh)
    spotting.step(Window(20, 40, 20 / 30, 30.0, stored_windows()[20]))
    assert (spotting.setting.sha256, spotting.setting.restarts) == (sidecar.sha256, True)
    fresh.close()
    runner.close()
