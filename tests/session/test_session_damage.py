"""Cut, flipped and missing bytes: always opened as far as it goes, never a traceback, never a changed original."""

from __future__ import annotations

import json
import random
import shutil

import numpy as np
import pytest
from session_makers import digest, record

from livespot.cli import main
from livespot.errors import OutputError, SessionError
from livespot.session import SessionReader, recover
from livespot.types import Gap

FILES = ("session.json", "log.bin", "features.bin")


def looked_through(path):
    """Open and read everything there is."""
    with SessionReader(path) as session:
        items = list(session.windows())
        assert session.landmarks.shape == (len(session.ticks), 68, 2)
        assert len(list(session.source_items())) == len(session.frames) + len(session.source_gaps)
        assert len(session.curves().frames) == len(session.probabilities)
        assert session.info["mode"] in ("full", "lossless", "features")
        return session, items


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return record(tmp_path_factory.mktemp("small"), 2, "features", gap_at=1)


@pytest.mark.parametrize("name", FILES)
def test_cut_off_at_every_byte(small, tmp_path, name):
    path = tmp_path / "cut.livespot"
    shutil.copytree(small, path)
    whole = (path / name).read_bytes()
    before = -1
    for length in range(len(whole)):
        (path / name).write_bytes(whole[:length])
        session, items = looked_through(path)
        assert not session.complete and session.problems
        if name == "log.bin":
            assert len(session.frames) >= before  # more bytes never show less
            before = len(session.frames)
            assert len(items) == 3
        assert session.info["consent"] == "made-up pictures only"
    assert digest(path) == {**digest(small), name: digest(path)[name]}


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits(small, tmp_path, seed):
    rng = random.Random(seed)
    path = tmp_path / "flipped.livespot"
    shutil.copytree(small, path)
    for _ in range(150):
        name = rng.choice(FILES)
        whole = bytearray((small / name).read_bytes())
        bit = rng.randrange(8 * len(whole))
        whole[bit // 8] ^= 1 << bit % 8
        (path / name).write_bytes(whole)
        before = digest(path)
        session, _ = looked_through(path)
        # White space and letter case in the JSON may flip without a meaning; in the records nothing may.
        assert session.problems or name == "session.json", (name, bit)
        assert session.info["consent"] == "made-up pictures only" and len(session.frames) in (0, 2)
        recovered = recover(path, tmp_path / "whole.livespot")
        assert SessionReader(recovered.path).complete
        assert digest(path) == before
        shutil.rmtree(tmp_path / "whole.livespot", ignore_errors=True)
        shutil.copy(small / name, path / name)


def test_behind_a_damaged_record_reading_goes_on(tmp_path):
    path = record(tmp_path, 300, "features")
    whole = (path / "features.bin").read_bytes()
    at = len(whole) // 2
    (path / "features.bin").write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
    session, items = looked_through(path)
    numbers = [item.index for item in items if not isinstance(item, Gap)]
    assert numbers[0] == 0 and numbers[-1] == 299 and 200 < len(numbers) < 300
    missing = 300 - len(numbers)
    assert f"{missing} windows are missing in the recording" in [
        i.reason for i in items if isinstance(i, Gap)
    ]
    assert any("damaged bytes" in problem for problem in session.problems)


def test_rubbish_and_holes_between_records_are_passed_over(tmp_path):
    path = record(tmp_path, 100, "features")
    whole = (path / "log.bin").read_bytes()
    rubbish = np.random.default_rng(0).bytes(300_000) + bytes(300_000)
    (path / "log.bin").write_bytes(whole[:5000] + rubbish + whole[5000:])
    session, _ = looked_through(path)
    assert session.ended and len(session.markers) == 1 and not session.complete


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(small, tmp_path, name):
    path = tmp_path / "less.livespot"
    shutil.copytree(small, path)
    (path / name).unlink()
    session, _ = looked_through(path)
    assert any(name in problem for problem in session.problems)


def test_a_missing_and_an_empty_video(tmp_path):
    path = record(tmp_path, 5, "full")
    (path / "video.mkv").write_bytes(b"")
    assert any("video.mkv: is empty" in problem for problem in SessionReader(path).problems)
    (path / "video.mkv").unlink()
    session = SessionReader(path)
    assert session.video_path is None and any("video.mkv: missing" in problem for problem in session.problems)
    recovered = recover(path)
    assert SessionReader(recovered.path).mode == "features" and SessionReader(recovered.path).complete


def test_a_damaged_video_is_recovered_as_far_as_it_goes(tmp_path):
    path = record(tmp_path, 60, "full")
    whole = (path / "video.mkv").read_bytes()
    log = (path / "log.bin").read_bytes()
    (path / "log.bin").write_bytes(log[:-10])
    rng = random.Random(0)
    for cut in (0, 10, 100, 500, len(whole) // 2, len(whole) - 1):
        damaged = bytearray(whole[:cut])
        if cut > 500:
            damaged[rng.randrange(600, cut)] ^= 16
        (path / "video.mkv").write_bytes(damaged)
        recovered = recover(path, tmp_path / f"{cut}.livespot")
        assert SessionReader(recovered.path).complete and recovered.pictures <= 60
    assert recovered.pictures > 50


def test_a_session_of_a_newer_format(tmp_path):
    path = record(tmp_path, 2)
    header = json.loads((path / "session.json").read_text())
    (path / "session.json").write_text(json.dumps({**header, "format_version": 7}))
    assert (
        SessionReader(path).info["format_version"] == 2
    )  # the log's copy stands against a single damaged digit
    (path / "log.bin").write_bytes(b"")
    with pytest.raises(SessionError, match=r"format 7.*reads formats 1 to 2; update livespot"):
        SessionReader(path)


def test_the_command(tmp_path, capsys):
    path = record(tmp_path, 30)
    assert main(["recover", str(path)]) == 0
    assert "is whole, nothing to recover" in capsys.readouterr().out
    log = (path / "log.bin").read_bytes()
    (path / "log.bin").write_bytes(log[:-3])
    before = digest(path)
    assert main(["recover", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["frames"] == 30 and said["changed"] and said["markers"] == 1
    assert said["session"] == str(tmp_path / "made-recovered.livespot") and digest(path) == before
    assert SessionReader(said["session"]).info["recovered_from"] == "made.livespot"
    assert main(["recover", str(path), "--to", str(path)]) == 3
    assert main(["recover", str(tmp_path / "gone")]) == 3
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file"):
        recover(path, tmp_path / "file" / "below")
    assert "Traceback" not in capsys.readouterr().err


def test_a_session_that_vanishes_under_its_reader(tmp_path):
    path = record(tmp_path, 200)
    session = SessionReader(path)
    whole = (path / "features.bin").read_bytes()
    (path / "features.bin").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SessionError, match=r"features\.bin: became shorter"):
        list(session.windows())
    shutil.rmtree(path)
    with pytest.raises(SessionError, match=r"log\.bin: cannot be read any more"):
        session.landmarks  # noqa: B018
