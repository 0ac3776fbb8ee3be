"""What was handed to the writer is what the reader gives, bit for bit."""

from __future__ import annotations

import json
from dataclasses import replace

import av
import numpy as np
import pytest
from made_up_movement import SMILE
from session_makers import digest, feed, info, interval, picture, record

from livespot.errors import OutputError, SessionError, UsageError
from livespot.regions import FACE
from livespot.session import SessionReader, SessionWriter, is_session, recover
from livespot.session.records import Fate
from livespot.types import FaceState, Gap, Update, Window

pytestmark = pytest.mark.usefixtures("no_leaked_threads")


def features_of(number):
    rng = np.random.default_rng(number)
    rng.random((68, 2), np.float32)
    return rng.normal(size=(17, 10, 2)).astype(np.float32)


@pytest.mark.parametrize("mode", ["full", "lossless", "features"])
def test_everything_comes_back(tmp_path, mode):
    path = record(tmp_path, 40, mode, engine={"name": "e", "description": "d", "sha256": "0" * 64})
    assert path == tmp_path / "made.livespot" and is_session(path)
    with SessionReader(path) as session:
        assert session.complete and session.problems == [] and session.mode == mode
        assert session.info["consent"] == "made-up pictures only"
        assert session.info["engine"]["sha256"] == "0" * 64 and session.info["source"]["fps"] == 30.0
        assert session.frames["source_index"].tolist() == list(range(40))
        assert session.frames["time_s"].tolist() == [n / 30 + 1e-7 * n for n in range(40)]
        assert session.ticks["model_index"].tolist() == list(range(40))
        assert session.face_states[3] is FaceState.NO_FACE and session.face_states[4] is FaceState.OK
        assert np.isnan(session.landmarks[3]).all()
        np.testing.assert_array_equal(
            session.landmarks[7], np.random.default_rng(7).random((68, 2), np.float32) * 40
        )
        assert session.curves().values.shape == session.probabilities.shape == (40, 10)
        assert np.isnan(session.probabilities[13]).all() and session.curves().frames[13] == 13
        assert session.intervals == [interval(7), interval(37)]
        assert [(m.label, m.time_s) for m in session.markers] == [("a smile: ☺", 0.5)]
        assert [(g.reason, g.after) for g in session.gaps + session.source_gaps] == [
            ("the cable was pulled", 19)
        ] * 2
        assert session.stopped["drops"] == {"made up": 3} and session.stopped["counts"]["frames"] == 40


def test_what_moved_comes_back_where_it_was_measured(tmp_path):
    writer = SessionWriter(tmp_path, info(), "features", consent="made-up pictures only", name="moved")
    with_words = replace(interval(7), movement=SMILE)
    for number in range(12):
        feed(writer, number, picture(number), number / 30)  # the seventh brings an interval without
    writer.update(Update(12, 0.4, np.full(10, np.nan, np.float32), (), (with_words,)))
    writer.close()
    with SessionReader(writer.path) as session:
        assert [i.movement for i in session.intervals] == [None, SMILE]


def test_windows_and_gaps_come_back_in_their_order(tmp_path):
    with SessionReader(record(tmp_path)) as session:
        items = list(session.windows())
        assert session.window_count == 40
        assert [type(item) for item in items] == [Window] * 20 + [Gap] + [Window] * 20
        for number, item in enumerate(items[:20] + items[21:]):
            assert (item.index, item.source_index, item.rate_hz) == (number, number, 30.0)
            assert item.time_s == number / 30 + 1e-7 * number
            if number % 10 == 3:
                assert item.features is None
            else:
                assert item.features.dtype == np.float32
                np.testing.assert_array_equal(item.features, features_of(number))
        recorded = list(session.source_items())
        assert [row for row, _ in recorded] == [*range(20), -1, *range(20, 40)]
        assert recorded[20][1].reason == "the cable was pulled"


def test_windows_of_other_regions_come_back_with_their_quality_and_noise(tmp_path):
    rng = np.random.default_rng(3)
    features = rng.normal(size=(17, len(FACE), 2)).astype(np.float32)
    quality, noise = rng.random((2, len(FACE)), np.float32)
    given = [
        Window(0, 0, 0.0, 30.0, features, FaceState.OK, True, quality, noise),
        Window(1, 1, 0.1, 30.0, None, FaceState.HIDDEN),
        Window(2, 2, 0.2, 30.0, features),
    ]
    writer = SessionWriter(tmp_path, info(regions="face"), "features", name="face")
    for window in given:
        writer.window(window)
    writer.close()
    with SessionReader(writer.path) as session:
        assert session.layout is FACE and session.window_count == 3
        for window, back in zip(given, session.windows(), strict=True):
            assert (back.index, back.time_s, back.state) == (window.index, window.time_s, window.state)
            assert back.held is window.held
            for name in ("features", "quality", "noise_px"):
                np.testing.assert_array_equal(getattr(back, name), getattr(window, name))


