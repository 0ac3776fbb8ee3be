"""Every frame of a fast camera: interleaved phases, each of which is what a decimated stream would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from flow_makers import face, face_motion, moved, patch, texture

from livespot.config import FlowConfig, GridConfig
from livespot.flow.grid import Grid
from livespot.flow.sliding import SlidingFlow
from livespot.types import CanonicalFace, FaceState, Frame, Gap, ModelFrame, Window

CONFIG = FlowConfig()
EVERY = GridConfig(every_frame=True)
PICTURE = np.zeros((2, 2, 3), np.uint8)
FRAMES = 50


@pytest.fixture(scope="module")
def faces() -> list[CanonicalFace]:
    base = texture(5)
    paths = [(0.1 * k, float(np.sin(k / 9))) for k in range(FRAMES)]
    motions = [face_motion(path, 0.001 * k, 0.05 * k, 0.3) for k, path in enumerate(paths)]
    return [face(k, patch(moved(base, motions[k]), paths[k])) for k in range(FRAMES)]


def phased(item: CanonicalFace, phases: int) -> CanonicalFace:
    return replace(item, frame=replace(item.frame, phases=phases))


def run(items: Sequence[CanonicalFace | Gap]) -> list[Window]:
    flow = SlidingFlow(CONFIG)
    out = [window for item in items for window in flow.step(item)]
    return out + flow.finish()


def same(a: Window, b: Window) -> bool:
    assert a.features is not None
    assert b.features is not None
    return a.features.tobytes() == b.features.tobytes()


@pytest.mark.parametrize(("fps", "phases"), [(30.0, 1), (44.0, 1), (60.0, 2), (120.0, 4), (200.0, 7)])
def test_each_camera_frame_is_a_model_frame(fps: float, phases: int) -> None:
    grid = Grid(EVERY, fps)
    out = [tick for n in range(500) for tick in grid.step(Frame(n, round(n / fps, 3), PICTURE))]
    frames = [tick for tick in out if isinstance(tick, ModelFrame)]
    assert [tick.source_index for tick in frames] == list(range(500))
    assert {(tick.rate_hz, tick.phases) for tick in frames} == {(fps, phases)}
    assert (grid.rate_hz, grid.stride, grid.phases) == (fps, 1, phases)


def test_up_to_thirty_fps_nothing_changes() -> None:
    times = [round(n / 29.97, 3) for n in range(200) if n not in (50, 90, 91, 92, 93)]
    frames = [Frame(n, time_s, PICTURE) for n, time_s in enumerate(times)]
    plain, every = Grid(GridConfig(), 29.97), Grid(EVERY, 29.97)
    assert [plain.step(frame) for frame in frames] == [every.step(frame) for frame in frames]


def test_a_break_is_bridged_as_long_as_at_thirty_fps() -> None:
    def ends(grid: Grid, missing: int) -> list[ModelFrame | Gap]:
        for n in range(10):
            grid.step(Frame(n, n / 120, PICTURE))
        return grid.step(Frame(10 + missing, (10 + missing) / 120, PICTURE))

    grid = Grid(EVERY, 120.0)
    bridged = ends(grid, 8)  # two ticks of 1/30 s
    assert [tick.source_index for tick in bridged if isinstance(tick, ModelFrame)] == [9] * 8 + [18]
    assert grid.held == 8
    assert isinstance(ends(Grid(EVERY, 120.0), 9)[0], Gap)


@pytest.mark.parametrize("phases", [2, 7])
def test_each_phase_gives_the_windows_of_its_frames_alone(faces: list[CanonicalFace], phases: int) -> None:
    together = run([phased(item, phases) for item in faces])
    assert [window.index for window in together] == list(range(FRAMES))
    for phase in range(phases):
        alone = run(faces[phase::phases])
        assert all(same(a, b) for a, b in zip(together[phase::phases], alone, strict=True))


def test_a_window_is_complete_eight_of_its_own_steps_later(faces: list[CanonicalFace]) -> None:
    flow = SlidingFlow(CONFIG)
    for k, item in enumerate(faces):
        windows = flow.step(phased(item, 4))
        assert [window.index for window in windows] == ([k - 32] if k >= 32 else [])
    assert [window.index for window in flow.finish()] == list(range(FRAMES - 32, FRAMES))


def test_a_lost_face_ends_all_phases_in_order_and_the_first_frame_after_it_begins_phase_0(
    faces: list[CanonicalFace],
) -> None:
    items = [phased(item, 3) for item in faces]
    items[20] = replace(items[20], landmarks=None, state=FaceState.NO_FACE, patches=())
    windows = run(list(items))
    assert [window.index for window in windows] == list(range(FRAMES))
    blank = [window.index for window in windows if window.features is None]
    assert blank == [20]  # those before it are padded with the last frame of their phase
    after = run([phased(item, 3) for item in faces[21:]])
    assert all(same(a, b) for a, b in zip(windows[21:], after, strict=True))


def test_another_number_of_phases_ends_the_stretch(faces: list[CanonicalFace]) -> None:
    windows = run([*faces[:20], *[phased(item, 2) for item in faces[20:]]])
    assert [window.index for window in windows] == list(range(FRAMES))
    first, second = run(list(faces[:20])), run([phased(item, 2) for item in faces[20:]])
    assert all(same(a, b) for a, b in zip(windows, first + second, strict=True))
