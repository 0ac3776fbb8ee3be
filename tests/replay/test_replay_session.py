"""From the logged features, and from exact pictures, curves and intervals have the bits of the live run."""

from __future__ import annotations

import shutil
from dataclasses import replace

import av
import numpy as np
import pytest

import livespot
from livespot.capture import VideoSource
from livespot.errors import SessionError
from livespot.findings import Accumulator
from livespot.replay import SessionPictures, SessionSource, from_features, from_pictures, recorded_config
from livespot.replay.analyse import analyse_windows
from livespot.replay.of_session import SessionRecording
from livespot.session import SessionReader
from livespot.types import Frame, Gap


@pytest.fixture
def session(live):
    with SessionReader(live.path) as opened:
        yield opened


def same(found, live):
    assert found.intervals == live.intervals
    assert found.curves.tobytes() == live.curves.tobytes()
    assert found.frames.tolist() == [row.frame for row in live.rows]
    assert found.times_s.tolist() == [row.time_s for row in live.rows]


def test_features_give_the_live_bits(session, live, runner):
    found = from_features(session, recorded_config(session), runner, keep_features=True)
    same(found, live)
    assert found.features.shape == (len(live.rows), 17, 24, 2)
    assert [gap.reason for _, gap in found.gaps] == ["the cable was pulled"]


def test_exact_pictures_give_the_live_bits(session, live, runner):
    assert (session.frames["video_frame"] >= 0).all()
    same(from_pictures(session, recorded_config(session), runner), live)


def test_another_threshold_gives_what_it_would_have_given(session, live, runner):
    strict = recorded_config(session, {"spotting": {"me_apex_threshold": 0.99, "mae_apex_threshold": 0.99}})
    found = from_features(session, strict, runner)
    assert found.intervals == []
    assert found.curves.tobytes() == live.curves.tobytes()


def test_the_source_gives_frames_and_gaps_as_they_came(session):
    with SessionSource(session) as source:
        assert source.info.kind == "session" and source.was_live
        items = []
        while (item := source.read()) is not None:
            items.append(item)
    assert [n for n, item in enumerate(items) if isinstance(item, Gap)] == [115]
    frames = [item for item in items if isinstance(item, Frame)]
    assert [frame.index for frame in frames] == session.frames["source_index"].tolist()
    assert [frame.time_s for frame in frames] == session.frames["time_s"].tolist()
    assert source.warning == ""


def test_single_pictures_are_the_ones_of_their_frames(session):
    with VideoSource(session.video_path) as video:
        images = [video.read().image for _ in range(100)]
    pictures = SessionPictures(session)
    for place in (40, 3, 99, 4):
        number = int(session.frames["source_index"][place])
        np.testing.assert_array_equal(pictures.picture(number), images[place])
    assert pictures.picture(10**6) is None
    pictures.close()


def test_spot_reads_a_session_from_its_features(live):
    result = livespot.spot(live.path, features=True)
    assert result.intervals == sorted(live.intervals, key=lambda i: (i.onset, i.offset, i.type))
    assert result.curves.tobytes() == live.curves.tobytes()
    assert result.features.shape[0] == result.summary["frames"] == len(live.rows)
    assert result.summary["kind"] == "session"
    assert result.summary["gaps"][0]["reason"] == "the cable was pulled"


def test_settings_of_another_version_are_left_out(session):
    session.info["config"] = {"spotting": {"me_apex_threshold": 0.7, "of_the_future": 1}, "room": {"x": 2}}
    config = recorded_config(session)
    assert config.spotting.me_apex_threshold == 0.7
    assert config.inference.engine == "auto"
    assert replace(config.spotting, me_apex_threshold=None) == type(config.spotting)()


def test_without_a_picture_the_pixels_cannot_be_replayed(tmp_path, live, runner):
    import shutil

    copy = tmp_path / "blind.livespot"
    shutil.copytree(live.path, copy)
    (copy / "video.mkv").unlink()
    with SessionReader(copy) as session:
        with pytest.raises(SessionError, match=r"blind\.livespot: its video is missing"):
            from_pictures(session, recorded_config(session), runner)
        same(from_features(session, recorded_config(session), runner), live)


def test_a_damaged_picture_costs_that_picture_only(live, tmp_path, runner):
    copied = shutil.copytree(live.path, tmp_path / "damaged.livespot")
    video = copied / "video.mkv"
    with av.open(str(video)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        keys = [n for n, packet in enumerate(packets) if packet.is_keyframe]
        hit = keys[len(keys) // 2] - 2  # what follows it up to the next key frame refers to it
        whole = bytes(packets[hit])
    data = video.read_bytes()
    place = data.index(whole)
    video.write_bytes(data[:place] + bytes(len(whole)) + data[place + len(whole) :])
    with SessionReader(copied) as session, SessionSource(session) as source:
        frames = [item for item in iter(source.read, None) if isinstance(item, Frame)]
    with SessionReader(live.path) as session, SessionSource(session) as source:
        exact = {item.index: item for item in iter(source.read, None) if isinstance(item, Frame)}
    lost = len(exact) - len(frames)
    assert 1 <= lost <= 3 and f"{lost} of {len(exact)} pictures are not in the video" in (_warning(copied))
    assert frames[-1].index == max(exact)
    same_bits = [np.array_equal(frame.image, exact[frame.index].image) for frame in frames]
    assert all(frame.time_s == exact[frame.index].time_s for frame in frames)
    assert same_bits.count(False) <= 2


def _warning(path) -> str:
    with SessionReader(path) as session, SessionSource(session) as source:
        for _ in iter(source.read, None):
            pass
        return source.warning


def test_live_replay_batch_and_player_keep_and_summarise_alike(
    session, live, runner, demo_images, monkeypatch
):
    """One accumulator and one summary: whatever analyses, the same object keeps the rows and the same code says so."""
    kept = []

    class Noted(Accumulator):
        def findings(self, problems=()):
            kept.append(super().findings(problems))
            return kept[-1]

    for user in ("livespot.stream.collect", "livespot.replay.run", "livespot.replay.analyse"):
        monkeypatch.setattr(f"{user}.Accumulator", Noted)
    replayed = livespot.spot(session.path, runner=runner)
    recording = SessionRecording(session)
    again = analyse_windows(recording, recorded_config(session), runner)
    batch = livespot.spot(demo_images[:60], fps=30.0, runner=runner)
    assert len(kept) >= 3
    assert (
        kept[0].curves.tobytes()
        == replayed.curves.tobytes()
        == again.curves.tobytes()
        == live.curves.tobytes()
    )
    assert kept[0].intervals_by_onset == replayed.intervals == list(again.intervals)
    assert [row for row, _ in kept[0].gaps] == [row["row"] for row in replayed.summary["gaps"]]
    # What only one of them can know stands beside the common part.
    of_streams = {"stride", "held_frames", "surplus_frames", "seconds_per_stage"}
    assert set(batch.summary) - set(replayed.summary) == of_streams
    assert set(replayed.summary) - set(batch.summary) == {"recorded_engine"}
    assert batch.summary["face_share"] == replayed.summary["face_share"] == 1.0
    assert batch.summary["frames"] == len(batch.frames) == len(batch.status) == 60
