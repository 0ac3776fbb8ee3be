"""Version ranges, as pip writes them."""

from __future__ import annotations

import sys

import pytest

from livespot.doctor.requirement import compares, parsed, required


@pytest.mark.parametrize(
    ("version", "operator", "bound", "holds"),
    [
        ("1.26.4", ">=", "1.26", True),
        ("2.0.0", "<", "2", False),
        ("4.11.0.86", "<", "4.12", True),
        ("4.9", "<", "4.12", True),
        ("0.10.21", "<", "0.10.22", True),
        ("4.11", "==", "4.11.0", True),
        ("2.0.0rc1", ">=", "2", True),
        ("3", "!=", "3.0", False),
    ],
)
def test_versions_are_compared_by_number(version: str, operator: str, bound: str, holds: bool) -> None:
    assert compares(version, operator, bound) is holds


def test_requirements_are_read_as_pip_writes_them() -> None:
    av = parsed("av<20,>=17")
    assert av is not None and str(av) == "av>=17,<20"
    assert parsed("torch>=2.6; extra == 'train'") is None
    assert (parsed("tomli>=2; python_version < '3.11'") is None) is (sys.version_info >= (3, 11))
    assert parsed("tqdm>=4.66; python_version >= '3.8'") is not None


def test_the_ranges_come_from_the_project() -> None:
    names = {requirement.package for requirement in required()}
    assert {"numpy", "opencv-contrib-python", "onnxruntime", "PyQt6"} <= names
