from __future__ import annotations

import json
from pathlib import Path

import pytest

from livespot.cli import main
from livespot.datasets import read_dataset
from livespot.datasets.reading import LAYOUTS
from livespot.interchange import Annotation


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.jpg")}


def made(name: str, out: Path, *more: str) -> int:
    return main(["data", "replica", name, "--out", str(out), "--size", "160x120", *more])


@pytest.fixture(scope="module")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replica") / "casme2"
    assert main(["data", "replica", "casme2", "--out", str(folder), "--people", "2", "--seconds", "3"]) == 0
    return folder


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_a_replica_reads_back_as_it_was_made(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every frame is drawn for real; the truth comes back through workbook, repairs and all."""
    from livespot.datasets import replica as making

    videos: list[making.MadeVideo] = []
    write = making.write_annotations_of

    def remembered(layout, of, folder) -> None:
        videos.extend(of)
        write(layout, of, folder)

    monkeypatch.setattr(making, "write_annotations_of", remembered)
    people = 1 if name == "samm-lv" else 2  # 200 fps
    assert made(name, tmp_path / "set", "--people", str(people), "--seconds", "2.5") == 0
    assert main(["data", "check", str(tmp_path / "set"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    frames = round(2.5 * LAYOUTS[name].rate_hz)
    assert (said["dataset"], said["frames"], said["people"], said["problems"]) == (
        name,
        people * frames,
        people,
        [],
    )
    found = read_dataset(tmp_path / "set", name)
    for video, read in zip(videos, found.videos, strict=True):
        for true, row in zip(video.rows, read.truth, strict=True):
            assert (row.type, row.onset, row.au) == (true.type, true.onset, true.au)
            if not video.odd or true.type == "ME" or name == "casme3":
                assert (row.apex, row.offset) == (true.apex, true.offset)
    odd = {"samm-lv": "no-apex", "casme2": "offset-0"}.get(name)
    has_mae = any(row.type == "MaE" for row in videos[0].rows)
    assert (odd in found.repairs) == (odd is not None and has_mae)


def test_a_broken_off_replica_goes_on(replica: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(replica)
    second = replica / "rawpic" / "s16" / "16_0101disgustingteeth"
    for image in second.iterdir():
        image.unlink()
    second.rmdir()
    (replica / "CAS(ME)^2code_final.xlsx").unlink()
    arguments = ["data", "replica", "casme2", "--out", str(replica), "--people", "2", "--seconds", "3"]
    assert main(arguments) == 0
    said = capsys.readouterr().out.splitlines()
    assert ["made before" in line for line in said] == [True, False]
    assert contents(replica) == before
    assert main([*arguments, "--seed", "7"]) == 3
    assert "replica of other settings" in capsys.readouterr().err


def test_a_real_data_set_is_never_written_into(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "SAMM_longvideos" / "006_1").mkdir(parents=True)
    assert made("samm-lv", tmp_path) == 3
    assert "holds SAMM-LV and no replica" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["SAMM_longvideos"]


@pytest.mark.timeout(300)  # the first test of a fresh checkout also compiles the flow kernels
def test_evaluation_of_a_replica(replica: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["evaluate", str(replica), "--dataset", "casme2", "--out", str(tmp_path), "--json"]
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert "2 videos" in said.err
    found = json.loads(said.out)
    assert (found["videos"], found["people"], found["left_out"]) == (2, 2, [])
    truth: list[Annotation] = read_dataset(replica).annotations
    score = found["spotters"]["engine"]["score"]["overall"]
    assert score["tp"] + score["fn"] == len(truth)
    names = {path.name for path in (tmp_path / "windows").iterdir()}
    assert names == {"15_0101disgustingteeth.npz", "16_0101disgustingteeth.npz"}
