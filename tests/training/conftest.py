"""A real face's mesh, and recordings that are measured without a picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from training_makers import made_up_measured, made_up_windows

from livespot.evaluation import measured as measuring
from livespot.evaluation.measured import Measured
from livespot.synthesis.areas import FaceAreas
from livespot.training import recordings
from livespot.types import Float32Array


@pytest.fixture(scope="session")
def demo_mesh(demo_clip: Path) -> Float32Array:
    mesh = recordings.first_mesh(demo_clip)
    assert mesh is not None
    return mesh


@pytest.fixture(scope="session")
def demo_face(demo_mesh: Float32Array) -> FaceAreas:
    return FaceAreas(demo_mesh)


@pytest.fixture
def made_up_vision(monkeypatch: pytest.MonkeyPatch, demo_mesh: Float32Array) -> list[str]:
    """Every video is the made-up recording, a little different for each name; the names measured are listed."""
    asked: list[str] = []

    def measure(path: Path, *_: object) -> Measured:
        asked.append(path.name)
        return made_up_measured(made_up_windows(seed=sum(path.stem.encode())))

    monkeypatch.setattr(measuring, "measure", measure)
    monkeypatch.setattr(recordings, "first_mesh", lambda _: demo_mesh)
    return asked
