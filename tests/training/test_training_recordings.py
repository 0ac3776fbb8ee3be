from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training_makers import LINES, made_up_measured, made_up_set, made_up_windows

from livespot.config import Config
from livespot.errors import InputError
from livespot.evaluation import measured as measuring
from livespot.synthesis.statistics import Timing
from livespot.training.recordings import read_runs


def test_windows_are_measured_once(tmp_path: Path, made_up_vision: list[str]) -> None:
    folder = made_up_set(tmp_path / "set", ["ada", "bob"])
    told: list[str] = []
    first = read_runs([folder], Config(), tmp_path / "kept", lambda name, *_: told.append(name))
    assert made_up_vision == ["ada.mp4", "bob.mp4"]
    again = read_runs([folder], Config(), tmp_path / "kept")
    assert made_up_vision == ["ada.mp4", "bob.mp4"]
    for one, two in zip(first, again, strict=True):
        assert one.features.tobytes() == two.features.tobytes()
        assert one.mesh is not None and two.mesh is not None
        np.testing.assert_array_equal(one.mesh, two.mesh)
        assert one.timelines == two.timelines == LINES
    assert [run.subject for run in first] == ["ada", "bob"]
    assert first[0].minutes == pytest.approx(130 / 30 / 60)
    (folder / "ada.mp4").write_bytes(b"another recording")
    read_runs([folder], Config(), tmp_path / "kept")
    assert made_up_vision[2:] == ["ada.mp4"]


def test_runs_end_where_the_face_goes_and_at_interruptions(
    tmp_path: Path, made_up_vision: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = made_up_windows()
    # 50 frames, one without a face, 9 that are too few, a gap, 70 frames.
    made = made_up_measured(windows, faceless=[50], gap_at=60)
    monkeypatch.setattr(measuring, "measure", lambda *_: made)
    runs = read_runs([made_up_set(tmp_path / "set", ["ada"])], Config(), tmp_path / "kept")
    assert [len(run.features) for run in runs] == [50, 70]
    np.testing.assert_array_equal(runs[1].features, windows[60:])
    assert runs[0].timelines == (LINES[0],)
    assert runs[1].timelines == (Timing("MaE", 0, 15, 40),)


def test_annotations_come_in_source_frames(
    tmp_path: Path, made_up_vision: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = made_up_measured(made_up_windows()[:60])
    half = tuple(replace(w, source_index=2 * w.index) for w in made.windows)
    monkeypatch.setattr(measuring, "measure", lambda *_: replace(made, items=half, fps=60.0, stride=2))
    (run,) = read_runs([made_up_set(tmp_path / "set", ["ada"])], Config(), tmp_path / "kept")
    assert run.timelines == (Timing("ME", 12, 16, 18), Timing("MaE", 30, 38, 50))


def test_a_set_without_a_face_ends_in_one_line(
    tmp_path: Path, made_up_vision: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = made_up_measured(made_up_windows(), faceless=range(130))
    monkeypatch.setattr(measuring, "measure", lambda *_: made)
    with pytest.raises(InputError, match=r"set: no video has a face for a second"):
        read_runs([made_up_set(tmp_path / "set", ["ada"])], Config(), tmp_path / "kept")


def test_a_video_that_cannot_be_used_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made_up_set(tmp_path / "set", ["ada"])
    with pytest.raises(InputError, match=r"no video has a face for a second; .*ada\.mp4"):
        read_runs([folder], Config(), tmp_path / "kept")


def test_the_first_mesh_is_that_of_a_face(demo_mesh: np.ndarray, tmp_path: Path) -> None:
    assert demo_mesh.shape == (478, 3)
    eyes = demo_mesh[[33, 263], :2]
    assert np.linalg.norm(eyes[1] - eyes[0]) > 40
