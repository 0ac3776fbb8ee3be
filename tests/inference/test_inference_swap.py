from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from inference_makers import made_up_machine, windows
from tensorrt_stand_in import Faults

from livespot.config import InferenceConfig
from livespot.errors import EngineError
from livespot.inference import open_live_runner, open_runner
from livespot.inference.onnx_runner import OnnxRunner
from livespot.inference.swap import SwapRunner

pytestmark = pytest.mark.usefixtures("no_leaked_threads")


class Pretended(OnnxRunner):
    """Another backend of the same engine, that can be told to fail."""

    failing = False
    closed = 0

    @property
    def info(self):
        return replace(super().info, backend="pretended")

    def infer(self, windows):
        if self.failing:
            raise EngineError("engine tiny.onnx: the GPU was lost")
        return super().infer(windows)

    def close(self):
        self.closed += 1
        super().close()


def config_of(tiny_engine, engine="auto"):
    return InferenceConfig(model=str(tiny_engine), engine=engine)


def test_it_is_the_runner_at_work(tiny_engine):
    runner = SwapRunner(OnnxRunner(tiny_engine))
    assert (runner.info.name, runner.info.backend, len(runner.info.sha256)) == ("tiny", "onnx", 64)
    assert dict(runner.info.thresholds) == {"ME": 0.4, "MaE": 0.6}
    assert dict(runner.info.min_scores) == {"ME": 0.1, "MaE": 0.2}
    assert runner.info.inputs[0].name == "windows"
    assert runner.info.outputs[0].name == "probabilities"
    assert runner.info.description == runner.current.info.description
    assert runner.progress is None
    assert runner.wait(0.0)
    runner.warm_up()
    assert runner.infer_batch(windows(3)).shape == (3, 10)
    runner.close()


def test_the_exchange_happens_between_two_windows(tiny_engine):
    told = []
    first, better = Pretended(tiny_engine), Pretended(tiny_engine, reason="better")
    runner = SwapRunner(first, on_change=told.append)
    window = windows(1)[0]
    before = runner.infer(window)
    runner.offer(better)
    assert runner.current is first
    assert np.array_equal(runner.infer(window), before)
    assert runner.current is better
    assert told == [f"went on with {better.info.description}"]
    assert runner.history == (f"began with {first.info.description}", *told)
    runner.close()
    assert (first.closed, better.closed) == (1, 1)


def test_a_second_offer_replaces_one_that_was_not_taken(tiny_engine):
    runner = SwapRunner(OnnxRunner(tiny_engine))
    late, later = Pretended(tiny_engine), Pretended(tiny_engine)
    runner.offer(late)
    runner.offer(later)
    assert late.closed == 1
    runner.close()
    assert later.closed == 1


def test_another_engine_is_no_exchange(tiny_engine):
    runner = SwapRunner(OnnxRunner(tiny_engine))
    other = open_runner(InferenceConfig())
    with pytest.raises(EngineError, match="spotformer: is not tiny"):
        runner.offer(other)
    other.close()
    runner.close()


def test_a_better_runner_that_fails_is_left_again(tiny_engine):
    told = []
    first, better = Pretended(tiny_engine), Pretended(tiny_engine)
    runner = SwapRunner(first, on_change=told.append)
    window = windows(1)[0]
    answer = runner.infer(window)
    runner.offer(better)
    runner.infer(window)
    better.failing = True
    assert np.array_equal(runner.infer(window), answer)
    assert runner.current is first
    assert better.closed == 1
    assert "went back to" in told[-1]
    assert "the GPU was lost" in told[-1]
    first.failing = True
    with pytest.raises(EngineError, match="the GPU was lost"):
        runner.infer(window)
    runner.close()


def test_the_spare_goes_on_when_the_first_fails(tiny_engine):
    first = Pretended(tiny_engine)
    first.failing = True
    runner = SwapRunner(first, spare=lambda: OnnxRunner(tiny_engine, reason="the spare"))
    assert runner.infer(windows(1)[0]).shape == (10,)
    assert "the spare" in runner.info.description
    runner.close()


