"""Pictures kept for looking at again: bounded, nearest in time, nothing waits for them."""

from __future__ import annotations

import time

import numpy as np
import pytest

from livespot.snapshot import Picture
from livespot.stream import picture_buffer
from livespot.stream.picture_buffer import PictureBuffer, write_picture
from livespot.types import CanonicalFace, FaceState, Interval, Landmarks, ModelFrame, Update

pytestmark = pytest.mark.usefixtures("no_leaked_threads")


def face(time_s: float, size: tuple[int, int] = (96, 128), grey: int = 100) -> CanonicalFace:
    image = np.full((*size, 3), grey, np.uint8)
    index = round(time_s * 30)
    points = np.full((68, 2), 40.0, np.float32)
    landmarks = Landmarks(points, np.zeros((478, 3), np.float32))
    frame = ModelFrame(index, index, time_s, image, 30.0)
    return CanonicalFace(frame, landmarks, FaceState.OK, (), np.full((24, 2), 40.0, np.float32))


def fill(ring: PictureBuffer, times: list[float], **how: object) -> None:
    for time_s in times:
        ring.face(face(time_s, **how))
        while ring._waiting:
            time.sleep(0.001)
    deadline = time.monotonic() + 5.0
    while len(ring.last_seconds(1e9)) < 1 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.02)


@pytest.fixture
def ring():
    made = PictureBuffer()
    yield made
    made.close()


def test_the_nearest_moment_with_its_landmarks(ring):
    fill(ring, [i / 10 for i in range(20)], size=(480, 960))
    picture = ring.moment(0.52)
    assert isinstance(picture, Picture)
    assert picture.time_s == 0.5
    assert picture.image.shape == (240, 480, 3)  # half the size, and so are the points
    assert picture.landmarks is not None and np.allclose(picture.landmarks, (40.5 * 0.5) - 0.5)
    assert picture.roi_points is not None and picture.roi_points.shape == (24, 2)
    assert np.allclose(picture.roi_points, (40.5 * 0.5) - 0.5)
    assert ring.moment(9.0) is None


def test_the_last_seconds_are_unpacked_one_by_one(ring):
    fill(ring, [i / 10 for i in range(30)])
    pictures = ring.last_seconds(1.0)
    assert [round(t, 1) for t in pictures.times_s] == [round(1.9 + i / 10, 1) for i in range(11)]
    assert pictures[0].time_s == 1.9 and len(pictures[:3]) == 3


def test_events_keep_their_pictures_when_the_minute_is_over(ring, monkeypatch):
    monkeypatch.setattr(picture_buffer, "KEPT_S", 2.0)
    fill(ring, [i / 10 for i in range(10)])
    event = Interval("ME", 3, 6, 9, 0.1, 0.2, 0.3, 0.9)
    ring.update(Update(9, 0.9, None, confirmed=(event,)))
    fill(ring, [1 + i / 10 for i in range(60)])
    assert len(ring.last_seconds(1e9)) == 21
    onset, apex, offset = ring.pictures_of(event)
    assert onset is not None and apex is not None and offset is not None
    assert (onset.time_s, apex.time_s, offset.time_s) == (0.1, 0.2, 0.3)
    assert ring.moment(0.21) is not None
    assert ring.pictures_of(Interval("MaE", 0, 1, 2, 0.0, 0.1, 0.2, 1.0)) == (None, None, None)


def test_memory_is_bounded(ring, monkeypatch):
    monkeypatch.setattr(picture_buffer, "MAX_BYTES", 20_000)
    monkeypatch.setattr(picture_buffer, "MAX_EVENT_BYTES", 10_000)
    for second in range(12):
        fill(ring, [second + i / 10 for i in range(10)])
        at = float(second)
        event = Interval("ME", second, second, second, at, at + 0.1, at + 0.2, 0.5)
        ring.update(Update(second, at, None, confirmed=(event,)))
        assert ring.bytes <= 40_000


def test_a_camera_faster_than_the_model_fills_no_more(ring):
    fill(ring, [i / 120 for i in range(120)])
    assert 28 <= len(ring.last_seconds(10.0)) <= 42


def test_a_picture_is_written_as_the_camera_gave_it(tmp_path):
    from livespot.cv import cv2
    from livespot.errors import OutputError, UsageError

    write_picture(face(0.0), tmp_path / "a.png")
    assert (cv2.imread(str(tmp_path / "a.png")) == 100).all()
    with pytest.raises(UsageError, match=r"\.png"):
        write_picture(face(0.0), tmp_path / "a.gif")
    with pytest.raises(OutputError, match="another folder"):
        write_picture(face(0.0), tmp_path / "none" / "a.png")
    with pytest.raises(UsageError, match="none to save"):
        write_picture(None, tmp_path / "b.png")
