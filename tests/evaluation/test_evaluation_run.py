"""The whole way from a video file to the figures, on the demo clip's first seconds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import livespot
from livespot.cli import main
from livespot.config import Config, FlowConfig
from livespot.evaluation import measured as measuring
from livespot.evaluation.measured import measure_once
from livespot.evaluation.spotted import spot_measured
from livespot.inference import open_runner
from livespot.interchange import Annotation, write_annotations
from livespot.synthesis.encode import Codec, write_clip


@pytest.fixture(scope="module")
def labelled_set(tmp_path_factory: pytest.TempPathFactory, demo_images: list[np.ndarray]) -> Path:
    folder = tmp_path_factory.mktemp("set")
    pictures = [np.ascontiguousarray(image[::2, ::2]) for image in demo_images[50:140]]
    times = [n / 30.0 for n in range(len(pictures))]
    write_clip(folder / "collins.mp4", zip(pictures, times, strict=True), 30.0, Codec())
    write_annotations(folder / "annotations.csv", [Annotation("collins", "collins", 34, 39, 46, "ME", "1+2")])
    return folder


def test_windows_are_kept_and_give_the_same_bits_as_spot(
    labelled_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, config = labelled_set / "collins.mp4", Config(flow=FlowConfig(regions="face"))
    runner = open_runner(config.inference)
    first = measure_once(video, config, tmp_path)
    direct = livespot.spot(video, config=config, runner=runner)

    def never(*_: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(measuring, "measure", never)
    kept = measure_once(video, config, tmp_path)
    assert (kept.fps, kept.stride, len(kept.items)) == (first.fps, first.stride, len(first.items))
    for measured in (first, kept):
        found = spot_measured(measured, config, runner)
        assert list(found.intervals) == direct.intervals
        assert found.curves.tobytes() == direct.curves.tobytes()
        assert np.array_equal(found.frames, direct.frames)
    (tmp_path / "collins.mp4.npz").write_bytes(b"PK damaged")
    with pytest.raises(AssertionError, match="measured again"):
        measure_once(video, config, tmp_path)


def test_the_command_writes_all_reports(
    labelled_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (labelled_set / "short.mp4").write_bytes(b"")
    out = tmp_path / "out"
    assert (
        main(
            [
                "evaluate",
                str(labelled_set),
                "--out",
                str(out),
                "--baseline",
                str(labelled_set),
                "--json",
                "--published",
            ]
        )
        == 0
    )
    said = json.loads(capsys.readouterr().out)
    assert said["videos"] == 1
    assert said["left_out"][0].startswith(str(labelled_set / "short.mp4"))
    assert said["people_in_both_sets"] == ["collins"]
    published, own = said["published_rules"], said["spotters"]["engine"]["score"]
    assert published["note"].startswith("optimistic")
    for kind, counts in published["score"].items():
        assert counts["tp"] + counts["fn"] == own[kind]["tp"] + own[kind]["fn"]
        assert published["f1_difference"][kind] == counts["f1"] - own[kind]["f1"]
    assert "by the published code's optimistic rules" in (out / "evaluation.txt").read_text()
    for spotter in ("engine", "rules"):
        score = said["spotters"][spotter]["score"]["ME"]
        assert score["tp"] + score["fn"] == 1
    assert set(said["spotters"]["engine"]["calibration"]) == {
        "me_apex",
        "mae_apex",
        "me_expression",
        "mae_expression",
    }
    assert {p.name for p in out.iterdir()} == {
        "evaluation.json",
        "evaluation.txt",
        "evaluation.html",
        "windows",
    }
    assert json.loads((out / "evaluation.json").read_text())["finished"] is True
    (labelled_set / "short.mp4").unlink()


def test_a_folder_that_is_no_set_is_refused(tmp_path: Path) -> None:
    assert main(["evaluate", str(tmp_path)]) == 3
