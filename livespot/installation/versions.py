"""Which versions computed a result: they go into every summary."""

from __future__ import annotations

import platform
from importlib import metadata

VERSION = "0.1.0"
"""Of livespot, as in pyproject.toml."""

_PACKAGES = ("numpy", "opencv-contrib-python", "numba", "onnxruntime", "av")


def versions() -> dict[str, str]:
    """Package to version; ``missing`` where a package is not installed."""
    found = {"livespot": VERSION, "python": platform.python_version(), "system": platform.platform()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "missing"
    return found
