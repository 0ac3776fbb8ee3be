"""What all tests share: no display needed, no thread left behind, the real faces where they are."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = ["recorded_session"]

SHARED_FACES = Path(__file__).resolve().parents[1].parent / "shared" / "faces"


@pytest.fixture(scope="session")
def shared_videos() -> Path:
    """The folder of real videos; a test that wants it skips where it is absent."""
    folder = SHARED_FACES / "videos"
    if not folder.is_dir():
        pytest.skip("the real face videos are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def demo_clip() -> Path:
    from livespot.installation.shipped_files import asset_path

    return asset_path("demo.mp4")


@pytest.fixture(scope="session")
def demo_images(demo_clip) -> list[np.ndarray]:
    """The first five seconds of the demo clip: one micro-expression, two blinks, the beginning of a smile."""
    from livespot.capture import VideoSource

    images = []
    with VideoSource(demo_clip) as source:
        while len(images) < 150 and (frame := source.read()) is not None:
            images.append(frame.image)
    return images


@pytest.fixture
def no_leaked_threads():
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5.0
    while leaked := [t for t in threading.enumerate() if t not in before and t.name.startswith("livespot")]:
        if time.monotonic() > deadline:
            pytest.fail(f"threads left behind: {leaked}")
        time.sleep(0.01)


@pytest.fixture(scope="session")
def two_stage_engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An engine of the paper's regions with a second stage that looks 8 frames ahead; not to be changed."""
    from two_stage_engine import export_two_stages

    return export_two_stages(tmp_path_factory.mktemp("two-stages"), look_ahead=8)
