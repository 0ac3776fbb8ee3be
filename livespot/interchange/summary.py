"""``summary.json``: what was done, with what, how fast."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from livespot.errors import InputError
from livespot.interchange.atomic import replacing


def write_summary(path: str | Path, summary: Mapping[str, Any]) -> None:
    """Write a summary as indented JSON with sorted keys.

    Parameters
    ----------
    path : str or Path
    summary : mapping
        Nested mappings and sequences of text, numbers, truth values and None; NumPy scalars and arrays and
        paths become plain values. Numbers that JSON does not know (NaN, infinity) become null.

    Raises
    ------
    TypeError
        When it holds anything else.
    OutputError
        When it cannot be written.
    """
    text = json.dumps(plain(summary), indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    with replacing(path) as handle:
        handle.write(text + "\n")


def read_summary(path: str | Path) -> dict[str, Any]:
    """Read a summary.

    Raises
    ------
    InputError
        When the file is missing, is not JSON, or holds no object.
    """
    file = Path(path)
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror or error}); check the path") from error
    except ValueError as error:
        raise InputError(f"{file}: is not JSON ({error}); write it again with `livespot spot`") from error
    if not isinstance(summary, dict):
        raise InputError(
            f"{file}: expected a JSON object, got {type(summary).__name__}; is it a summary.json?"
        )
    return summary


def plain(value: Any) -> Any:
    """The same value in JSON's own types; see :func:`write_summary`."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [plain(item) for item in value]
    raise TypeError(f"summary: expected text, numbers, lists and mappings, got {type(value).__name__}")
