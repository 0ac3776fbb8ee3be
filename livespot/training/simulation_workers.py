"""Processes that simulate faces while a GPU trains: each draws sequences by chance and puts them on a queue."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Sequence
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from livespot.regions import LAYOUTS
from livespot.synthesis.areas import FaceAreas
from livespot.synthesis.renderer import VariantName, drawn_renderer
from livespot.synthesis.statistics import Timing
from livespot.training.device_windows import CENTRES, SimulatedSequences
from livespot.training.labels import frame_labels
from livespot.training.sequences import overlay, simulated
from livespot.types import Float32Array

SEQUENCE_FRAMES = 240
VARIANTS_SHOWN: tuple[VariantName, ...] = ("a", "b")
"""Variants of the renderer that are simulated; the third is kept for validation and tests."""

_OVERLAYS = 0.3  # share of sequences that are expressions alone, to be laid over recordings
_NEUTRAL = 0.2  # share of the others that have no expression
_FACES_KEPT = 24  # a face costs a tenth of a second to prepare
_RATES_HZ = (24.0, 25.0, 30.0, 30.0)
_TOGETHER = 8  # sequences sent at once
_WAITING = 64  # such parcels on the queue
_OVERLAY_NOISE_SHARE = 0.04  # of a vector; the recording below brings its own noise


class SimulationWorkers:
    """Starts the processes, hands out what they simulate, and ends them.

    Parameters
    ----------
    meshes : sequence of (478, 3) float32
        Faces of training people.
    regions : str
        Name of the layout.
    workers : int
    seed : int
        Worker n draws from (seed, n).
    """

    def __init__(self, meshes: Sequence[Float32Array], regions: str, workers: int, seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._queue: multiprocessing.Queue[tuple[bool, SimulatedSequences]] = context.Queue(_WAITING)
        self._processes = [
            context.Process(
                target=_simulate, args=(list(meshes), regions, seed, number, self._queue), daemon=True
            )
            for number in range(workers)
        ]
        for process in self._processes:
            process.start()

    def take(self, most: int, wait_s: float = 0.0) -> list[tuple[bool, SimulatedSequences]]:
        """Up to ``most`` parcels, each with whether it is of overlays; waits so long for the first."""
        found: list[tuple[bool, SimulatedSequences]] = []
        try:
            while len(found) < most:
                found.append(
                    self._queue.get(timeout=wait_s) if wait_s and not found else self._queue.get_nowait()
                )
        except queue.Empty:
            pass
        return found

    @property
    def alive(self) -> int:
        """Processes that still run."""
        return sum(process.is_alive() for process in self._processes)

    def __enter__(self) -> SimulationWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(timeout=5.0)


def _simulate(
    meshes: list[Float32Array],
    regions: str,
    seed: int,
    number: int,
    out: multiprocessing.Queue[tuple[bool, SimulatedSequences]],
) -> None:
    rng = np.random.default_rng((seed, number))
    layout = LAYOUTS[regions]
    faces: list[FaceAreas] = []
    while True:
        if len(faces) < _FACES_KEPT or rng.random() < 0.02:
            name = VARIANTS_SHOWN[int(rng.integers(len(VARIANTS_SHOWN)))]
            mesh = meshes[int(rng.integers(len(meshes)))]
            faces = [*faces[-_FACES_KEPT + 1 :], FaceAreas(mesh, layout, drawn_renderer(rng, name))]
        laid_over = bool(rng.random() < _OVERLAYS)
        shown = [faces[int(rng.integers(len(faces)))] for _ in range(_TOGETHER)]
        out.put((laid_over, draw_simulated(shown, rng, laid_over)))


def draw_simulated(
    faces: Sequence[FaceAreas], rng: np.random.Generator, laid_over: bool
) -> SimulatedSequences:
    """One sequence of each face: expressions alone, to be laid over, or all that a clip shows."""
    rate_hz = float(rng.choice(_RATES_HZ))
    drawn = [
        overlay(face, rng, SEQUENCE_FRAMES, rate_hz)
        if laid_over
        else simulated(face, rng, SEQUENCE_FRAMES, _NEUTRAL)
        for face in faces
    ]
    labels = [frame_labels(sequence.timelines, sequence.frames) for sequence in drawn]
    share = _OVERLAY_NOISE_SHARE if laid_over else drawn[0].pair_noise_share
    return SimulatedSequences(
        np.array([sequence.moved for sequence in drawn], np.float32),
        np.array([sequence.relief for sequence in drawn], np.float32),
        np.array([label.classes for label in labels], np.int8),
        np.array([label.soft for label in labels], np.float32),
        np.array([label.contrast for label in labels], np.int8),
        np.array([draw_centres(rng, sequence.timelines, sequence.frames) for sequence in drawn]),
        np.array([(sequence.pair_noise_px, share) for sequence in drawn], np.float32),
    )


def draw_centres(rng: np.random.Generator, timelines: tuple[Timing, ...], frames: int) -> NDArray[np.int64]:
    """Frames (64,) that windows are centred on: mostly about an expression, half of those about a key frame."""
    centres = rng.integers(frames, size=CENTRES)
    if timelines:
        for place in np.flatnonzero(rng.random(CENTRES) < 0.7):
            line = timelines[int(rng.integers(len(timelines)))]
            centres[place] = int(rng.integers(line.onset - 4, line.offset + 5))
            if rng.random() < 0.5:
                centres[place] = int(rng.choice([line.onset, line.apex, line.offset])) + int(
                    rng.integers(-8, 9)
                )
    return np.clip(centres, 0, frames - 1).astype(np.int64)
