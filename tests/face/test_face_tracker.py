"""Finding the face, following one person, looking seldom, and saying why a face cannot be measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from face_makers import drawn, template

from livespot.config import FaceConfig
from livespot.face import tracker as module
from livespot.face.carry import Carried
from livespot.face.tracker import FaceTracker, look_interval
from livespot.types import FaceFrame, FaceState, Float32Array, Image, ModelFrame

BRIGHT = np.full((480, 640, 3), 128, np.uint8)


def frame(image: np.ndarray, index: int = 0, rate_hz: float = 30.0, phases: int = 1) -> ModelFrame:
    return ModelFrame(index, index, index / rate_hz, image, rate_hz, phases)


class Models:
    """Both landmark models made up: ``shown`` is what there is to see, largest face first or not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shown: list[np.ndarray] = []
        self.searched: list[int] = []
        self.followed: list[tuple[int, int]] = []  # picture's number, ms
        self.lost = False  # the follower finds nothing, the finder does
        models = self

        class Finder:
            def find(self, image: Image) -> list[Float32Array]:
                models.searched.append(number(image))
                return [mesh.astype(np.float32) for mesh in models.shown]

            def close(self) -> None:
                pass

        class Follower:
            last: np.ndarray | None = None

            def follow(self, image: Image, time_ms: int) -> Float32Array | None:
                models.followed.append((number(image), time_ms))
                faces = [mesh for mesh in models.shown if visible(mesh, image)]
                if models.lost or not faces:
                    self.last = None
                    return None
                # The nearest to the last one; like the real one, of a new picture the first that it comes upon.
                last = self.last
                if last is not None:
                    faces.sort(key=lambda mesh: float(np.abs(mesh[4] - last[4]).sum()))
                self.last = faces[0]
                return faces[0].astype(np.float32)

            def reset(self) -> None:
                self.last = None

            def close(self) -> None:
                pass

        monkeypatch.setattr(module, "open_landmarkers", lambda config: (Finder(), Follower()))


def number(image: Image) -> int:
    return int(image[0, 0, 0])


def visible(mesh: np.ndarray, image: Image) -> bool:
    """Whether the picture has not been blotted out around the nose of the face."""
    x, y = mesh[4, :2].astype(int)
    return bool((image == 128).all() or (image[y - 3 : y + 4, x - 3 : x + 4] != 128).any())


def mesh_at(x: float = 320.0, y: float = 240.0, scale: float = 1.0) -> np.ndarray:
    return template() * scale + (x, y, 0.0)


def judged(monkeypatch: pytest.MonkeyPatch, *meshes: np.ndarray, image: np.ndarray = BRIGHT) -> FaceFrame:
    models = Models(monkeypatch)
    models.shown = list(meshes)
    return FaceTracker(FaceConfig()).step(frame(image))


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
    models = Models(monkeypatch)
    tracker = FaceTracker(FaceConfig(max_faces=2))
    monkeypatch.setattr(module, "look_interval", lambda rate_hz, phases: 1)
    monkeypatch.setattr(module, "CarriedFace", Unmoved)
    index = 0

    def nose(*meshes: np.ndarray) -> float | None:
        nonlocal index
        models.shown = list(meshes)
        image = np.random.default_rng(index).integers(0, 255, BRIGHT.shape, np.uint8)
        face = tracker.step(frame(image, index))
        index += 1
        return None if face.landmarks is None else float(face.landmarks.points[30, 0])

    assert nose(mesh_at(150, scale=0.8), mesh_at(450)) == 450  # the larger one, also for the follower
    assert nose(mesh_at(445, scale=0.8), mesh_at(150)) == 445  # the same one, wherever it stands in the list
    assert nose(mesh_at(150)) is None  # she left: one frame of nothing, so that no window compares two people
    assert nose(mesh_at(150)) == 150
    tracker.reset()
    assert nose(mesh_at(150, scale=0.8), mesh_at(450)) == 450


class Unmoved:
    """Carries a face to where it was, and explains every picture."""

    def __init__(self, image: Image, landmarks: Any) -> None:
        self._landmarks = landmarks

    def to(self, image: Image) -> Any:
        return Carried(self._landmarks, 1.0)


def test_a_follower_that_sees_nothing_leaves_the_face_to_the_finder(monkeypatch: pytest.MonkeyPatch) -> None:
    models = Models(monkeypatch)
    models.shown, models.lost = [mesh_at()], True
    tracker = FaceTracker(FaceConfig())
    monkeypatch.setattr(module, "CarriedFace", Unmoved)
    faces = [tracker.step(frame(BRIGHT, k)) for k in range(7)]
    assert all(face.state is FaceState.OK for face in faces)
    assert len(models.searched) == 3  # at 0, 3 and 6
    models.lost = False
    for k in range(7, 13):
        tracker.step(frame(BRIGHT, k))
    assert len(models.searched) == 4 and len(models.followed) == 5  # from 9 on it is followed


