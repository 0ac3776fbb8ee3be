"""What is measured on a machine with a GPU, section by section; :mod:`livespot.bench.gpu` runs them.

Each section gets what it needs in a :class:`Bench` and tells every figure as soon as it is known.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from livespot.api import spot
from livespot.bench.camera import back_and_forth
from livespot.bench.every_frame import measure_every_frame
from livespot.capture import VideoSource
from livespot.config import Config, InferenceConfig, Precision
from livespot.errors import EngineError
from livespot.inference import BatchRunner
from livespot.inference.cuda import NoGpu
from livespot.inference.machine import Machine
from livespot.inference.open import open_backend, plan_to_build
from livespot.inference.parity import answers, compared, reference_answers
from livespot.inference.sidecar import read_engine
from livespot.inference.speed import measured
from livespot.inference.tensorrt_engine import LoadedPlan
from livespot.installation.shipped_files import asset_path, engine_path
from livespot.installation.stored_windows import RATE_HZ, stored_windows
from livespot.installation.versions import versions
from livespot.spotting import SpottingParameters
from livespot.spotting.offline import spot_offline
from livespot.synthesis.encode import write_video
from livespot.types import Float32Array, Frame, Image

Tell = Callable[[str, Any], None]
"""Takes the name of a figure and its value, which is JSON."""

FAST_HZ = 200


@dataclass(frozen=True, slots=True)
class Bench:
    """What the sections have in common.

    Attributes
    ----------
    machine : Machine
    model : str
        The engine's name or path.
    seconds : float
        Of each measurement of speed.
    clip_frames : int or None
        How much of the built-in clip is spotted; None: all of it.
    fast_frames : int
        Length of the recording at 200 frames a second.
    """

    machine: Machine
    model: str = "spotformer"
    seconds: float = 8.0
    clip_frames: int | None = None
    fast_frames: int = 600

    def config(self, backend: str, precision: Precision = "auto") -> InferenceConfig:
        """The configuration of one backend."""
        return replace(InferenceConfig(), model=self.model, engine=backend, precision=precision)

    def open(self, backend: str, precision: Precision = "auto") -> BatchRunner:
        """A runner that is not compared with the model yet."""
        config = self.config(backend, precision)
        return open_backend(backend, config, self.machine, "measured", check=False)


def device(bench: Bench, tell: Tell) -> None:
    """The GPU and the versions of everything."""
    tell("versions", versions())
    found = bench.machine.find_cuda()
    tell("gpu", dataclasses.asdict(found) | {"rtx": found.is_rtx})
    for name, load in (
        ("tensorrt", bench.machine.tensorrt),
        ("tensorrt-rtx", bench.machine.tensorrt_rtx),
        ("torch", lambda: bench.machine.torch().__version__),
    ):
        try:
            tell(name, str(load()))
        except EngineError as error:
            tell(name, f"missing: {error}")


def cuda_graph(bench: Bench, tell: Tell) -> None:
    """PyTorch's CUDA graph: parity, latency, throughput."""
    _backend(bench, "cuda", "auto", tell)


def tensorrt(bench: Bench, tell: Tell) -> None:
    """TensorRT in float32, then in float16: seconds to build, parity, latency, throughput."""
    _backend(bench, "tensorrt", "fp32", tell)
    _backend(bench, "tensorrt", "fp16", tell)


def tensorrt_rtx(bench: Bench, tell: Tell) -> None:
    """TensorRT-RTX in float32, then in float16; on a card that is not on its list, with a plan built for that card."""
    _backend(bench, "tensorrt-rtx", "fp32", tell)
    _backend(bench, "tensorrt-rtx", "fp16", tell)


def portable_plan(bench: Bench, tell: Tell) -> None:
    """Whether this GPU takes the plan that is built for RTX cards, also where it is none of them."""
    bench.machine.find_cuda()
    library = bench.machine.tensorrt_rtx()
    bench.machine.cuda_runtime()
    elsewhere = Machine(_no_gpu, bench.machine.import_module, bench.machine.cache)
    built = plan_to_build("tensorrt-rtx", bench.config("tensorrt-rtx", "fp32"), elsewhere).build()
    tell("plan", {"bytes": len(built.plan), "sha256": built.sha256, "capability": built.key.capability})
    _, sidecar = read_engine(engine_path(bench.model))
    try:
        LoadedPlan(library, built.plan, sidecar).close()
    except EngineError as error:
        tell("taken", False)
        tell("reason", str(error))
    else:
        tell("taken", True)


