"""Which folder the results of ``livespot spot`` go to: nothing is overwritten by another, every run agrees."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from capture_makers import encode_video

from livespot.batch.result_folders import placed, recordings_in
from livespot.cli import main
from livespot.errors import InputError
from livespot.interchange import read_summary


def touched(root: Path, *names: str) -> list[Path]:
    paths = [root / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


def done(path: Path, folder: Path) -> None:
    """What an earlier run left."""
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(json.dumps({"path": str(path.resolve())}))


def names(paths, out):
    return [item.folder.relative_to(out).as_posix() for item in placed(paths, out)]


def test_one_stem_keeps_as_much_of_its_folders_as_tells_it_apart(tmp_path):
    out = tmp_path / "o"
    one, two, lone = touched(tmp_path, "d/s1/video.mp4", "d/s2/video.mp4", "d/s1/other.mp4")
    assert names([one, lone], out) == ["video", "other"]
    assert names([one, two, lone], out) == ["s1/video", "s2/video", "other"]
    assert names([two, lone, one], out) == ["s2/video", "other", "s1/video"]
    deep = touched(tmp_path, "a/x/v.mp4", "b/x/v.mp4")
    assert names(deep, out) == ["a/x/v", "b/x/v"]


def test_one_folder_s_files_of_one_stem_keep_their_endings(tmp_path):
    paths = touched(tmp_path, "v.mp4", "v.AVI", "w/v.mp4")
    assert names(paths[:2], tmp_path / "o") == ["v.mp4", "v.AVI"]
    assert len(set(names(paths, tmp_path / "o"))) == 3


def test_names_that_differ_in_capitals_only_are_kept_apart(tmp_path):
    assert names(touched(tmp_path, "a/Clip.mp4", "b/clip.mp4"), tmp_path / "o") == ["a/Clip", "b/clip"]


def test_another_recording_s_results_are_avoided_and_one_s_own_are_used_again(tmp_path):
    out = tmp_path / "o"
    one, two, three = touched(tmp_path, "a/clip.mp4", "b/clip.mp4", "c/clip.mp4")
    done(one, out / "clip")
    (item,) = placed([two], out)
    assert item.folder == out / "b" / "clip" and str(one.resolve()) in item.note
    done(two, out / "b" / "clip")
    assert names([one, two, three], out) == ["clip", "b/clip", "c/clip"]
    assert names([two, one], out) == ["b/clip", "clip"] and all(not i.note for i in placed([one, two], out))


def test_the_same_recording_twice_is_there_once(tmp_path, monkeypatch):
    (path,) = touched(tmp_path, "a/clip.mp4")
    link = tmp_path / "link.mp4"
    link.symlink_to(path)
    monkeypatch.chdir(tmp_path)
    given = [path, Path("a/clip.mp4"), Path("a/../a/clip.mp4"), link]
    assert [item.path for item in placed(given, tmp_path / "o")] == [path]
    assert names([link, path], tmp_path / "o") == ["link"]


def test_folders_of_folders_are_walked(tmp_path):
    root = tmp_path / "study"
    videos = touched(root, "s1/video.mp4", "s2/day1/video.mkv", "z.mp4")
    touched(
        root, "s1/cover.jpg", "pictures/001.png", ".trash/video.mp4", "notes/readme.txt", "out/clip/x.mp4"
    )
    (root / "s2" / "again").symlink_to(root, target_is_directory=True)
    session = root / "s2" / "day2.livespot"
    touched(session, "session.json", "video.mkv")
    found = recordings_in(root, root / "out")
    assert sorted(found) == sorted([*videos, root / "pictures", session])
    assert recordings_in(root / "pictures", tmp_path / "o") == [root / "pictures"]
    with pytest.raises(InputError, match="folders below it"):
        recordings_in(root / "notes", tmp_path / "o")


def test_clips_of_one_name_in_two_folders_keep_both_results(tmp_path, capsys):
    rng = np.random.default_rng(0)
    clips = []
    for place, count in (("a", 30), ("b", 40)):
        (tmp_path / place).mkdir()
        pictures = [rng.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(count)]
        clips.append(encode_video(tmp_path / place / "clip.mp4", pictures))
    out = tmp_path / "results"
    for clip in clips:
        assert main(["spot", str(clip), "--out", str(out)]) == 0
    said = capsys.readouterr().err
    assert (
        f"{out / 'clip'} holds the results of {clips[0].resolve()}" in said
        and str(out / "b" / "clip") in said
    )
    assert read_summary(out / "clip" / "summary.json")["frames"] == 30
    assert read_summary(out / "b" / "clip" / "summary.json")["frames"] == 40
    assert main(["spot", *map(str, clips), str(tmp_path), "--out", str(out), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["out"], line["note"]) for line in lines] == [
        (str(out / "clip"), "done before"),
        (str(out / "b" / "clip"), "done before"),
    ]
