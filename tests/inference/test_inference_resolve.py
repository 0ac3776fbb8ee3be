"""What is measured follows the engine; set to something that the engine was not made for, it is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up_runner import FixedRunner

import livespot
from livespot.config import Config, FlowConfig
from livespot.errors import ConfigError, EngineError
from livespot.inference import EngineInfo, resolved_config
from livespot.inference.sidecar import check_window_shape, read_sidecar
from livespot.installation.shipped_files import engine_path
from livespot.pipeline import Spotting
from livespot.stream import Controller


class FaceRunner(FixedRunner):
    """Made for the whole face, aligned by the nose."""

    @property
    def info(self) -> EngineInfo:
        return replace(super().info, regions="face", alignment="nose")


def test_auto_takes_what_the_engine_was_made_for() -> None:
    found = resolved_config(Config(), FaceRunner()).flow
    assert (found.regions, found.alignment) == ("face", "nose")
    found = resolved_config(Config(), FixedRunner()).flow
    assert (found.regions, found.alignment) == ("paper", "rigid")  # an engine that does not say


def test_a_resolved_configuration_stays_as_it_is() -> None:
    once = resolved_config(Config(), FaceRunner())
    assert resolved_config(once, FaceRunner()) == once


@pytest.mark.parametrize(
    ("flow", "named"),
    [
        (FlowConfig(regions="paper"), "flow.regions: is 'paper'"),
        (FlowConfig(alignment="rigid"), "flow.alignment"),
    ],
)
def test_what_is_set_against_the_engine_is_refused(flow: FlowConfig, named: str) -> None:
    with pytest.raises(ConfigError, match=named) as told:
        resolved_config(Config(flow=flow), FaceRunner())
    assert "fixed" in str(told.value) and "choose another engine" in str(told.value)


def test_the_spotting_step_itself_refuses_windows_that_the_engine_was_not_made_for() -> None:
    for flow in (FlowConfig(), FlowConfig(regions="paper"), FlowConfig(regions="face", alignment="rigid")):
        with pytest.raises(ConfigError, match=r"made for 'face'|made for 'nose'"):
            Spotting(Config(flow=flow), FaceRunner())


def test_an_engine_for_other_regions_cannot_take_over_a_running_stream() -> None:
    spotting = Spotting(Config(), FixedRunner())
    with pytest.raises(ConfigError, match=r"flow\.regions"):
        spotting.use_runner(FaceRunner())
    assert isinstance(spotting.runner, FixedRunner)


def test_no_source_is_opened_for_an_engine_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config(flow=FlowConfig(regions="paper"))
    opened: list[str] = []
    monkeypatch.setattr("livespot.api.open_source", lambda *_, **__: opened.append("spot"))
    with pytest.raises(ConfigError):
        livespot.spot("a.mp4", config=config, runner=FaceRunner())
    with pytest.raises(ConfigError):
        livespot.Spotter(30.0, config=config, runner=FaceRunner())
    monkeypatch.setattr("livespot.stream.engines.open_live_runner", lambda *_, **__: FaceRunner())
    controller = Controller(config, opener=lambda *_: opened.append("live"))  # type: ignore[arg-type,return-value]
    with pytest.raises(ConfigError):
        controller.run("0")
    controller.stop()
    assert opened == []


def test_windows_of_the_engines_regions_are_expected(tmp_path: Path) -> None:
    about = json.loads(engine_path("spotformer").with_suffix(".json").read_text(encoding="utf-8"))
    for regions, count in (("paper", 10), ("face", 24)):
        about["features"]["regions"] = regions
        about["input"]["shape"] = ["n", 17, count, 2]
        (tmp_path / "some.json").write_text(json.dumps(about), encoding="utf-8")
        sidecar = read_sidecar(tmp_path / "some.onnx")
        assert sidecar.layout.name == regions and sidecar.window_shape == (17, count, 2)
        with pytest.raises(
            EngineError, match=rf"livespot makes \(n, 17, {count}, 2\) of the {regions} regions"
        ):
            check_window_shape("engine some.onnx", ["n", 15, count, 2], sidecar)
    about["features"]["regions"] = "hands"
    (tmp_path / "some.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(EngineError, match="made for the regions 'hands', this version measures paper, face"):
        read_sidecar(tmp_path / "some.onnx")


def test_an_unknown_layout_is_no_configuration() -> None:
    with pytest.raises(ConfigError, match=r"flow\.regions: expected one of auto, paper, face, got 'nose'"):
        FlowConfig(regions="nose")


def test_features_of_a_whole_face_come_out_of_spot() -> None:
    images = [np.full((120, 160, 3), 90, np.uint8)] * 20
    found = livespot.spot(images, runner=FaceRunner(), features=True)
    assert found.features is not None and found.features.shape == (20, 17, 24, 2)
    assert found.regions == found.summary["config"]["flow"]["regions"] == "face"
