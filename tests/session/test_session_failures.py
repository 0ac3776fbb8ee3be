"""Disks and encoders that fail while a recording runs: the run goes on, the alarm shows, what was written opens."""

from __future__ import annotations

import errno
import os
import threading
import time

import av
import pytest
from session_makers import feed, info, picture, settle

from livespot.session import SessionReader, SessionWriter, files, video
from livespot.session.records import Fate

pytestmark = pytest.mark.usefixtures("no_leaked_threads")


class Disk:
    """Raw files on a disk that can be full, broken, or slow; what fits in before it is full is written in part."""

    def __init__(self, monkeypatch):
        self.error = 0
        self.answers = threading.Event()
        self.answers.set()
        self.only = ""
        open_raw, open_seekable = files.open_raw, files.open_seekable
        monkeypatch.setattr(files, "open_raw", lambda path: Handle(self, open_raw(path), path))
        monkeypatch.setattr(files, "open_seekable", lambda path: Handle(self, open_seekable(path), path))


class Handle:
    def __init__(self, disk, handle, path):
        self.disk, self.handle, self.path = disk, handle, path

    def write(self, data):
        if self.disk.only in self.path.name:
            self.disk.answers.wait()
            if self.disk.error:
                if len(data) > 20:
                    self.handle.write(bytes(data[:20]))
                raise OSError(self.disk.error, os.strerror(self.disk.error))
        return self.handle.write(data)

    def __getattr__(self, name):
        return getattr(self.handle, name)


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.01)


def feed_some(writer, begin, end):
    for number in range(begin, end):
        feed(writer, number, picture(number), number / 30)
        settle(writer)


def pictures(path):
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_is_full_for_a_while(tmp_path, disk, code):
    writer = SessionWriter(tmp_path, info(), "full")
    feed_some(writer, 0, 30)
    assert writer.marker("before")
    disk.error = code
    feed_some(writer, 30, 60)
    assert not writer.marker("while it is full", wait_s=0.3)
    until(lambda: os.strerror(code) in writer.alarm)
    assert "no picture is recorded any more" in writer.alarm and "waits in memory" in writer.alarm
    held = SessionReader(writer.path)  # readable at this very moment
    assert len(held.frames) == 30 and [m.label for m in held.markers] == ["before"]
    assert not any("damaged" in problem for problem in held.problems)
    disk.error = 0
    until(lambda: "log" not in writer.alarm)
    feed_some(writer, 60, 90)
    writer.close()
    session = SessionReader(writer.path)
    assert session.ended and not session.problems  # nothing of the log was lost
    assert len(session.frames) == session.window_count == 90
    assert [m.label for m in session.markers] == ["before", "while it is full"]
    assert set(session.frames["fate"][60:]) == {Fate.STOPPED}
    assert any("no picture is recorded any more" in alarm for alarm in session.alarms)
    assert (
        15 <= pictures(session.video_path) <= 30
    )  # the cluster of the last half second could not be written


def test_a_disk_that_stays_full(tmp_path, disk, monkeypatch):
    monkeypatch.setattr(files, "BACKLOG_BYTES", 20_000)
    writer = SessionWriter(tmp_path, info(), "features")
    feed_some(writer, 0, 20)
    assert writer.marker("before")
    disk.error = errno.ENOSPC
    for begin in range(20, 80, 20):
        feed_some(writer, begin, begin + 20)
        time.sleep(0.3)
    assert "bytes of the log are lost" in writer.alarm
    writer.close()
    assert "bytes of the log are lost" in writer.alarm
    session = SessionReader(writer.path)
    assert not session.ended and len(session.frames) == 20 and len(list(session.windows())) == 20


