"""From the weights of a call to an engine: judged on the validation people, calibrated, exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from livespot.config import Alignment, FlowConfig
from livespot.errors import InputError
from livespot.models.export import export_engine
from livespot.models.second_stage import SecondStage, SecondStageConfig
from livespot.models.second_stage_export import SecondStageExport
from livespot.models.spotformer import SpotFormer, SpotFormerConfig
from livespot.regions import LAYOUTS
from livespot.spotting.scores import min_scores_for
from livespot.training.bundle import Bundle
from livespot.training.calibrate import calibrated, fit, judge
from livespot.training.card import model_card
from livespot.training.operating import FEW_A_MINUTE, Judged, OperatingPoint, figures
from livespot.training.runs import Run
from livespot.training.timed import answers

STATES = ("last", "best")
_CHOSE = "validation people, who also chose the operating point"


@dataclass(frozen=True, slots=True)
class Finished:
    """A network that was judged on the validation people.

    Attributes
    ----------
    network : SpotFormer
        In evaluation mode.
    state : str
        Which of :data:`STATES` it is.
    judged : tuple of Judged
        What it says of every validation run, not calibrated.
    point : OperatingPoint
    value : float
        Mean of both F1 at that point.
    """

    network: SpotFormer
    state: str
    judged: tuple[Judged, ...]
    point: OperatingPoint
    value: float


def weights_of(path: Path, state: str) -> dict[str, Tensor]:
    """One state of a file that :func:`livespot.training.gpu_run.write_weights` wrote, in float32.

    Raises
    ------
    InputError
        When the file cannot be read or holds no such state.
    """
    try:
        stored = load_file(path)
    except Exception as error:  # safetensors raises a class of its own
        raise InputError(f"weights {path}: cannot be read ({error}); run the training again") from error
    found = {
        name.removeprefix(f"{state}."): value.float() if value.is_floating_point() else value
        for name, value in stored.items()
        if name.startswith(f"{state}.")
    }
    if not found:
        raise InputError(f"weights {path}: hold no state {state!r}; run the training again")
    return found


def network_of(state: dict[str, Tensor], regions: str) -> SpotFormer:
    """The network whose weights these are."""
    dim = state["embedding.projection.weight"].shape[0]
    network = SpotFormer(SpotFormerConfig(dim=dim, dropout=0.0, regions=regions))
    network.load_state_dict(state)
    return network.eval()


def validation_runs(bundle: Bundle, regions: str) -> list[Run]:
    """All runs of the validation people with the regions of a layout, which are the first ones of the bundle's."""
    count = len(LAYOUTS[regions])
    return [
        replace(run, features=run.features[:, :, :count].copy())
        for name, runs in bundle.sets.items()
        if not name.startswith("train")
        for run in runs
    ]


def finished(path: Path, regions: str, held_out: Sequence[Run], states: Sequence[str] = STATES) -> Finished:
    """The best of some states of a file, by the mean of both F1 on the validation people."""
    found = [_judged(network_of(weights_of(path, state), regions), state, held_out) for state in states]
    return max(found, key=lambda one: one.value)


def _judged(network: SpotFormer, state: str, held_out: Sequence[Run]) -> Finished:
    judged = tuple(judge(network, run) for run in held_out)
    point = fit(judged)
    rows = figures([calibrated(one, point.calibration) for one in judged], point)["all"]
    return Finished(network, state, judged, point, 0.5 * (rows["ME f1"] + rows["MaE f1"]))


@torch.no_grad()
def second_stage_of(
    first: Finished, path: Path, look_ahead: int, held_out: Sequence[Run]
) -> tuple[SecondStage, OperatingPoint, dict[str, Any]]:
    """A second stage trained by :mod:`livespot.training.gpu_second`, its operating point, and its figures.

    Raises
    ------
    InputError
        When the file cannot be read or holds none of this look-ahead.
    """
    state = weights_of(path, f"look{look_ahead}")
    stage = SecondStage(SecondStageConfig(first.network.config.dim, look_ahead))
    stage.load_state_dict(state)
    stage.eval()
    judged = []
    for run in held_out:
        logits, z = answers(first.network, torch.from_numpy(run.features), 256)
        corrected = stage(z[None], logits[None])[0].numpy()
        judged.append(Judged(run.timelines, corrected, run.rate_hz, run.kind))
    point = fit(judged)
    ready = [calibrated(one, point.calibration) for one in judged]
    return stage, point, figures(ready, point)


def export_finished(
    one: Finished,
    target: Path,
    record: dict[str, Any],
    second: tuple[SecondStage, OperatingPoint, dict[str, Any]] | None = None,
    alignment: Alignment = "rigid",
) -> Path:
    """Write the engine, its second stage where there is one, its sidecar and its card; returns the sidecar's path."""
    point = one.point
    regions = one.network.config.regions
    ready = [calibrated(judged, point.calibration) for judged in one.judged]
    entry = None
    if second is not None:
        stage, its_point, its_figures = second
        entry = SecondStageExport(
            stage, {"figures": {_CHOSE: its_figures}}, its_point.thresholds, its_point.min_scores,
            _few_alarms(its_point), its_point.scores(), its_point.calibration,
        )  # fmt: skip
    sidecar = export_engine(
        one.network,
        target,
        record
        | {
            "state": one.state,
            "torch": torch.__version__.partition("+")[0],
            "figures": {_CHOSE: figures(ready, point)},
        },
        point.thresholds,
        point.calibration,
        FlowConfig(alignment=alignment, regions=regions),
        min_scores=point.min_scores,
        points=_few_alarms(point),
        scores=point.scores(),
        second=entry,
    )
    target.with_suffix(".md").write_text(model_card(sidecar), encoding="utf-8")
    return sidecar


def _few_alarms(point: OperatingPoint) -> dict[str, dict[str, dict[str, float]]]:
    min_scores = min_scores_for(FEW_A_MINUTE, point.alarm_table)
    return {"few-alarms": {"thresholds": dict(point.thresholds), "min_scores": min_scores}}
