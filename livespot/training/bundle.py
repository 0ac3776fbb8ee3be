"""A training bundle: everything a machine with a GPU needs for one training call, in one file without a picture.

It holds the windows of the training and the validation recordings (:mod:`livespot.training.window_codec`), their truth,
the meshes that the simulator moves, and the recipe. About a fifth of a megabyte for each minute of video and person.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livespot.errors import InputError
from livespot.interchange.atomic import replacing
from livespot.synthesis.statistics import Timing
from livespot.training.runs import Run
from livespot.training.window_codec import CodedWindows, decode_windows, encode_windows
from livespot.types import Float32Array

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds.

    Attributes
    ----------
    sets : dict of str to tuple of Run
        By name; those that begin with ``train`` are trained on, the others choose.
    meshes : tuple of (478, 3) float32
        Neutral faces of training people, px.
    recipe : dict
        Settings of the call and where the data come from; JSON.
    sha256 : str
        Of the file; empty before it is written.
    """

    sets: Mapping[str, tuple[Run, ...]]
    meshes: tuple[Float32Array, ...]
    recipe: Mapping[str, Any]
    sha256: str = ""

    @property
    def training(self) -> tuple[Run, ...]:
        """All runs that are trained on."""
        return tuple(run for name, runs in self.sets.items() if name.startswith("train") for run in runs)


def write_bundle(path: Path, bundle: Bundle) -> None:
    """Write a bundle, whole or not at all.

    Raises
    ------
    ValueError
        When a person is in a training set and in another.
    """
    trained = {run.subject for run in bundle.training}
    for name, runs in bundle.sets.items():
        if not name.startswith("train") and (shared := trained & {run.subject for run in runs}):
            raise ValueError(f"bundle: person {min(shared)} is in training and in {name}")
    rows: list[dict[str, Any]] = []
    coded: list[CodedWindows] = []
    for name, runs in bundle.sets.items():
        for run in runs:
            coded.append(encode_windows(run.features))
            rows.append(
                {
                    "set": name, "name": run.name, "subject": run.subject, "kind": run.kind, "rate_hz": run.rate_hz,
                    "shape": coded[-1].shape, "bytes": len(coded[-1].stream), "kept_apart": len(coded[-1].places),
                    "timelines": [[t.type, t.onset, t.apex, t.offset] for t in run.timelines],
                }
            )  # fmt: skip
    about = {"format": FORMAT, "runs": rows, "sets": list(bundle.sets), "recipe": dict(bundle.recipe)}
    with replacing(path, binary=True) as handle:
        np.savez(
            handle,
            about=np.array(json.dumps(about)),
            stream=np.frombuffer(b"".join(c.stream for c in coded), np.uint8),
            places=np.concatenate([c.places for c in coded]),
            values=np.concatenate([c.values for c in coded]),
            meshes=np.array(bundle.meshes, np.float32).reshape(-1, 478, 3),
        )


def read_bundle(path: Path) -> Bundle:
    """Read a bundle.

    Raises
    ------
    InputError
        When the file is no bundle of this version.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            about = json.loads(str(archive["about"]))
            stream, places, values, meshes = (archive[n] for n in ("stream", "places", "values", "meshes"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"bundle {path}: expected a training bundle, got {type(error).__name__}; write it again"
        ) from error
    if about.get("format") != FORMAT:
        raise InputError(
            f"bundle {path}: expected format {FORMAT}, got {about.get('format')!r}; write it again with this version"
        )
    sets = _runs(about["runs"], stream, places, values)
    found = {name: tuple(sets.get(name, [])) for name in about["sets"]}
    return Bundle(found, tuple(meshes), about["recipe"], hashlib.sha256(path.read_bytes()).hexdigest())


def _runs(
    rows: Sequence[Mapping[str, Any]],
    stream: NDArray[np.uint8],
    places: NDArray[np.int32],
    values: NDArray[np.int16],
) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    at, apart = 0, 0
    for row in rows:
        coded = CodedWindows(
            (int(row["shape"][0]), int(row["shape"][1])),
            stream[at : at + row["bytes"]].tobytes(),
            places[apart : apart + row["kept_apart"]],
            values[apart : apart + row["kept_apart"]],
        )
        at, apart = at + row["bytes"], apart + row["kept_apart"]
        lines = tuple(Timing(kind, onset, apex, offset) for kind, onset, apex, offset in row["timelines"])
        run = Run(row["name"], row["subject"], row["kind"], decode_windows(coded), lines, row["rate_hz"])
        found.setdefault(row["set"], []).append(run)
    return found
