"""Loading an engine's second stage: its file, its operating point, the switch, every backend."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from inference_makers import RTX, made_up_machine, windows

from livespot.config import InferenceConfig
from livespot.errors import EngineError
from livespot.inference import SwapRunner, open_runner
from livespot.inference.machine import Machine
from livespot.inference.open import open_backend
from livespot.installation.shipped_files import shipped_engine_names


@pytest.fixture
def engine(two_stage_engine, tmp_path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(two_stage_engine.parent, tmp_path / "engines")) / two_stage_engine.name


def opened(engine: Path, **settings):
    return open_runner(InferenceConfig(model=str(engine), engine="onnx", **settings))


def context(runner):
    rows = np.array([runner.represent(window) for window in windows(127)])
    return rows, np.ones(127, np.float32)


def test_it_is_in_use_with_its_own_operating_point(engine):
    runner = opened(engine)
    second = runner.info.second_stage
    assert second is not None and (second.context_frames, second.look_ahead_frames) == (127, 8)
    assert dict(runner.info.thresholds) == {"ME": 0.4, "MaE": 0.45}
    assert dict(runner.info.min_scores) == {"ME": 0.01, "MaE": 0.02}
    assert "8 frames look-ahead" in runner.info.description
    assert runner.info.facts()["second_stage"] == {"sha256": second.sha256, "look_ahead_frames": 8}
    rows, present = context(runner)
    assert rows.shape == (127, second.channels)
    values = runner.refine(rows, present)
    assert values.shape == (10,) and np.all((values >= 0.0) & (values <= 1.0))
    assert np.array_equal(values, runner.refine(rows, present))
    assert not np.allclose(values, runner.infer(windows(127)[118]), atol=0.02)
    runner.close()
    with pytest.raises(EngineError, match="closed"):
        runner.refine(rows, present)


def test_switched_off_the_first_stage_alone_is_in_use(engine):
    runner, both = opened(engine, second_stage=False), opened(engine)
    assert runner.info.second_stage is None and "second_stage" not in runner.info.facts()
    assert dict(runner.info.thresholds) == {"ME": 0.5, "MaE": 0.6}
    assert dict(runner.info.min_scores) == {"ME": 0.1, "MaE": 0.2}
    some = windows(3)
    assert np.array_equal(runner.infer(some[0]), both.infer(some[0]))
    assert runner.infer_batch(some).shape == (3, 10)
    with pytest.raises(EngineError, match="no second stage"):
        runner.represent(some[0])
    runner.close()
    both.close()


def test_its_file_may_be_missing_when_it_is_switched_off(engine):
    engine.with_name("two.second.onnx").unlink()
    opened(engine, second_stage=False).close()
    for named in ("onnx", "auto"):
        with pytest.raises(EngineError, match=r"two\.second\.onnx: cannot be read"):
            open_runner(InferenceConfig(model=str(engine), engine=named))


def test_a_damaged_file_is_refused(engine):
    file = engine.with_name("two.second.onnx")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(EngineError, match=r"two\.second\.onnx: expected sha256"):
        opened(engine)


def changed(engine: Path, **entry) -> None:
    sidecar = engine.with_suffix(".json")
    content = json.loads(sidecar.read_text())
    content["second_stage"] |= entry
    sidecar.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"channels": 19}, "output.shape"),
        ({"look_ahead_frames": 127}, "look_ahead_frames"),
        ({"context_frames": 63}, "export the engine again"),
    ],
)
def test_a_sidecar_that_does_not_fit_is_refused(engine, entry, message):
    changed(engine, **entry)
    with pytest.raises(EngineError, match=message):
        opened(engine)


def test_a_context_of_another_shape_is_refused(engine):
    runner = opened(engine)
    rows, present = context(runner)
    with pytest.raises(EngineError, match="expects frames"):
        runner.refine(rows[1:], present)
    runner.close()


def test_an_engine_without_one_says_so(tiny_engine):
    runner = open_runner(InferenceConfig(model=str(tiny_engine), engine="onnx"))
    assert runner.info.second_stage is None and runner.info.look_ahead_frames == 0
    with pytest.raises(EngineError, match="no second stage"):
        runner.refine(np.zeros((127, 18), np.float32), np.ones(127, np.float32))
    runner.close()


def test_a_swap_runner_passes_it_on(engine):
    swap = SwapRunner(opened(engine))
    alone = opened(engine)
    rows, present = context(swap)
    assert np.array_equal(rows, context(alone)[0])
    assert np.array_equal(swap.refine(rows, present), alone.refine(rows, present))
    assert swap.info.look_ahead_frames == 8
    swap.close()
    alone.close()


@pytest.mark.parametrize("backend", ["cuda", "tensorrt", "tensorrt-rtx"])
def test_every_backend_gives_what_the_second_stage_takes(engine, tmp_path, backend):
    machine: Machine = made_up_machine(tmp_path / "plans", device=RTX, rtx="1.3.0.17")
    config = InferenceConfig(model=str(engine), engine=backend)
    runner, cpu = open_backend(backend, config, machine, "named"), opened(engine)
    rows, present = context(runner)
    assert runner.info.backend == backend and runner.info.look_ahead_frames == 8
    assert np.allclose(rows, context(cpu)[0], atol=1e-3)
    assert np.allclose(runner.refine(rows, present), cpu.refine(rows, present), atol=1e-3)
    assert runner.infer_batch(windows(5)).shape == (5, 10)
    runner.close()
    cpu.close()


def test_its_file_is_no_engine(engine, monkeypatch):
    monkeypatch.setattr("livespot.installation.shipped_files.shipped_dir", lambda kind: engine.parent)
    assert shipped_engine_names() == ["two"]
