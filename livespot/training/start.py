"""Weights to begin with: those of another run, as they are or widened."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load
from torch import Tensor

from livespot.errors import InputError
from livespot.models.earlier_layout import current_layout
from livespot.models.spotformer import SpotFormer, SpotFormerConfig
from livespot.models.widen import widened
from livespot.regions import LAYOUTS, PAPER


@dataclass(frozen=True, slots=True)
class Started:
    """A network to begin with, and the sha256 of the file it comes from."""

    network: SpotFormer
    sha256: str


def started(path: Path, dim: int, regions: str = PAPER.name) -> Started:
    """The network whose weights ``path`` holds, ``dim`` channels wide, for a layout of regions.

    Weights of another layout are taken too. The layouts differ in the embedding of the facial parts alone: it is taken
    over by the parts' names, and drawn for parts that are new.

    Raises
    ------
    InputError
        When the file cannot be read, is no SpotFormer with FLGP, or ``dim`` is no multiple of its channels.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"weights {path}: cannot be read ({error.strerror}); name a best.safetensors"
        ) from error
    try:
        state = current_layout(load(content))
        width = state["embedding.projection.weight"].shape[0]
        network = SpotFormer(SpotFormerConfig(dim=width, dropout=0.0, regions=regions))
        state["embedding.part"] = _parts_of(state["embedding.part"], network)
        network.load_state_dict(state)
    except Exception as error:  # safetensors raises a class of its own
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"weights {path}: are not those of a SpotFormer ({reason}); name a best.safetensors of a run"
        ) from error
    if dim % network.config.dim:
        raise InputError(
            f"weights {path}: have {network.config.dim} channels; expected --dim to be a multiple of that, got {dim}"
        )
    return Started(widened(network, dim), hashlib.sha256(content).hexdigest())


def _parts_of(stored: Tensor, network: SpotFormer) -> Tensor:
    """The stored embedding of the facial parts (parts there, D) as the network's layout orders them."""
    layout = network.config.layout
    if len(stored) == len(layout.parts):
        return stored
    theirs = next((other for other in LAYOUTS.values() if len(other.parts) == len(stored)), None)
    if theirs is None:
        raise ValueError(f"{len(stored)} facial parts, which no layout has")
    rows = {name: row for (name, _), row in zip(theirs.parts, stored, strict=True)}
    drawn = network.embedding.part.detach()
    return torch.stack([rows.get(name, drawn[number]) for number, (name, _) in enumerate(layout.parts)])