def test_a_hole_in_the_log_is_counted(tmp_path, disk, monkeypatch):
    monkeypatch.setattr(files, "BACKLOG_BYTES", 20_000)
    writer = SessionWriter(tmp_path, info(), "features")
    feed_some(writer, 0, 20)
    assert writer.marker("before")
    disk.error = errno.ENOSPC
    feed_some(writer, 20, 60)
    until(lambda: "are lost" in writer.alarm)
    feed_some(writer, 60, 100)  # more than one kind of record is lost
    disk.error = 0
    until(lambda: "waits in memory" not in writer.alarm)
    feed_some(writer, 100, 120)
    writer.close()
    session = SessionReader(writer.path)
    assert session.ended and any("of 120 windows can be read" in problem for problem in session.problems)
    assert any("are lost" in alarm for alarm in session.alarms)
    assert any("windows are missing in the recording" in str(item) for item in session.windows())


def test_a_slow_disk_stalls_nobody(tmp_path, disk):
    disk.only = "video"
    writer = SessionWriter(tmp_path, info(), "full", queue_bytes=16 * 64 * 48 * 3)
    disk.answers.clear()
    for number in range(100):
        feed(writer, number, picture(number % 4), number / 30)
    assert "pictures left out, the encoder is behind" in writer.alarm
    assert list(writer.lost) == ["the encoder could not keep up"]
    assert writer.marker("the log goes on")
    disk.answers.set()
    writer.close()
    session = SessionReader(writer.path)
    fates = session.frames["fate"].tolist()
    assert session.complete and Fate.BUSY in fates and len(fates) == 100
    recorded = session.frames["video_frame"][session.frames["fate"] == Fate.RECORDED]
    assert recorded.tolist() == list(range(len(recorded)))
    assert pictures(session.video_path) == len(recorded)
    assert session.stopped["lost"] == {"the encoder could not keep up": fates.count(Fate.BUSY)}
    assert session.stopped["counts"]["pictures_left_out"] == fates.count(Fate.BUSY)


def test_an_encoder_that_fails(tmp_path, monkeypatch):
    def fail(self, stream, image, time_s):
        if self.encoded == 5:
            raise av.error.ExternalError(1, "the encoder gave up")
        encode(self, stream, image, time_s)

    encode = video.VideoTrack._encode
    monkeypatch.setattr(video.VideoTrack, "_encode", fail)
    writer = SessionWriter(tmp_path, info(), "full")
    feed_some(writer, 0, 30)
    assert "no picture is recorded any more (the encoder gave up)" in writer.alarm
    writer.close()
    session = SessionReader(writer.path)
    assert session.complete and len(session.frames) == 30 and pictures(session.video_path) == 5


def test_no_encoder_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr("livespot.session.writer.choose_encoding", lambda *_: None)
    writer = SessionWriter(tmp_path, info(), "full")
    feed_some(writer, 0, 5)
    assert "FFmpeg has no encoder" in writer.alarm
    writer.close()
    assert set(SessionReader(writer.path).frames["fate"]) == {Fate.STOPPED}


def test_a_picture_of_another_size_is_left_out(tmp_path):
    writer = SessionWriter(tmp_path, info(), "full")
    feed_some(writer, 0, 5)
    feed(writer, 5, picture(5, 96, 64), 5 / 30)
    feed_some(writer, 6, 10)
    writer.close()
    session = SessionReader(writer.path)
    assert session.frames["fate"][5] == Fate.OTHER_SIZE and pictures(session.video_path) == 9


def test_a_target_that_vanishes(tmp_path):
    writer = SessionWriter(tmp_path, info(), "full")
    feed_some(writer, 0, 10)
    assert writer.marker("there")
    for path in writer.path.iterdir():
        path.unlink()
    writer.path.rmdir()
    feed_some(writer, 10, 20)
    writer.close()


def test_a_count_that_grows_is_one_alarm_in_the_log(tmp_path, monkeypatch):
    writer = SessionWriter(tmp_path, info(), "full")
    feed_some(writer, 0, 5)
    for count in (1, 12, 130, 1400):
        writer._video.left_out = count
        writer._say_alarms()
    assert "1400 pictures left out" in writer.alarm
    writer.close()
    session = SessionReader(writer.path)
    assert session.alarms == ["recording: 1 pictures left out, the encoder is behind"]