@pytest.mark.parametrize(
    ("rate_hz", "phases", "expected"),
    [
        (30.0, 1, 3),
        (29.97, 1, 3),
        (25.0, 1, 2),
        (20.0, 1, 2),
        (15.0, 1, 1),
        (10.0, 1, 1),
        (60.0, 2, 6),
        (90.0, 3, 9),
        (120.0, 4, 12),
        (200.0, 7, 21),
    ],
)
def test_ten_to_fifteen_looks_a_second(rate_hz: float, phases: int, expected: int) -> None:
    assert look_interval(rate_hz, phases) == expected
    # Of a fast camera the frames looked at are those of the decimated stream.
    assert expected == phases * look_interval(rate_hz / phases, 1)


@pytest.mark.parametrize("phases", [1, 2, 7])
@pytest.mark.parametrize("first", [0, 5])
def test_looks_go_by_the_frames_number_and_the_face_is_carried_between(
    monkeypatch: pytest.MonkeyPatch, phases: int, first: int
) -> None:
    models = Models(monkeypatch)
    tracker = FaceTracker(FaceConfig())
    every = 3 * phases
    indices = range(first, first + 4 * every)
    faces = []
    for index in indices:
        moved = drawn(index, nose=(320.0 + 1.5 * index / phases, 240.0))
        assert moved.landmarks is not None
        moved.frame.image[0, 0, 0] = index
        models.shown = [moved.landmarks.mesh]
        faces.append((tracker.step(frame(moved.frame.image, index, 30.0 * phases, phases)), moved))
    looks = [index for index, _ in models.followed]
    assert looks == list(range(first, first + 4 * every, every))
    assert [time_ms for _, time_ms in models.followed] == [0, 100, 200, 300]
    assert models.searched == [first]
    for index, (face, moved) in zip(indices, faces, strict=True):
        assert face.frame.index == index and face.state is FaceState.OK
        assert face.landmarks is not None and moved.landmarks is not None
        assert np.abs(face.landmarks.points - moved.landmarks.points).max() < 0.3
    tracker.reset()
    tracker.step(frame(faces[0][1].frame.image, 77))
    assert models.searched == [first, first]  # begins anew with whatever frame comes


def test_a_face_that_leaves_between_looks_is_missed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    models = Models(monkeypatch)
    tracker = FaceTracker(FaceConfig())
    here = drawn()
    assert here.landmarks is not None
    states = []
    for index in range(12):
        present = index < 4 or index >= 9
        models.shown = [here.landmarks.mesh] if present else []
        states.append(tracker.step(frame(here.frame.image if present else BRIGHT, index)).state)
    # Frame 4 is not looked at, and shows no face; looked for at 5 and 8, found at 11.
    assert states == [FaceState.OK] * 4 + [FaceState.NO_FACE] * 7 + [FaceState.OK]
    assert len(models.searched) == 4


@pytest.mark.parametrize("cut_at", [6, 7, 8])
def test_no_window_compares_two_people_of_a_cut(monkeypatch: pytest.MonkeyPatch, cut_at: int) -> None:
    """Another face exactly where the first one was: the landmark model alone would not notice."""
    models = Models(monkeypatch)
    tracker = FaceTracker(FaceConfig())
    here = drawn()
    assert here.landmarks is not None
    models.shown = [here.landmarks.mesh]
    other = here.frame.image[:, ::-1].copy()
    states = [tracker.step(frame(here.frame.image if k < cut_at else other, k)).state for k in range(14)]
    assert [k for k, state in enumerate(states) if state is not FaceState.OK] == [cut_at]


def test_a_covered_face_is_looked_at_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    models = Models(monkeypatch)
    tracker = FaceTracker(FaceConfig())
    here = drawn()
    assert here.landmarks is not None
    models.shown = [here.landmarks.mesh]
    covered = here.frame.image.copy()
    covered[150:300, 240:340] = np.random.default_rng(3).integers(0, 256, (150, 100, 3), np.uint8)
    for index in range(3):
        tracker.step(frame(covered if index == 1 else here.frame.image, index))
    assert len(models.followed) == 3  # frame 0, frame 1, and frame 2, to which frame 1 could not be carried
    assert len(models.searched) == 1


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
