"""Checks of what pip installed."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from importlib import metadata

from livespot.doctor.finding import Finding, ok, problem, warning
from livespot.doctor.libraries import cure_for
from livespot.doctor.requirement import Requirement, required

_MODULES = {
    # Through our own room: a bare import of cv2 would point Qt to OpenCV's plugins.
    "opencv-contrib-python": "livespot.cv",
    "pyqt6": "PyQt6.QtCore",  # whether a window opens is a check of its own
    "cv2-enumerate-cameras": "cv2_enumerate_cameras",
    "google-crc32c": "google_crc32c",
}
_QT = ("pyqt6", "pyqtgraph")
_OPENCV = ("opencv-python", "opencv-python-headless", "opencv-contrib-python-headless")


def installed() -> Iterator[Finding]:
    """Every package that livespot needs: there, of a version that fits, and importable."""
    for requirement in required():
        yield package(requirement)


def package(requirement: Requirement) -> Finding:
    """One of them."""
    name = requirement.package
    install = f"pip install '{requirement}'"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return problem(name, "not installed", install)
    if not requirement.fits(version):
        return problem(name, f"{version}, expected {requirement.range}", install)
    try:
        importlib.import_module(_MODULES.get(name.lower(), name))
    except Exception as error:  # a broken wheel can raise anything
        text = " ".join(str(error).split())
        if name.lower() in _QT and cure_for(text):  # everything runs without a window
            return warning(name, f"{version} cannot be imported: {text}", cure_for(text))
        again = f"pip install --force-reinstall '{requirement}'"
        return problem(name, f"{version} cannot be imported: {text}", cure_for(text) or again)
    return ok(name, version)


def opencv() -> Iterator[Finding]:
    """Only one package may fill the folder cv2/: two overwrite each other's files."""
    there = {_normal(d.metadata["Name"] or "") for d in metadata.distributions()}
    beside = [name for name in _OPENCV if name in there]
    if not beside:
        yield ok("opencv", "one package only")
        return
    ours = next((str(r) for r in required() if r.package == "opencv-contrib-python"), "opencv-contrib-python")
    names = " ".join(beside)
    yield problem(
        "opencv",
        f"{', '.join(beside)} beside opencv-contrib-python: they overwrite each other's files in cv2/",
        f"pip uninstall -y opencv-contrib-python {names} && pip install '{ours}'",
    )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
