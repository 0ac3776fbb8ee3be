from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from training_makers import made_up_run

from livespot.cli import main
from livespot.errors import EngineError
from livespot.models.export import export_engine
from livespot.models.spotformer import CHANNELS, SpotFormer, SpotFormerConfig, probabilities
from livespot.regions import FACE
from livespot.training.loop import TrainingConfig, train
from livespot.training.losses import LossConfig
from livespot.training.simulate import Simulator
from livespot.training.teacher import Teacher, opened_teacher, teaching_loss

RUN = made_up_run("ada")
CONFIG = TrainingConfig(dim=16, dropout=0.0, steps=40, learning_rate=1e-2, betas=(0.9, 0.98))


@pytest.fixture(scope="module")
def network() -> SpotFormer:
    torch.manual_seed(3)
    return SpotFormer(SpotFormerConfig(dim=16, dropout=0.0)).eval()


@pytest.fixture(scope="module")
def engine(network: SpotFormer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("teacher") / "wise.onnx"
    export_engine(network, path, {}, {"ME": 0.5, "MaE": 0.5})
    return path


def test_its_answers_are_in_the_order_of_the_channels(network: SpotFormer, engine: Path) -> None:
    windows = np.random.default_rng(0).standard_normal((70, 17, 10, 2)).astype(np.float32)
    with opened_teacher(str(engine), "rigid") as teacher, torch.no_grad():
        answers = teacher.answers(windows)
        logits, _ = network(torch.from_numpy(windows))
        assert answers.shape == (70, len(CHANNELS))
        torch.testing.assert_close(answers[:, 6:], logits[:, 6:].sigmoid(), atol=1e-4, rtol=0)
        torch.testing.assert_close(answers[:, 3:6], logits[:, 3:6].softmax(dim=1), atol=1e-4, rtol=0)
        assert not torch.allclose(answers, probabilities(logits), atol=1e-2)  # the order of the curves
        assert (
            teaching_loss(logits, answers) < 1e-4 < teaching_loss(logits + 0.5 * torch.randn(70, 10), answers)
        )


def test_the_loss_of_a_sure_teacher_is_finite() -> None:
    logits = torch.tensor([[40.0, -40, -40, -40, -40, 40, 40, -40, 40, -40]], requires_grad=True)
    answers = torch.tensor([[0.0, 1, 0, 0, 0, 1, 0, 0, 1, 1]])
    loss = teaching_loss(logits, answers)
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(logits.grad).all()


def test_a_pupil_comes_near_to_its_teacher(engine: Path, tmp_path: Path) -> None:
    batch = Simulator(runs=[RUN]).batch(np.random.default_rng(0), 8, 4)
    nothing = replace(
        LossConfig(contrast_weight=0.0),
        apex_weight=0.0,
        boundary_weight=0.0,
        expression_weight=0.0,
        mae_share=0.0,
    )
    with opened_teacher(str(engine), "rigid") as teacher:
        config = replace(CONFIG, teacher=teacher.sha256, loss=nothing)
        first = train(config, lambda rng: batch, tmp_path, until=1, log_every=1, teacher=teacher).losses
        last = train(config, lambda rng: batch, tmp_path, teacher=teacher).losses
        assert last["teacher"] < 0.3 * first["teacher"]
        assert last["total"] == pytest.approx(last["teacher"], abs=1e-3)
        with pytest.raises(ValueError, match="another"):
            train(CONFIG, lambda rng: batch, tmp_path / "other", teacher=teacher)
    with pytest.raises(ValueError, match="another"):
        train(config, lambda rng: batch, tmp_path / "nobody")


def test_a_teacher_of_another_alignment_is_refused(engine: Path) -> None:
    with (
        pytest.raises(EngineError, match="aligned by rigid, expected nose"),
        opened_teacher(str(engine), "nose"),
    ):
        pass


def test_a_teacher_of_the_papers_regions_teaches_the_whole_face(engine: Path) -> None:
    windows = np.random.default_rng(0).normal(size=(3, 17, len(FACE), 2)).astype(np.float32)
    with opened_teacher(str(engine), "rigid", "face") as wide, opened_teacher(str(engine), "rigid") as narrow:
        assert torch.equal(wide.answers(windows), narrow.answers(np.ascontiguousarray(windows[:, :, :10])))


def test_a_teacher_that_looks_at_more_is_refused(tmp_path: Path) -> None:
    network = SpotFormer(SpotFormerConfig(dim=16, regions="face"))
    export_engine(network, tmp_path / "wide.onnx", {}, {"ME": 0.5, "MaE": 0.5})
    with (
        pytest.raises(EngineError, match=r"looks at .*, which the regions 'paper' lack"),
        opened_teacher(str(tmp_path / "wide.onnx"), "rigid"),
    ):
        pass


def test_a_teacher_must_not_know_those_put_aside(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert (
        main(["train", str(tmp_path), "--loso", "--teacher", "spotformer", "--out", str(tmp_path / "o")]) == 2
    )
    assert "--teacher: may know the people" in capsys.readouterr().err


def test_the_shipped_engine_can_teach() -> None:
    with opened_teacher("spotformer-paper", "rigid") as teacher:
        assert isinstance(teacher, Teacher)
        answers = teacher.answers(np.zeros((1, 17, 10, 2), np.float32))
        assert 0.0 < float(answers[:, :3].sum()) == pytest.approx(1.0, abs=1e-4)
