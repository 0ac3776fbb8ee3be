"""Finding the face, following one person, and saying why it cannot be measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from face_makers import drawn, template

from livespot.config import FaceConfig
from livespot.face.tracker import FaceTracker
from livespot.types import FaceFrame, FaceState, ModelFrame

BRIGHT = np.full((480, 640, 3), 128, np.uint8)


def frame(image: np.ndarray, index: int = 0) -> ModelFrame:
    return ModelFrame(index, index, index / 30, image, 30.0)


def judged(monkeypatch: pytest.MonkeyPatch, *meshes: np.ndarray, image: np.ndarray = BRIGHT) -> FaceFrame:
    tracker = FaceTracker(FaceConfig())
    monkeypatch.setattr(tracker, "_detect", lambda frame: [mesh.astype(np.float32) for mesh in meshes])
    return tracker.step(frame(image))


def mesh_at(x: float = 320.0, y: float = 240.0, scale: float = 1.0) -> np.ndarray:
    return template() * scale + (x, y, 0.0)


def test_a_good_face_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    face = judged(monkeypatch, mesh_at())
    assert face.state is FaceState.OK
    assert face.landmarks is not None
    assert face.landmarks.points.shape == (68, 2)


def test_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    face = judged(monkeypatch, mesh_at(scale=0.25))
    assert (face.state, face.landmarks) == (FaceState.TOO_SMALL, None)


def test_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = mesh_at()
    mesh[4, :2] = mesh[33, :2] + (12, 20)  # the nose tip below an outer eye corner
    assert judged(monkeypatch, mesh).state is FaceState.TURNED_AWAY


@pytest.mark.parametrize("place", [(20.0, 240.0), (620.0, 240.0), (320.0, 40.0), (320.0, 440.0)])
def test_hidden_by_the_edge(monkeypatch: pytest.MonkeyPatch, place: tuple[float, float]) -> None:
    assert judged(monkeypatch, mesh_at(*place)).state is FaceState.HIDDEN


def test_too_dark(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch, mesh_at(), image=BRIGHT // 10).state is FaceState.TOO_DARK
    assert judged(monkeypatch, image=BRIGHT // 10).state is FaceState.TOO_DARK


def test_no_face(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch).state is FaceState.NO_FACE


def test_the_same_person_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = FaceTracker(FaceConfig(max_faces=2))
    shown: list[np.ndarray] = []
    monkeypatch.setattr(tracker, "_detect", lambda frame: [mesh.astype(np.float32) for mesh in shown])

    def nose(*meshes: np.ndarray) -> float | None:
        shown[:] = meshes
        face = tracker.step(frame(BRIGHT))
        return None if face.landmarks is None else float(face.landmarks.points[30, 0])

    assert nose(mesh_at(150, scale=0.8), mesh_at(450)) == 450  # the larger one
    assert nose(mesh_at(445, scale=0.8), mesh_at(150)) == 445  # the same one, wherever it stands in the list
    assert nose(mesh_at(150)) is None  # she left: one frame of nothing, so that no window compares two people
    assert nose(mesh_at(150)) == 150
    tracker.reset()
    assert nose(mesh_at(150, scale=0.8), mesh_at(450)) == 450


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    data: Any = pytest.importorskip("skimage.data", reason="the portrait comes with scikit-image")
    return np.ascontiguousarray(data.astronaut()[:, :, ::-1])


def test_a_real_face_is_found_quietly_and_repeatably(
    portrait: np.ndarray, capfd: pytest.CaptureFixture[str]
) -> None:
    runs = []
    for _ in range(2):
        with FaceTracker(FaceConfig()) as tracker:
            faces = [tracker.step(frame(portrait, k)) for k in range(3)]
        assert all(face.state is FaceState.OK for face in faces)
        runs.append(np.stack([face.landmarks.mesh for face in faces if face.landmarks]))
    assert runs[0].tobytes() == runs[1].tobytes()
    x0, y0, x1, y1 = faces[0].landmarks.box  # type: ignore[union-attr]
    assert 150 < x0 < x1 < 300
    assert 40 < y0 < y1 < 230
    assert capfd.readouterr() == ("", "")


def test_an_empty_picture_has_no_face() -> None:
    with FaceTracker(FaceConfig()) as tracker:
        assert tracker.step(frame(BRIGHT)).state is FaceState.NO_FACE
        tracker.reset()
        assert tracker.step(frame(BRIGHT // 20)).state is FaceState.TOO_DARK


def test_the_drawn_face_has_its_landmarks_where_they_belong() -> None:
    landmarks = drawn(eye_distance=120.0).landmarks
    assert landmarks is not None
    assert np.linalg.norm(landmarks.points[45] - landmarks.points[36]) == pytest.approx(120.0, abs=1e-3)


@pytest.mark.parametrize(("phases", "every"), [(1, 1), (2, 1), (3, 1), (4, 2), (7, 3)])
def test_of_a_fast_camera_some_frames_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, phases: int, every: int
) -> None:
    tracker = FaceTracker(FaceConfig())
    looks: list[int] = []

    def detect(frame: ModelFrame) -> list[np.ndarray]:
        looks.append(int(frame.image[0, 0, 0]) - 60)
        return [mesh_at(200.0 + looks[-1]).astype(np.float32)]

    monkeypatch.setattr(tracker, "_detect", detect)
    faces = []
    for index in range(5, 5 + 4 * phases):  # wherever a run begins, its first frame is looked at
        image = np.full_like(BRIGHT, 60 + index)
        faces.append(tracker.step(ModelFrame(index, index, index / 200, image, 30.0, phases)))
    assert looks == [i for i in range(5, 5 + 4 * phases) if i == 5 or i % every == 0]
    for index, face in enumerate(faces, 5):
        assert face.frame.index == index and face.frame.image[0, 0, 0] == 60 + index
        seen = max(look for look in looks if look <= index)
        assert face.landmarks is not None and face.landmarks.points[30, 0] == 200.0 + seen
    tracker.reset()
    tracker.step(ModelFrame(99, 99, 1.0, np.full_like(BRIGHT, 159), 30.0, phases))
    assert looks[-1] == 99
