from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from livespot.training import first
from livespot.training.calibrate import Counts, Judged, count, figures, fit, operating_point
from livespot.training.labels import frame_labels
from livespot.training.timelines import Timeline
from livespot.types import Float32Array, Proposal


def clear_logits(timelines: tuple[Timeline, ...], frames: int, apex_shift: float) -> Float32Array:
    """What a network that is always right would say, its apexes inflated."""
    labels = frame_labels(timelines, frames)
    logits = np.full((frames, 10), -4.0, np.float32)
    for head in range(2):
        logits[np.arange(frames), 3 * head + labels.classes[:, head]] = 4.0
    logits[:, 6:] = 8.0 * labels.soft - 4.0
    logits[:, 6:8] += apex_shift + np.random.default_rng(0).normal(0.0, 0.5, (frames, 2))
    return logits


def judged() -> Judged:
    lines = (Timeline("ME", 30, 36, 42), Timeline("MaE", 90, 105, 130), Timeline("ME", 200, 206, 211))
    return Judged(lines, clear_logits(lines, 300, 5.0))


def test_counting_matches_each_truth_once() -> None:
    lines = [Timeline("ME", 10, 15, 20), Timeline("ME", 50, 55, 60)]
    found = [
        Proposal("ME", 10, 14, 19, 0.5),
        Proposal("ME", 11, 15, 20, 0.9),
        Proposal("ME", 80, 85, 90, 0.9),
        Proposal("MaE", 50, 55, 60, 0.9),
    ]
    assert count(lines, found, "ME") == Counts(tp=1, fp=2, fn=1)
    assert count(lines, found, "MaE") == Counts(fp=1)
    assert Counts(1, 2, 1).f1 == pytest.approx(2 / 5)
    assert Counts().f1 == 0.0


def test_the_operating_point_undoes_the_inflation() -> None:
    one = judged()
    assert 1.0 < operating_point([one], "ME").apex_logit < 9.0
    calibration, min_scores = fit([one])
    answer = figures([one], calibration, min_scores)
    assert answer["ME"]["f1"] == 1.0
    assert answer["MaE"]["f1"] == 1.0
    assert answer["ME"]["fp"] == 0
    assert min(calibration.scale) > 0.0


def test_everything_in_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first, "SEGMENTS", 4)
    rng = np.random.default_rng(2)
    for name in ("known", "held"):
        features = rng.normal(0.0, 0.1, (120, 17, 10, 2)).astype(np.float32)
        np.savez(
            tmp_path / f"{name}.npz", features=features, frames=np.arange(120), times_s=np.arange(120) / 30
        )
    (tmp_path / "split.json").write_text(json.dumps({"train": ["known.npz"], "validation": ["held.npz"]}))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "plan.json").write_text('{"steps": 3}')
    engine = tmp_path / "engines" / "tiny.onnx"
    arguments = ["--out", str(tmp_path / "run"), "--engine", str(engine), "--residuals", str(tmp_path)]
    arguments += ["--dim", "16", "--validation-minutes", "0.3"]
    assert first.main(arguments) == 0
    sidecar = json.loads(engine.with_suffix(".json").read_text(encoding="utf-8"))
    assert sidecar["training"]["steps"] == 3
    assert len(sidecar["training"]["figures"]) == 2
    assert set(sidecar["min_scores"]) == {"ME", "MaE"}
    assert sidecar["thresholds"] == {"ME": 0.5, "MaE": 0.5}
    assert str(tmp_path) not in json.dumps(sidecar)


def test_missing_residuals_end_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--out",
        str(tmp_path),
        "--engine",
        str(tmp_path / "e.onnx"),
        "--residuals",
        str(tmp_path / "no"),
    ]
    assert first.main(arguments) == 3
    assert capsys.readouterr().err.startswith("livespot: split ")
