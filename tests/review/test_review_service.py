"""The service behind the review window: opening, ground truth with doubts, a second analysis, exports."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from capture_makers import encode_video

from livespot.cli import main
from livespot.config import Config
from livespot.errors import InputError, LivespotError
from livespot.interchange import Annotation, read_intervals, write_annotations
from livespot.interchange.eaf import read_eaf
from livespot.interchange.json_file import read_results
from livespot.review.export import ExistingExportError
from livespot.review.orders import ExportOrder, GroundTruth, Reanalysis
from livespot.review.service import Opening, open_review


def quiet(done, total):
    pass


@pytest.fixture
def service(live, tmp_path):
    path = shutil.copytree(live.path, tmp_path / "short.livespot")
    opened = open_review(Opening(path, Config()), quiet)
    yield opened
    opened.close()


def write_truth(path, live, video="demo", more=()):
    rows = [Annotation("s", video, i.onset, i.apex, i.offset, i.type) for i in live.intervals]
    write_annotations(path, [*rows, *more])
    return str(path)


def test_ground_truth_of_this_session_has_its_times_and_no_doubt(service, live, tmp_path):
    truth = service.read_truth(write_truth(tmp_path / "t.csv", live))
    assert truth.doubt == "" and truth.name == "t.csv"
    assert {(i.onset, i.onset_s) for i in truth.intervals} == {(i.onset, i.onset_s) for i in live.intervals}


def test_ground_truth_counted_on_the_session_s_own_video_is_the_same(service, live, tmp_path):
    offset = int(service.player.recording.numbers[0])  # the recording began in the middle of the run
    assert offset > 0
    rows = [Annotation("s", "video.mkv", *counted(i, offset), i.type) for i in live.intervals]
    write_annotations(tmp_path / "own.csv", rows)
    truth = service.read_truth(str(tmp_path / "own.csv"))
    assert truth.doubt == ""
    assert truth.intervals == service.read_truth(write_truth(tmp_path / "t.csv", live)).intervals
    assert {(i.onset, i.apex_s) for i in truth.intervals} == {(i.onset, i.apex_s) for i in live.intervals}


def counted(interval, offset):
    return interval.onset - offset, interval.apex - offset, interval.offset - offset


def test_ground_truth_of_another_video_is_doubted_and_of_several_others_refused(service, live, tmp_path):
    far = Annotation("s", "other", 5000, 5001, 5002, "ME")
    doubted = service.read_truth(write_truth(tmp_path / "o.csv", live, "other", [far]))
    assert "“other”, not of “short”" in doubted.doubt and "beyond the last frame" in doubted.doubt
    two = write_truth(tmp_path / "two.csv", live, "other", [Annotation("s", "third", 1, 2, 3, "ME")])
    with pytest.raises(InputError, match="has no rows for short"):
        service.read_truth(two)
    with pytest.raises(InputError):
        service.read_truth(str(tmp_path / "missing.csv"))


def test_a_wrong_annotation_file_keeps_nobody_from_watching(live, tmp_path):
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    opened = open_review(Opening(live.path, Config(), str(tmp_path / "wrong.csv")), quiet)
    assert "wrong.csv" in opened.truth.doubt and opened.truth.intervals == ()
    opened.close()


def test_a_session_is_exported_with_the_review_and_its_eaf_is_ground_truth_again(service, live, tmp_path):
    first = service.review.detections[0]
    service.review.reject(first, "Ada", "a blink")
    out = tmp_path / "out"
    order = ExportOrder(str(out), ("csv", "json", "eaf"))
    truth = service.read_truth(write_truth(tmp_path / "t.csv", live))
    done = []
    written = service.export(order, truth, lambda n, total: done.append((n, total)))
    assert len(written) == 5 and done == [(0, 3), (1, 3), (2, 3)]
    assert first not in read_intervals(out / "intervals.csv")
    assert len(read_results(out / "results.json").truth) == len(truth.intervals)
    assert read_eaf(out / "short.eaf").truth
    again = service.read_truth(str(out / "short.eaf"))
    assert [i.onset for i in again.intervals] == [i.onset for i in truth.intervals]
    with pytest.raises(LivespotError, match="expected some of"):
        service.export(ExportOrder(str(out), ()), GroundTruth(), quiet)


def test_an_earlier_export_is_replaced_only_when_that_is_ordered(service, tmp_path):
    order = ExportOrder(str(tmp_path / "out"), ("csv", "json"))
    written = service.export(order, GroundTruth(), quiet)
    (tmp_path / "out" / "curves.csv").write_text("mine")
    (tmp_path / "out" / "results.json").unlink()
    with pytest.raises(ExistingExportError, match="exists already, and 2 more") as refused:
        service.export(order, GroundTruth(), quiet)
    assert [path.name for path in refused.value.paths] == ["intervals.csv", "curves.csv", "markers.csv"]
    assert (tmp_path / "out" / "curves.csv").read_text() == "mine"
    assert not (tmp_path / "out" / "results.json").exists()
    assert service.export(replace(order, replace=True), GroundTruth(), quiet) == written
    assert (tmp_path / "out" / "curves.csv").read_text() != "mine"


def test_another_operating_point_beside_the_first(service, live):
    assert not service.needs_analysis and service.models()[0][0] == "spotformer"
    found = service.analyse(Reanalysis("", {"ME": 0.98, "MaE": 0.98}, {}), quiet)
    assert len(found.intervals) < len(live.intervals) == len(service.player.recording.base.intervals)
    with pytest.raises(LivespotError):
        service.analyse(Reanalysis("nothing.onnx"), quiet)


def test_a_video_is_opened_at_once_analysed_reviewed_and_exported(tmp_path, demo_images, capsys):
    path = encode_video(tmp_path / "clip.mp4", demo_images[70:110])
    opened = open_review(Opening(path, Config()), quiet)
    try:
        assert opened.needs_analysis and opened.player.snapshot().state.value == "running"
        opened.adopt(opened.first_analysis(quiet))
        assert not opened.needs_analysis
        interval = opened.player.recording.base.intervals
        opened.export(ExportOrder(str(tmp_path / "o"), ("json",)), GroundTruth(), quiet)
        stored = json.loads((tmp_path / "o" / "results.json").read_text())
        assert len(stored["intervals"]) == len(interval)
        assert opened.review.path.name == "clip.mp4.review.json"
    finally:
        opened.close()


def test_what_cannot_be_opened_is_one_sentence(tmp_path):
    (tmp_path / "x.mp4").write_text("no video")
    (tmp_path / "empty.livespot").mkdir()
    for name in ("x.mp4", "missing.mp4", "empty.livespot"):
        with pytest.raises(InputError, match=name):
            open_review(Opening(tmp_path / name, Config()), quiet)


def test_pixels_has_no_part_in_the_window(capsys, live, tmp_path):
    assert main(["replay", str(tmp_path / "missing.mp4")]) == 3
    assert "check the path" in capsys.readouterr().err
