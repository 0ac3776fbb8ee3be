"""From a recipe and a folder of faces to an engine: render, measure, bundle, train, finish.

Every step goes on where it was stopped: clips that are there are not rendered again, windows that were measured are
read, a bundle that was written is trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from livespot.config import Config, FlowConfig
from livespot.datasets.labelled import LabelledVideo
from livespot.errors import InputError
from livespot.evaluation.labelled import read_labelled
from livespot.evaluation.measured import measure_once
from livespot.synthesis.videos import make_videos
from livespot.training.bundle import Bundle, read_bundle, write_bundle
from livespot.training.finish import STATES, export_finished, finished, second_stage_of, validation_runs
from livespot.training.gpu_run import run_call
from livespot.training.recipe import TrainingRecipe, stills_of
from livespot.training.recordings import _mesh_once, _runs
from livespot.training.runs import Run
from livespot.types import Float32Array

BUNDLE, RENDERED, WINDOWS, WEIGHTS = "training.bundle", "rendered", "windows", "weights"
_PREFIX = {"training": "train", "validation": "validation"}
_CONFIG = Config(flow=FlowConfig(alignment="rigid", regions="face"))

Say = Callable[[str], None]
"""Called with a line about what is done."""


def make_bundle(recipe: TrainingRecipe, faces: Path, out: Path, say: Say) -> Path:
    """Render and measure what is missing, and write ``OUT/training.bundle``; hours on two cores.

    Raises
    ------
    InputError, OutputError
        When a file of the split is missing, a face cannot be used, or OUT cannot be written.
    """
    files = recipe.files(faces)
    sets: dict[str, list[Run]] = {}
    for wanted in recipe.rendered:
        folder = out / RENDERED / wanted.name
        for clip, fresh in make_videos(wanted.plan(stills_of(files[wanted.side])), folder):
            if fresh:
                say(f"rendered {wanted.name}/{clip.file}")
        name = f"{_PREFIX[wanted.side]} rendered"
        name += "" if wanted.side == "training" else f" {wanted.name}"
        sets.setdefault(name, []).extend(_measured(read_labelled(folder), out / WINDOWS / wanted.name, say))
    for side, prefix in _PREFIX.items():
        clips = list(recipe.real_clips(files[side]))
        sets[f"{prefix} real"] = _measured(clips, out / WINDOWS / f"real {side}", say)
    data = {
        "split_sha256": recipe.split_sha256,
        "marks_sha256": recipe.marks_sha256,
        **{name: round(sum(run.minutes for run in runs), 2) for name, runs in sets.items()},
    }
    bundle = Bundle(
        {name: tuple(runs) for name, runs in sets.items()},
        tuple(_meshes(sets)),
        {**recipe.tables, "data": data},
    )
    out.mkdir(parents=True, exist_ok=True)
    write_bundle(out / BUNDLE, bundle)
    say(f"wrote {out / BUNDLE}, {(out / BUNDLE).stat().st_size / 1e6:.0f} MB")
    return out / BUNDLE


def _measured(videos: Sequence[LabelledVideo], keep: Path, say: Say) -> list[Run]:
    runs: list[Run] = []
    for video in videos:
        try:
            measured = measure_once(video.path, _CONFIG, keep)
            runs.extend(
                replace(run, kind=video.kind) for run in _runs(video, measured, _mesh_once(video.path, keep))
            )
        except InputError as error:
            say(f"left out: {error}")
    return runs


def _meshes(sets: dict[str, list[Run]]) -> list[Float32Array]:
    """One mesh for each training person and clip, at most three a person."""
    found: dict[str, list[Float32Array]] = {}
    for name, runs in sets.items():
        for run in runs if name.startswith("train") else ():
            mine = found.setdefault(run.subject, [])
            if run.mesh is not None and len(mine) < 3:
                mine.append(run.mesh)
    return [mesh for meshes in found.values() for mesh in meshes]


def engine_from(recipe: TrainingRecipe, bundle_path: Path, out: Path, device: str, say: Say) -> Path:
    """Train on a bundle and export the engine that the recipe names; returns its sidecar's path."""
    bundle = read_bundle(bundle_path)
    run_call(bundle, out / WEIGHTS, torch.device(device))
    settings = next(table for table in recipe.tables["networks"] if table["name"] == recipe.engine)
    regions = str(settings.get("regions", "face"))
    held_out = validation_runs(bundle, regions)
    stages = out / WEIGHTS / f"{recipe.engine}.second.safetensors"
    two = recipe.look_ahead is not None and stages.is_file()
    # A second stage was trained on the last weights of the first.
    states = STATES[:1] if two else STATES
    best = finished(out / WEIGHTS / f"{recipe.engine}.safetensors", regions, held_out, states)
    say(f"{recipe.engine}: {best.state} weights, mean F1 {best.value:.3f} on the validation people")
    second = second_stage_of(best, stages, recipe.look_ahead or 0, held_out) if two else None
    record = {
        "data": dict(bundle.recipe.get("data", {})),
        "bundle_sha256": bundle.sha256,
        "config": dict(settings),
        "alignment": "rigid",
        "note": f"Trained by {recipe.path.name}.",
    }
    return export_finished(best, out / "spotformer.onnx", record, second)
