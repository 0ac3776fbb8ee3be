"""Nothing is lost between a network camera and whoever taps it, however its pictures come."""

from __future__ import annotations

import loopback_camera as cameras
import pytest
from loopback_camera import LoopbackCamera, number_in

from livespot.capture import open_camera
from livespot.config import CaptureConfig
from livespot.types import Frame, Gap

SCRIPTS = {
    "bursts": cameras.in_bursts(30.0, 2.5),
    "damaged": cameras.damaged(cameras.steady(30.0, 2.5), 10),
    "doubled": cameras.doubled(cameras.steady(15.0, 2.5)),
    "jitter": cameras.jittered(30.0, 2.5, spread_s=0.025),
    "pulldown": cameras.pulled_down(30.0, 2.5),
    "thinned": cameras.thinned(cameras.steady(30.0, 2.5), 20),
    "wandering": cameras.wandering(30.0, 2.5),
}


@pytest.mark.parametrize("kind", SCRIPTS)
def test_every_whole_new_picture_is_handed_out_once_and_in_order(kind: str) -> None:
    tapped: list[Frame | Gap] = []
    with (
        LoopbackCamera(SCRIPTS[kind]) as server,
        open_camera(server.url, config=CaptureConfig(warm_up_s=0.3)) as source,
    ):
        source.use_tap(tapped.append)
        assert server.wait()
        while isinstance(source.read(), Frame):  # the camera hangs up in the end, which is a gap
            pass
    frames = [item for item in tapped if isinstance(item, Frame)]
    numbers = [number_in(frame.image) for frame in frames]
    first = numbers[0]
    assert first is not None and numbers == [number for number in server.numbers if number >= first]
    assert len(numbers) > 15
    indices = [frame.index for frame in frames]
    assert indices[0] == 0 and indices == sorted(set(indices))
    times = [frame.time_s for frame in frames]
    assert times == sorted(times)
