from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from livespot.capture import VideoSource
from livespot.cli import main
from livespot.cv import cv2
from livespot.errors import InputError, OutputError, UsageError
from livespot.interchange import read_annotations, read_summary
from livespot.synthesis import videos
from livespot.synthesis.portraits import Portrait, PortraitSource, find_portraits, load_portrait
from livespot.synthesis.recipe import Wish
from livespot.synthesis.videos import make_videos, plan_videos

WISH = Wish(seconds=2.5, seed=4, size=(320, 240), neutral=0.0, fps=25.0)


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo clip's first picture: a portrait that is always there."""
    from livespot.installation.shipped_files import asset_path

    path = tmp_path_factory.mktemp("portraits") / "eileen.png"
    with VideoSource(asset_path("demo.mp4")) as video:
        cv2.imwrite(str(path), video.read().image)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_set_is_made_once_and_goes_on_where_it_stopped(portrait: Path, tmp_path: Path) -> None:
    plan = plan_videos(find_portraits([f"P7={portrait}"]), WISH, 3)
    out = tmp_path / "set"
    steps = make_videos(plan, out)
    next(steps)
    steps.close()  # broken off after the first clip
    assert len(read_summary(out / "manifest.json")["clips"]) == 1
    assert [fresh for _, fresh in make_videos(plan, out)] == [False, True, True]
    before = contents(out)
    (out / plan.recipes[1].file).unlink()
    assert [fresh for _, fresh in make_videos(plan, out)] == [False, True, False]
    assert contents(out) == before
    rows = read_annotations(out / "annotations.csv")
    assert rows == [row for recipe in plan.recipes for row in recipe.annotations()]
    assert {row.subject for row in rows} == {"P7"}
    for recipe in plan.recipes:
        with VideoSource(out / recipe.file) as video:
            times = [frame.time_s for frame in iter(video.read, None)]
        assert np.allclose(times, recipe.shown_s, atol=1.1e-3)
    other = plan_videos(find_portraits([str(portrait)]), replace(WISH, seed=5), 3)
    with pytest.raises(OutputError, match="other portraits or settings"):
        list(make_videos(other, out))


def test_a_failing_clip_leaves_nothing_half_done(
    portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(videos, "write_clip", full)
    plan = plan_videos(find_portraits([str(portrait)]), WISH, 1)
    with pytest.raises(OutputError, match="No space left"):
        list(make_videos(plan, tmp_path / "set"))
    assert list((tmp_path / "set").iterdir()) == []


def test_the_command_makes_a_set(portrait: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "nobody.png"
    cv2.imwrite(str(empty), np.full((200, 200, 3), 90, np.uint8))
    common = [
        "--out",
        str(tmp_path / "set"),
        "--clips",
        "1",
        "--seconds",
        "2",
        "--size",
        "160x120",
        "--fps",
        "24",
    ]
    arguments = ["synth", str(portrait), str(empty), *common, "--kind", "turning", "--json"]
    assert main(arguments) == 0
    said = capsys.readouterr()
    line = json.loads(said.out)
    assert (line["kind"], line["portrait"], line["note"]) == ("turning", "eileen", "")
    assert (tmp_path / "set" / line["file"]).is_file()
    assert "nobody.png: portrait: expected one frontal face" in said.err
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["note"] == "made before"
    assert main(["synth", str(empty), *common]) == 3
    assert main(["synth", str(tmp_path / "none.png"), *common]) == 3
    assert main(["synth", str(portrait), *common[:-2], "--fps", "3"]) == 2


def test_portraits_are_named_and_found(tmp_path: Path, demo_clip: Path) -> None:
    for name in ("b.png", "a.JPG", "notes.txt"):
        (tmp_path / name).touch()
    assert [s.name for s in find_portraits([str(tmp_path)])] == ["a", "b"]
    twice = find_portraits([str(tmp_path / "b.png"), f"Bea={tmp_path / 'b.png'}"])
    assert [(s.name, s.person) for s in twice] == [("b", "b"), ("b-2", "Bea")]
    (stretch,) = find_portraits([f"{demo_clip}@0.5-1.25"])
    assert (stretch.name, stretch.span_s) == ("demo", (0.5, 1.25))
    with pytest.raises(UsageError, match="ends before"):
        find_portraits([f"{demo_clip}@2-1"])
    with pytest.raises(InputError, match="neutral stretch"):
        find_portraits([str(demo_clip)])
    with pytest.raises(InputError, match="no such portrait"):
        find_portraits([str(tmp_path / "c.png")])
    with pytest.raises(InputError, match="readable image"):
        load_portrait(find_portraits([str(tmp_path / "b.png")])[0])


def test_a_stretch_runs_forth_and_back(demo_clip: Path) -> None:
    stretch = load_portrait(find_portraits([f"{demo_clip}@0-0.2"])[0])
    assert stretch.rate_hz == 30.0
    assert len(stretch.images) == 7
    assert stretch.images[0].shape == (480, 640, 3)  # the face fills the picture, so nothing is cut off
    empty = PortraitSource("x", "x", demo_clip, (500.0, 501.0))
    with pytest.raises(InputError, match="no frames from"):
        load_portrait(empty)
    pictures = tuple(np.full((2, 2, 3), n, np.uint8) for n in range(3))
    course = Portrait(empty, pictures, stretch.mesh, 30.0)
    assert [int(course.frame(n)[0, 0, 0]) for n in range(7)] == [0, 1, 2, 1, 0, 1, 2]


def test_a_rig_shows_the_next_picture_of_a_stretch(demo_clip: Path) -> None:
    plan = plan_videos(find_portraits([f"{demo_clip}@0-0.3"]), replace(WISH, seconds=2.0), 1)
    recipe = plan.recipes[0]
    frames = videos.draw_frames(recipe, load_portrait(recipe.source, recipe.part))
    first, second = next(frames), next(frames)
    assert first.shape == (240, 320, 3)
    assert 0.0 < float(np.abs(first.astype(float) - second).mean()) < 6.0
