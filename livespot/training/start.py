"""Weights to begin with: those of another run, as they are or widened."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load

from livespot.errors import InputError
from livespot.models.earlier_layout import current_layout
from livespot.models.spotformer import SpotFormer, SpotFormerConfig
from livespot.models.widen import widened


@dataclass(frozen=True, slots=True)
class Started:
    """A network to begin with, and the sha256 of the file it comes from."""

    network: SpotFormer
    sha256: str


def started(path: Path, dim: int) -> Started:
    """The network whose weights ``path`` holds, ``dim`` channels wide.

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
        network = SpotFormer(SpotFormerConfig(dim=state["embedding.projection.weight"].shape[0], dropout=0.0))
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