def test_regions_that_this_version_does_not_know_are_named(tmp_path):
    writer = SessionWriter(tmp_path, info(regions="hands"), "features", name="other")
    writer.close()
    with pytest.raises(
        SessionError, match="recorded with the regions 'hands', this livespot measures paper, face"
    ):
        SessionReader(writer.path)


def decoded(path):
    with av.open(str(path)) as container:
        return [(frame.time, frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]


def test_lossless_keeps_every_pixel_and_full_keeps_the_look(tmp_path):
    # Odd sides too: halved colour cannot have them.
    for size in ((64, 48), (65, 47)):
        for mode in ("lossless", "full"):
            path = record(tmp_path, 30, mode, name=f"{mode} {size[0]}", size=size)
            pictures = decoded(SessionReader(path).video_path)
            assert len(pictures) == 30
            for number, (time_s, image) in enumerate(pictures):
                assert abs(time_s - number / 30) < 1e-3
                difference = np.abs(image.astype(int) - picture(number, *size))
                assert difference.max() == 0 if mode == "lossless" else difference.mean() < 8


def test_without_pictures_no_picture_is_anywhere(tmp_path):
    path = record(tmp_path, 10, "features")
    assert sorted(p.name for p in path.iterdir()) == ["features.bin", "log.bin", "session.json"]
    session = SessionReader(path)
    assert session.video_path is None and set(session.frames["fate"]) == {Fate.NO_PICTURES}
    assert set(session.frames["video_frame"]) == {-1}


def test_consent_that_nobody_stated_is_said_to_be(tmp_path):
    writer = SessionWriter(tmp_path, info(), "features", consent="  ")
    writer.close()
    assert SessionReader(writer.path).info["consent"] == "not stated"


def test_a_taken_name_gets_a_number(tmp_path):
    assert [record(tmp_path, 2).name for _ in range(3)] == [
        "made.livespot",
        "made-2.livespot",
        "made-3.livespot",
    ]
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize("name", ["a/b", "..", "a:b", "", " a", "x" * 200, "tab\there", "\udce4"])
def test_a_name_that_no_folder_can_have(tmp_path, name):
    with pytest.raises(UsageError, match="--name"):
        SessionWriter(tmp_path, info(), "features", name=name)
    assert not list(tmp_path.iterdir())


def test_odd_but_possible_names(tmp_path):
    for name in ("Jürgen & Söhne %d", "名前 #1", "it's [a] test"):
        path = record(tmp_path, 3, "full", name=name)
        assert SessionReader(path).complete and len(decoded(path / "video.mkv")) == 3


def test_a_target_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file"):
        SessionWriter(tmp_path / "file" / "below", info(), "features")


def test_what_is_no_session(tmp_path):
    with pytest.raises(SessionError, match="no such session"):
        SessionReader(tmp_path / "gone")
    with pytest.raises(SessionError, match="no recorded session"):
        SessionReader(tmp_path)
    (tmp_path / "session.json").write_text("]")
    with pytest.raises(SessionError, match="nothing in it can be read"):
        SessionReader(tmp_path)


def test_a_recording_in_the_middle_of_a_run(tmp_path):
    writer = SessionWriter(tmp_path, info(from_start=False), "features")
    for number in range(1000, 1010):
        feed(writer, number, picture(0), number / 30)
    writer.close()
    writer.close()  # a second time does nothing
    feed(writer, 1010, picture(0), 1010 / 30)  # a straggler of a stage does nothing either
    assert not writer.marker("late", wait_s=0.0)
    session = SessionReader(writer.path)
    assert [w.index for w in session.windows()] == list(range(1000, 1010)) and not session.info["from_start"]


def test_a_whole_session_needs_no_recovery(tmp_path):
    path = record(tmp_path, 10)
    before = digest(path)
    recovered = recover(path)
    assert not recovered.changed and recovered.path == path and digest(path) == before


def test_the_header_is_plain_json(tmp_path):
    header = json.loads((record(tmp_path, 2) / "session.json").read_text(encoding="utf-8"))
    assert header["format"] == "livespot session" and header["format_version"] == 2
    assert {"name", "mode", "consent", "started", "source", "video", "versions"} <= set(header)
