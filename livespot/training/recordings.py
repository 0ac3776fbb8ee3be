"""Labelled videos as training and validation see them: runs of windows by the product's own path, and their truth.

A *run* is a stretch of consecutive model frames that all have a window. What a folder holds is read as
:mod:`livespot.evaluation.labelled` reads it, so anything that can be evaluated can be trained on.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livespot.config import Config
from livespot.errors import InputError
from livespot.evaluation.labelled import LabelledVideo, read_labelled
from livespot.evaluation.measured import Measured, measure_once
from livespot.interchange import Annotation
from livespot.interchange.atomic import replacing
from livespot.synthesis.portraits import first_mesh
from livespot.synthesis.statistics import Timing
from livespot.training.runs import Run
from livespot.types import WINDOW_FRAMES, Float32Array, Gap, Window

Progress = Callable[[str, int, "int | None"], None]
"""Called with (video, frames read, frames declared)."""

SHORTEST_RUN_FRAMES = 2 * WINDOW_FRAMES


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
    mesh = first_mesh(path)
    with replacing(kept, binary=True) as handle:
        np.savez(handle, stamp=np.array(stamp), mesh=np.empty(0, np.float32) if mesh is None else mesh)
    return mesh
