"""One contract for all backends. The GPU backends run on stand-ins, and on the real thing where there is one."""

from __future__ import annotations

import numpy as np
import pytest
from inference_makers import RTX, made_up_machine, windows

from livespot.config import InferenceConfig
from livespot.errors import EngineError
from livespot.inference import TensorSpec, open_runner
from livespot.inference.cuda import Unavailable
from livespot.inference.machine import Machine
from livespot.inference.parity import answers, compared, reference_answers
from livespot.installation.stored_windows import stored_windows
from livespot.types import CURVES

CASES = {
    "onnx": ("onnx", "fp32", None),
    "onnx, 8-bit weights": ("onnx", "int8", None),
    "cuda, stand-in": ("cuda", "fp32", "11.4.0.106"),
    "tensorrt 10, stand-in": ("tensorrt", "fp32", "10.16.1.11"),
    "tensorrt 11, stand-in": ("tensorrt", "fp32", "11.4.0.106"),
    "tensorrt 11 fp16, stand-in": ("tensorrt", "fp16", "11.4.0.106"),
    "tensorrt-rtx, stand-in": ("tensorrt-rtx", "fp32", "rtx"),
    "tensorrt-rtx fp16, stand-in": ("tensorrt-rtx", "fp16", "rtx"),
    "cuda": ("cuda", "fp32", "real"),
    "tensorrt-rtx": ("tensorrt-rtx", "fp32", "real"),
    "tensorrt": ("tensorrt", "fp32", "real"),
}


@pytest.fixture(scope="module", params=CASES)
def case(request, tiny_engine, int8_engine):
    """What is opened, and the engine's file."""
    found = CASES[request.param]
    return (*found, int8_engine if found[1] == "int8" else tiny_engine)


@pytest.fixture(scope="module")
def runner(case, tmp_path_factory):
    engine, precision, version, path = case
    folder = tmp_path_factory.mktemp("plans")
    if version in (None, "real"):
        machine = Machine()
    elif version == "rtx":
        machine = made_up_machine(folder, version=None, rtx="1.7.1.116", device=RTX)
    else:
        machine = made_up_machine(folder, version=version)
    config = InferenceConfig(model=str(path), engine=engine, precision=precision)
    try:
        opened = open_runner(config, machine)
    except Unavailable as error:
        assert version == "real", str(error)
        pytest.skip(str(error))
    yield opened
    opened.close()
    opened.close()
    with pytest.raises(EngineError, match="was closed"):
        opened.infer(windows(1)[0])


def test_it_declares_what_goes_in_and_out(runner):
    assert runner.info.inputs == (TensorSpec("windows", ("n", 17, 10, 2), "float32"),)
    assert runner.info.outputs == (TensorSpec("probabilities", ("n", 10), "float32"),)


def test_it_says_what_it_is(runner):
    assert runner.info.name == "tiny"
    assert runner.info.description.startswith("tiny: ")
    assert "chosen by --engine" in runner.info.description
    assert len(runner.info.sha256) == len(runner.info.engine_sha256) == 64
    assert (runner.info.sha256 == runner.info.engine_sha256) == (runner.info.precision != "int8")
    assert dict(runner.info.thresholds) == {"ME": 0.4, "MaE": 0.6}
    assert dict(runner.info.min_scores) == {"ME": 0.1, "MaE": 0.2}


def test_the_same_window_gives_the_same_bits(runner):
    runner.warm_up()
    some = windows(4)
    first = [runner.infer(window) for window in some]
    for window, answer in zip(reversed(some), reversed(first), strict=True):
        assert np.array_equal(runner.infer(window), answer)


def test_the_answer_is_the_callers_own(runner):
    one, two = windows(2)
    answer = runner.infer(one)
    before = answer.copy()
    runner.infer(two)
    runner.infer_batch(windows(2))
    assert np.array_equal(answer, before)
    assert answer.shape == (len(CURVES),)
    assert answer.dtype == np.float32
    answer[:] = 7.0
    assert np.array_equal(runner.infer(one), before)


def test_what_enters_is_only_read(runner):
    window = windows(1)[0]
    window.flags.writeable = False
    answer = runner.infer(window)
    turned = np.asfortranarray(window)
    assert np.array_equal(runner.infer(turned), answer)
    kept = window.copy()
    runner.infer(kept)
    kept[:] = 0.0  # it is not looked at again
    assert np.array_equal(runner.infer(window), answer)


@pytest.mark.parametrize("n", [1, 2, 3, 31, 32])
def test_batches_agree_with_single_windows(runner, n):
    some = windows(n)
    batch = runner.infer_batch(some)
    assert batch.shape == (n, 10)
    assert np.abs(batch - answers(runner, some)).max() < (2e-3 if runner.info.precision == "fp16" else 1e-5)


@pytest.mark.parametrize("shape", [(15, 10, 2), (1, 17, 10, 2), (17, 20)])
def test_another_shape_is_refused(runner, shape):
    with pytest.raises(EngineError, match=r"tiny\.onnx expects a window \(17, 10, 2\)"):
        runner.infer(np.zeros(shape, np.float32))


@pytest.mark.parametrize("shape", [(0, 17, 10, 2), (33, 17, 10, 2), (17, 10, 2)])
def test_a_batch_of_another_shape_is_refused(runner, shape):
    with pytest.raises(EngineError, match="n from 1 to 32"):
        runner.infer_batch(np.zeros(shape, np.float32))


def test_it_agrees_with_the_pytorch_model(runner, case):
    _, precision, _, path = case
    assert runner.info.precision == precision
    reference = reference_answers(path)
    assert "PyTorch" in reference.made_by
    parity = compared(answers(runner, stored_windows()[::20]), reference, precision, 20)
    assert parity.passed, str(parity)
    assert parity.largest < {"fp32": 1e-4, "fp16": 1e-2, "int8": 3e-2}[precision]
