"""What is written to JSON and to ELAN's format is what is read back; other programs' EAF reader agrees."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_movement import SMILE, movements

from livespot.errors import InputError, OutputError
from livespot.interchange.csv import CurveTable
from livespot.interchange.eaf import TIERS, read_eaf, write_eaf
from livespot.interchange.eaf_xml import read_document
from livespot.interchange.json_file import read_results, write_results
from livespot.interchange.results import REVIEW_DECISIONS, Judged, Note, Results, interval_of
from livespot.types import CURVES, Interval

times = st.floats(0, 1e5, allow_nan=False)
texts = st.text(max_size=20)


@st.composite
def intervals(draw):
    frames = sorted(draw(st.tuples(*[st.integers(0, 10**7)] * 3)))
    seconds = sorted(draw(st.tuples(times, times, times)))
    kind, score = draw(st.sampled_from(["ME", "MaE"])), draw(st.floats(0, 1))
    return Interval(kind, *frames, *seconds, score, movement=draw(movements()))


@st.composite
def whole_results(draw):
    some = st.lists(intervals(), max_size=8)
    notes = st.lists(st.builds(Note, times, st.text(st.characters(codec="utf-8"), max_size=12)), max_size=6)
    encodable = st.text(st.characters(codec="utf-8"), max_size=12)
    judged = st.builds(
        Judged, intervals(), st.sampled_from(REVIEW_DECISIONS), encodable, encodable, encodable
    )
    rows = draw(st.integers(0, 5))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    values = rng.random((rows, len(CURVES)), np.float32)
    values[::3] = np.nan
    return Results(
        name=draw(encodable),
        intervals=tuple(draw(some)),
        curves=CurveTable(np.arange(rows), rng.random(rows) * 100, values),
        meta={"fps": 29.97, "engine": {"name": "spotformer"}},
        markers=tuple(draw(notes)),
        gaps=tuple(draw(notes)),
        truth=tuple(draw(some)),
        review=tuple(draw(st.lists(judged, max_size=5))),
        video_start_s=draw(st.floats(0, 3)),
    )


def by_time(found):
    return sorted(found, key=repr)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("eaf")


@settings(max_examples=60, deadline=None)
@given(results=whole_results())
def test_eaf_gives_back_what_was_written(folder, results):
    write_eaf(folder / "r.eaf", results)
    back = read_eaf(folder / "r.eaf")
    assert back.changed == 0
    assert by_time(back.intervals) == by_time(results.intervals)
    assert by_time(back.truth) == by_time(results.truth)
    assert by_time(back.markers) == by_time(results.markers)
    assert by_time(back.review) == by_time(results.review)


@settings(max_examples=60, deadline=None)
@given(results=whole_results())
def test_json_gives_back_what_was_written(folder, results):
    write_results(folder / "r.json", results)
    back = read_results(folder / "r.json")
    for name in ("name", "intervals", "meta", "markers", "gaps", "truth", "review", "video", "video_start_s"):
        assert getattr(back, name) == getattr(results, name)
    for name in ("frames", "times_s", "curves"):
        mine, theirs = getattr(back.curves, name), getattr(results.curves, name)
        assert mine.dtype == theirs.dtype
        assert mine.tobytes() == theirs.tobytes()


TWO = (
    Interval("ME", 30, 36, 42, 1.0, 1.2, 1.4, 0.8),
    Interval("ME", 40, 46, 55, 4 / 3, 46 / 30, 55 / 30, 0.6),  # begins before the other has ended
)


def test_overlapping_intervals_go_to_tiers_of_their_own(tmp_path):
    write_eaf(tmp_path / "o.eaf", Results("o", intervals=TWO))
    tiers = [t.attrib["TIER_ID"] for t in ET.parse(tmp_path / "o.eaf").getroot().iter("TIER")]
    assert [t for t in tiers if t.startswith("ME")] == ["ME", "ME exact", "ME (2)", "ME (2) exact"]
    assert set(TIERS) <= set(tiers)
    assert read_eaf(tmp_path / "o.eaf").intervals == TWO


def test_what_moved_has_a_tier_of_its_own(tmp_path):
    with_words = replace(TWO[0], movement=SMILE)
    write_eaf(tmp_path / "moved.eaf", Results("moved", intervals=(with_words, TWO[1])))
    root = ET.parse(tmp_path / "moved.eaf").getroot()
    said = [v.text for v in root.findall("TIER[@TIER_ID='movement']//ANNOTATION_VALUE")]
    assert len(said) == 1
    for part in (SMILE.words, "2.5 px", "asymmetry 0.12 to the left", "onset 31 px/s", "L12, 6, 14/20"):
        assert part in said[0]
    assert [i.movement for i in read_eaf(tmp_path / "moved.eaf").intervals] == [SMILE, None]


def test_another_reader_of_eaf_agrees(tmp_path):
    elan = pytest.importorskip("pympi", reason="pympi-ling is not installed (extra [test])")
    (tmp_path / "film").mkdir()
    video = tmp_path / "film" / "a b.mp4"
    video.touch()
    results = Results("o", TWO, markers=(Note(2.0, "präsent"),), video=video, video_start_s=0.5)
    write_eaf(tmp_path / "o.eaf", results)
    eaf = elan.Eaf(str(tmp_path / "o.eaf"))
    assert [(a, b) for a, b, *_ in eaf.get_annotation_data_for_tier("ME")] == [(500, 900)]
    assert [(a, b) for a, b, *_ in eaf.get_annotation_data_for_tier("ME (2)")] == [(833, 1333)]
    assert eaf.get_annotation_data_for_tier("markers")[0][2] == "präsent"
    begin, end, value, _ = eaf.get_ref_annotation_data_for_tier("ME exact")[0]
    assert (begin, end, interval_of(json.loads(value))) == (500, 900, TWO[0])
    (linked,) = eaf.get_linked_files()
    assert linked["MEDIA_URL"] == video.as_uri()
    assert linked["RELATIVE_MEDIA_URL"] == "./film/a b.mp4"
    eaf.to_file(str(tmp_path / "again.eaf"))  # as another program would save it
    assert read_eaf(tmp_path / "again.eaf").intervals == TWO


def test_what_was_moved_or_drawn_in_elan_takes_its_times_from_there(tmp_path):
    write_eaf(tmp_path / "o.eaf", Results("o", TWO[:1], meta={"fps": 30.0}))
    tree = ET.parse(tmp_path / "o.eaf")
    slots = tree.getroot().find("TIME_ORDER")
    next(slot for slot in slots if slot.attrib["TIME_VALUE"] == "1400").set("TIME_VALUE", "1500")
    for number, time_ms in (("tsA", "3000"), ("tsB", "3400")):
        ET.SubElement(slots, "TIME_SLOT", {"TIME_SLOT_ID": number, "TIME_VALUE": time_ms})
    tier = next(t for t in tree.getroot().iter("TIER") if t.attrib["TIER_ID"] == "ground truth")
    ids = {"ANNOTATION_ID": "a99", "TIME_SLOT_REF1": "tsA", "TIME_SLOT_REF2": "tsB"}
    drawn = ET.SubElement(ET.SubElement(tier, "ANNOTATION"), "ALIGNABLE_ANNOTATION", ids)
    ET.SubElement(drawn, "ANNOTATION_VALUE").text = "MaE smile"
    tree.write(tmp_path / "o.eaf")
    back = read_eaf(tmp_path / "o.eaf")
    assert back.changed == 2
    assert back.intervals == (replace(TWO[0], offset=45, offset_s=1.5),)
    assert back.truth == (Interval("MaE", 90, 96, 102, 3.0, 3.2, 3.4, 1.0),)


def eaf_with(*tiers):
    root = ET.Element("ANNOTATION_DOCUMENT")
    for name in tiers:
        ET.SubElement(root, "TIER", {"TIER_ID": name, "LINGUISTIC_TYPE_REF": "default-lt"})
    return ET.tostring(root, encoding="unicode")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (eaf_with("speech", "gesture"), "none of the tiers MaE, ME, .* got speech, gesture"),
        (eaf_with(), "got none"),
        ("<html></html>", "not an ELAN file"),
        ("<broken", "not an ELAN file"),
        ("", "not an ELAN file"),
    ],
)
def test_a_foreign_eaf_is_one_clear_line(tmp_path, text, fault):
    (tmp_path / "x.eaf").write_text(text)
    with pytest.raises(InputError, match=rf"x\.eaf: .*{fault}") as raised:
        read_eaf(tmp_path / "x.eaf")
    assert "\n" not in str(raised.value)


def test_a_missing_eaf_and_a_closed_folder(tmp_path):
    with pytest.raises(InputError, match=r"gone\.eaf: cannot be read"):
        read_eaf(tmp_path / "gone.eaf")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write_eaf(tmp_path / "file" / "x.eaf", Results("x"))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"format": "other"}, "is not a results.json"),
        ({"version": 2}, "of version 2"),
        ({"intervals": [{"type": "ME"}]}, "an interval lacks onset"),
        ({"intervals": [None]}, "expected an interval"),
        ({"curves": {"columns": []}}, "curves have the columns"),
        ({"review": [{"decision": "maybe"}]}, "decision expects one of"),
    ],
)
def test_a_wrong_results_json_is_one_clear_line(tmp_path, change, fault):
    write_results(tmp_path / "r.json", Results("r", TWO))
    document = json.loads((tmp_path / "r.json").read_text()) | change
    (tmp_path / "r.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=fault):
        read_results(tmp_path / "r.json")


def test_reversed_ends_are_refused():
    value = {
        "type": "ME",
        "onset": 9,
        "apex": 5,
        "offset": 2,
        "onset_s": 0,
        "apex_s": 0,
        "offset_s": 0,
        "score": 1,
    }
    with pytest.raises(ValueError, match="onset ≤ apex ≤ offset, got 9, 5, 2"):
        interval_of(value)


def test_the_video_is_found_after_the_folder_or_only_the_file_was_moved(tmp_path):
    study = tmp_path / "study 1"
    (study / "export").mkdir(parents=True)
    video = study / "größe & 100%.mp4"
    video.write_bytes(b"film")
    written = study / "export" / "clip.eaf"
    write_eaf(written, Results(name="clip", video=video))
    descriptor = ET.parse(written).getroot().find("HEADER/MEDIA_DESCRIPTOR")
    assert descriptor.get("RELATIVE_MEDIA_URL") == "../größe & 100%.mp4"
    assert descriptor.get("MEDIA_URL") == video.resolve().as_uri()
    assert read_document(written).media.resolve() == video
    alone = shutil.copy(written, tmp_path / "clip.eaf")
    assert read_document(alone).media == video
    moved = study.rename(tmp_path / "study moved")
    assert read_document(moved / "export" / "clip.eaf").media.resolve() == moved / video.name
    assert read_document(alone).media == tmp_path / "../größe & 100%.mp4"  # not found: where it should be


def test_slow_motion_is_annotated_at_the_video_s_own_times(tmp_path):
    interval = Interval("ME", 120, 132, 180, 1.0, 1.1, 1.5, 0.75)
    results = Results(
        name="slow",
        intervals=(interval,),
        markers=(Note(2.0, "press"),),
        meta={"fps": 120.0},
        video_speed=4.0,
    )
    path = tmp_path / "slow.eaf"
    write_eaf(path, results)
    drawn = {
        tier.name: [(a.begin_ms, a.end_ms) for a in tier.annotations] for tier in read_document(path).tiers
    }
    assert drawn["ME"] == [(4000, 6000)] and drawn["markers"][0][0] == 8000
    assert read_eaf(path).intervals == (interval,) and read_eaf(path).markers[0].time_s == 2.0
    path.write_text(
        path.read_text().replace('TIME_VALUE="6000"', 'TIME_VALUE="6400"')
    )  # drawn longer in ELAN
    (longer,) = read_eaf(path).intervals
    assert (longer.onset_s, longer.offset_s, longer.offset) == (1.0, 1.6, 192)
    write_results(tmp_path / "slow.json", results)
    assert read_results(tmp_path / "slow.json").video_speed == 4.0
