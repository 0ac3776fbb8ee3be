"""The shipped face models: whole, unaltered, finding faces, and telling nobody of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from livespot.config import FaceConfig
from livespot.errors import InputError
from livespot.face.detector import FaceDetector
from livespot.face.landmarker import FaceFinder, FaceFollower, FaceNetworks
from livespot.face.mesh import MeshModel
from livespot.face.models import DETECTOR, MESH, SHA256, read_model
from livespot.face.smoothing import OneEuroFilter
from livespot.face.square import TurnedRectangle
from livespot.installation import shipped_files

GREY = np.full((120, 160, 3), 128, np.uint8)
REFERENCE = Path(__file__).parent / "face_landmarker_reference.npz"


@pytest.fixture(scope="module")
def networks() -> FaceNetworks:
    return FaceNetworks()


@pytest.mark.parametrize("name", [DETECTOR, MESH])
def test_the_shipped_models_are_documented_with_their_licence_and_digest(name: str) -> None:
    assets = shipped_files.shipped_dir("assets")
    assert read_model(name)
    assert SHA256[name] in (assets / "README.md").read_text(encoding="utf-8")
    assert "Apache License" in (assets / "face_landmarker.LICENSE").read_text(encoding="utf-8")


@pytest.fixture
def assets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(shipped_files, "shipped_dir", lambda kind: tmp_path)
    return tmp_path


@pytest.mark.parametrize(("model", "name"), [(FaceDetector, DETECTOR), (MeshModel, MESH)])
def test_a_missing_model_is_named_with_the_cure(assets: Path, model: Callable[[], object], name: str) -> None:
    with pytest.raises(InputError, match=rf"{name}: missing .*install livespot again"):
        model()


@pytest.mark.parametrize(("model", "name"), [(FaceDetector, DETECTOR), (MeshModel, MESH)])
def test_an_altered_model_is_refused_before_it_is_run(
    assets: Path, model: Callable[[], object], name: str
) -> None:
    (assets / name).write_bytes(b"something else")
    with pytest.raises(InputError, match=r"expected sha256 [0-9a-f]{12}…, got .*install livespot again"):
        model()


def test_meshes_are_those_of_mediapipe(networks: FaceNetworks, demo_images: list[np.ndarray]) -> None:
    """``face_landmarker_reference.npz``: what MediaPipe 1.2.3's FaceLandmarker finds in the same pictures."""
    stored = np.load(REFERENCE)
    finder, follower = FaceFinder(FaceConfig(), networks), FaceFollower(FaceConfig(), networks)
    for n, index in enumerate(stored["frames"]):
        image = demo_images[index]
        (found,) = finder.find(image)
        assert _apart(found, stored["found"][n]) < 0.1
        followed = follower.follow(image, int(stored["times_ms"][n]))
        assert followed is not None and _apart(followed, stored["followed"][n]) < 0.1


def _apart(mesh: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm((mesh - other)[:, :2], axis=1).mean())


def test_two_faces_are_found_and_no_more_than_asked_for(
    networks: FaceNetworks, demo_images: list[np.ndarray]
) -> None:
    image = demo_images[0]
    (mesh,) = FaceFinder(FaceConfig(), networks).find(image)
    both = np.concatenate([image, image[:, ::-1]], axis=1)
    meshes = sorted(FaceFinder(FaceConfig(), networks).find(both), key=lambda mesh: float(mesh[4, 0]))
    assert len(meshes) == 2
    assert meshes[0][4, :2] == pytest.approx(mesh[4, :2], abs=3)
    assert meshes[1][4, 0] == pytest.approx(2 * image.shape[1] - 1 - mesh[4, 0], abs=3)
    assert len(FaceFinder(FaceConfig(max_faces=1), networks).find(both)) == 1


def test_times_that_do_not_increase_are_moved_on(
    networks: FaceNetworks, demo_images: list[np.ndarray]
) -> None:
    follower = FaceFollower(FaceConfig(), networks)
    assert [follower.follow(GREY, time_ms) for time_ms in (0, 0, 40, 10)] == [None] * 4
    image = demo_images[0]
    first, second = follower.follow(image, 0), follower.follow(image, 0)
    assert first is not None and second is not None and _apart(first, second) < 0.5


def test_a_follower_that_was_reset_gives_the_same_bits_again(
    networks: FaceNetworks, demo_images: list[np.ndarray]
) -> None:
    follower = FaceFollower(FaceConfig(), networks)
    pictures = [demo_images[n] for n in (0, 3, 6)]
    runs = []
    for _ in range(2):
        runs.append([follower.follow(image, 100 * n) for n, image in enumerate(pictures)])
        follower.reset()
    assert np.array_equal(np.array(runs[0]), np.array(runs[1]))


def test_a_picture_without_a_face(networks: FaceNetworks) -> None:
    assert FaceFinder(FaceConfig(), networks).find(GREY) == []


def test_a_turned_rectangle_leads_to_the_picture_and_back() -> None:
    image = np.zeros((100, 140, 3), np.uint8)
    image[60:64, 90:94] = 255
    place = TurnedRectangle((80.0, 50.0), 80.0, 80.0, 0.5)
    cut = place.cut(image, 160, black_outside=True)
    y, x = np.argwhere(cut[..., 0] > 128).mean(axis=0)
    (found,) = place.to_picture(np.array([[(x + 0.5) / 160, (y + 0.5) / 160]], np.float32))
    assert found == pytest.approx([92.0, 62.0], abs=0.7)


def test_smoothing_stills_noise_and_follows_movement() -> None:
    random = np.random.default_rng(1)
    face = random.uniform(0, 200, (478, 3))
    noisy = [face + random.normal(0, 0.2, face.shape) for _ in range(60)]
    still = OneEuroFilter()
    smooth = [still.smooth(points, n / 11) for n, points in enumerate(noisy)]
    assert np.std(smooth[30:], axis=0).mean() < 0.5 * np.std(noisy[30:], axis=0).mean()
    moved = OneEuroFilter()
    for n in range(30):
        points = face + (0.0 if n < 20 else 3.0 * (n - 19))
        last = moved.smooth(points, n / 11)
    assert np.abs(points - last).mean() < 1.0


def test_nothing_that_reports_its_use_runs(tmp_path: Path) -> None:
    """ONNX Runtime would leave an identifier in the home folder and send it with what it did; MediaPipe is not used."""
    seen = (
        "import sys, numpy; from livespot.config import FaceConfig; from livespot.face.landmarker import *;"
        "FaceFinder(FaceConfig(), FaceNetworks()).find(numpy.zeros((120, 160, 3), numpy.uint8));"
        "assert 'onnxruntime' in sys.modules and 'mediapipe' not in sys.modules"
    )
    # A test runner of a build service is spared by ONNX Runtime, which a user is not.
    ours = ("HOME", "XDG_CACHE_HOME", "CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY")
    outside = {name: value for name, value in os.environ.items() if name not in ours}
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    subprocess.run([sys.executable, "-c", seen], env=outside | home, check=True, timeout=120)
    assert not [path for path in tmp_path.rglob("*") if "onnxruntime" in path.name.lower()]
