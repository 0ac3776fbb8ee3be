"""The camera of the tests does what its script says, and its numbers can be read."""

from __future__ import annotations

import numpy as np
import pytest
from loopback_camera import (
    LoopbackCamera,
    away,
    changing_rate,
    damage,
    damaged,
    doubled,
    frozen,
    in_bursts,
    jittered,
    number_in,
    pulled_down,
    resized,
    stalled,
    steady,
    texture,
    thinned,
    wandering,
    with_number,
)

from livespot.capture import open_camera
from livespot.config import CaptureConfig
from livespot.cv import cv2
from livespot.types import Frame, Gap


@pytest.mark.parametrize("number", [0, 1, 255, 4096, 123_456, (1 << 24) - 1])
@pytest.mark.parametrize("size", [(320, 240), (640, 480), (161, 121)])
def test_numbers_survive_jpeg_scaling_and_black_bars(number: int, size: tuple[int, int]) -> None:
    marked = with_number(texture(*size), number)
    assert number_in(marked) == number
    packed = cv2.imencode(".jpg", marked, [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    assert number_in(cv2.imdecode(packed, cv2.IMREAD_COLOR)) == number
    larger = cv2.resize(marked, (size[0] * 3 // 2, size[1] * 3 // 2), interpolation=cv2.INTER_AREA)
    assert number_in(larger) == number
    for borders in ((0, 0, 40, 40), (40, 40, 0, 0)):
        assert number_in(cv2.copyMakeBorder(marked, *borders, cv2.BORDER_CONSTANT)) == number


def test_a_picture_without_a_number_has_none() -> None:
    assert number_in(texture()) is None
    assert number_in(np.zeros((120, 160, 3), np.uint8)) is None


def test_scripts_say_when_and_what() -> None:
    assert [s.number for s in steady(10.0, 0.55)] == [0, 1, 2, 3, 4, 5]
    assert [round(s.due_s, 3) for s in in_bursts(10.0, 0.45)] == [0.2, 0.202, 0.204]
    late = [s.due_s - n / 30 for n, s in enumerate(jittered(30.0, 3.0, spread_s=0.01))]
    assert min(late) >= 0 and 0.008 < max(late) <= 0.01
    rates = 1 / np.diff([s.due_s for s in wandering(30.0, 8.0, share=0.04)])
    assert rates.min() == pytest.approx(28.8, abs=0.01) and rates.max() == pytest.approx(31.2, abs=0.01)
    assert len(list(changing_rate([(30.0, 1.0), (15.0, 2.0)]))) == 60
    assert [s.damaged for s in damaged(steady(10.0, 0.55), 3)] == [False, False, True] * 2
    assert [(s.number, s.repeated) for s in doubled(steady(10.0, 0.25))] == [
        (0, False),
        (0, True),
        (1, False),
        (1, True),
    ]
    assert [s.number for s in pulled_down(30.0, 11 / 30)] == [0, 1, 2, 3, 3, 4, 5, 6, 7, 7, 8]
    assert [s.number for s in frozen(steady(10.0, 0.55), 0.2, 0.2)] == [0, 1, 1, 1, 4, 5]
    assert [s.number for s in stalled(steady(10.0, 0.55), 0.2, 0.2)] == [0, 1, 4, 5]
    assert [(s.number, s.away_s) for s in away(steady(10.0, 0.45), 0.2, 0.2)] == [
        (0, 0),
        (1, 0),
        (2, 0.2),
        (4, 0),
    ]
    assert [s.size for s in resized(steady(10.0, 0.25), 0.1, (9, 9))] == [None, (9, 9), (9, 9)]
    assert [s.number for s in thinned(steady(10.0, 0.55), 3)] == [0, 1, 3, 4]


def test_a_damaged_jpeg_is_still_a_jpeg_to_a_tolerant_reader() -> None:
    whole = cv2.imencode(".jpg", texture())[1].tobytes()
    image = cv2.imdecode(np.frombuffer(damage(whole), np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (240, 320, 3)
    assert np.abs(image.astype(int) - texture()).max() > 50


def test_what_was_sent_is_known_and_can_be_read_back() -> None:
    with LoopbackCamera(away(steady(60.0, 1.5), 0.6, 0.3)) as camera:
        with open_camera(camera.url, config=CaptureConfig(warm_up_s=0.0, reconnect_first_s=0.02)) as source:
            items = []
            while not camera.wait(0.0):
                items.append(source.read())
        numbers = [number_in(item.image) for item in items if isinstance(item, Frame)]
        assert any(isinstance(item, Gap) for item in items)
        assert set(numbers) <= {sent.number for sent in camera.sent} == set(camera.numbers)
        assert len(numbers) > 30 and numbers == sorted(numbers)
        # The port is the same after the outage, and nothing was sent while the camera was away.
        assert not any(36 <= number < 53 for number in numbers) and max(numbers) > 60
