"""``livespot engine import``: from a checkpoint of the published code to an engine that runs."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from livespot.api import spot
from livespot.capture import VideoSource
from livespot.cli import main
from livespot.config import Config, InferenceConfig
from livespot.inference import open_live_runner, open_runner
from livespot.installation.shipped_files import asset_path
from livespot.models.published import import_checkpoint, published_names
from livespot.models.spotformer import SpotFormer, SpotFormerConfig, probabilities

CONFORMANCE = Path(__file__).parents[2].parent / "shared" / "conformance"


@pytest.fixture(autouse=True)
def own_data(monkeypatch, tmp_path):
    monkeypatch.setenv("LIVESPOT_DATA_DIR", str(tmp_path / "data"))


def checkpoint(path: Path, dim: int = 16) -> SpotFormer:
    """A network saved as the published code would save it."""
    torch.manual_seed(3)
    network = SpotFormer(SpotFormerConfig(dim=dim, dropout=0.0)).eval()
    state = {published_names()[name]: value for name, value in network.state_dict().items()}
    state["temporal_pos_embedding"] = state["temporal_pos_embedding"][None]
    torch.save(state, path)
    return network


def imported(path: Path, *arguments: str, name: str = "theirs") -> int:
    return main(["engine", "import", str(path), "--name", name, *arguments])


def test_an_imported_engine_is_listed_and_runs_live_by_its_name(tmp_path, capsys):
    network = checkpoint(tmp_path / "their.pth")
    assert imported(tmp_path / "their.pth") == 0
    shown = capsys.readouterr().out
    assert "passed: differs from PyTorch" in shown and "livespot live --model theirs" in shown
    assert main(["engine", "list", "--json", "--engine", "onnx"]) == 0
    listed = [json.loads(line)["model"] for line in capsys.readouterr().out.splitlines()]
    assert listed[-1] == "theirs" and listed[:3] == ["spotformer", "spotformer-paper", "spotformer-small"]
    runner = open_live_runner(InferenceConfig(model="theirs", engine="onnx"))
    windows = np.random.default_rng(1).normal(0, 1, (3, 17, 10, 2)).astype(np.float32)
    with torch.no_grad():
        expected = probabilities(network(torch.from_numpy(windows))[0]).numpy()
    assert np.abs(runner.infer_batch(windows) - expected).max() < 1e-5
    assert runner.info.thresholds == {"ME": 0.5, "MaE": 0.5} and runner.info.min_scores == {
        "ME": 0.0,
        "MaE": 0.0,
    }
    assert runner.info.alignment == "nose"
    runner.close()


def test_another_folder_and_json(tmp_path, capsys):
    checkpoint(tmp_path / "their.pth")
    assert imported(tmp_path / "their.pth", "--out", str(tmp_path / "mine"), "--json", name="spotformer") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["passed"] and facts["model"] == str(tmp_path / "mine" / "spotformer.onnx")
    sidecar = json.loads((tmp_path / "mine" / "spotformer.json").read_text())
    assert "imported_from" in sidecar["training"] and "knows neither" in sidecar["limits"]
    assert main(["engine", "verify", "--engine", "onnx", "--model", facts["model"]]) == 0


def test_the_engine_runs_a_video_as_it_is(tmp_path, capsys):
    checkpoint(tmp_path / "their.pth")
    assert imported(tmp_path / "their.pth") == 0
    with VideoSource(asset_path("demo.mp4")) as source:
        images = [source.read().image for _ in range(40)]
    result = spot(images, fps=30.0, config=Config(inference=InferenceConfig(model="theirs")))
    assert result.summary["engine"]["name"] == "theirs"
    assert result.curves.shape == (40, 10) and np.isfinite(result.curves[20]).all()


def test_the_conformance_checkpoint(tmp_path, capsys):
    if not CONFORMANCE.is_dir():
        pytest.skip(f"{CONFORMANCE} is not here")
    assert imported(CONFORMANCE / "spotformer_published_network.pth") == 0
    stored = np.load(CONFORMANCE / "spotformer_published_network.npz")
    windows = stored["windows"].astype(np.float32)
    exact = import_checkpoint(CONFORMANCE / "spotformer_published_network.pth").double()
    with torch.no_grad():
        logits = exact(torch.from_numpy(windows).double())[0]
    assert np.abs(logits.numpy() - stored["logits"]).max() < 1e-5 * np.abs(stored["logits"]).max()
    runner = open_runner(InferenceConfig(model="theirs", engine="onnx", precision="fp32"))
    found = runner.infer_batch(windows)
    runner.close()
    # Of a network of random values, with logits up to 12, in float32.
    assert np.abs(found - probabilities(logits).numpy()).max() < 3e-5


class Harmful:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_a_pickle_that_would_run_code_is_refused(tmp_path, capsys, how):
    path, target = tmp_path / "their.pth", tmp_path / "made by the pickle"
    if how == "torch":
        torch.save({"state_dict": Harmful(target)}, path)
    else:
        path.write_bytes(pickle.dumps(Harmful(target)))
    assert imported(path) == 3
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "could run code" in told
    assert not target.exists() and not (tmp_path / "data").exists()


def test_what_is_no_checkpoint(tmp_path, capsys):
    (tmp_path / "text.pth").write_text("no checkpoint")
    torch.save({"a": torch.zeros(3)}, tmp_path / "other.pth")
    for name in ("text.pth", "other.pth", "missing.pth"):
        assert imported(tmp_path / name) == 3, name
    assert capsys.readouterr().err.count("\n") == 3


def test_names_that_are_wrong_or_taken(tmp_path, capsys):
    checkpoint(tmp_path / "their.pth")
    for name in ("spotformer", "a/b", "..", "x.onnx", ""):
        assert imported(tmp_path / "their.pth", name=name) == 2, name
    assert imported(tmp_path / "their.pth") == 0
    assert imported(tmp_path / "their.pth") == 2
    assert "--force to replace it" in capsys.readouterr().err
    assert imported(tmp_path / "their.pth", "--force") == 0


def test_a_folder_that_cannot_be_written(tmp_path, capsys):
    checkpoint(tmp_path / "their.pth")
    (tmp_path / "a file").write_text("")
    assert imported(tmp_path / "their.pth", "--out", str(tmp_path / "a file")) != 0
    assert capsys.readouterr().err.count("\n") == 1
