"""Shared libraries that Qt and OpenCV need on Linux, and the Debian packages that hold them."""

from __future__ import annotations

import ctypes
import sys

BASE = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""Wanted by Qt whatever it draws on."""

WITH_DISPLAY = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
"""Wanted too by a window on an X11 display."""


def missing(libraries: dict[str, str]) -> list[str]:
    """Debian packages of the libraries that cannot be loaded; always none but on Linux."""
    return [package for library, package in libraries.items() if not _loads(library)]


def install(packages: list[str]) -> str:
    """What to type on Debian and Ubuntu."""
    return f"sudo apt install {' '.join(packages)} (Debian and Ubuntu; other systems have the same libraries)"


def cure_for(import_error: str) -> str:
    """The cure when an import failed for a library of these lists; empty otherwise."""
    packages = [p for library, p in (BASE | WITH_DISPLAY).items() if library in import_error]
    return install(packages) if packages else ""


def _loads(library: str) -> bool:
    if not sys.platform.startswith("linux"):
        return True
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
