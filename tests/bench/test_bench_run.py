"""A tiny run of the bench: every figure is there and plausible; how fast is no test's business."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from livespot import cli
from livespot.bench import Effort, Figures, as_text, measure
from livespot.bench import camera as bench_camera
from livespot.bench import run as bench_run
from livespot.bench.figures import Spread, Stopwatch
from livespot.bench.stages import STAGES, TOGETHER
from livespot.capture import VideoSource
from livespot.clock import ManualClock, MonotonicClock
from livespot.config import Config, GridConfig
from livespot.errors import InputError
from livespot.installation.shipped_files import asset_path

TINY = Effort(stage_frames=24, plain_every=8, every_frames=5, live_seconds=1.0, live_pictures=40)


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 70 packets of the built-in clip, not encoded again."""
    import av

    path = tmp_path_factory.mktemp("clip") / "short.mp4"
    with av.open(str(asset_path("demo.mp4"))) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(source.streams.video[0])):
            if number >= 70 or packet.dts is None:
                break
            packet.stream = stream
            target.mux(packet)
    return path


@pytest.fixture(scope="module")
def figures(short_clip: Path) -> Figures:
    return measure(Config(), short_clip, TINY)


def plausible(spread: Spread | None) -> None:
    assert spread is not None
    assert 0 < spread.p50_ms <= spread.p95_ms <= spread.p99_ms <= spread.max_ms
    assert spread.mean_ms > 0 and spread.count > 0


def test_every_stage_is_measured_on_the_same_frames(figures: Figures) -> None:
    assert tuple(figures.stages) == (*STAGES, TOGETHER)
    for spread in figures.stages.values():
        plausible(spread)
        assert spread is not None and spread.count == TINY.stage_frames


def test_every_frame_of_fast_cameras_is_measured(figures: Figures) -> None:
    assert list(figures.every_frame) == ["60", "120", "200"]
    for spread in figures.every_frame.values():
        plausible(spread)
        assert spread is not None and spread.count == TINY.every_frames
    assert "camera of 200 fps" in as_text(figures)


def test_the_plain_way_agrees_with_the_incremental_one(figures: Figures) -> None:
    plausible(figures.flow.plain)
    plausible(figures.flow.incremental)
    assert figures.flow.plain is not None and figures.flow.incremental is not None
    assert figures.flow.plain.count == figures.flow.incremental.count == 3
    assert figures.flow.vectors == 3 * 16 * 24
    assert figures.flow.ratio is not None and figures.flow.ratio > 0
    assert figures.flow.rms_px is not None and figures.flow.rms_px < 0.03


def test_engine_threads_and_the_whole_are_measured(figures: Figures) -> None:
    assert set(figures.inference_threads) == {"1", "2"}
    for spread in figures.inference_threads.values():
        plausible(spread)
    assert figures.spot.frames == figures.clip.frames >= 60
    assert figures.spot.seconds > 0 and figures.spot.frames_per_second > 0


def test_the_live_path_is_measured(figures: Figures) -> None:
    live = figures.live
    assert live.seconds > 0 and live.camera_fps > 0 and live.cpu_share > 0
    assert 0 < live.frames_with_face <= live.frames
    plausible(live.capture_to_probability)
    assert set(live.stages) == {"face", "crop", "flow", "spotting"}
    assert all(count > 0 for count in live.drops.values())


def test_machine_and_clip_stand_beside_the_figures(figures: Figures) -> None:
    assert figures.machine.processor and figures.machine.cores >= 1
    assert figures.machine.versions["livespot"]
    assert (figures.clip.name, figures.clip.width, figures.clip.height) == ("short.mp4", 640, 480)


def test_the_report_names_everything(figures: Figures) -> None:
    text = as_text(figures)
    for part in ("SW-MRO, incremental", "plain", "px RMS", "2 threads", "frames per second", "dropped"):
        assert part in text
    table = [line for line in text.splitlines()[5:] if line]
    assert max(map(len, table)) <= 80


def test_a_run_that_measured_little_can_be_reported(figures: Figures) -> None:
    flow = dataclasses.replace(figures.flow, plain=None, incremental=None, ratio=None, rms_px=None, vectors=0)
    live = dataclasses.replace(figures.live, drops={"too late": 3}, capture_to_probability=None, gaps=2)
    text = as_text(dataclasses.replace(figures, flow=flow, live=live))
    assert "no window could be measured both ways" in text
    assert "3 too late" in text and "2 gaps" in text


def test_the_command_writes_all_figures(
    figures: Figures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Effort] = []

    def given(config: object, video: object, effort: Effort, *rest: object) -> Figures:
        asked.append(effort)
        return figures

    monkeypatch.setattr("livespot.commands.bench.measure", given)
    file = tmp_path / "bench.json"
    assert cli.main(["bench", "--live-seconds", "3", "--json", str(file)]) == 0
    assert asked[0].live_seconds == 3.0
    assert "frames per second" in capsys.readouterr().out
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["finished"] is True
    assert set(written) == {"finished", *figures.as_dict()}
    assert set(written["stages"]) == set(figures.stages)


def test_a_file_that_cannot_be_written_is_told_before_measuring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livespot.commands.bench.measure", lambda *_: pytest.fail("measured first"))
    (tmp_path / "file").touch()
    assert cli.main(["bench", "--json", str(tmp_path / "file" / "bench.json")]) == 3


def test_a_missing_video_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "--video", str(tmp_path / "none.mp4")]) == 3
    assert "no such file" in capsys.readouterr().err


def test_too_short_a_clip_is_refused(monkeypatch: pytest.MonkeyPatch, short_clip: Path) -> None:
    monkeypatch.setattr(bench_run, "WINDOW_FRAMES", 1000)
    with pytest.raises(InputError, match="too few"):
        measure(Config(), short_clip, TINY)


def test_a_stopwatch_without_measurements_has_no_spread() -> None:
    assert Stopwatch().spread("nothing") is None


def test_the_made_up_camera_goes_back_and_forth_and_counts_what_nobody_took(short_clip: Path) -> None:
    with VideoSource(short_clip) as source:
        pictures, rate_hz = bench_camera.jpegs(source, GridConfig(), 5)
    assert (len(pictures), rate_hz) == (5, 30.0)
    clock = ManualClock(50.0)
    camera = bench_camera.ClipCamera(pictures, rate_hz, clock)
    first = camera.grab()
    assert first is not None and first[0] == 50.0 and first[1].shape == (480, 640, 3)
    clock.advance(4 / 30 + 0.001)
    late = camera.grab()
    assert late is not None and late[0] == pytest.approx(50.0 + 4 / 30)
    assert camera.missed == 3
    assert [bench_camera.back_and_forth(tick, 4) for tick in range(8)] == [0, 1, 2, 3, 2, 1, 0, 1]
    assert bench_camera.back_and_forth(7, 1) == 0


def test_the_made_up_camera_can_be_let_go(short_clip: Path) -> None:
    with VideoSource(short_clip) as source:
        pictures, _ = bench_camera.jpegs(source, GridConfig(), 2)
    camera = bench_camera.ClipCamera(pictures, 0.01, MonotonicClock())
    assert camera.grab() is not None
    camera.release()
    assert camera.grab() is None
