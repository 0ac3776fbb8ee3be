"""A session whose thresholds or engine were changed while it was recorded gives the live intervals again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_up_runner import FixedRunner

from livespot.capture import ArraySource
from livespot.config import Config, InferenceConfig
from livespot.config_file import config_from_dict
from livespot.cv import cv2
from livespot.errors import UsageError
from livespot.inference.sidecar import read_sidecar
from livespot.installation.shipped_files import engine_path
from livespot.pipeline import Spotting
from livespot.replay import from_features, recorded_config
from livespot.replay import settings as replay_settings
from livespot.replay.analyse import analyse_windows
from livespot.replay.of_session import SessionRecording
from livespot.replay.player import Player
from livespot.session import SessionReader, SessionWriter
from livespot.stream import Controller
from livespot.types import Frame, Gap, Window


class Reading(FixedRunner):
    """Reads the probabilities from the window itself."""

    name, sha256 = "reading", "a" * 64
    min_scores = {"ME": 0.1, "MaE": 0.1}  # noqa: RUF012

    def infer(self, windows):
        return np.ascontiguousarray(windows[0, :, 0])


class Mirrored(Reading):
    name, sha256 = "mirrored", "b" * 64

    def infer(self, windows):
        return np.ascontiguousarray(1.0 - windows[0, :, 0])


def window(index: int) -> Window:
    features = np.random.default_rng(index).random((17, 10, 2), np.float32)
    return Window(index, 2 * index, index / 30, 30.0, None if index % 97 == 50 else features)


def live(folder, orders, first=0, last=600):
    """Windows through a spotting stage into a session, as :class:`livespot.stream.Stream` does it."""
    runner = Reading()
    spotting, found, writer, told = Spotting(Config(), runner), [], None, None
    for index in range(last):
        if index == first:
            info = {
                "config": Config().as_dict(),
                "engine": {"name": runner.info.name, "description": "", "sha256": runner.info.sha256},
                "thresholds": spotting.thresholds,
                "min_scores": spotting.min_scores,
                "from_start": first == 0,
            }
            writer, found = SessionWriter(folder, info, "features", name="turned"), []
        if index in orders:
            orders[index](spotting)
        items = [Gap(index / 30, "pulled")] if index == 300 else []
        for item in [*items, window(index)]:
            if writer is not None and isinstance(item, Window):
                writer.frame(Frame(item.source_index, item.time_s, np.zeros((4, 4, 3), np.uint8)))
                writer.window(item)
            elif writer is not None:
                writer.gap(item)
            updates = spotting.step(item)
            if writer is not None and spotting.setting is not told:
                told = spotting.setting
                writer.setting(told)
            for update in updates:
                found += update.confirmed
                if writer is not None:
                    writer.update(update)
    for update in spotting.finish():
        found += update.confirmed
        writer.update(update)
    writer.close()
    return writer.path, found


TURNED = {
    100: lambda s: s.set_threshold("ME", 0.8),
    150: lambda s: s.set_threshold("ME", 0.2, 0.02),
    300: lambda s: s.set_threshold("MaE", 0.9, 0.4),  # between the windows before and behind the gap
    420: lambda s: s.set_threshold("MaE", 0.5, 0.1),
}


def plain(session, runner):
    """Without the settings."""
    session.settings = []
    return from_features(session, recorded_config(session), runner).intervals


def test_turned_thresholds_and_scores_give_the_live_intervals(tmp_path):
    path, found = live(tmp_path, TURNED)
    with SessionReader(path) as session:
        assert session.problems == [] and session.info["min_scores"] == {"ME": 0.1, "MaE": 0.1}
        assert [s.model_index for s in session.settings] == [0, 100, 150, 300, 420]
        assert session.settings[2].thresholds == {"ME": 0.2, "MaE": 0.5}
        assert session.settings[2].min_scores == {"ME": 0.02, "MaE": 0.1}
        again = from_features(session, recorded_config(session), Reading())
        assert again.intervals == found and again.problems == [] and len(found) > 5
        # Another operating point is used from the first window to the last.
        strict = recorded_config(
            session, {"spotting": {"me_apex_threshold": 0.99, "mae_apex_threshold": 0.99}}
        )
        assert len(from_features(session, strict, Reading()).intervals) < len(found)
        assert plain(session, Reading()) != found


def test_a_recording_that_begins_after_a_change_has_it(tmp_path):
    path, found = live(tmp_path, TURNED, first=200)
    with SessionReader(path) as session:
        assert session.settings[0].model_index == 150 and not session.info["from_start"]
        again = from_features(session, recorded_config(session), Reading())
        # What was under way at 200 may come out otherwise. The session's own times count from its first frame.
        late = [i for i in session.intervals if i.onset > 2 * 260]
        assert [i for i in again.intervals if i.onset > 2 * 260] == late and late
        assert [i.onset for i in late] == [i.onset for i in found if i.onset > 2 * 260]
        assert late[0].onset_s == next(i.onset_s for i in found if i.onset > 2 * 260) - session.zero_s


def engines(monkeypatch, known):
    def opened(config):
        if config.model not in known:
            raise UsageError("no such engine")
        return known[config.model]()

    monkeypatch.setattr(replay_settings, "open_runner", opened)


ANOTHER = {100: lambda s: s.use_runner(Mirrored()), 250: lambda s: s.set_threshold("ME", 0.3)}


def test_another_engine_takes_over_at_the_same_window(tmp_path, monkeypatch):
    path, found = live(tmp_path, ANOTHER)
    engines(monkeypatch, {"mirrored": Mirrored})
    with SessionReader(path) as session:
        again = from_features(session, recorded_config(session), Reading())
        assert again.intervals == found and again.problems == []
        assert from_features(session, recorded_config(session), Mirrored()).intervals != found


def test_another_file_of_the_engine_goes_on_at_the_same_window(tmp_path, monkeypatch):
    """As when a GPU's runner takes over from the CPU's: nothing restarts."""
    orders = {100: lambda s: s.swap_runner(Mirrored()), 250: lambda s: s.set_threshold("ME", 0.3)}
    path, found = live(tmp_path, orders)
    engines(monkeypatch, {"reading": Mirrored})
    monkeypatch.setattr(Mirrored, "name", "reading")
    with SessionReader(path) as session:
        assert [(s.model_index, s.sha256[0], s.restarts) for s in session.settings] == [
            (0, "a", False),
            (100, "b", False),
            (250, "b", False),
        ]
        again = from_features(session, recorded_config(session), Reading())
        assert again.problems == [] and any(i.onset < 200 < i.offset for i in found)
        assert again.intervals == found != plain(session, Reading())


def test_an_engine_that_is_not_here_is_said(tmp_path, monkeypatch):
    path, found = live(tmp_path, ANOTHER)
    engines(monkeypatch, {"mirrored": Reading})  # of that name, but another file
    with SessionReader(path) as session:
        again = from_features(session, recorded_config(session), Reading())
    assert again.intervals != found
    assert "engine mirrored (bbbbbbbbbbbb…) took over, which is not here" in again.problems[0]


def test_the_review_window_analyses_and_shows_it_as_it_was_set(tmp_path):
    path, found = live(tmp_path, TURNED)
    with SessionReader(path) as session:
        recording = SessionRecording(session)
        base = recording.base
        assert base.thresholds == {"ME": 0.5, "MaE": 0.5} and base.min_scores == {"ME": 0.1, "MaE": 0.1}
        assert [m.label for m in recording.markers] == ["θ ME 0.80", "θ ME 0.20", "θ MaE 0.90", "θ MaE 0.50"]
        again = analyse_windows(recording, recorded_config(session), Reading(), settings=base.settings)
        assert list(again.intervals) == sorted(found, key=lambda i: (i.onset, i.offset, i.type))
        assert again.thresholds == base.thresholds
        player = Player(recording)
        shown = []
        for number in (0, 220, 320, 700):
            player.seek_frame(number)
            shown.append(player.snapshot().thresholds["ME"])
        player.close()
        assert shown == [0.5, 0.8, 0.2, 0.2]


@pytest.mark.usefixtures("no_leaked_threads")
def test_thresholds_turned_in_a_live_run_are_turned_again(tmp_path, demo_images, runner, monkeypatch):
    small = [cv2.resize(image, (320, 240), interpolation=cv2.INTER_AREA) for image in demo_images]
    config = config_from_dict({"spotting": {"me_apex_threshold": 0.2, "mae_apex_threshold": 0.3}})
    monkeypatch.setattr("livespot.stream.engines.open_live_runner", lambda *_, **__: runner)
    controller = Controller(config, opener=lambda *_: ArraySource(small, 30.0))
    controller.record(tmp_path, "features")
    stream = controller.run("clip")
    rows, turns = 0, list(np.linspace(0.05, 0.6, 12))
    while not stream.wait(0.005):
        if turns and len(controller.snapshot().curve_times_s) > rows:  # the analysis has got on
            rows = len(controller.snapshot().curve_times_s) + 3
            controller.set_threshold("ME", float(turns[0]))
            controller.set_threshold("MaE", float(turns.pop()))
    controller.stop()
    with SessionReader(controller.recording.path) as session:
        assert len(session.settings) > 2 and session.info["min_scores"] == dict(runner.info.min_scores)
        again = from_features(session, recorded_config(session), runner)
        assert again.intervals == session.intervals
        assert again.curves.tobytes() == session.curves().values.tobytes()


def test_a_replay_takes_the_file_that_ran_live(tmp_path):
    """Of the shipped engine: that with 8-bit weights, or the exact one, whatever is usual on this machine."""
    sidecar = read_sidecar(engine_path("spotformer"))
    usual = InferenceConfig()
    for sha256, precision in ((sidecar.sha256, "fp32"), (sidecar.int8_sha256, "int8"), ("c" * 64, "auto")):
        info = {"config": Config().as_dict(), "engine": {"name": "spotformer", "sha256": sha256}}
        SessionWriter(tmp_path, info, "features", name=precision).close()
        with SessionReader(tmp_path / f"{precision}.livespot") as session:
            assert recorded_config(session).inference == replace(usual, precision=precision)
            asked = recorded_config(session, {"inference": {"precision": "fp16"}})
            assert asked.inference.precision == "fp16"
            other = recorded_config(session, {"inference": {"model": "spotformer-small"}})
            assert other.inference == replace(usual, model="spotformer-small")
