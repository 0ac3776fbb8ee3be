"""``livespot replay`` and ``livespot export`` on a real session: every format read back gives the same intervals."""

from __future__ import annotations

import io
import json
import re
import shutil
import socket
import sys

import numpy as np
import pytest
from capture_makers import encode_video

from livespot.cli import main
from livespot.interchange import (
    Annotation,
    read_curves,
    read_intervals,
    write_annotations,
)
from livespot.interchange.eaf import read_eaf
from livespot.interchange.json_file import read_results
from livespot.review.export_source import by_onset
from livespot.session.review import Review, merged


@pytest.fixture
def copy(live, tmp_path):
    return shutil.copytree(live.path, tmp_path / "short.livespot")


@pytest.fixture
def truth(live, tmp_path):
    rows = [Annotation("s", "demo", i.onset, i.apex, i.offset, i.type) for i in live.intervals]
    write_annotations(tmp_path / "truth.csv", [*rows, Annotation("s", "demo", 5000, 5001, 5002, "ME")])
    return tmp_path / "truth.csv"


def run(capsys, *arguments, code=0):
    assert main([str(a) for a in arguments]) == code
    return capsys.readouterr()


def test_every_format_gives_back_the_same_intervals(capsys, live, copy, tmp_path, truth, monkeypatch):
    def refused(*_):
        raise AssertionError("an export must not use the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    out = tmp_path / "out"
    seen = run(capsys, "export", copy, "--to", "csv,json,eaf,report", "--out", out, "--annotations", truth)
    assert len(seen.out.splitlines()) == 6
    expected = by_onset(live.intervals)
    assert read_intervals(out / "intervals.csv") == expected
    results = read_results(out / "results.json")
    assert list(results.intervals) == expected
    assert results.curves.curves.tobytes() == live.curves.tobytes()
    assert read_curves(out / "curves.csv").curves.tobytes() == live.curves.tobytes()
    eaf = read_eaf(out / "short.eaf")
    assert by_onset(eaf.intervals) == expected
    assert [(m.label, m.time_s) for m in eaf.markers] == [(m.label, m.time_s) for m in results.markers]
    assert [(m.label, round(m.time_s, 1)) for m in eaf.markers] == [("stimulus ☺", 2.0)]
    assert len(eaf.truth) == len(expected) + 1 and eaf.changed == 0
    assert results.meta["consent"] == "a public-domain portrait"


def test_the_report_is_whole_and_asks_nothing_of_the_network(capsys, copy, tmp_path, live):
    run(capsys, "export", copy, "--to", "report", "--out", tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 5 * len(live.intervals)
    assert page.count('<svg class="curves"') == 2 + len(live.intervals)
    assert not re.search(r"(?:src|href)=\"(?!data:image|#)", page)
    assert "http:" not in page and "https:" not in page and "<script" not in page
    assert "the cable was pulled" in page and "stimulus ☺" in page
    assert "no measurement here can show emotion or deceit" in page


def test_blur_hides_the_face_and_leaves_out_what_would_show_it(capsys, copy, tmp_path, live):
    run(capsys, "export", copy, "--to", "report", "--out", tmp_path / "a", "--blur")
    run(capsys, "export", copy, "--to", "report", "--out", tmp_path / "b", "--blur", "eyes")
    hidden, eyes = ((tmp_path / name / "report.html").read_text("utf-8") for name in ("a", "b"))
    assert hidden.count("data:image") == 4 * len(live.intervals)  # no picture with its motion enlarged
    assert eyes.count("data:image") == 5 * len(live.intervals)
    assert len(hidden) < len(eyes)


def test_a_session_without_pictures_still_shows_its_motion(capsys, copy, tmp_path, live):
    (copy / "video.mkv").unlink()
    seen = run(capsys, "export", copy, "--to", "report", "--out", tmp_path)
    assert "video.mkv" in seen.err
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "data:image" not in page
    assert page.count('class="arrow"') == 24 * page.count("landmarks only") > 0


def test_the_review_is_merged_on_request(capsys, copy, tmp_path, live):
    with_review = Review(copy / "review.json", by_onset(live.intervals))
    with_review.reject(live.intervals[0], "Ada", "a blink")
    run(capsys, "export", copy, "--to", "csv,eaf", "--out", tmp_path / "plain")
    seen = run(capsys, "export", copy, "--to", "csv,json,eaf", "--out", tmp_path / "merged", "--reviewed")
    assert "agreement of program and Ada: κ" in seen.out
    assert read_intervals(tmp_path / "plain" / "intervals.csv") == by_onset(live.intervals)
    assert read_intervals(tmp_path / "merged" / "intervals.csv") == by_onset(merged(with_review))
    for folder in ("plain", "merged"):
        (judged,) = read_eaf(tmp_path / folder / "short.eaf").review
        assert (judged.interval, judged.decision, judged.comment) == (
            live.intervals[0],
            "rejected",
            "a blink",
        )


def test_results_of_spot_are_exported_too(capsys, tmp_path, demo_images):
    video = encode_video(tmp_path / "clip.mkv", demo_images[75:115], codec="ffv1", pixels="bgr0")
    (tmp_path / "c.toml").write_text("[spotting]\nme_apex_threshold = 0.1\n")
    run(capsys, "spot", video, "--out", tmp_path, "--features", "--config", tmp_path / "c.toml")
    expected = read_intervals(tmp_path / "clip" / "intervals.csv")
    assert expected
    run(capsys, "export", tmp_path / "clip", "--to", "csv,json,eaf,report")
    out = tmp_path / "clip-export"
    assert read_intervals(out / "intervals.csv") == expected
    assert list(read_results(out / "results.json").intervals) == expected
    assert list(read_eaf(out / "clip.eaf").intervals) == expected
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image") >= 3 * len(expected)


def test_spot_takes_sessions_and_resumes(capsys, copy, tmp_path, live):
    out = tmp_path / "results"
    run(capsys, "spot", copy.parent, "--out", out)
    assert read_intervals(out / "short" / "intervals.csv") == by_onset(live.intervals)
    assert "done before" in run(capsys, "spot", copy, "--out", out).out


@pytest.mark.parametrize("pixels", [(), ("--pixels",)], ids=["features", "pixels"])
def test_replay_headless_scores_and_says_whether_it_is_as_live(capsys, copy, truth, live, pixels):
    seen = run(capsys, "replay", copy, "--headless", "--annotations", truth, *pixels)
    assert "the same intervals as live, bit for bit" in seen.out
    assert "gap: the cable was pulled" in seen.out
    assert re.search(rf"overall\s+{len(live.intervals)} TP\s+0 FP\s+1 FN", seen.out)


def test_replay_of_a_video_scores_too(capsys, tmp_path, demo_images):
    video = encode_video(tmp_path / "clip.mkv", demo_images[70:110], codec="ffv1", pixels="bgr0")
    write_annotations(tmp_path / "t.csv", [Annotation("s", "clip", 14, 19, 26, "ME")])
    seen = run(capsys, "replay", video, "--json", "--annotations", tmp_path / "t.csv", "--speed", "max")
    lines = [json.loads(line) for line in seen.out.splitlines()]
    assert lines[-1]["event"] == "end" and set(lines[-1]["score"]) == {"ME", "MaE", "overall"}
    frames = [line["frame"] for line in lines if line["event"] == "frame"]
    assert frames == list(range(40))


def test_another_config_is_said_to_differ(capsys, copy, tmp_path):
    (tmp_path / "c.toml").write_text("[spotting]\nme_apex_threshold = 1.0\nmae_apex_threshold = 1.0\n")
    seen = run(capsys, "replay", copy, "--headless", "--config", tmp_path / "c.toml")
    assert "not the intervals found live" in seen.out and "0 intervals" in seen.out


def fails(capsys, *arguments, code=3, names=()):
    seen = run(capsys, *arguments, code=code)
    lines = [line for line in seen.err.splitlines() if line.startswith("livespot: ")]
    assert len(lines) == 1, lines
    for name in names:
        assert name in lines[0]


def test_bad_input_is_one_clear_line(capsys, copy, tmp_path, live):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    fails(capsys, "export", tmp_path / "gone", "--to", "csv", names=["gone", "no such session"])
    fails(capsys, "export", tmp_path / "empty", "--to", "csv", names=["empty", "neither a recorded session"])
    below_a_file = tmp_path / "file" / "x"
    fails(
        capsys,
        "export",
        copy,
        "--to",
        "csv",
        "--out",
        below_a_file,
        names=["output folder", "choose a folder"],
    )
    fails(capsys, "replay", tmp_path / "gone", "--headless", names=["gone", "no such video or session"])
    (tmp_path / "t.csv").write_text("subject,video\n")
    fails(
        capsys,
        "replay",
        copy,
        "--headless",
        "--annotations",
        tmp_path / "t.csv",
        names=["onset_frame", "missing"],
    )
    (tmp_path / "r.csv").write_text(
        "subject,video,onset_frame,apex_frame,offset_frame,type,au\ns,demo,30,25,20,ME,4\n"
    )
    fails(
        capsys,
        "replay",
        copy,
        "--headless",
        "--annotations",
        tmp_path / "r.csv",
        names=["line 2", "reversed"],
    )
    (tmp_path / "o.csv").write_text(
        "subject,video,onset_frame,apex_frame,offset_frame,type,au\ns,a,3,4,5,ME,\ns,b,3,4,5,ME,\n"
    )
    fails(
        capsys,
        "replay",
        copy,
        "--headless",
        "--annotations",
        tmp_path / "o.csv",
        names=["no rows for demo", "a, b"],
    )
    header = json.loads((copy / "session.json").read_text()) | {"format_version": 99}
    (copy / "session.json").write_text(json.dumps(header))
    (copy / "log.bin").unlink()
    fails(capsys, "export", copy, "--to", "csv", names=["format 99", "update livespot"])


def test_pixels_of_a_video_and_unknown_formats_are_wrong_usage(capsys, demo_clip, copy):
    fails(capsys, "replay", demo_clip, "--pixels", "--headless", code=2, names=["--pixels"])
    for arguments in (["export", str(copy), "--to", "xls"], ["replay", str(demo_clip), "--speed", "0"]):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2


def test_an_earlier_export_is_replaced_only_on_request(capsys, copy, tmp_path, monkeypatch):
    out = tmp_path / "out"
    order = ["export", copy, "--to", "csv,json", "--out", out]
    run(capsys, *order)
    (out / "intervals.csv").write_text("edited by hand")
    (out / "other.txt").write_text("not ours")
    fails(capsys, *order, names=["intervals.csv", "exists already, and 3 more", "--force", "--out"])
    assert (out / "intervals.csv").read_text() == "edited by hand"
    run(capsys, "export", copy, "--to", "eaf", "--out", out)  # another file
    for answer, kept in (("n", True), ("", True), ("y", False)):
        terminal = io.StringIO(f"{answer}\n")
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr("sys.stdin", terminal)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        assert main([str(part) for part in order]) == (3 if kept else 0)
        assert "Replace? [y/N]" in capsys.readouterr().err
        assert ((out / "intervals.csv").read_text() == "edited by hand") is kept
    run(capsys, *order, "--force")
    assert (out / "other.txt").read_text() == "not ours"


def test_odd_names_are_exported(capsys, copy, tmp_path, live):
    odd = copy.rename(tmp_path / "ü % #&<b> 'x'.livespot")
    out = tmp_path / "a b & ü"
    run(capsys, "export", odd, "--to", "csv,json,eaf,report", "--out", out)
    assert by_onset(read_eaf(out / "short.eaf").intervals) == by_onset(live.intervals)
    assert np.isfinite(read_curves(out / "curves.csv").times_s).all()


def test_lsl_without_pylsl_is_wrong_usage(capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pylsl", None)
    fails(capsys, "live", "--camera", "demo", "--headless", "--lsl", code=2, names=["--lsl", "livespot[lsl]"])
