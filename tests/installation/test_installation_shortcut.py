"""The entry in the desktop's menu."""

from __future__ import annotations

import configparser
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from livespot.cli import main


@pytest.mark.skipif(sys.platform != "linux", reason="menus are made of .desktop files on Linux only")
def test_the_shortcut_starts_livespot_and_has_an_icon(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert main(["--install-shortcut"]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path == tmp_path / "applications" / "livespot.desktop"
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(path, encoding="utf-8")
    told = entry["Desktop Entry"]
    assert Path(told["icon"]).is_file()
    done = subprocess.run(
        [*shlex.split(told["exec"]), "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("livespot ")


@pytest.mark.skipif(sys.platform != "linux", reason="menus are made of .desktop files on Linux only")
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    assert main(["--install-shortcut"]) == 3
    assert "livespot.desktop: cannot be written" in capsys.readouterr().err


def test_elsewhere_it_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "win32")
    assert main(["--install-shortcut"]) == 2
    assert "make a shortcut" in capsys.readouterr().err
