"""A session of a fast camera of which every frame was described: the replay gives the live bits."""

from __future__ import annotations

from livespot.capture import ArraySource
from livespot.config import Config, FlowConfig, GridConfig
from livespot.cv import cv2
from livespot.replay import from_features, from_pictures, recorded_config
from livespot.session import SessionReader, SessionWriter
from livespot.stream.collect import Collector
from livespot.stream.stream import Stream


def test_features_and_exact_pictures_give_the_live_bits(tmp_path, demo_images, runner):
    small = [cv2.resize(image, (320, 240), interpolation=cv2.INTER_AREA) for image in demo_images[:90]]
    config = Config(grid=GridConfig(every_frame=True), flow=FlowConfig(regions="face"))
    source = {"name": "fast", "kind": "camera", "width": 320, "height": 240, "fps": 60.0, "live": False}
    info = {
        "source": source,
        "regions": "face",
        "config": config.as_dict(),
        "thresholds": {"ME": 0.2, "MaE": 0.3},
    }
    info["engine"] = {
        "name": runner.info.name,
        "description": runner.info.description,
        "sha256": runner.info.sha256,
    }
    writer = SessionWriter(tmp_path, info, "lossless", name="fast")
    collected = Collector(features=True)
    stream = Stream(ArraySource(small, 60.0), runner, config, [collected, writer])
    stream.start()
    stream.wait()
    stream.stop()
    writer.close({})
    live = collected.findings()
    with SessionReader(writer.path) as session:
        recorded = recorded_config(session)
        assert recorded.grid == config.grid
        for replay in (from_features, from_pictures):
            found = replay(session, recorded, runner, keep_features=True)
            assert found.frames.tolist() == list(range(90))
            assert found.curves.tobytes() == live.curves.tobytes()
            assert found.features.tobytes() == live.features.tobytes()
            assert found.intervals == live.intervals
