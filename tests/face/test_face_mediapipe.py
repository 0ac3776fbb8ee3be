"""MediaPipe's own library, where it is asked for, finds what our run of its models finds."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from livespot.config import FaceConfig
from livespot.errors import ConfigError
from livespot.face.landmarker import open_landmarkers
from livespot.face.tracker import FaceTracker
from livespot.types import FaceState, ModelFrame

MEDIAPIPE = FaceConfig(library="mediapipe")


def test_where_it_is_not_installed_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ConfigError, match=r"face\.library: .*mediapipe.*not installed; pip install 'livespot\[mediapipe\]'"
    ):
        open_landmarkers(MEDIAPIPE)


def test_both_libraries_find_the_same_meshes(demo_images: list[np.ndarray]) -> None:
    pytest.importorskip("mediapipe", reason="mediapipe is not installed")
    ours, theirs = open_landmarkers(FaceConfig()), open_landmarkers(MEDIAPIPE)
    pictures = demo_images[:30:3]
    for ask in (
        lambda pair, n, image: pair[0].find(image)[0],
        lambda pair, n, image: pair[1].follow(image, 100 * n + 100),
    ):
        apart = [
            np.linalg.norm((ask(ours, n, image) - ask(theirs, n, image))[:, :2], axis=1).mean()
            for n, image in enumerate(pictures)
        ]
        assert np.mean(apart) < 0.1
    for model in (*ours, *theirs):
        model.close()


def test_a_face_is_followed_by_mediapipe_and_again_after_a_reset(demo_images: list[np.ndarray]) -> None:
    pytest.importorskip("mediapipe", reason="mediapipe is not installed")
    with FaceTracker(replace(FaceConfig(), library="mediapipe")) as tracker:
        runs = []
        for _ in range(2):
            found = [tracker.step(ModelFrame(n, n, n / 30, demo_images[n], 30.0)) for n in range(7)]
            assert all(face.state is FaceState.OK for face in found)
            runs.append(np.array([face.landmarks.points for face in found if face.landmarks is not None]))
            tracker.reset()
    assert np.array_equal(*runs)
