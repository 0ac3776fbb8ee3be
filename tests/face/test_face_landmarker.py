"""The shipped face model: whole, unaltered, and used with nothing downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livespot.config import FaceConfig
from livespot.errors import InputError
from livespot.face.landmarker import MODEL_FILE, MODEL_SHA256, FaceFinder, FaceFollower, read_model
from livespot.installation import shipped_files

GREY = np.full((120, 160, 3), 128, np.uint8)


def test_the_shipped_model_is_documented_with_its_licence_and_digest() -> None:
    assets = shipped_files.shipped_dir("assets")
    assert len(read_model()) == 3_758_596
    assert MODEL_SHA256 in (assets / "README.md").read_text(encoding="utf-8")
    assert "Apache License" in (assets / "face_landmarker.LICENSE").read_text(encoding="utf-8")


@pytest.fixture
def assets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(shipped_files, "shipped_dir", lambda kind: tmp_path)
    return tmp_path


@pytest.mark.parametrize("model", [FaceFinder, FaceFollower])
def test_a_missing_model_is_named_with_the_cure(assets: Path, model: Any) -> None:
    with pytest.raises(InputError, match=r"face_landmarker\.task: missing .*install livespot again"):
        model(FaceConfig())


@pytest.mark.parametrize("model", [FaceFinder, FaceFollower])
def test_an_altered_model_is_refused_before_mediapipe_sees_it(assets: Path, model: Any) -> None:
    (assets / MODEL_FILE).write_bytes(b"something else")
    with pytest.raises(InputError, match=r"expected sha256 64184e229b26…, got .*install livespot again"):
        model(FaceConfig())


def test_times_that_do_not_increase_are_moved_on() -> None:
    follower = FaceFollower(FaceConfig())
    try:
        assert [follower.follow(GREY, time_ms) for time_ms in (0, 0, 40, 10)] == [None] * 4
    finally:
        follower.close()
        follower.close()


def test_a_picture_without_a_face() -> None:
    finder = FaceFinder(FaceConfig())
    assert finder.find(GREY) == []
    finder.close()
