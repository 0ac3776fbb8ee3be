from __future__ import annotations

import itertools
import os
import subprocess
import sys

import cv2_enumerate_cameras
import numpy as np
import pytest
from capture_makers import QUICK, fake_webcam, picture

from livespot.capture import SourceState, camera, list_cameras, listing, open_camera
from livespot.config import CaptureConfig
from livespot.cv import cv2
from livespot.errors import CameraError, UsageError
from livespot.types import Frame, Gap


def test_mjpg_then_size_then_rate_and_the_real_values_come_back(monkeypatch) -> None:
    fake = fake_webcam(monkeypatch)
    with open_camera("0", config=CaptureConfig(width=1280, height=720, fps=60.0, warm_up_s=0.0)) as source:
        assert (source.info.width, source.info.height, source.info.fps) == (160, 120, 60.0)
        assert (source.info.kind, source.info.name, source.info.live) == ("camera", "Fake HD Camera", True)
    keys = [key for key, _ in fake.asked]
    wanted = [cv2.CAP_PROP_FOURCC, cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS]
    assert keys[:4] == wanted and (cv2.CAP_PROP_BUFFERSIZE, 1) in fake.asked
    assert dict(fake.asked)[cv2.CAP_PROP_FRAME_WIDTH] == 1280


@pytest.mark.parametrize("spec", ["auto", "AUTO", 0, "0", " 0 ", "/dev/video0", "hd cam", "FAKE"])
def test_ways_to_say_which_camera(monkeypatch, spec) -> None:
    fake_webcam(monkeypatch)
    with open_camera(spec, config=QUICK) as source:
        assert isinstance(source.read(), Frame)
        assert source.info.name == "Fake HD Camera"


def test_auto_takes_the_first_that_gives_a_picture(monkeypatch) -> None:
    fake = fake_webcam(monkeypatch)

    class Second(fake):
        def __init__(self, index: int, backend: int) -> None:
            super().__init__(index, backend)
            self.index = index

        def isOpened(self) -> bool:
            return self.index == 4

    monkeypatch.setattr(cv2, "VideoCapture", Second)
    monkeypatch.setattr(camera, "named_cameras", lambda: [(2, "Infrared", 0), (4, "Colour", 0)])
    with open_camera("auto", config=QUICK) as source:
        assert source.info.name == "Colour"


def test_a_camera_that_comes_back_with_another_index_is_found_by_its_name(monkeypatch) -> None:
    fake = fake_webcam(monkeypatch)
    opened: list[int] = []

    class Noting(fake):
        def __init__(self, index: int, backend: int) -> None:
            super().__init__(index, backend)
            opened.append(index)

    monkeypatch.setattr(cv2, "VideoCapture", Noting)
    with open_camera("0", config=QUICK) as source:
        assert isinstance(source.read(), Frame)
        monkeypatch.setattr(camera, "named_cameras", lambda: [(1, "Fake HD Camera", 0)])
        fake.alive = False
        gap = next(item for item in iter(source.read, None) if isinstance(item, Gap))
        assert "camera 0" in gap.reason and source.state is SourceState.LOST
        fake.alive = True
        assert isinstance(source.read(), Frame)
    assert opened[0] == 0 and opened[-1] == 1


def test_damaged_pictures_are_passed_over(monkeypatch) -> None:
    fake_webcam(monkeypatch, damaged=3)
    with open_camera("0", config=QUICK) as source:
        assert all(isinstance(item, Frame) for item in itertools.islice(iter(source.read, None), 5))


def test_a_camera_that_cannot_be_opened(monkeypatch) -> None:
    fake_webcam(monkeypatch, opened=False)
    with pytest.raises(
        CameraError, match=r"^camera 7: cannot be opened; `livespot cameras` lists what is there"
    ):
        open_camera("7", config=QUICK)


def test_a_camera_that_gives_no_picture(monkeypatch) -> None:
    fake_webcam(monkeypatch, alive=False)
    monkeypatch.setattr(camera, "FIRST_FRAME_S", 0.05)
    with pytest.raises(CameraError, match=r"^camera 0: no picture within 0\.05 s; close other programs"):
        open_camera("auto", config=QUICK)


def test_no_camera_at_all(monkeypatch) -> None:
    fake_webcam(monkeypatch, opened=False)
    monkeypatch.setattr(camera, "named_cameras", list)
    with pytest.raises(CameraError, match=r"^camera auto: none was found; connect one"):
        open_camera("auto")


@pytest.mark.parametrize("spec", ["", "  "])
def test_an_empty_name_is_refused(monkeypatch, spec) -> None:
    fake_webcam(monkeypatch)
    with pytest.raises(UsageError, match="is empty; expected auto, a number, a part of a name or an address"):
        open_camera(spec)


