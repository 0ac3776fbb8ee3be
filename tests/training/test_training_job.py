from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file
from training_makers import made_up_run, made_up_windows

from livespot.config import InferenceConfig
from livespot.errors import UsageError
from livespot.inference import open_runner
from livespot.installation.stored_windows import read_reference, stored_windows
from livespot.regions import FACE
from livespot.training import job as jobs
from livespot.training.job import Job, network_settings, paper_settings, run_job, train_on
from livespot.training.runs import Run
from livespot.training.simulate import SimulationConfig, Simulator

pytest.importorskip("tensorboard", reason="training wants the train extra")

TRAINED = [made_up_run("ada"), made_up_run("bob", seed=1)]
HELD_OUT = [made_up_run("eve", seed=2)]


def tiny(out: Path, **changes: object) -> Job:
    job = Job(
        (), (), out, training=network_settings(dim=16, steps=4), epoch_steps=2, segments=3, name="tiny",
        simulation=SimulationConfig(recorded=1.0), note="Made-up motion of three people.",
    )  # fmt: skip
    return replace(job, **changes)  # type: ignore[arg-type]


def quiet(*_: object) -> None:
    pass


def test_it_exports_an_engine_with_its_card(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    record = train_on(tiny(tmp_path), TRAINED, HELD_OUT, lambda *step: told.append(step))
    assert told[-1] == ("training", 4, 4)
    runner = open_runner(InferenceConfig(model=str(tmp_path / "tiny.onnx"), engine="onnx"))
    answer = runner.infer(made_up_windows()[40])
    runner.close()
    assert answer.shape == (10,)
    assert runner.info.alarm_table["ME"][0][0] >= runner.info.alarm_table["ME"][-1][0]
    assert np.isfinite(answer).all()
    sidecar = json.loads((tmp_path / "tiny.json").read_text(encoding="utf-8"))
    assert all(0.0 < value < 1.0 for value in sidecar["thresholds"].values())
    assert set(sidecar["score_calibrations"]) == set(sidecar["alarm_table"]) == {"ME", "MaE"}
    few = sidecar["operating_points"]["few-alarms"]
    assert all(few["min_scores"][kind] >= 0.0 for kind in ("ME", "MaE"))
    assert sidecar["features"]["alignment"] == "rigid"
    assert sidecar["training"]["data"]["training"]["people"] == 2
    assert sidecar["training"]["config"]["batch_windows"] == 12
    assert sidecar["training"]["steps"] == record["steps"] in (2, 4)
    assert str(tmp_path) not in json.dumps(sidecar)
    card = (tmp_path / "tiny.md").read_text(encoding="utf-8")
    for said in (
        "# tiny",
        "Made-up motion",
        "training: 2 people",
        "validation: 1 people",
        "seed 0",
        "| all |",
        "## Limits",
    ):
        assert said in card
    assert sidecar["sha256"] in card


def test_an_engine_of_the_whole_face(tmp_path: Path) -> None:
    def wide(run: Run) -> Run:
        more = ((0, 0), (0, 0), (0, len(FACE) - run.features.shape[2]), (0, 0))
        return replace(run, features=np.pad(run.features, more))

    job = tiny(tmp_path)
    job = replace(job, training=replace(job.training, regions="face"))
    train_on(job, [wide(run) for run in TRAINED], [wide(run) for run in HELD_OUT], quiet)
    sidecar = json.loads((tmp_path / "tiny.json").read_text(encoding="utf-8"))
    assert sidecar["features"]["regions"] == "face"
    assert sidecar["input"]["shape"] == ["n", 17, len(FACE), 2]
    assert sidecar["input"]["rois"] == list(FACE.names)
    assert "ten regions" not in sidecar["limits"]
    runner = open_runner(InferenceConfig(model=str(tmp_path / "tiny.onnx"), engine="onnx"))
    assert runner.info.regions == "face"
    windows = stored_windows("face")
    known = read_reference(tmp_path / "tiny.onnx", sidecar["sha256"], "face")
    assert known is not None
    assert np.abs(runner.infer_batch(windows[:8]) - known.probabilities[:8]).max() < 1e-5
    runner.close()
    assert Job((), (), tmp_path, training=job.training).config.flow.layout == FACE


def test_a_job_that_was_stopped_gives_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "export_engine", lambda _, target, *rest, **more: target)
    monkeypatch.setattr(jobs, "model_card", lambda _: "")
    whole = train_on(tiny(tmp_path / "whole"), TRAINED, HELD_OUT, quiet)
    batch, asked = Simulator.batch, []

    def stopped(self: Simulator, *rest: object) -> object:
        asked.append(1)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return batch(self, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Simulator, "batch", stopped)
        with pytest.raises(KeyboardInterrupt):
            train_on(tiny(tmp_path / "parts"), TRAINED, HELD_OUT, quiet)
    assert [e["step"] for e in json.loads((tmp_path / "parts" / "epochs.json").read_text())] == [2]
    again = train_on(tiny(tmp_path / "parts"), TRAINED, HELD_OUT, quiet)
    assert again == whole
    one, two = (load_file(tmp_path / name / jobs.BEST) for name in ("whole", "parts"))
    assert all(np.array_equal(one[key].numpy(), two[key].numpy()) for key in one)
    # Called once more, nothing is trained again.
    monkeypatch.setattr(Simulator, "batch", stopped)
    assert train_on(tiny(tmp_path / "parts"), TRAINED, HELD_OUT, quiet) == whole


def test_ablations_train_and_adjacent_flow_makes_no_engine(tmp_path: Path) -> None:
    training = replace(network_settings(dim=16, steps=2, contrast=0.0), pooling="mean")
    record = train_on(tiny(tmp_path, adjacent=True, training=training), TRAINED, HELD_OUT, quiet)
    assert record["simulation"]["adjacent"] is True
    assert record["config"]["pooling"] == "mean"
    assert json.loads((tmp_path / jobs.RECORD).read_text())["figures"] == record["figures"]
    assert not (tmp_path / "tiny.onnx").exists()


def test_the_papers_settings() -> None:
    paper = paper_settings(steps=5000)
    assert (paper.dim, paper.dropout, paper.learning_rate, paper.betas) == (256, 0.1, 2e-4, (0.7, 0.9))
    assert (paper.loss.smoothing, paper.loss.contrast_weight, paper.average) == (0.16, 0.005, 0.0)
    assert (paper.schedule, paper.epoch_steps) == ("epochs", 50)
    segments, windows, stride = jobs.PAPER_BATCH
    assert (segments, windows, stride) == (32, 16, 1)


def test_a_person_in_both_sets_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "read_runs", lambda *_: TRAINED)
    with pytest.raises(UsageError, match="person ada: is in training and validation"):
        run_job(tiny(tmp_path))
