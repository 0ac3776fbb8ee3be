"""What a window orders: thresholds, baseline, engine, markers, pictures; over made-up pictures, without a face."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from made_up_runner import FixedRunner

from livespot.capture import ArraySource, CameraListing
from livespot.capture.paced import PacedSource
from livespot.config import Config
from livespot.errors import UsageError
from livespot.snapshot import RunState
from livespot.stream import Controller, opening
from livespot.stream.opening import Cameras, camera_words
from livespot.types import CURVES, Update

pytestmark = pytest.mark.usefixtures("no_leaked_threads")


class EngineRunner(FixedRunner):
    thresholds = {"ME": 0.6, "MaE": 0.7}  # noqa: RUF012


class OtherRunner(FixedRunner):
    description = "another engine"
    thresholds = {"ME": 0.3, "MaE": 0.4}  # noqa: RUF012


@pytest.fixture
def controller(monkeypatch):
    def opened(spec, config, clock):
        blank = [np.full((96, 128, 3), 40, np.uint8)] * 300
        return PacedSource(ArraySource(blank, 30.0), clock)

    def open_runner(config, **_):
        return OtherRunner() if config.model == "other" else EngineRunner()

    monkeypatch.setattr("livespot.stream.engines.open_live_runner", open_runner)
    made = Controller(Config(), opener=opened, keep_pictures=True)
    yield made
    made.stop()


def until(met: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10.0
    while not met():
        assert time.monotonic() < deadline, "waited for nothing"
        time.sleep(0.01)


def test_thresholds_hold_for_this_run_and_the_next(controller):
    controller.set_threshold("ME", 0.9)  # before any run
    controller.run("x")
    assert controller.snapshot().thresholds == {"ME": 0.9, "MaE": 0.7}
    assert controller.snapshot().engine_thresholds == {"ME": 0.6, "MaE": 0.7}
    controller.set_threshold("MaE", 0.2)
    controller.run("x")
    assert controller.snapshot().thresholds == {"ME": 0.9, "MaE": 0.2}
    controller.reset_thresholds()
    assert controller.snapshot().thresholds == {"ME": 0.6, "MaE": 0.7}
    with pytest.raises(UsageError, match="0 to 1"):
        controller.set_threshold("ME", 2.0)


def test_a_baseline_raises_and_can_be_cancelled(controller):
    with pytest.raises(UsageError, match="start a camera"):
        controller.baseline(10.0)
    stream = controller.run("x")
    controller.baseline(1.0)
    assert controller.snapshot().baseline_left_s == 1.0
    controller.baseline(0.0)
    assert controller.snapshot().baseline_left_s == 0.0
    controller.baseline(0.1)
    taker = controller._set.tuning._baseline
    row = np.full(len(CURVES), 0.65, np.float32)
    for index in range(10):
        taker.update(Update(index, index / 30, row))
    assert controller.snapshot().baseline_left_s == 0.0
    assert stream.spotting.thresholds == pytest.approx({"ME": 0.67, "MaE": 0.7})


def test_an_engine_is_exchanged_while_it_runs(controller):
    stream = controller.run("x")
    until(lambda: controller.snapshot().state is RunState.RUNNING)
    controller.set_threshold("ME", 0.9)
    controller.use_engine("onnx other")
    assert isinstance(stream.spotting.runner, OtherRunner)
    assert controller.snapshot().engine == "another engine"
    assert controller.snapshot().thresholds == {"ME": 0.9, "MaE": 0.4}  # the user's own stays
    assert controller.snapshot().state is RunState.RUNNING
    with pytest.raises(UsageError, match="engine and a model"):
        controller.use_engine("onnx")
    names = [name for name, _, runs in controller.engines() if runs]
    assert "onnx other" in names


def test_markers_pictures_and_what_stays_after_stop(controller, tmp_path):
    assert len(controller.last_seconds(10.0)) == 0 and controller.moment(0.0) is None
    with pytest.raises(UsageError, match="none to save"):
        controller.save_picture(tmp_path / "a.png")
    controller.run("x")
    until(lambda: len(controller.last_seconds(10.0)) > 5)
    assert controller.mark("now") is False  # nothing records
    assert controller.mark("then", 0.1) is False
    assert [m.label for m in controller.snapshot().markers] == ["then", "now"]
    controller.save_picture(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 100
    controller.stop()
    assert controller.snapshot().state is RunState.IDLE
    assert [m.label for m in controller.snapshot().markers] == ["then", "now"]
    assert len(controller.last_seconds(10.0)) > 5
    controller.run("x")
    assert controller.snapshot().markers == ()


def test_a_recording_has_a_status_and_notes_what_was_changed(controller, tmp_path):
    from livespot.session import SessionReader

    with pytest.raises(UsageError, match="unknown"):
        controller.record(tmp_path, "everything")
    controller.run("x")
    until(lambda: controller.snapshot().state is RunState.RUNNING)
    path = controller.record(tmp_path, "features", "yes")
    assert controller.mark("hello") is True
    controller.set_threshold("ME", 0.25)
    status = controller.snapshot().recording
    assert status is not None and status.path == str(path) and status.mode == "features"
    until(lambda: [s.thresholds["ME"] for s in SessionReader(path).settings][-1:] == [0.25])
    controller.stop_recording()
    assert controller.snapshot().recording is None
    labels = [marker.label for marker in SessionReader(path).markers]
    assert labels == ["hello"]


def test_cameras_are_opened_once_and_not_while_one_runs(monkeypatch):
    there = [(0, "Built-in", 0)]
    opened = []

    def probe(index, name, backend):
        opened.append(index)
        return CameraListing(index, name, "V4L2", 640, 480, 30.0, ((640, 480, 30.0), (1280, 720, 30.0)))

    monkeypatch.setattr(opening, "named_cameras", lambda: there)
    monkeypatch.setattr(opening, "probed", probe)
    cameras = Cameras()
    assert [camera_words(c, False) for c in cameras.look(lambda: False)] == ["Built-in (640×480, 30 fps)"]
    cameras.look(lambda: False)
    assert opened == [0]
    assert cameras.modes("0") == [(640, 480, 30.0), (1280, 720, 30.0)] and cameras.modes("7") == []
    there.append((2, "USB", 0))
    assert camera_words(cameras.look(lambda: True)[1], True) == "USB"
    assert opened == [0]
    cameras.look(lambda: False)
    assert opened == [0, 2]
    del there[0]
    assert [c.name for c in cameras.look(lambda: False)] == ["USB"]


def test_a_busy_camera_is_said_to_be_busy():
    busy = CameraListing(1, "USB", "V4L2", 0, 0, 0.0)
    assert camera_words(busy, False) == "USB (in use by another program)"
