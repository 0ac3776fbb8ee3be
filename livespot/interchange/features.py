"""``features.npz``: the SW-MRO windows of a whole source."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livespot.errors import InputError
from livespot.interchange.atomic import replacing
from livespot.regions import LAYOUTS, PAPER
from livespot.types import WINDOW_FRAMES, Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """What ``features.npz`` holds.

    Attributes
    ----------
    features : (n, 17, R, 2) float32
        (window frame, region, (dx right, dy down)) in canonical px; NaN where there is no face.
    frames : (n,) int64
        In the source's own frames.
    times_s : (n,) float64
        Their times, seconds.
    regions : str
        Name of the layout of the R regions; ``paper`` where the file does not say.
    """

    features: Float32Array
    frames: NDArray[np.int64]
    times_s: NDArray[np.float64]
    regions: str = PAPER.name


def write_features(
    path: str | Path, features: ArrayLike, frames: ArrayLike, times_s: ArrayLike, regions: str = PAPER.name
) -> None:
    """Write ``features.npz``, uncompressed: the last bits of flow are noise, which zips badly.

    Parameters
    ----------
    path : str or Path
    features : (n, 17, R, 2) float32
    frames : (n,) integers
    times_s : (n,) float64
    regions : str
        Name of the layout of the R regions.

    Raises
    ------
    ValueError
        When the shapes do not fit together.
    OutputError
        When it cannot be written.
    """
    table = FeatureTable(
        np.asarray(features, np.float32),
        np.asarray(frames, np.int64),
        np.asarray(times_s, np.float64),
        regions,
    )
    fault = _fault(table)
    if fault:
        raise ValueError(f"features: {fault}")
    with replacing(path, binary=True) as handle:
        np.savez(
            handle,
            features=table.features,
            frames=table.frames,
            times_s=table.times_s,
            regions=np.array(table.regions),
        )


def read_features(path: str | Path) -> FeatureTable:
    """Read ``features.npz``.

    Raises
    ------
    InputError
        When the file is missing or no such archive, or an array is missing or has another shape.
    """
    file = Path(path)
    cure = "write it again with `livespot spot --features`"
    try:
        with file.open("rb") as handle:
            # NumPy would take anything else for a pickle and say so.
            if not zipfile.is_zipfile(handle):
                raise InputError(f"{file}: is not a features.npz (no zip archive); {cure}")
            handle.seek(0)
            with np.load(handle, allow_pickle=False) as archive:
                table = FeatureTable(
                    np.asarray(archive["features"], np.float32),
                    np.asarray(archive["frames"], np.int64),
                    np.asarray(archive["times_s"], np.float64),
                    str(archive["regions"]) if "regions" in archive else PAPER.name,
                )
    except KeyError as error:
        raise InputError(f"{file}: {error.args[0]}; {cure}") from error
    except (ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{file}: is not a features.npz ({error}); {cure}") from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror or error}); check the path") from error
    fault = _fault(table)
    if fault:
        raise InputError(f"{file}: {fault}; {cure}")
    return table


def _fault(table: FeatureTable) -> str:
    if table.regions not in LAYOUTS:
        return f"expected regions to be one of {', '.join(LAYOUTS)}, got {table.regions!r}"
    window = (WINDOW_FRAMES, len(LAYOUTS[table.regions]), 2)
    n = table.features.shape[0] if table.features.ndim else 0
    if table.features.shape == (n, *window) and table.frames.shape == (n,) and table.times_s.shape == (n,):
        return ""
    return (
        f"expected features (n, {', '.join(map(str, window))}), frames (n,) and times_s (n,), "
        f"got {table.features.shape}, {table.frames.shape} and {table.times_s.shape}"
    )
