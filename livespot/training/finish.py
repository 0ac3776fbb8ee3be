"""From the weights of a call to an engine: judged on the validation people, calibrated, exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from livespot.config import FlowConfig
from livespot.errors import InputError
from livespot.models.export import export_engine
from livespot.models.spotformer import SpotFormer, SpotFormerConfig
from livespot.regions import LAYOUTS
from livespot.spotting.scores import min_scores_for
from livespot.training.bundle import Bundle
from livespot.training.calibrate import calibrated, fit, judge
from livespot.training.card import model_card
from livespot.training.operating import FEW_A_MINUTE, Judged, OperatingPoint, figures
from livespot.training.runs import Run

STATES = ("last", "best")


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


def finished(path: Path, regions: str, held_out: Sequence[Run]) -> Finished:
    """The better of the states of a file, by the mean of both F1 on the validation people."""
    found = [_judged(network_of(weights_of(path, state), regions), state, held_out) for state in STATES]
    return max(found, key=lambda one: one.value)


def _judged(network: SpotFormer, state: str, held_out: Sequence[Run]) -> Finished:
    judged = tuple(judge(network, run) for run in held_out)
    point = fit(judged)
    rows = figures([calibrated(one, point.calibration) for one in judged], point)["all"]
    return Finished(network, state, judged, point, 0.5 * (rows["ME f1"] + rows["MaE f1"]))


def export_finished(one: Finished, target: Path, record: dict[str, Any], alignment: str = "rigid") -> Path:
    """Write the engine, its sidecar and its card; returns the sidecar's path."""
    point = one.point
    regions = one.network.config.regions
    ready = [calibrated(judged, point.calibration) for judged in one.judged]
    figure = {"validation people, who also chose the operating point": figures(ready, point)}
    few = {
        "thresholds": dict(point.thresholds),
        "min_scores": min_scores_for(FEW_A_MINUTE, point.alarm_table),
    }
    sidecar = export_engine(
        one.network,
        target,
        record | {"state": one.state, "torch": torch.__version__.partition("+")[0], "figures": figure},
        point.thresholds,
        point.calibration,
        FlowConfig(alignment=alignment, regions=regions),  # type: ignore[arg-type]
        min_scores=point.min_scores,
        points={"few-alarms": few},
        scores=point.scores(),
    )
    target.with_suffix(".md").write_text(model_card(sidecar), encoding="utf-8")
    return sidecar
