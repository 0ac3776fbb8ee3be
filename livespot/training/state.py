"""A training run on disk: ``run.json`` and the tensors it names.

``run.json`` is replaced last and in one go, so that a run that was killed at any moment resumes from its last
whole state.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from livespot.errors import InputError
from livespot.models.earlier_layout import current_layout, current_moments

FORMAT = 1


@dataclass(frozen=True, slots=True)
class RunState:
    """What a run needs to go on as if it had never stopped.

    Attributes
    ----------
    step : int
        Steps done.
    network, average : dict of str to Tensor
        State of the network, and of the running average of its weights.
    moments : dict of str to Tensor
        The optimiser's, ``PARAMETER.step|exp_avg|exp_avg_sq``.
    """

    step: int
    network: dict[str, Tensor]
    average: dict[str, Tensor]
    moments: dict[str, Tensor]


def save_state(folder: Path, state: RunState, config: dict[str, Any]) -> None:
    """Write a state; the one before it stays until this one is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"state-{state.step:07d}.safetensors"
    tensors = {
        f"{group}/{key}": value.contiguous().clone()
        for group in ("network", "average", "moments")
        for key, value in getattr(state, group).items()
    }
    temporary = folder / f".{name}"
    save_file(tensors, temporary)
    temporary.replace(folder / name)
    record = {"format": FORMAT, "step": state.step, "tensors": name, "config": config}
    half = folder / ".run.json"
    half.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    half.replace(folder / "run.json")
    for old in folder.glob("state-*.safetensors"):
        if old.name != name:
            old.unlink()


def load_state(
    folder: Path, config: dict[str, Any], defaults: dict[str, Any] | None = None
) -> RunState | None:
    """The last whole state, or None where there is none.

    Parameters
    ----------
    folder : Path
    config : dict
        What the run must have been begun with.
    defaults : dict, optional
        Stand for settings that did not exist yet when it was begun.

    Raises
    ------
    InputError
        When the folder holds a run of another configuration, or is damaged.
    """
    path = folder / "run.json"
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        tensors = load_file(folder / record["tensors"])
        theirs, step = {**(defaults or {}), **record["config"]}, int(record["step"])
    except Exception as error:  # safetensors raises a class of its own
        raise InputError(
            f"training run {folder}: cannot be resumed ({error}); delete it or name another folder"
        ) from error
    ours = json.loads(json.dumps(config))
    if theirs != ours:
        differs = sorted(key for key in {*theirs, *ours} if theirs.get(key) != ours.get(key))
        raise InputError(
            f"training run {folder}: was begun with another {', '.join(differs)}; use the same or "
            f"name another folder"
        )
    groups: dict[str, dict[str, Tensor]] = {"network": {}, "average": {}, "moments": {}}
    for key, value in tensors.items():
        group, _, name = key.partition("/")
        groups[group][name] = value
    return RunState(
        step,
        current_layout(groups["network"]),
        current_layout(groups["average"]),
        current_moments(groups["moments"]),
    )


def optimiser_moments(network: torch.nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimiser's state, by the names of the parameters."""
    return {
        f"{name}.{kind}": value
        for name, parameter in network.named_parameters()
        for kind, value in optimiser.state.get(parameter, {}).items()
    }


def restore_moments(
    network: torch.nn.Module, optimiser: torch.optim.Optimizer, moments: dict[str, Tensor]
) -> None:
    """Give the optimiser back what :func:`optimiser_moments` took."""
    parameters = dict(network.named_parameters())
    for key, value in moments.items():
        name, _, kind = key.rpartition(".")
        optimiser.state[parameters[name]][kind] = value.clone()


def as_plain(config: Any) -> dict[str, Any]:
    """A dataclass as a JSON-able dictionary."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(config)))
    return plain