def demo_intervals(bench: Bench, tell: Tell) -> None:
    """The built-in clip through the whole path, by every backend, against the intervals of float32 on the CPU."""
    bench.machine.find_cuda()
    images = _pictures(bench.clip_frames)
    config = replace(Config(), inference=bench.config("onnx", "fp32"))
    expected: list[Any] | None = None
    for backend in ("onnx", "cuda", "tensorrt", "tensorrt-rtx"):
        try:
            with contextlib.closing(bench.open(backend, "fp32")) as runner:
                runner.warm_up()
                result = spot(images, fps=30.0, config=config, runner=runner)
        except EngineError as error:
            tell(backend, {"runs": False, "reason": str(error)})
            continue
        found = [(i.type, i.onset, i.apex, i.offset) for i in result.intervals]
        expected = found if expected is None else expected
        facts = {"runs": True, "intervals": len(found), "same": found == expected}
        tell(backend, facts | {"frames_per_second": result.summary["frames_per_second"]})


def fast_camera(bench: Bench, tell: Tell) -> None:
    """Every frame of a recording at 200 frames a second: decoding, face, flow, GPU, spotting."""
    bench.machine.find_cuda()
    images = _pictures(60)
    with contextlib.closing(_best(bench)) as runner, tempfile.TemporaryDirectory() as folder:
        runner.warm_up()
        tell("engine", runner.info.description)
        with VideoSource(asset_path("demo.mp4")) as source:
            spread = measure_every_frame(source, Config(), runner, 150, (float(FAST_HZ),))[str(FAST_HZ)]
        tell("one_thread_ms", None if spread is None else dataclasses.asdict(spread))
        path = Path(folder) / "fast.mp4"
        frames = (images[back_and_forth(n, len(images))] for n in range(bench.fast_frames))
        write_video(path, frames, FAST_HZ, {"preset": "ultrafast"})
        every = replace(Config(), grid=replace(Config().grid, every_frame=True))
        result = spot(path, config=every, runner=runner)
        rate = float(result.summary["frames_per_second"])
        tell("frames", bench.fast_frames)
        tell("frames_per_second", rate)
        tell("real_time", rate >= FAST_HZ)


def batched_flow(bench: Bench, tell: Tell) -> None:
    """Flow is computed on the CPU only."""
    tell("state", "not built")


def _backend(bench: Bench, backend: str, precision: Precision, tell: Tell) -> None:
    """Open one backend, compare it with the stored answers of the PyTorch model, and measure it."""
    name = f"{backend} {precision}" if backend != "cuda" else backend
    began = time.perf_counter()
    try:
        runner = bench.open(backend, precision)
    except NoGpu:
        raise
    except EngineError as error:
        tell(name, {"runs": False, "reason": str(error)})
        return
    with contextlib.closing(runner):
        opened_s = time.perf_counter() - began
        runner.warm_up()
        warm_s = time.perf_counter() - began
        facts: dict[str, Any] = {"runs": True, "description": runner.info.description}
        facts |= {"open_s": round(opened_s, 2), "open_and_warm_up_s": round(warm_s, 2)}
        tell(name, facts)
        reference = reference_answers(engine_path(bench.model))
        windows = stored_windows(runner.info.regions)
        values = answers(runner, windows)
        parity = compared(values, reference, runner.info.precision)
        same = _intervals(values, runner) == _intervals(reference.probabilities, runner)
        again = bool(np.array_equal(answers(runner, windows[:20]), values[:20]))
        facts |= {"parity": dataclasses.asdict(parity) | {"passed": parity.passed, "same_intervals": same}}
        facts |= {"same_bits_again": again}
        tell(name, facts)
        tell(name, facts | {"speed": dataclasses.asdict(measured(runner, windows, bench.seconds))})


def _best(bench: Bench) -> BatchRunner:
    """The best backend that runs; the plans were built by the sections before."""
    for backend in ("tensorrt", "tensorrt-rtx"):
        with contextlib.suppress(EngineError):
            return bench.open(backend)
    return bench.open("cuda")


def _intervals(values: Float32Array, runner: BatchRunner) -> list[tuple[str, int, int, int]]:
    info, config = runner.info, Config().spotting
    parameters = SpottingParameters.resolve(
        config, info.thresholds, RATE_HZ, info.min_scores, info.score_calibrations
    )
    return [(p.type, p.onset, p.apex, p.offset) for p in spot_offline(values, parameters)]


def _pictures(count: int | None) -> list[Image]:
    images: list[Image] = []
    with VideoSource(asset_path("demo.mp4")) as source:
        while (count is None or len(images) < count) and (item := source.read()) is not None:
            if isinstance(item, Frame):
                images.append(item.image)
    return images


def _no_gpu() -> Any:
    raise NoGpu("CUDA: a plan for cards elsewhere")
