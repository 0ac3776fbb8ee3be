"""Checks of livespot's own parts: each is started and used once."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Iterator
from pathlib import Path

from livespot.doctor.finding import Finding, ok, problem, warning
from livespot.errors import LivespotError

_FACE_LIBRARIES = {"onnx": "ONNX Runtime", "mediapipe": "MediaPipe, whose library reports its use to Google"}
_SLOW_S = 5.0  # kernels from the disk take 0.3 s, compiling takes half a minute


def face_model() -> Iterator[Finding]:
    """The shipped face models start, and see no face in a grey picture."""
    import numpy as np

    from livespot.config import FaceConfig
    from livespot.face.tracker import FaceTracker
    from livespot.types import ModelFrame

    grey = np.full((480, 640, 3), 128, np.uint8)
    try:
        with FaceTracker(FaceConfig()) as tracker:
            face = tracker.step(ModelFrame(0, 0, 0.0, grey, 30.0))
    except Exception as error:  # ONNX Runtime has no common base for what it raises
        cure = "pip install --force-reinstall onnxruntime, then livespot again"
        yield problem("face model", f"does not start: {_first_line(error)}", cure)
        return
    if face.landmarks is not None:
        yield warning(
            "face model", "sees a face in an empty picture", "report this with your onnxruntime version"
        )
        return
    yield ok("face model", f"starts, by {_FACE_LIBRARIES[FaceConfig().library]}")
    if importlib.util.find_spec("mediapipe") is not None:
        yield ok(
            "mediapipe",
            'installed; used only with face.library = "mediapipe", and then its library reports its use to Google',
        )


def flow_kernels() -> Iterator[Finding]:
    """The kernels compile and run, and numba can keep them on disk for the next start."""
    cure = "set NUMBA_CACHE_DIR to a folder you may write to"
    began = time.perf_counter()
    try:
        from livespot.config import FlowConfig
        from livespot.flow.warm import warm_up  # numba looks for its folder while this is imported

        warm_up(FlowConfig())
    except Exception as error:  # numba has no common base for what it raises
        yield problem("flow kernels", f"do not run: {_first_line(error)}", f"{cure}, or install numba again")
        return
    seconds = time.perf_counter() - began
    folder = kernel_folder()
    if folder is not None and not _writable(folder):
        yield warning("flow kernels", f"run, but {folder} cannot be written: every start compiles anew", cure)
        return
    how = "compiled now, kept for the next start" if seconds > _SLOW_S else "run"
    yield ok("flow kernels", f"{how} ({seconds:.1f} s)")


def kernel_folder() -> Path | None:
    """Where numba keeps the compiled kernels; None when it does not tell."""
    from livespot.flow import pair

    for kernel in vars(pair).values():
        folder = getattr(getattr(kernel, "stats", None), "cache_path", None)
        if folder:
            return Path(folder)
    return None


def engine() -> Iterator[Finding]:
    """The shipped engine is whole, runs, and gives probabilities."""
    import numpy as np

    from livespot.config import InferenceConfig
    from livespot.inference import open_runner
    from livespot.inference.sidecar import read_sidecar
    from livespot.installation.shipped_files import engine_path
    from livespot.types import CURVES

    try:
        sidecar = read_sidecar(engine_path(InferenceConfig().model))
        runner = open_runner(InferenceConfig())
        values = runner.infer(np.zeros(sidecar.window_shape, np.float32))
        runner.close()
    except (LivespotError, ImportError) as error:
        yield problem("engine", _first_line(error), "install livespot again, with its engines")
        return
    in_range = values.shape == (len(CURVES),) and bool(np.all((values >= 0.0) & (values <= 1.0)))
    if not in_range:
        yield problem(
            "engine", f"gives no probabilities: {values}", "install livespot again, with its engines"
        )
        return
    if runner.info.backend == "onnx" and sidecar.int8_sha256 and runner.info.precision != "int8":
        cure = "install livespot again, with its engines; until then a window takes more than twice as long"
        yield warning("engine", runner.info.description, cure)
        return
    yield ok("engine", f"{runner.info.description}; sha256 {runner.info.sha256[:12]}… as its sidecar says")


def engine_backends() -> Iterator[Finding]:
    """What else the shipped engine could run on here, and why it does or does not."""
    from livespot.config import InferenceConfig
    from livespot.inference.choose import survey

    try:
        backends = survey(InferenceConfig())
    except (LivespotError, ImportError) as error:
        yield problem("engine backends", _first_line(error), "install livespot again, with its engines")
        return
    for backend in backends:
        build = "" if backend.ready or not backend.runs else "; `livespot engine build` builds it now"
        how = "chosen" if backend.chosen else "could run" if backend.runs else "not here"
        yield ok(f"engine on {backend.backend}", f"{how}: {backend.words}{build}")


def demo_clip() -> Iterator[Finding]:
    """The built-in clip is there and decodes."""
    from livespot.capture import VideoSource
    from livespot.installation.shipped_files import asset_path

    try:
        with VideoSource(asset_path("demo.mp4")) as source:
            info = source.info
    except LivespotError as error:
        yield problem("demo clip", _first_line(error), "install livespot again, with its assets")
        return
    yield ok("demo clip", f"{info.width}×{info.height}, {info.fps:.0f} fps")


def _writable(folder: Path) -> bool:
    while not folder.exists() and folder != folder.parent:  # numba makes it when it first writes
        folder = folder.parent
    return os.access(folder, os.W_OK)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    if isinstance(error, LivespotError) and lines:  # made for the user
        return lines[0]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
