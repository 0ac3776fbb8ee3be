"""Figures, baseline and reports on made-up windows: no picture is needed."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from livespot.errors import InputError
from livespot.evaluation.calibration import frame_truth, reliability
from livespot.evaluation.figures import Result, figures
from livespot.evaluation.labelled import LabelledVideo, read_labelled
from livespot.evaluation.measured import Measured
from livespot.evaluation.page import as_html
from livespot.evaluation.rules import Rule, bump, spot_by_rules, tune_rules
from livespot.evaluation.run import Evaluation
from livespot.evaluation.spotted import Spotted
from livespot.evaluation.text import as_text
from livespot.interchange import Annotation, write_annotations
from livespot.interchange.summary import plain
from livespot.types import CURVES, Float32Array, Gap, Interval, Window


def windows_of(course: Float32Array, rate_hz: float = 30.0) -> tuple[Window, ...]:
    """SW-MRO windows of nodes that move as ``course`` (n, 10, 2) says."""
    n = len(course)
    index = np.clip(np.arange(n)[:, None] + np.arange(-8, 9), 0, n - 1)
    features = (course[index] - course[index][:, :1]).astype(np.float32)
    return tuple(Window(i, i, i / rate_hz, rate_hz, features[i]) for i in range(n))


def hump(n: int, onset: int, apex: int, offset: int, node: int, peak: float) -> Float32Array:
    course = np.zeros((n, 10, 2), np.float32)
    t = np.arange(n)
    course[:, node, 1] = peak * np.interp(t, [onset, apex, offset], [0.0, 1.0, 0.0])
    return course


def labelled(n: int = 300, kind: str = "calm") -> tuple[LabelledVideo, Measured]:
    """An ME at the mouth and a MaE at a brow."""
    truth = (
        Annotation("p", "v", 60, 66, 72, "ME", "12"),
        Annotation("p", "v", 150, 170, 190, "MaE", "4"),
    )
    course = hump(n, 60, 66, 72, 6, 2.0)
    for node in (0, 1, 2):
        course += hump(n, 150, 170, 190, node, 6.0)
    return LabelledVideo(Path("v.mp4"), "p", kind, truth), Measured(windows_of(course), 30.0, 1)


def interval(kind: str, onset: int, apex: int, offset: int) -> Interval:
    return Interval(kind, onset, apex, offset, onset / 30, apex / 30, offset / 30, 0.5)


def test_the_bump_is_the_distance_from_the_middle() -> None:
    course = hump(120, 40, 60, 80, 7, 4.0)
    features = np.array([w.features for w in windows_of(course)])
    y = course[:, 7, 1]
    for reach, t in ((1, 60), (2, 60), (4, 60), (2, 50), (4, 45)):
        far = 8 * reach
        assert bump(features, reach)[t] == pytest.approx(abs(y[t] - (y[t - far] + y[t + far]) / 2), abs=1e-5)
    features[55:66] = np.nan
    assert bump(features, 1)[60] == 0.0


def test_tuned_rules_find_what_they_were_tuned_on_and_keep_quiet_elsewhere() -> None:
    video, measured = labelled()
    rules = tune_rules([(video, measured)])
    found = figures([Result(video, measured, spot_by_rules(measured, rules))])
    assert found.score.mae.tp == 1
    assert found.score.me.tp == 1
    still = Measured(windows_of(np.zeros((200, 10, 2), np.float32)), 30.0, 1)
    assert spot_by_rules(still, rules).intervals == ()


def test_rules_do_not_look_across_a_gap() -> None:
    first, second = windows_of(np.zeros((60, 10, 2), np.float32)), windows_of(hump(60, 20, 26, 32, 8, 3.0))
    measured = Measured((*first, Gap(2.0, "cut"), *second), 30.0, 1)
    (found,) = spot_by_rules(measured, {"ME": Rule(0.5, 0.35, 1)}).intervals
    assert found.apex == 26


def test_false_alarms_are_counted_where_nothing_happens() -> None:
    video, measured = labelled()
    spotted = Spotted(
        (
            interval("ME", 61, 66, 73),  # right
            interval("ME", 120, 126, 130),  # of nothing
            interval("MaE", 195, 200, 240),  # bad, but beside an expression
            interval("MaE", 260, 270, 280),  # of nothing
        ),
        (0.4, 0.6),
    )
    calm = LabelledVideo(Path("w.mp4"), "q", "talking", ())
    found = figures(
        [Result(video, measured, spotted), Result(calm, measured, Spotted((interval("ME", 9, 12, 16),)))]
    )
    assert (found.score.me.tp, found.score.me.fp, found.score.mae.fp, found.score.mae.fn) == (1, 2, 2, 1)
    assert found.by_kind["calm"].overall.tp == 1
    assert (found.quiet["calm"].me, found.quiet["calm"].mae) == (1, 1)
    quiet_frames = 300 - (72 - 60 + 31) - (190 - 150 + 31)
    assert found.quiet["calm"].minutes == pytest.approx(quiet_frames / 1800)
    assert found.clean["calm"].as_dict()["per_minute"] is None
    assert found.clean["talking"].as_dict()["per_minute"] == pytest.approx(6.0)
    assert found.errors["ME onset"].values == (1.0,)
    assert found.delays.as_dict()["median"] == pytest.approx(0.5)
    assert found.calibration == {}


def test_calibration_compares_what_was_said_with_what_was_true() -> None:
    honest = reliability(np.repeat([0.25, 0.75], 400), np.tile([True, False, False, False], 200))
    assert honest.error == pytest.approx(0.25)
    assert np.isnan(reliability([np.nan], [True]).error)
    assert reliability([1.0, np.nan], [True, False]).frames.tolist() == [0] * 9 + [1]
    video, _ = labelled()
    labels = frame_truth(video.truth, np.arange(0, 300, 2), 2)
    assert labels[:, CURVES.index("me_apex")].nonzero()[0].tolist() == [32, 33, 34]
    assert labels[:, CURVES.index("mae_expression")].sum() == 21


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not any(name in ("src", "href") for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def evaluation() -> Evaluation:
    video, measured = labelled()
    curves = np.random.default_rng(1).random((300, 10)).astype(np.float32)
    spotted = Spotted((interval("ME", 61, 66, 73),), (0.4,), np.arange(300), curves)
    rules = {"ME": Rule(1.0, 0.35, 1), "MaE": Rule(2.0, 0.2, 4)}
    spotters = {
        "engine": figures([Result(video, measured, spotted)]),
        "rules": figures([Result(video, measured, spot_by_rules(measured, rules))]),
    }
    about = {
        "engine": {"name": "some <engine>", "description": "", "sha256": "0" * 64},
        "thresholds": {"ME": 0.5, "MaE": 0.4},
        "videos": 1,
        "people": 1,
        "minutes": 0.17,
        "face_share": 1.0,
        "baseline_set": "train",
        "people_in_both_sets": ["p"],
    }
    return Evaluation("a set", about, spotters, rules, ("w.mp4: is empty",))


def test_the_reports_say_it_all() -> None:
    found = evaluation()
    text = as_text(found)
    assert "not a fair comparison: p also in train" in text
    assert "left out: w.mp4: is empty" in text
    assert text.count("overall") == 2
    page = as_html(found)
    parser = _Tags()
    parser.feed(page)
    assert parser.open == []
    assert parser.seen.count("svg") >= 2 + 3 + 1 + 4
    assert "script" not in parser.seen
    assert "some &lt;engine&gt;" in page
    as_json = json.loads(json.dumps(plain(found.as_dict()), allow_nan=False))
    assert as_json["spotters"]["engine"]["score"]["ME"]["tp"] == 1
    assert as_json["rules"]["MaE"]["reach"] == 4


def test_a_labelled_set_is_read_and_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a folder"):
        read_labelled(tmp_path / "none")
    with pytest.raises(InputError, match="no video"):
        read_labelled(tmp_path)
    for name in ("b.mp4", "a.mkv", ".c.part.mp4"):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"annotations\.csv"):
        read_labelled(tmp_path)
    rows = [Annotation("anna", "b", 5, 7, 9, "ME"), Annotation("anna", "b.mp4", 1, 2, 3, "ME")]
    write_annotations(tmp_path / "annotations.csv", rows)
    a, b = read_labelled(tmp_path)
    assert (a.person, a.kind, a.truth) == ("a", "unknown", ())
    assert (b.person, [row.onset for row in b.truth]) == ("anna", [1, 5])
    clips = [{"file": "a.mkv", "person": "Bea", "kind": "talking"}]
    (tmp_path / "manifest.json").write_text(json.dumps({"clips": clips}))
    assert (read_labelled(tmp_path)[0].person, read_labelled(tmp_path)[0].kind) == ("Bea", "talking")
    (tmp_path / "manifest.json").write_text(json.dumps({"clips": [{"file": "a.mkv"}]}))
    with pytest.raises(InputError, match="person and kind"):
        read_labelled(tmp_path)
    write_annotations(tmp_path / "annotations.csv", [*rows, Annotation("x", "gone", 1, 2, 3, "ME")])
    with pytest.raises(InputError, match="speaks of gone"):
        read_labelled(tmp_path)