def test_a_rate_that_the_driver_only_claims_is_counted(monkeypatch) -> None:
    fake_webcam(monkeypatch)  # a picture every 5 ms, whatever was asked for
    with open_camera("0", config=CaptureConfig(fps=30.0, warm_up_s=0.5)) as source:
        assert 60.0 < source.info.fps <= 200.0


def test_undecoded_pictures_are_asked_for_and_damaged_ones_refused(monkeypatch) -> None:
    whole = [cv2.imencode(".jpg", picture(4 * n))[1].reshape(1, -1) for n in range(50)]
    fake = fake_webcam(monkeypatch)

    class Raw(fake):
        def retrieve(self):
            n = next(self._numbers)
            data = whole[n % 50]
            return True, data[:, : data.shape[1] // 2] if n % 10 == 9 else data

    monkeypatch.setattr(cv2, "VideoCapture", Raw)
    with open_camera("0", config=QUICK) as source:
        frames = [item for item in itertools.islice(iter(source.read, None), 40) if isinstance(item, Frame)]
        assert len(frames) == 40 and (cv2.CAP_PROP_CONVERT_RGB, 0) in fake.asked
        assert all(np.abs(f.image[-1, -1].astype(int) - f.image[60, -1]).max() < 12 for f in frames)
        assert source.losses["damaged pictures"] >= 3
        steps = np.diff([f.index for f in frames])
        assert set(steps.tolist()) <= {1, 2} and (steps == 2).sum() >= 3


@pytest.mark.parametrize("spec", ["Logitech", "-1"])
def test_a_name_that_no_camera_has(monkeypatch, spec) -> None:
    fake_webcam(monkeypatch)
    with pytest.raises(CameraError, match=r"no camera has this in its name \(there: 0 Fake HD Camera\)"):
        open_camera(spec)


def test_the_list_tells_what_each_camera_gives(monkeypatch) -> None:
    fake_webcam(monkeypatch)
    found = cv2_enumerate_cameras.camera_info.CameraInfo(0, "Fake HD Camera", None, None, None, 0)
    monkeypatch.setattr(cv2_enumerate_cameras, "enumerate_cameras", lambda backend: [found])
    (only,) = list_cameras()
    assert (only.index, only.name, only.width, only.height, only.fps) == (0, "Fake HD Camera", 160, 120, 30.0)
    assert only.modes == ((160, 120, 30.0),)
    assert only.backend == listing.backend_name(listing.backends()[0]) != ""


def test_the_list_keeps_a_camera_that_is_in_use(monkeypatch) -> None:
    fake_webcam(monkeypatch, opened=False)
    monkeypatch.setattr(listing, "named_cameras", lambda: [(3, "Busy", cv2.CAP_ANY)])
    (only,) = list_cameras()
    assert (only.index, only.width, only.height, only.fps, only.modes) == (3, 0, 0, 0.0, ())


def test_the_list_is_empty_when_the_system_cannot_tell(monkeypatch) -> None:
    def broken(backend: int) -> list[object]:
        raise OSError("no camera service")

    monkeypatch.setattr(cv2_enumerate_cameras, "enumerate_cameras", broken)
    assert list_cameras() == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="index 63 is surely free on Linux only")
def test_a_missing_camera_prints_nothing(capfd) -> None:
    with pytest.raises(CameraError):
        open_camera("63")
    list_cameras()
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err == ""


@pytest.mark.parametrize("before", ["", "import cv2"])
def test_opencv_is_prepared_and_leaves_qt_alone(before: str) -> None:
    code = f"""{before}
import os
from livespot.cv import cv2
print(os.environ['OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT'], os.environ['OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS'])
print('QT_QPA_PLATFORM_PLUGIN_PATH' in os.environ, 'QT_QPA_FONTDIR' in os.environ, end=' ')
print(getattr(cv2.utils, 'logging', cv2).getLogLevel())
"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("QT_QPA_", "OPENCV_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["2 0", "False False 1"]


def test_opencv_keeps_what_the_user_set() -> None:
    code = """
import os
from livespot.cv import cv2
names = ('QT_QPA_PLATFORM_PLUGIN_PATH', 'OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT')
print(*(os.environ[name] for name in names), getattr(cv2.utils, 'logging', cv2).getLogLevel())
"""
    mine = {
        "QT_QPA_PLATFORM_PLUGIN_PATH": "mine",
        "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "5",
        "OPENCV_LOG_LEVEL": "W",
    }
    environment = {**os.environ, **mine}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["mine", "5", "3"]
