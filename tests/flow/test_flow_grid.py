"""Camera frames to model frames: every rate and every accident that a source can have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livespot.config import GridConfig
from livespot.flow.grid import Grid
from livespot.types import Frame, Gap, ModelFrame

PICTURE = np.zeros((2, 2, 3), np.uint8)


def run(grid: Grid, times: list[float], indices: list[int] | None = None) -> list[ModelFrame | Gap]:
    out: list[ModelFrame | Gap] = []
    for index, time_s in zip(indices or range(len(times)), times, strict=True):
        out.extend(grid.step(Frame(index, time_s, PICTURE)))
    return out


def sources(items: list[ModelFrame | Gap]) -> list[int]:
    return [item.source_index for item in items if isinstance(item, ModelFrame)]


def gaps(items: list[ModelFrame | Gap]) -> list[Gap]:
    return [item for item in items if isinstance(item, Gap)]


@pytest.mark.parametrize(
    ("fps", "stride"),
    [(24.0, 1), (25.0, 1), (29.97, 1), (30.0, 1), (50.0, 2), (60.0, 2), (59.94, 2), (120.0, 4), (200.0, 7)],
)
@pytest.mark.parametrize("start_s", [0.0, 0.04, 3.217])
def test_constant_rate_takes_exactly_every_stride_th_frame(fps: float, stride: int, start_s: float) -> None:
    grid = Grid(GridConfig(), fps)
    times = [round(start_s + n / fps, 3) for n in range(1500)]  # Matroska rounds to milliseconds
    out = run(grid, times)
    assert grid.stride == stride
    assert grid.rate_hz == pytest.approx(fps / stride)
    assert sources(out) == list(range(0, 1500, stride))
    assert not gaps(out)
    assert grid.held == 0
    frames = [item for item in out if isinstance(item, ModelFrame)]
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert [frame.time_s for frame in frames] == times[::stride]


@pytest.mark.parametrize("seed", range(3))
def test_jitter_neither_doubles_nor_drops(seed: int) -> None:
    noise = np.random.default_rng(seed).uniform(-0.008, 0.008, 900)
    grid = Grid(GridConfig(), 30.0)
    out = run(grid, sorted(float(n / 30 + e) for n, e in enumerate(noise)))
    assert sources(out) == list(range(900))
    assert not gaps(out)


@pytest.mark.parametrize("rate", [29.985, 30.02])
def test_a_clock_that_drifts_for_an_hour(rate: float) -> None:
    grid = Grid(GridConfig(), 30.0)
    count = 3600 * 30
    out = run(grid, [n / rate for n in range(count)])
    assert sources(out) == list(range(count))
    assert (grid.held, grid.surplus) == (0, 0)


@pytest.mark.parametrize("missing", [1, 2])
def test_a_short_loss_is_bridged_by_the_frame_before(missing: int) -> None:
    lost = set(range(50, 50 + missing))
    indices = [n for n in range(100) if n not in lost]
    grid = Grid(GridConfig(), 30.0)
    out = run(grid, [n / 30 for n in indices], indices)
    assert sources(out) == [*range(50), *[49] * missing, *range(50 + missing, 100)]
    assert grid.held == missing
    assert not gaps(out)
    times = [item.time_s for item in out if isinstance(item, ModelFrame)]
    assert np.allclose(times, np.arange(100) / 30)


def test_a_long_loss_breaks_the_stream() -> None:
    indices = [*range(50), *range(53, 100)]
    grid = Grid(GridConfig(), 30.0)
    out = run(grid, [n / 30 for n in indices], indices)
    assert sources(out) == indices
    assert isinstance(out[50], Gap)
    assert "3 frames missing" in out[50].reason
    frames = [item for item in out if isinstance(item, ModelFrame)]
    assert [frame.index for frame in frames] == list(range(97))
    assert len(gaps(out)) == 1


@pytest.mark.parametrize("fps", [60.0, 120.0, 200.0])
def test_a_frame_dropped_on_its_tick_is_replaced_by_the_next(fps: float) -> None:
    grid = Grid(GridConfig(), fps)
    lost = 3 * grid.stride
    indices = [n for n in range(60 * grid.stride) if n != lost]
    out = run(grid, [n / fps for n in indices], indices)
    expected = [k * grid.stride for k in range(60)]
    expected[3] = lost + 1
    assert sources(out) == expected
    assert grid.held == 0


def test_a_camera_that_halves_its_rate() -> None:
    times = [n / 30 for n in range(90)]
    times += [times[-1] + (n + 1) / 15 for n in range(90)]
    grid = Grid(GridConfig(), 30.0)
    out = run(grid, times)
    assert "rate changed from 30.0 to 15.0 fps" in [gap.reason for gap in gaps(out)][-1]
    assert grid.rate_hz == pytest.approx(15.0, rel=0.02)
    assert "can't be seen" in grid.warning
    tail = sources(out)[-60:]
    assert tail == list(range(tail[0], tail[0] + 60))


def test_a_file_keeps_its_declared_rate() -> None:
    grid = Grid(GridConfig(), 30.0, adaptive=False)
    out = run(grid, [n / 15 for n in range(120)])
    assert grid.rate_hz == 30.0
    assert not gaps(out)
    assert sources(out)[:5] == [0, 0, 1, 1, 2]


@pytest.mark.parametrize(("fps", "stride"), [(30.0, 1), (60.0, 2), (15.0, 1)])
def test_an_unknown_rate_is_found_from_the_time_stamps(fps: float, stride: int) -> None:
    grid = Grid(GridConfig(), 0.0)
    out = run(grid, [n / fps for n in range(400)])
    assert grid.stride == stride
    assert grid.rate_hz == pytest.approx(fps / stride, rel=0.01)
    assert len(gaps(out)) == (0 if fps == 30.0 else 1)
    tail = sources(out)[-50:]
    assert tail == list(range(tail[0], tail[0] + 50 * stride, stride))


def test_a_gap_passes_and_starts_anew() -> None:
    grid = Grid(GridConfig(), 30.0)
    before = run(grid, [0.0, 1 / 30])
    gap = Gap(0.05, "camera unplugged")
    assert grid.step(gap) == [gap]
    after = run(grid, [7.0, 7.0 + 1 / 30], [2, 3])
    frames = [item for item in before + after if isinstance(item, ModelFrame)]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert not gaps(after)


@settings(max_examples=60, deadline=None)
@given(
    intervals_ms=st.lists(st.integers(1, 160), min_size=1, max_size=120),
    fps=st.sampled_from([0.0, 15.0, 25.0, 30.0, 60.0, 200.0]),
)
def test_whatever_comes_the_grid_stays_a_grid(intervals_ms: list[int], fps: float) -> None:
    times = [0.0, *(float(t) / 1000 for t in np.cumsum(intervals_ms))]
    grid = Grid(GridConfig(), fps)
    last_index, last_source, last_time = -1, -1, -1.0
    held = 0
    for item in run(grid, times):
        if isinstance(item, Gap):
            held = 0
            continue
        assert item.index == last_index + 1
        assert item.source_index >= last_source
        assert item.time_s > last_time
        held = held + 1 if item.source_index == last_source else 0
        assert held <= GridConfig().max_hold_frames
        last_index, last_source, last_time = item.index, item.source_index, item.time_s
