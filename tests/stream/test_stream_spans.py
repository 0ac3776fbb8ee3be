from __future__ import annotations

import numpy as np

from livespot.snapshot import Marker, RunState, Telemetry
from livespot.stream.spans import FaceSpans, GapSpans, HeadSpeed
from livespot.stream.telemetry import LossMeter
from livespot.stream.view import RunStatus, View
from livespot.types import (
    CURVES,
    ROIS,
    WINDOW_FRAMES,
    CanonicalFace,
    FaceState,
    Gap,
    Landmarks,
    ModelFrame,
    Update,
    Window,
)

STATUS = RunStatus(RunState.RUNNING, "", None, "", {}, Telemetry())


def test_a_stretch_without_a_face_has_its_reason():
    spans = FaceSpans()
    for tick in range(30):
        state = FaceState.TOO_DARK if 10 <= tick < 20 else FaceState.OK
        spans.add(tick / 10, state)
    assert spans.spans == ((1.0, 2.0, "too dark"),)


def test_an_open_stretch_is_shown_and_a_single_miss_is_not():
    spans = FaceSpans()
    spans.add(0.0, FaceState.OK)
    spans.add(0.03, FaceState.NO_FACE)
    spans.add(0.06, FaceState.OK)
    assert spans.spans == ()
    for tick in range(3, 20):
        spans.add(tick / 10, FaceState.HIDDEN if tick < 10 else FaceState.NO_FACE)
    assert spans.spans == ((0.3, 1.0, "face partly hidden"), (1.0, 1.9, "no face"))


def test_a_gap_lasts_from_the_last_window_to_the_next():
    gaps = GapSpans()
    gaps.goes_on(1.0)
    gaps.begins(Gap(1.5, "the connection was lost"))
    gaps.begins(Gap(2.5, "the rate has changed"))
    assert gaps.spans == ((1.0, 1.5, "the connection was lost"),)
    gaps.goes_on(4.0)
    gaps.goes_on(4.1)
    assert gaps.spans == ((1.0, 4.0, "the connection was lost"),)


def faces(speed: float) -> list[CanonicalFace]:
    """A face whose eyes are 60 px apart, moved by ``speed`` eye distances a second."""
    made = []
    for tick in range(10):
        points = np.zeros((68, 2), np.float32)
        points[45, 0] = 60.0
        points += np.float32(60.0 * speed * tick / 30.0)
        frame = ModelFrame(tick, tick, tick / 30.0, np.zeros((2, 2, 3), np.uint8), 30.0)
        made.append(CanonicalFace(frame, Landmarks(points, np.zeros((478, 3), np.float32)), FaceState.OK, ()))
    return made


def test_a_head_that_moves_fast_is_noticed_and_forgotten():
    speed = HeadSpeed()
    for look in faces(0.5):
        speed.add(look)
    assert not speed.too_fast
    fast = faces(4.0)
    for look in fast:
        speed.add(look)
    assert speed.too_fast
    gone = CanonicalFace(fast[0].frame, None, FaceState.NO_FACE, ())
    speed.add(gone)
    assert not speed.too_fast


def test_motion_goes_along_with_the_curves_and_nothing_is_made_twice():
    view = View(1.0)
    features = np.zeros((WINDOW_FRAMES, ROIS, 2), np.float32)
    features[-1] = (3.0, 4.0)
    for tick in range(60):
        view.window(Window(tick, tick, tick / 30, 30.0, None if tick == 59 else features))
        view.update(Update(tick, tick / 30, np.full(len(CURVES), 0.5, np.float32)))
    shown = view.snapshot(STATUS)
    assert shown.motion.shape == shown.curves.shape == (31, 10)
    assert (shown.motion[:-1] == 5.0).all() and np.isnan(shown.motion[-1]).all()
    assert view.snapshot(STATUS).curves is shown.curves


def test_losses_are_counted_over_the_last_seconds_only():
    meter = LossMeter()
    rates = [meter.rate_hz(tick / 10, min(tick, 20)) for tick in range(80)]
    assert rates[5] == 0.0  # too early to tell
    assert round(rates[20], 6) == 10.0
    assert rates[60] == 0.0
    assert meter.rate_hz(0.0, 0) == 0.0  # another run


def test_markers_are_in_order_of_time():
    view = View(1.0)
    for time_s, label in ((2.0, "b"), (1.0, "a")):
        view.add_marker(Marker(time_s, label))
    assert [marker.label for marker in view.snapshot(STATUS).markers] == ["a", "b"]
