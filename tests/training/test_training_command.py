from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from training_makers import LINES, made_up_set

from livespot.cli import main
from livespot.commands import train as command
from livespot.interchange import write_annotations
from livespot.training import job as jobs
from livespot.training.simulate import Simulator

TINY = ["--dim", "16", "--steps", "2"]


@pytest.fixture
def sets(tmp_path: Path, made_up_vision: list[str]) -> tuple[str, str]:
    pytest.importorskip("tensorboard", reason="training wants the train extra")
    return str(made_up_set(tmp_path / "train", ["ada", "bob"])), str(made_up_set(tmp_path / "held", ["eve"]))


def fails(capsys: pytest.CaptureFixture[str], code: int, *arguments: object) -> str:
    assert main(["train", *map(str, arguments)]) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("livespot:")]
    assert len(lines) == 1, lines
    return lines[0]


def test_it_trains_and_is_interrupted_and_goes_on(
    sets: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    arguments = [sets[0], "--validation", sets[1], "--out", str(out), "--engine-name", "tiny", *TINY]

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    # The export has its own test, and takes seconds.
    monkeypatch.setattr(jobs, "export_engine", lambda _, target, *rest, **more: target)
    monkeypatch.setattr(jobs, "model_card", lambda engine: f"card of {engine.stem}")
    with monkeypatch.context() as patch:
        patch.setattr(Simulator, "batch", interrupted)
        assert main(["train", *arguments]) == 130
    assert (out / "plan.json").is_file()
    assert main(["train", *arguments]) == 0
    said = capsys.readouterr().out
    assert "tiny.onnx: 2 steps" in said
    assert "training: 2 people, 2 videos" in said
    assert (out / "tiny.md").read_text() == "card of tiny"
    assert main(["train", *arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["config"]["dim"] == 16
    assert "another alignment, learning_rate" in fails(
        capsys, 3, *arguments, "--alignment", "nose", "--learning-rate", "0.01"
    )
    # The same people and files with other annotations are other data.
    shutil.copy(Path(sets[0]) / "annotations.csv", tmp_path / "kept.csv")
    write_annotations(Path(sets[0]) / "annotations.csv", [])
    assert "another data" in fails(capsys, 3, *arguments)


def test_leave_one_subject_out(
    sets: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *sets, "--loso", "--out", str(tmp_path / "run"), *TINY, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [fold["subject"] for fold in said["folds"]] == ["ada", "bob", "eve"]
    assert said["score"]["overall"]["tp"] + said["score"]["overall"]["fn"] == 3 * len(LINES)


def test_wrong_usage_ends_in_one_line(
    sets: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, held = sets
    out = tmp_path / "run"
    assert "--validation" in fails(capsys, 2, train, "--out", out)
    assert "--loso" in fails(capsys, 2, train, "--validation", held, "--loso", "--out", out)
    both = fails(capsys, 2, train, held, "--validation", held, "--out", out)
    assert "person eve" in both
    assert "--dim" in fails(capsys, 2, train, "--validation", held, "--out", out, "--dim", "10")
    assert "--seed" in fails(capsys, 2, train, "--validation", held, "--out", out, "--seed", "-1")
    assert "--engine-name" in fails(
        capsys, 2, train, "--validation", held, "--out", out, "--engine-name", "a/b"
    )
    assert not out.exists()


def test_data_that_cannot_be_used(
    sets: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, held = sets
    out = tmp_path / "run"
    (tmp_path / "empty").mkdir()
    assert "empty: holds no video" in fails(capsys, 3, tmp_path / "empty", "--validation", held, "--out", out)
    write_annotations(Path(held) / "annotations.csv", [])
    assert "annotated expression" in fails(capsys, 3, train, "--validation", held, "--out", out)
    (tmp_path / "file").touch()
    made_up_set(tmp_path / "other", ["ivy"])
    said = fails(capsys, 3, train, "--validation", tmp_path / "other", "--out", tmp_path / "file" / "run")
    assert "cannot be written" in said


def test_without_the_extra_the_cure_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "torch" else object())
    said = fails(capsys, 2, tmp_path, "--out", tmp_path)
    assert "torch is not installed; pip install 'livespot[train]'" in said