def test_a_wrong_window_is_the_callers_fault(tiny_engine):
    runner = SwapRunner(OnnxRunner(tiny_engine), spare=lambda: pytest.fail("no reason to change"))
    with pytest.raises(EngineError, match="expects a window"):
        runner.infer(np.zeros((15, 10, 2), np.float32))
    with pytest.raises(EngineError, match="n from 1 to 32"):
        runner.infer_batch(np.zeros((2, 15, 10, 2), np.float32))
    runner.close()


def test_the_plan_is_built_while_the_next_best_runs(tiny_engine, tmp_path):
    go, building = threading.Event(), threading.Event()

    def on_build():
        building.set()
        assert go.wait(60)

    machine = made_up_machine(tmp_path, Faults(on_build=on_build))
    runner = open_live_runner(config_of(tiny_engine), machine)
    assert building.wait(60)
    assert runner.progress.running
    assert "CUDA graph" in runner.info.description
    window = windows(1)[0]
    before = runner.infer(window)
    go.set()
    assert runner.wait(60)
    assert runner.progress.text.startswith("ready: tiny: TensorRT 11.4")
    assert "CUDA graph" in runner.info.description
    assert np.abs(runner.infer(window) - before).max() < 1e-4
    assert runner.info.backend == "tensorrt"
    assert "built while another engine ran; plan built now" in runner.info.description
    assert len(runner.history) == 2
    runner.close()

    again = open_live_runner(config_of(tiny_engine), machine)
    assert again.info.backend == "tensorrt"
    assert again.progress is None
    again.close()


@pytest.mark.parametrize(
    ("faults", "word"),
    [
        (Faults(no_memory=True), "memory"),
        (Faults(wrong_by=0.5), "differs from"),
        (Faults(raises="x"), "failed"),
    ],
)
def test_a_build_that_fails_leaves_the_next_best_running(tiny_engine, tmp_path, faults, word):
    told = []
    runner = open_live_runner(
        config_of(tiny_engine, "tensorrt"), made_up_machine(tmp_path, faults), told.append
    )
    assert runner.wait(60)
    runner.infer(windows(1)[0])
    assert runner.info.backend == "cuda"
    assert not runner.progress.running
    assert word in runner.progress.text
    assert "stayed with" in told[0]
    assert word in runner.history[-1]
    runner.close()


def test_an_unexpected_error_of_the_build_is_told(tiny_engine):
    runner = SwapRunner(OnnxRunner(tiny_engine))
    runner.build(lambda progress: {}["no such key"])
    assert runner.wait(60)
    assert "KeyError" in runner.progress.text
    assert "KeyError" in runner.history[-1]
    runner.close()


def building_forever(engine):
    """A runner whose build has begun, and that build, which ends only when it is told to."""
    asked = threading.Event()

    def endless(progress):
        while progress(0.5, "building"):
            asked.set()
            time.sleep(0.01)
        raise EngineError("TensorRT: the build was stopped")

    runner = SwapRunner(OnnxRunner(engine))
    runner.build(endless)
    assert asked.wait(60)
    return runner, endless


def test_one_build_at_a_time_and_closing_stops_it(tiny_engine):
    runner, endless = building_forever(tiny_engine)
    assert runner.progress.share == 0.5
    with pytest.raises(EngineError, match="under way"):
        runner.build(endless)
    runner.close()
    assert runner.wait(0.0)
    assert len(runner.history) == 1


def test_a_build_can_be_cancelled_and_the_runner_goes_on(tiny_engine):
    runner, _ = building_forever(tiny_engine)
    runner.cancel_build()
    assert runner.wait(60) and not runner.progress.running
    assert "stayed with" in runner.history[-1]
    assert runner.infer_batch(windows(1)).shape == (1, 10)
    runner.build(lambda progress: Pretended(tiny_engine))  # later, another
    assert runner.wait(60)
    runner.infer_batch(windows(1))
    assert runner.info.backend == "pretended"
    runner.close()


def test_a_machine_without_gpu_builds_nothing(tiny_engine, tmp_path):
    machine = made_up_machine(tmp_path, device=None)
    runner = open_live_runner(config_of(tiny_engine), machine)
    assert (runner.info.backend, runner.progress) == ("onnx", None)
    runner.close()
    with pytest.raises(EngineError, match="no NVIDIA driver"):
        open_live_runner(config_of(tiny_engine, "tensorrt"), machine)
