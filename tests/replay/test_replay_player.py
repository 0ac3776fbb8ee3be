"""A recorded session and a video in the player: exact pictures, faces, curves; analyses that can be cancelled."""

from __future__ import annotations

import shutil
import time

import numpy as np
import pytest

from livespot.config import Config, FlowConfig
from livespot.errors import SessionError
from livespot.replay import recorded_config
from livespot.replay.analyse import analyse_pictures, analyse_windows, operating_point
from livespot.replay.of_session import SessionRecording
from livespot.replay.of_video import ImagesRecording, VideoRecording
from livespot.replay.player import Player
from livespot.session import SessionReader
from livespot.types import FaceState


@pytest.fixture
def recording(live):
    opened = SessionRecording(SessionReader(live.path))
    yield opened
    opened.close()


def settled(player):
    deadline = time.monotonic() + 10
    while not player.settled and time.monotonic() < deadline:
        player.snapshot()
        time.sleep(0.005)
    return player.snapshot()


def test_seeking_shows_the_very_frame_of_every_interval(live, no_leaked_threads):
    player = Player(SessionRecording(SessionReader(live.path)))
    try:
        for interval in live.intervals:
            for number in (interval.onset, interval.apex, interval.offset):
                player.seek_frame(number)
                seen = settled(player)
                assert seen.frame.source_index == number == player.number
                row = next(r for r in live.rows if r.frame == number)
                assert seen.frame.time_s == row.time_s == seen.curve_times_s[-1]
                assert seen.curves[-1].tobytes() == row.probabilities.tobytes()
                assert seen.face is FaceState.OK and seen.landmarks.points.shape == (68, 2)
                assert seen.roi_vectors.shape == (24, 2) and seen.motion.shape == (len(seen.curves), 24)
        assert player.snapshot() is player.snapshot()
    finally:
        player.close()


def test_a_session_keeps_its_gap_its_markers_and_its_operating_point(recording, live):
    assert [reason for _, _, reason in recording.gaps] == ["the cable was pulled"]
    start_s, end_s, _ = recording.gaps[0]
    assert 0.9 < end_s - start_s < 1.2
    assert [(m.label, m.time_s) for m in recording.markers] == [("stimulus ☺", 2.0)]
    assert recording.base.thresholds == {"ME": 0.2, "MaE": 0.3}
    assert recording.time_of(int(recording.numbers[-1]) + 30) == pytest.approx(recording.times_s[-1] + 1)


def test_the_same_engine_again_gives_the_same_bits_without_computing(recording, live, runner):
    class Counting:
        calls = 0
        info = runner.info

        def infer(self, windows):
            Counting.calls += 1
            return runner.infer(windows)

    config = recorded_config(recording.session)
    found = analyse_windows(recording, config, Counting())
    assert sorted(found.intervals, key=lambda i: i.onset) == sorted(live.intervals, key=lambda i: i.onset)
    assert found.curves.tobytes() == live.curves.tobytes() and Counting.calls == 0
    strict = operating_point(config, {"ME": 0.98, "MaE": 0.98}, {"ME": 0.0})
    fewer = analyse_windows(recording, strict, Counting())
    assert len(fewer.intervals) < len(live.intervals) and fewer.thresholds["ME"] == 0.98
    assert fewer.min_scores["ME"] == 0.0 and Counting.calls == 0


def test_what_progress_raises_ends_the_work(recording, runner):
    class Enough(Exception):
        pass

    def progress(done, total):
        assert total == recording.window_count
        raise Enough

    with pytest.raises(Enough):
        analyse_windows(recording, Config(flow=FlowConfig(regions="face")), runner, progress=progress)


def test_a_damaged_session_is_played_as_far_as_it_can_be_read(live, tmp_path):
    path = shutil.copytree(live.path, tmp_path / "hurt.livespot")
    log = (path / "log.bin").read_bytes()
    (path / "log.bin").write_bytes(log[: len(log) // 2])
    (path / "video.mkv").write_bytes(b"no video")
    opened = SessionRecording(SessionReader(path))
    assert "livespot recover" in opened.problems[0] and not opened.has_pictures
    assert any("shown without pictures" in problem for problem in opened.problems)
    player = Player(opened)
    seen = player.snapshot()
    assert seen.frame is None and len(opened.times_s) > 10
    player.close()
    (path / "log.bin").write_bytes(log[:40])
    with pytest.raises(SessionError, match="nothing in it can be played"):
        SessionRecording(SessionReader(path))


def test_a_video_is_analysed_from_its_pictures_and_kept_for_another_analysis(
    tmp_path, demo_images, runner, encode
):
    video = VideoRecording(encode(tmp_path / "clip.mp4", demo_images[60:120]))
    seen = []
    found = analyse_pictures(
        video,
        Config(flow=FlowConfig(regions="face")),
        runner,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert found.complete and len(found.curves) == 60 == video.window_count
    assert seen[-1][1] == 60 and np.isfinite(found.curves).all()
    assert video.faces.at(30, 1.0)[0] is FaceState.OK and video.faces.absent() == ()
    video.base = found
    again = analyse_windows(
        video, operating_point(Config(flow=FlowConfig(regions="face")), {"ME": 0.1}, {}), runner
    )
    assert again.curves.tobytes() == found.curves.tobytes()
    player = Player(video)
    player.seek(0.5)
    assert settled(player).frame.source_index == 15
    player.close()


@pytest.fixture
def encode():
    from capture_makers import encode_video

    def write(path, images):
        encode_video(path, images)
        return path

    return write


def test_a_folder_of_images_plays_too(tmp_path, demo_images):
    from livespot.cv import cv2

    for n, image in enumerate(demo_images[:5]):
        cv2.imwrite(str(tmp_path / f"img{n}.png"), image)
    (tmp_path / "img3.png").write_bytes(b"broken")
    images = ImagesRecording(tmp_path)
    assert (images.picture(2) == demo_images[2]).all() and images.picture(3) is None
    assert images.problems == ["img3.png is not a readable image"]


def test_an_error_of_the_decoding_thread_is_told_and_the_player_goes_on(live, monkeypatch, no_leaked_threads):
    recording = SessionRecording(SessionReader(live.path))
    seen = recording.picture

    def broken(place):
        if place == 40:
            raise OSError(5, "Input/output error")
        return seen(place)

    monkeypatch.setattr(recording, "picture", broken)
    player = Player(recording)
    try:
        before = len(recording.problems)
        for _ in range(2):
            player.seek(float(recording.times_s[40]))
            assert settled(player).frame is None and player.settled
            player.seek(float(recording.times_s[60]))
            assert settled(player).frame is not None
        (problem,) = recording.problems[before:]
        assert "Input/output error" in problem and "a picture cannot be shown" in problem
    finally:
        player.close()
