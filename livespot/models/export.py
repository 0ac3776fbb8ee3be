"""A trained network becomes an engine: ``NAME.onnx`` and its sidecar ``NAME.json``.

The sidecar says all that a user of the engine has to know: what goes in and comes out, how the features were
made, where the thresholds lie, how it was trained, and the sha256 of the ONNX file it belongs to.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from livespot.config import FlowConfig
from livespot.errors import OutputError
from livespot.installation.shipped_files import int8_path, second_stage_path
from livespot.installation.stored_windows import Reference, stored_windows, write_reference
from livespot.models.folding import Calibration
from livespot.models.lean import engine_graph
from livespot.models.onnx_file import OPSET, onnx_file
from livespot.models.quantise import int8_bytes
from livespot.models.second_stage_export import SecondStageExport
from livespot.models.spotformer import SpotFormer, probabilities
from livespot.regions import RegionLayout
from livespot.types import CURVES, EXPRESSION_TYPES, ROIS, WINDOW_FRAMES

SIDECAR_FORMAT = 1
INT8_FROM_DIM = 128
"""From this width on, 8-bit weights more than halve a window's time on the CPU; below they gain next to nothing."""
INPUT_NAME = "windows"
OUTPUT_NAME = "probabilities"
MODEL_RATE_HZ = 30.0

_SEEN = {
    "paper": (
        "Finds movements of the brows and the mouth against the head",
        "Its ten regions lie on brows and mouth: closing eyes and tightened lids are seen only by what they pull along."
        " ",
    )
}
"""By layout: what is found, and what the regions leave out."""

LIMITS = (
    "{found}; it says nothing about what a person feels. "
    "Trained without any frame of SAMM-LV or CAS(ME)², so no figure of the paper applies to it. "
    "Needs about 30 frames per second, a face of at least 24 px between the outer eye corners and even light; head "
    "turns of more than 15 degrees, lively speech, glasses and strong compression cost hits and raise false alarms. "
    "{left_out}Not for decisions about people."
)


