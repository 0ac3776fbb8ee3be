"""What a console is given: one line for wrong usage, and characters that its encoding has."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from capture_makers import encode_video

from livespot.cli import main


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["spot"], ["PATH, --out", "`livespot spot --help`"]),
        (
            ["spot", "x", "--out", "o", "--jobs", "0"],
            ["--jobs", "expected 1 or more", "`livespot spot --help`"],
        ),
        (["live", "--size", "big"], ["--size", "WIDTHxHEIGHT", "`livespot live --help`"]),
        (["nonsense"], ["nonsense", "`livespot --help`"]),
        (["engine", "nonsense"], ["nonsense", "`livespot engine --help`"]),
        (["replay", "a", "--nonsense"], ["--nonsense"]),
    ],
)
def test_wrong_usage_is_one_line_and_a_hint(capsys, arguments, words):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    seen = capsys.readouterr()
    (line,) = seen.err.splitlines()
    assert line.startswith("livespot: ") and "--help" in line and seen.out == ""
    for word in words:
        assert word in line


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "utf-8"])
def test_output_into_a_file_of_any_encoding_does_not_fail(tmp_path, demo_clip, encoding):
    from livespot.capture import VideoSource

    clip = tmp_path / "größe_θ.mkv"
    images = []
    with VideoSource(demo_clip) as source:
        while len(images) < 24 and (frame := source.read()) is not None:
            images.append(frame.image)
    encode_video(clip, images, codec="ffv1", pixels="bgr0")
    command = [sys.executable, "-m", "livespot", "spot", str(clip), "--out", str(tmp_path / "o")]
    log = tmp_path / "log.txt"
    with log.open("wb") as target:
        done = subprocess.run(
            command,
            stdout=target,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONIOENCODING": encoding},
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr.decode(encoding)
    (line,) = log.read_bytes().decode(encoding).splitlines()
    assert "24 frames" in line and ("→" if encoding == "utf-8" else "->") in line
    assert ("größe_θ" if encoding == "utf-8" else "theta" if encoding != "cp437" else "gr") in line


def test_help_of_every_command_can_be_written_in_ascii():
    for command in ("", "live", "spot", "replay", "export", "engine", "train", "synth"):
        done = subprocess.run(
            [sys.executable, "-m", "livespot", *command.split(), "--help"],
            capture_output=True,
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
            check=False,
            timeout=60,
        )
        assert done.returncode == 0 and done.stdout.decode("ascii").startswith("usage: livespot"), command
