"""Checkpoints of the authors' published SpotFormer code, read into our network.

The published code saves a plain state dict. It is read with PyTorch's restricted unpickler, which builds tensors and
plain containers and refuses everything that would run code.
"""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from livespot.errors import InputError
from livespot.models.spotformer import SpotFormer, SpotFormerConfig
from livespot.types import ROIS, WINDOW_FRAMES

HEADS = 4
"""Attention heads of the published configuration; a state dict does not tell how many there are."""

_WRAPPERS = ("state_dict", "model_state_dict", "model", "net")
_PREFIXES = ("module.", "_orig_mod.")
_NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
_ATTENTION = {"attention_norm": "norm", "attention.qkv": "to_qkv", "attention.projection": "to_out.0"}
_MLP = {"mlp_norm": "norm", "mlp.expand": "net.0", "mlp.contract": "net2.0"}
_LAYERS: tuple[tuple[str, str, str], ...] = (
    # Ours, their attention, their MLP.
    ("body.0", "gattn1", "gff1"),
    ("body.1", "layers.0.0", "layers.0.1"),
    ("body.4", "gattn2", "gff2"),
    ("body.5", "layers.1.0", "layers.1.1"),
    ("body.8", "layers.2.0", "layers.2.1"),
    ("body.10", "layers.3.0", "layers.3.1"),
)
_DOWNSAMPLINGS = {"body.3": 0, "body.7": 1, "body.9": 2, "body.11": 3}
_POOLINGS = {"body.2": "gdown1", "body.6": "gdown2"}


def published_names() -> dict[str, str]:
    """For every entry of our state dict, the name of the same entry in the published code's."""
    names = {
        "embedding.temporal": "temporal_pos_embedding",
        "embedding.part": "spatial_pos_embedding",
        "embedding.projection.weight": "to_patch_embedding.weight",
        "embedding.projection.bias": "to_patch_embedding.bias",
        "head.weight": "mlp_head.weight",
        "head.bias": "mlp_head.bias",
        **{f"embedding.norm.{entry}": f"norm.{entry}" for entry in _NORM},
    }
    for ours, attention, mlp in _LAYERS:
        for theirs, parts in ((attention, _ATTENTION), (mlp, _MLP)):
            for part, name in parts.items():
                entries = _NORM if name == "norm" else ("weight",) if name == "to_qkv" else ("weight", "bias")
                names |= {f"{ours}.{part}.{e}": f"transformer.{theirs}.{name}.{e}" for e in entries}
    for ours, number in _DOWNSAMPLINGS.items():
        theirs = f"transformer.temporal_downsample_layers.{number}.0"
        names[f"{ours}.convolution.weight"] = f"{theirs}.downCNN.weight"
        names |= {f"{ours}.norm.{entry}": f"{theirs}.norm.{entry}" for entry in _NORM}
    for ours, theirs in _POOLINGS.items():
        names |= {f"{ours}.norm.{entry}": f"transformer.{theirs}.norm.{entry}" for entry in _NORM}
    return names


def import_checkpoint(path: str | Path, heads: int = HEADS) -> SpotFormer:
    """Read a checkpoint of the published code.

    Parameters
    ----------
    path : path
        What ``torch.save`` wrote of the network's ``state_dict()``; a dictionary that holds it under ``state_dict``,
        ``model_state_dict``, ``model`` or ``net`` is taken too, and so are names that begin with ``module.``.
    heads : int
        Attention heads of the network that was trained.

    Returns
    -------
    SpotFormer
        Of the checkpoint's width, in evaluation mode, without dropout.

    Raises
    ------
    InputError
        When the file is missing, damaged, would run code, or holds another network.
    """
    file = Path(path)
    theirs = _state_of(file, _loaded(file))
    state = {ours: theirs[name] for ours, name in published_names().items()}
    state["embedding.temporal"] = state["embedding.temporal"].flatten(0, -2)  # (1, 18, D) there
    dim = state["head.weight"].shape[-1]
    try:
        network = SpotFormer(SpotFormerConfig(dim=dim, heads=heads, dropout=0.0))
    except ValueError as error:
        raise InputError(f"checkpoint {file}: has {dim} channels; {error}") from error
    _check_shapes(file, state, network)
    network.load_state_dict(state)
    return network.eval()


def _loaded(file: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickles of another protocol, which are refused below
            return torch.load(file, map_location="cpu", weights_only=True)
    except OSError as error:
        raise InputError(f"checkpoint {file}: cannot be read ({error.strerror}); check the path") from error
    except pickle.UnpicklingError as error:
        # "GLOBAL" is the pickle instruction that names a class or a function. A bare pickle begins with a
        # protocol byte.
        if "GLOBAL" in str(error) or file.read_bytes()[:1] == pickle.PROTO:
            raise InputError(
                f"checkpoint {file}: holds Python objects beside tensors, which could run code, so it was not loaded; "
                "save the network's state_dict() alone and give that file"
            ) from error
        raise InputError(_NO_CHECKPOINT.format(file)) from error
    except (RuntimeError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(_NO_CHECKPOINT.format(file)) from error


_NO_CHECKPOINT = (
    "checkpoint {}: is damaged or no file that torch.save wrote; give the published SpotFormer's state_dict()"
)


def _state_of(file: Path, content: Any) -> dict[str, Tensor]:
    """The tensors by their published names, checked for being all there."""
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping):
        raise InputError(
            f"checkpoint {file}: expected a state dict, got {type(content).__name__}; save state_dict()"
        )
    state = {_bare(str(name)): value for name, value in content.items() if isinstance(value, Tensor)}
    wanted = set(published_names().values())
    missing, unknown = sorted(wanted - set(state)), sorted(set(state) - wanted)
    if missing or unknown:
        first = f"lacks {missing[0]}" if missing else f"holds {unknown[0]} besides"
        count = len(missing) + len(unknown) - 1
        raise InputError(
            f"checkpoint {file}: is not of the published SpotFormer (Simul-ST): {first}"
            f"{f' and differs in {count} more names' if count else ''}; give a state_dict() of that network"
        )
    return state


def _bare(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _check_shapes(file: Path, state: Mapping[str, Tensor], network: SpotFormer) -> None:
    names = published_names()
    for name, value in network.state_dict().items():
        if state[name].shape != value.shape:
            raise InputError(
                f"checkpoint {file}: {names[name]} has the shape {tuple(state[name].shape)}, expected "
                f"{tuple(value.shape)}: was it trained for windows of {WINDOW_FRAMES} frames and {ROIS} regions?"
            )
