"""Each bad input: one clear line on stderr and the exit code of the contract."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from capture_makers import encode_video

from livespot.cli import main
from livespot.installation.shipped_files import engine_path
from livespot.interchange import read_curves, read_summary
from livespot.review.export_source import gather


@pytest.fixture
def fails(capsys, tmp_path):
    def run(*arguments, code, names):
        assert main([str(a) for a in arguments]) == code
        told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("livespot:")]
        lines = [line for line in told if "the first start takes about" not in line]
        assert len(lines) == 1, lines
        for name in names:
            assert name in lines[0]
        assert "Traceback" not in lines[0]

    return run


def test_missing_file(fails, tmp_path):
    fails("spot", tmp_path / "gone.mp4", "--out", tmp_path / "o", code=3, names=["gone.mp4"])


def test_empty_file(fails, tmp_path):
    (tmp_path / "empty.mp4").touch()
    fails("spot", tmp_path / "empty.mp4", "--out", tmp_path / "o", code=3, names=["empty.mp4", "empty"])


def test_text_renamed(fails, tmp_path):
    (tmp_path / "text.mp4").write_text("this is no video\n" * 100)
    fails("spot", tmp_path / "text.mp4", "--out", tmp_path / "o", code=3, names=["text.mp4"])


def test_one_frame(fails, tmp_path):
    video = encode_video(tmp_path / "one.mp4", [np.full((120, 160, 3), 90, np.uint8)])
    fails("spot", video, "--out", tmp_path / "o", code=3, names=["one.mp4", "1 frame"])


def test_eight_by_eight(fails, tmp_path):
    video = encode_video(tmp_path / "tiny.mp4", [np.full((8, 8, 3), 90, np.uint8)] * 40)
    fails("spot", video, "--out", tmp_path / "o", code=3, names=["tiny.mp4", "8x8"])


def test_folder_without_images(fails, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").write_text("no pictures")
    fails("spot", tmp_path / "folder", "--out", tmp_path / "o", code=3, names=["folder", "images"])


def test_a_folder_that_only_looks_like_a_session(fails, tmp_path):
    (tmp_path / "x.livespot").mkdir()
    fails(
        "replay", tmp_path / "x.livespot", "--headless", code=3, names=["x.livespot", "no recorded session"]
    )


def test_no_such_camera(fails):
    fails("live", "--headless", "--camera", "97", code=4, names=["97", "livespot cameras"])


def test_silent_address(fails):
    fails("live", "--headless", "--camera", "http://127.0.0.1:9/stream", code=4, names=["127.0.0.1:9"])


def test_engine_cut_in_half(fails, tmp_path, demo_clip):
    whole = engine_path("spotformer")
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    shutil.copy(whole.with_suffix(".json"), cut.with_suffix(".json"))
    fails("spot", demo_clip, "--out", tmp_path / "o", "--model", cut, code=5, names=["cut.onnx"])


def test_unknown_engine_file(fails, tmp_path, demo_clip):
    fails(
        "spot", demo_clip, "--out", tmp_path / "o", "--model", tmp_path / "no.onnx", code=5, names=["no.onnx"]
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[spotting]\nme_apex_treshold = 0.4\n", ["me_apex_treshold", "did you mean me_apex_threshold"]),
        ("[spoting]\n", ["spoting", "did you mean spotting"]),
        ("[face]\nmax_faces = 'two'\n", ["face.max_faces", "whole number"]),
        ("[face\n", ["TOML"]),
    ],
)
def test_bad_configuration(fails, tmp_path, demo_clip, text, names):
    (tmp_path / "c.toml").write_text(text)
    fails(
        "spot",
        demo_clip,
        "--out",
        tmp_path / "o",
        "--config",
        tmp_path / "c.toml",
        code=2,
        names=["c.toml", *names],
    )


def test_unwritable_output_folder(fails, tmp_path, demo_clip):
    (tmp_path / "file").touch()
    fails("spot", demo_clip, "--out", tmp_path / "file" / "out", code=3, names=["file", "choose a folder"])


def test_wrong_usage_is_2():
    for arguments in (
        ["spot"],
        ["live", "--size", "big"],
        ["nonsense"],
        ["spot", "x", "--out", "o", "--jobs", "0"],
    ):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2


def test_without_a_face_rows_are_written_and_it_is_said(tmp_path, capsys):
    rng = np.random.default_rng(0)
    video = encode_video(
        tmp_path / "walls.mp4", [rng.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(40)]
    )
    assert main(["spot", str(video), "--out", str(tmp_path / "o")]) == 0
    seen = capsys.readouterr()
    assert "40 no face" in seen.err and "face in 0.0%" in seen.out
    rows = (tmp_path / "o" / "walls" / "curves.csv").read_text().splitlines()
    assert len(rows) == 41 and rows[1] == "0,0.0,0,,,,,,,,,,,no face,0,,"
    assert (tmp_path / "o" / "walls" / "intervals.csv").read_text().count("\n") == 1


def test_a_truncated_video_is_used_as_far_as_it_goes(tmp_path, capsys, demo_clip):
    whole = tmp_path / "whole.avi"
    rng = np.random.default_rng(0)
    encode_video(whole, [rng.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(90)])
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert main(["spot", str(cut), "--out", str(tmp_path / "o")]) == 0
    assert "ended early" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "cure"),
    [("http://127.0.0.1:9/clip.mp4", "download it first"), ("-", "write it to a file first")],
)
def test_an_address_or_the_standard_input_says_what_to_do(fails, tmp_path, given, cure):
    fails("spot", given, "--out", tmp_path / "o", code=2, names=[given, cure])


def test_a_size_or_a_rate_is_not_asked_of_a_recording(fails, demo_clip):
    fails(
        "live", "--camera", demo_clip, "--fps", "60", "--headless", code=2, names=["--fps", "is a recording"]
    )


def test_an_empty_camera_is_wrong_usage(fails):
    fails("live", "--camera", "", "--headless", code=2, names=["is empty", "livespot cameras"])


def test_the_real_rate_of_slow_motion_is_used(tmp_path):
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(80)]
    clip = encode_video(tmp_path / "slow.mp4", pictures)
    assert main(["spot", str(clip), "--out", str(tmp_path / "o"), "--fps", "120"]) == 0
    summary = read_summary(tmp_path / "o" / "slow" / "summary.json")
    assert (summary["fps"], summary["stride"], summary["model_rate_hz"]) == (120.0, 4, 30.0)
    curves = read_curves(tmp_path / "o" / "slow" / "curves.csv")
    assert curves.frames.tolist() == list(range(0, 80, 4))
    assert curves.times_s == pytest.approx(curves.frames / 120)
    with gather(tmp_path / "o" / "slow") as gathered:
        assert gathered.results.video_speed == pytest.approx(4.0)


def test_the_rate_of_a_session_is_its_own(fails, tmp_path):
    session = tmp_path / "s.livespot"
    session.mkdir()
    (session / "session.json").write_text("{}")
    fails("spot", session, "--out", tmp_path / "o", "--fps", "60", code=2, names=["--fps", "is a session"])
