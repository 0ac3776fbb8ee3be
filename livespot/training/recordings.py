"""Labelled videos as training and validation see them: runs of windows by the product's own path, and their truth.

A *run* is a stretch of consecutive model frames that all have a window. What a folder holds is read as
:mod:`livespot.evaluation.labelled` reads it, so anything that can be evaluated can be trained on.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livespot.capture import open_source
from livespot.config import Config, FaceConfig
from livespot.errors import InputError
from livespot.evaluation.labelled import LabelledVideo, read_labelled
from livespot.evaluation.measured import Measured, measure_once
from livespot.face.tracker import FaceTracker
from livespot.interchange import Annotation
from livespot.interchange.atomic import replacing
from livespot.synthesis.statistics import Timing
from livespot.types import WINDOW_FRAMES, Float32Array, Frame, Gap, ModelFrame, Window

Progress = Callable[[str, int, "int | None"], None]
"""Called with (video, frames read, frames declared)."""

SHORTEST_RUN_FRAMES = 2 * WINDOW_FRAMES
_MARGIN_FRAMES, _SHORTEST_BARE_FRAMES = 12, 70
_LOOKS = 40  # frames looked at for a mesh before a video counts as faceless


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Windows of consecutive model frames.

    Attributes
    ----------
    name, subject, kind : str
        Of the video; ``kind`` is what the person does besides, ``unknown`` where nobody said.
    features : (n, 17, R, 2) float32
        Finite; zeros where a region was missing.
    timelines : tuple of Timing
        The truth, in frames of the run; an expression that the run cuts off may reach beyond its ends.
    rate_hz : float
        Model rate.
    mesh : (478, 3) float32 or None
        The person's face where it was seen first, px.
    """

    name: str
    subject: str
    kind: str
    features: Float32Array
    timelines: tuple[Timing, ...]
    rate_hz: float
    mesh: Float32Array | None = None

    @property
    def minutes(self) -> float:
        """Length."""
        return len(self.features) / self.rate_hz / 60.0


def read_runs(
    folders: Sequence[str | Path], config: Config, keep: Path, progress: Progress | None = None
) -> list[Run]:
    """Measure what has not been measured yet and cut it into runs; 15-25 ms a frame, a moment the second time.

    Parameters
    ----------
    folders : sequence of path
        Labelled sets: videos with ``annotations.csv``, or data sets as they are given out.
    config : Config
    keep : Path
        Where windows and meshes are kept; a broken-off call goes on from there.
    progress : callable, optional

    Raises
    ------
    InputError
        When a set cannot be read, or none of its videos can be used.
    """
    runs: list[Run] = []
    for folder in map(Path, folders):
        kept = kept_in(keep, folder)
        before, last = len(runs), ""
        for video in read_labelled(folder):

            def told(read: int, declared: int | None, name: str = video.name) -> None:
                if progress is not None:
                    progress(name, read, declared)

            try:
                measured = measure_once(video.path, config, kept, told, name=video.name, fps=video.fps)
                mesh = _mesh_once(video.path, kept / f"{video.name}.mesh.npz")
            except InputError as error:
                last = str(error)
                continue
            runs.extend(_runs(video, measured, mesh))
        if len(runs) == before:
            raise InputError(f"{folder}: no video has a face for a second; {last or 'give other videos'}")
    return runs


def kept_in(keep: Path, folder: Path) -> Path:
    """Where the windows of one set are kept."""
    return keep / folder.resolve().name


def bare_parts(run: Run) -> list[Run]:
    """What a run shows between its expressions, with a margin that annotators may have been late by."""
    if not run.timelines:
        return [run]
    busy = np.zeros(len(run.features), bool)
    for line in run.timelines:
        busy[max(0, line.onset - _MARGIN_FRAMES) : line.offset + _MARGIN_FRAMES + 1] = True
    edges = np.flatnonzero(np.diff(np.concatenate([[1], busy.astype(np.int8), [1]])))
    parts = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [
        replace(run, features=run.features[first:last], timelines=())
        for first, last in parts
        if last - first >= _SHORTEST_BARE_FRAMES
    ]


def _runs(video: LabelledVideo, measured: Measured, mesh: Float32Array | None) -> Iterator[Run]:
    for windows in _stretches(measured):
        features = np.nan_to_num(np.array([w.features for w in windows], np.float32))  # missing regions
        numbers = np.array([w.source_index for w in windows])
        lines = tuple(line for row in video.truth if (line := _in_run(row, numbers)) is not None)
        yield Run(video.name, video.person, video.kind, features, lines, windows[0].rate_hz, mesh)


def _stretches(measured: Measured) -> Iterator[list[Window]]:
    stretch: list[Window] = []
    for item in (*measured.items, Gap(0.0, "end")):
        if isinstance(item, Window) and item.features is not None:
            stretch.append(item)
            continue
        if len(stretch) >= SHORTEST_RUN_FRAMES:
            yield stretch
        stretch = []


def _in_run(row: Annotation, numbers: NDArray[np.int64]) -> Timing | None:
    """An annotation in frames of the run; None when it lies outside."""
    if row.offset < numbers[0] or row.onset > numbers[-1]:
        return None
    stride = float(numbers[-1] - numbers[0]) / max(1, len(numbers) - 1)
    first = int(numbers[0])
    onset, apex, offset = (round((frame - first) / stride) for frame in (row.onset, row.apex, row.offset))
    return Timing(row.type, onset, apex, offset)


def _mesh_once(path: Path, kept: Path) -> Float32Array | None:
    stamp = json.dumps([path.stat().st_size, path.stat().st_mtime_ns])
    try:
        with np.load(kept, allow_pickle=False) as archive:
            if str(archive["stamp"]) == stamp:
                return np.asarray(archive["mesh"], np.float32) if len(archive["mesh"]) else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass
    mesh = _first_mesh(path)
    with replacing(kept, binary=True) as handle:
        np.savez(handle, stamp=np.array(stamp), mesh=np.empty(0, np.float32) if mesh is None else mesh)
    return mesh


def _first_mesh(path: Path) -> Float32Array | None:
    """The mesh once the tracker has settled on a face."""
    seen = 0
    with open_source(path) as source, FaceTracker(FaceConfig()) as tracker:
        for index in range(_LOOKS):
            item = source.read()
            if not isinstance(item, Frame):
                break
            face = tracker.step(ModelFrame(index, index, item.time_s, item.image, 30.0))
            seen += face.landmarks is not None
            if face.landmarks is not None and seen >= 5:
                return face.landmarks.mesh
    return None
