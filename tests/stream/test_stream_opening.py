"""What a live run takes for a camera, and what for a recording."""

from __future__ import annotations

from pathlib import Path

import pytest
from capture_makers import fake_webcam, picture, write_video

from livespot.clock import MonotonicClock
from livespot.config import CaptureConfig, Config
from livespot.cv import cv2
from livespot.errors import CameraError, UsageError
from livespot.stream.opening import is_recording, open_live

CONFIG = Config(capture=CaptureConfig(warm_up_s=0.0))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """A folder called 0 with images, in the folder where we stand."""
    (tmp_path / "0").mkdir()
    for n in range(3):
        cv2.imwrite(str(tmp_path / "0" / f"{n}.png"), picture(n))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_number_is_a_camera_also_beside_a_folder_of_that_name(folder, monkeypatch) -> None:
    fake_webcam(monkeypatch)
    with open_live("0", CONFIG, MonotonicClock()) as source:
        assert source.info.kind == "camera" and source.info.name == "Fake HD Camera"
    with open_live("./0", CONFIG, MonotonicClock()) as source:
        assert source.info.kind == "images" and source.info.frames == 3


@pytest.mark.parametrize("spec", ["", "  "])
def test_an_empty_camera_is_an_error_and_not_this_folder(folder, spec) -> None:
    with pytest.raises(UsageError, match="is empty; expected auto, a number"):
        open_live(spec, CONFIG, MonotonicClock())


def test_an_address_and_a_missing_file_are_no_recordings(folder) -> None:
    assert (
        not is_recording("http://127.0.0.1/video")
        and not is_recording("gone.mp4")
        and not is_recording("demo")
    )
    with pytest.raises(CameraError, match=r"gone\.mp4"):
        open_live("gone.mp4", CONFIG, MonotonicClock())


def test_a_video_plays_at_its_own_pace(folder) -> None:
    write_video(folder / "film.mp4", 12)
    assert is_recording("film.mp4")
    clock = MonotonicClock()
    with open_live("film.mp4", CONFIG, clock) as source:
        began_s = clock.now_s()
        frames = list(iter(source.read, None))
    assert len(frames) == 12 and clock.now_s() - began_s > 0.9 * frames[-1].time_s
