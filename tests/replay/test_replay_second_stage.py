"""A session recorded with a second stage, analysed again: the same bits."""

from __future__ import annotations

import numpy as np

from livespot.config import Config, InferenceConfig
from livespot.inference import open_runner
from livespot.pipeline import Spotting
from livespot.replay import from_features, recorded_config
from livespot.replay.settings import settings_of
from livespot.session import SessionReader
from livespot.session.writer import SessionWriter
from livespot.types import Frame, Gap, Window


def test_the_logged_windows_give_the_live_curves_and_intervals(two_stage_engine, tmp_path):
    config = Config(inference=InferenceConfig(model=str(two_stage_engine), engine="onnx"))
    runner = open_runner(config.inference)
    spotting, rng, updates = Spotting(config, runner), np.random.default_rng(3), []
    info = {
        "config": config.as_dict(),
        "engine": runner.info.facts(),
        "thresholds": spotting.thresholds,
        "min_scores": spotting.min_scores,
        "from_start": True,
    }
    writer, told = SessionWriter(tmp_path, info, "features", name="two"), None

    def take(found):
        updates.extend(found)
        for update in found:
            writer.update(update)

    for n in range(240):
        if n == 90:
            writer.gap(gap := Gap(n / 30, "pulled"))
            take(spotting.step(gap))
        if n == 150:
            spotting.set_threshold("MaE", 0.2)
        features = None if n == 200 else rng.normal(size=(17, 10, 2)).astype(np.float32)
        window = Window(n, n, n / 30, 30.0, features)
        writer.frame(Frame(n, n / 30, np.zeros((4, 4, 3), np.uint8)))
        writer.window(window)
        found = spotting.step(window)
        if spotting.setting is not told:
            writer.setting(told := spotting.setting)
        take(found)
    take(spotting.finish())
    writer.close()
    rows = [u for u in updates if u.frame is not None]
    with SessionReader(writer.path) as session:
        assert session.problems == []
        assert session.info["engine"]["second_stage"]["look_ahead_frames"] == 8
        again = from_features(session, recorded_config(session), runner)
        assert again.problems == []
        assert np.array_equal(again.curves, [u.probabilities for u in rows], equal_nan=True)
        assert again.frames.tolist() == [u.frame for u in rows] == list(range(240))
        live = [i for u in updates for i in u.confirmed]
        assert again.intervals == live and live
        session.info["from_start"] = False
        (problem,) = from_features(session, recorded_config(session), runner).problems
        assert "the first 127 rows" in problem
        # Without the second stage it is another operating point, and nothing of the live run's is turned again.
        off = recorded_config(session, {"inference": {"second_stage": False}})
        assert settings_of(session, off, runner) == () and len(settings_of(session, config, runner)) == 2
    runner.close()
