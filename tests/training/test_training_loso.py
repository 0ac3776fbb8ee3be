from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from training_makers import made_up_run, made_up_set

from livespot.errors import InputError, UsageError
from livespot.training import loso
from livespot.training.job import Job, network_settings
from livespot.training.loso import put_aside, run_loso
from livespot.training.runs import Run
from livespot.training.simulate import SimulationConfig, Simulator

PEOPLE = ["ada", "bob", "eve"]


def tiny(folder: Path) -> Job:
    return Job(
        (folder / "set",), (), folder / "run", training=network_settings(dim=16, steps=2), segments=2,
        simulation=SimulationConfig(recorded=1.0),
    )  # fmt: skip


def test_everybody_is_left_out_once_and_never_seen_before(
    tmp_path: Path, made_up_vision: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up_set(tmp_path / "set", PEOPLE)
    trained: list[set[str]] = []
    fitted: list[set[float]] = []
    trainer, fit = loso.simulator_of, loso.fit

    def seen(job: Job, runs: list[Run]) -> Simulator:
        trained.append({run.subject for run in runs})
        return trainer(job, runs)

    monkeypatch.setattr(loso, "simulator_of", seen)
    monkeypatch.setattr(
        loso, "fit", lambda judged: (fitted.append({j.minutes for j in judged}), fit(judged))[1]
    )
    result = run_loso(tiny(tmp_path))
    assert made_up_vision == [f"{person}.mp4" for person in PEOPLE]
    assert [fold.subject for fold in result.folds] == PEOPLE
    for fold, others in zip(result.folds, trained, strict=True):
        assert {fold.subject, *fold.aside, *others} == set(PEOPLE)
        assert len(others) == len(fold.aside) == 1
        assert fold.score.me.tp + fold.score.me.fn == fold.score.mae.tp + fold.score.mae.fn == 1
    assert len(fitted) == 3
    assert result.score.overall.tp + result.score.overall.fn == 6
    assert result.score.me == sum((f.score.me for f in result.folds[1:]), result.folds[0].score.me)
    table = json.loads((tmp_path / "run" / "loso.json").read_text())
    assert table["score"] == result.as_dict()["score"]
    text = (tmp_path / "run" / "loso.txt").read_text()
    assert [line.split()[0] for line in text.splitlines()[1:7]] == [*PEOPLE, "all", "all", "all"]


def test_finished_folds_are_kept_and_a_stopped_one_goes_on(
    tmp_path: Path, made_up_vision: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up_set(tmp_path / "set", PEOPLE)
    batch, asked = Simulator.batch, []

    def counted(self: Simulator, *rest: object) -> object:
        asked.append(1)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return batch(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Simulator, "batch", counted)
    with pytest.raises(KeyboardInterrupt):
        run_loso(tiny(tmp_path))
    assert len(list((tmp_path / "run" / "folds").glob("*/fold.json"))) == 1
    result = run_loso(tiny(tmp_path))
    assert len(asked) == 8  # two of the first fold, two broken off, four more
    assert not list((tmp_path / "run").glob("folds/*/state-*"))
    assert run_loso(tiny(tmp_path)) == result
    assert len(asked) == 8
    (tmp_path / "run" / "folds" / "01-bob" / "fold.json").write_text("{}")
    with pytest.raises(InputError, match="is not a finished fold"):
        run_loso(tiny(tmp_path))


def test_too_few_people_are_told(tmp_path: Path, made_up_vision: list[str]) -> None:
    made_up_set(tmp_path / "set", PEOPLE[:2])
    with pytest.raises(UsageError, match="expects 3 people or more"):
        run_loso(tiny(tmp_path))


def test_who_is_put_aside() -> None:
    runs = [made_up_run(person) for person in "abcdefghijk"] + [made_up_run("quiet", lines=())]
    for left_out in "ak":
        aside = put_aside(runs, left_out, 0)
        assert len(aside) == 2
        assert left_out not in aside and "quiet" not in aside
        assert aside == put_aside(runs, left_out, 0)
    assert len({put_aside(runs, "a", seed) for seed in range(8)}) > 1


def test_the_network_answers_as_a_runner() -> None:
    import torch

    from livespot.models.spotformer import SpotFormer, SpotFormerConfig, probabilities
    from livespot.training.operating import OperatingPoint

    torch.manual_seed(0)
    network = SpotFormer(SpotFormerConfig(dim=16)).eval()
    runner = loso.NetworkRunner(network, OperatingPoint(min_scores={"ME": 0.1, "MaE": 0.2}), "nose")
    windows = made_up_run("ada").features[:3]
    with torch.inference_mode():
        expected = probabilities(network(torch.from_numpy(windows))[0]).numpy()
    np.testing.assert_allclose([runner.infer(window) for window in windows], expected, atol=1e-5)
    assert runner.info.alignment == "nose"
    assert runner.info.thresholds == {"ME": 0.5, "MaE": 0.5}
    assert runner.info.min_scores == {"ME": 0.1, "MaE": 0.2}
