"""Checks of what livespot runs on: Python, display, cameras, folders."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from livespot.doctor import libraries
from livespot.doctor.finding import Finding, ok, problem, warning

_PYTHON_FROM, _PYTHON_BELOW = (3, 11), (3, 15)  # numba has wheels for these only
_QT_PATHS = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_UNSEEN = ("offscreen", "minimal", "vnc", "linuxfb")


def python() -> Iterator[Finding]:
    """The version, 64 bit, and the system."""
    here = f"{platform.python_version()} on {platform.platform()}, {sys.executable}"
    if not _PYTHON_FROM <= sys.version_info[:2] < _PYTHON_BELOW:
        cure = "make a virtual environment with Python 3.11, 3.12, 3.13 or 3.14 and install livespot there"
        yield problem("python", f"{here}; expected 3.11 to 3.14", cure)
    elif sys.maxsize < 2**32:
        yield problem(
            "python", f"{here}; 32 bit", "install the 64-bit Python: onnxruntime has no other wheels"
        )
    else:
        yield ok("python", here)


def qt_settings() -> Iterator[Finding]:
    """OpenCV must not have left Qt pointed to its own plugins, nor the user to a screen that nobody sees."""
    import livespot.cv  # noqa: F401  its import is what clears the two paths

    for name in _QT_PATHS:
        value = os.environ.get(name, "")
        if "cv2" in value:
            cure = f"unset {name}; in a program of your own, import livespot before cv2"
            yield problem("qt settings", f"{name} leads to OpenCV's plugins: {value}", cure)
            return
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if chosen.partition(":")[0] in _UNSEEN:
        yield warning(
            "qt settings", f"QT_QPA_PLATFORM={chosen}: windows stay unseen", "unset QT_QPA_PLATFORM"
        )
        return
    yield ok("qt settings", f"QT_QPA_PLATFORM={chosen}" if chosen else "nothing set")


def window(missing_display: Callable[[], str]) -> Iterator[Finding]:
    """Whether a window can be opened; without one, everything still runs headless."""
    displayed = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    lack = missing_display()
    wanted = libraries.BASE | (libraries.WITH_DISPLAY if displayed else {})
    packages = libraries.missing(wanted) if lack or not displayed else []
    if packages:
        found = f"libraries of Qt are missing: {', '.join(packages)}"
        yield (problem if displayed else warning)("window", found, libraries.install(packages))
    elif lack and not displayed and sys.platform.startswith("linux"):
        yield warning("window", lack, "run on a desktop, over ssh -X, or go on with --headless")
    elif lack:
        cure = "pip install --force-reinstall PyQt6 pyqtgraph; everything also runs with --headless"
        yield problem("window", lack, cure)
    else:
        yield ok("window", "can be opened")


def cameras() -> Iterator[Finding]:
    """Which are there and can be opened."""
    from livespot.capture import list_cameras

    found = list_cameras()
    for camera in found:
        if camera.width:
            mode = f"{camera.name}, {camera.width}×{camera.height} at {camera.fps:.0f} fps"
            yield ok(f"camera {camera.index}", mode)
            continue
        yield warning(
            f"camera {camera.index}", f"{camera.name}, cannot be opened", _camera_cure(camera.index)
        )
    if not found:
        cure = "connect one, or give the address of a network camera: livespot live --camera http://…"
        yield warning("cameras", "none found", cure)


def this_folder() -> Iterator[Finding]:
    """Whether results and recordings can be written here."""
    here = Path.cwd()
    try:
        with tempfile.TemporaryFile(dir=here):
            pass
    except OSError as error:
        cure = "go to a folder you may write to, or give --out one"
        yield warning("this folder", f"{here} cannot be written ({error.strerror})", cure)
        return
    yield ok("this folder", f"{here} can be written")


def _camera_cure(index: int) -> str:
    node = Path(f"/dev/video{index}")
    if sys.platform.startswith("linux") and node.exists() and not os.access(node, os.R_OK | os.W_OK):
        return "sudo usermod -aG video $USER, then log in again"
    if sys.platform == "darwin":
        return "allow your terminal the camera in System Settings, Privacy & Security"
    return "close other programs that use it, or plug it in again"