def export_engine(
    model: SpotFormer,
    path: str | Path,
    record: Mapping[str, Any],
    thresholds: Mapping[str, float],
    calibration: Calibration | None = None,
    flow: FlowConfig | None = None,
    min_scores: Mapping[str, float] | None = None,
    points: Mapping[str, Mapping[str, Mapping[str, float]]] | None = None,
    scores: Mapping[str, Any] | None = None,
    limits: str | None = None,
    second: SecondStageExport | None = None,
) -> Path:
    """Write an engine and its sidecar, both whole or not at all; a wide one also with 8-bit weights, for the CPU.

    Parameters
    ----------
    model : SpotFormer
        Trained; left as it is.
    path : path ending in .onnx
        The sidecar goes beside it, ending in .json.
    record : mapping
        How it was trained: data, seeds, steps, figures. Must be JSON.
    thresholds : mapping of "ME" and "MaE" to float
        θ of the apex curves, in 0…1, after calibration.
    calibration : Calibration, optional
        Goes into the graph.
    flow : FlowConfig, optional
        The feature settings that the windows were made with.
    min_scores : mapping of "ME" and "MaE" to float, optional
        The minimum score of an interval: the other half of the operating point.
    points : mapping of str to ``{"thresholds": …, "min_scores": …}``, optional
        Other operating points by name.
    scores : mapping of str to Any, optional
        ``score_calibrations`` and ``alarm_table``, as :class:`livespot.inference.sidecar.Sidecar` describes them.
    limits : str, optional
        What the engine is not for; by default what holds for the engines trained here.

    second : SecondStageExport, optional
        The engine's second stage, written beside it as ``NAME.second.onnx``.

    Returns
    -------
    Path
        Of the sidecar.

    Raises
    ------
    OutputError
        When the folder cannot be written.
    ValueError
        When ``path`` or ``thresholds`` make no sense.
    """
    target = Path(path)
    if target.suffix != ".onnx":
        raise ValueError(f"an engine's path ends in .onnx, got {target}")
    if set(thresholds) != set(EXPRESSION_TYPES) or not all(0.0 <= t <= 1.0 for t in thresholds.values()):
        raise ValueError(f"thresholds expects ME and MaE in 0…1, got {dict(thresholds)}")
    representation = None if second is None else second.stage.representation(model.head)
    graph = onnx_bytes(engine_graph(model, calibration, representation), len(model.config.layout))
    second_graph = b"" if second is None else second.onnx_bytes()
    int8 = int8_bytes(graph) if model.config.dim >= INT8_FROM_DIM else b""
    sidecar = {
        "format": SIDECAR_FORMAT,
        "network": "SpotFormer (Simul-ST)"
        + ("" if model.config.pooling == "flgp" else ", mean pooling instead of FLGP"),
        "dim": model.config.dim,
        "heads": model.config.heads,
        "parameters": model.parameter_count(),
        "onnx": target.name,
        "sha256": hashlib.sha256(graph).hexdigest(),
        **({"int8": int8_entry(target, int8)} if int8 else {}),
        "opset": OPSET,
        "input": {
            "name": INPUT_NAME,
            "shape": ["n", WINDOW_FRAMES, len(model.config.layout), 2],
            "dtype": "float32",
            "axes": ["window", "frame", "ROI", "dx right, dy down, in canonical px against the first frame"],
            "rois": list(model.config.layout.names),
        },
        "output": {
            "name": OUTPUT_NAME,
            "shape": ["n", len(CURVES) + (0 if second is None else second.channels)],
            "dtype": "float32",
            "curves": list(CURVES),
        },
        "window_frames": WINDOW_FRAMES,
        "model_rate_hz": MODEL_RATE_HZ,
        "features": dataclasses.asdict((flow or FlowConfig()).settled()) | {"regions": model.config.regions},
        "thresholds": {kind: float(thresholds[kind]) for kind in EXPRESSION_TYPES},
        "min_scores": {kind: float((min_scores or {}).get(kind, 0.0)) for kind in EXPRESSION_TYPES},
        "operating_points": {name: dict(point) for name, point in (points or {}).items()},
        "calibration": dataclasses.asdict(calibration or Calibration()),
        **(scores or {}),
        **({} if second is None else {"second_stage": second.entry(target, second_graph)}),
        "training": dict(record),
        "limits": limits or limits_of(model.config.layout),
    }
    sidecar_path = target.with_suffix(".json")
    text = json.dumps(sidecar, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        # The ONNX files first: a crash in between leaves a pair whose sha256 differs, which every runner
        # refuses.
        if int8:
            _write_whole(int8_path(target), int8)
        else:
            int8_path(target).unlink(missing_ok=True)  # of an engine that had this name before
        if second_graph:
            _write_whole(second_stage_path(target), second_graph)
        else:
            second_stage_path(target).unlink(missing_ok=True)
        _write_whole(target, graph)
        _write_whole(sidecar_path, text.encode())
        answers = _answers(model, calibration or Calibration())
        write_reference(target, str(sidecar["sha256"]), answers, model.config.regions)
    except OSError as error:
        raise OutputError(
            f"engine {target}: cannot be written ({error.strerror}); choose another folder"
        ) from error
    return sidecar_path


def limits_of(layout: RegionLayout) -> str:
    """What an engine of this layout is not for, in words for its users."""
    found, left_out = _SEEN.get(layout.name, ("Finds movements of the face's regions against the head", ""))
    return LIMITS.format(found=found, left_out=left_out)


def int8_entry(engine: Path, int8: bytes) -> dict[str, str]:
    """What the sidecar of ``engine`` says of its 8-bit weights."""
    return {"onnx": int8_path(engine).name, "sha256": hashlib.sha256(int8).hexdigest()}


def _answers(model: SpotFormer, calibration: Calibration) -> Reference:
    """What the model itself says of the stored windows, before anything is folded or exported."""
    network = copy.deepcopy(model).eval()
    with torch.no_grad():
        logits, _ = network(torch.from_numpy(stored_windows(model.config.regions)))
        values = probabilities(calibration.apply(logits))
    return Reference(values.numpy(), f"PyTorch {torch.__version__.split('+')[0]}")


def onnx_bytes(graph: nn.Module, regions: int = ROIS) -> bytes:
    """The graph as one self-contained ONNX file, batch size free, for windows of so many regions."""
    # Two windows: a batch of one would be taken for a constant.
    windows = torch.zeros(2, WINDOW_FRAMES, regions, 2)
    return onnx_file(graph, (windows,), [INPUT_NAME], OUTPUT_NAME, ({0: torch.export.Dim("n", min=1)},))


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)  # mkstemp makes it private to its owner
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
