"""The run: stages and plain way, engine threads, the whole ``spot``, the live path, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from livespot.api import spot
from livespot.bench.camera import jpegs
from livespot.bench.every_frame import measure_every_frame
from livespot.bench.figures import Clip, Figures, Machine, Throughput
from livespot.bench.live import measure_live
from livespot.bench.machine import this_machine
from livespot.bench.stages import measure_stages, measure_threads
from livespot.capture import VideoSource
from livespot.config import Config
from livespot.errors import InputError
from livespot.flow.warm import warm_up
from livespot.inference import Runner, open_runner, resolved_config
from livespot.installation.shipped_files import asset_path
from livespot.types import WINDOW_FRAMES

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    stage_frames : int
        Model frames through every stage.
    plain_every : int
        Every such frame the plain way too, which takes about as long as 40 frames the incremental way.
    every_frames : int
        Camera frames with ``--every-frame``, at each of three rates.
    live_seconds : float
    live_pictures : int
        Pictures that the made-up camera holds; half a minute at 640×480 takes 60 MB.
    """

    stage_frames: int = 400
    plain_every: int = 10
    every_frames: int = 150
    live_seconds: float = 20.0
    live_pictures: int = 900


def measure(
    config: Config | None = None,
    video: str | Path | None = None,
    effort: Effort | None = None,
    say: Say = lambda text: None,
    machine: Machine | None = None,
) -> Figures:
    """Measure everything; about a minute with the built-in clip and the default effort.

    Parameters
    ----------
    config : Config, optional
    video : str or Path, optional
        A video file; by default the built-in clip.
    effort : Effort, optional
    say : callable, optional
        Told what is measured next.
    machine : Machine, optional
        Described already, before anything put load on it.

    Raises
    ------
    InputError
        The video cannot be used, or is shorter than two windows.
    EngineError
        The engine cannot be loaded or fails.
    """
    config, effort, machine = config or Config(), effort or Effort(), machine or this_machine()
    path = asset_path("demo.mp4") if video is None else Path(video)
    with VideoSource(path) as source:
        info = source.info
    runner = open_runner(config.inference)
    config = resolved_config(config, runner)
    try:
        say("warming up: engine and flow kernels")
        runner.warm_up()
        warm_up(config.flow)
        say("every stage on one thread, the plain way in between")
        with VideoSource(path) as source:
            stages = measure_stages(source, config, runner, effort.stage_frames, effort.plain_every)
        threads = measure_threads(stages.windows, config)
        say("every frame of a fast camera")
        with VideoSource(path) as source:
            every = measure_every_frame(source, config, runner, effort.every_frames)
        say("the whole recording, as livespot spot")
        throughput = _whole(path, config, runner)
        say(f"the live path for {effort.live_seconds:.0f} s")
        with VideoSource(path) as source:
            pictures, rate_hz = jpegs(source, config.grid, effort.live_pictures)
        live = measure_live(pictures, rate_hz, config, runner, effort.live_seconds)
        clip = Clip(path.name, info.width, info.height, info.fps, throughput.frames)
        return Figures(
            machine,
            clip,
            runner.info.description,
            stages.stages,
            stages.flow,
            threads,
            every,
            throughput,
            live,
        )
    finally:
        runner.close()


def _whole(path: Path, config: Config, runner: Runner) -> Throughput:
    summary = spot(path, config=config, runner=runner).summary
    frames = int(summary["frames"])
    if frames < 2 * WINDOW_FRAMES:
        raise InputError(f"{path}: {frames} frames are too few to measure on; give a video of 10 s or more")
    return Throughput(frames, float(summary["seconds"]), float(summary["frames_per_second"]))
