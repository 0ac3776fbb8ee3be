"""Sessions of version 1 open for ever; ``version1.livespot`` was recorded by it and is never made again."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from session_makers import digest, interval

from livespot.errors import SessionError
from livespot.session import SessionReader, header, recover
from livespot.types import FaceState, Gap

VERSION_1 = Path(__file__).parent / "version1.livespot"
SUMS = (-81.74831464312592, 25031.34648180008, 44.80322563648224, 9461760)


def test_version_1_opens_whole():
    session = SessionReader(VERSION_1)
    assert session.complete, session.problems
    assert session.info["name"] == "version1" and session.info["consent"] == "made-up pictures only"
    assert session.info["source"]["fps"] == 30.0 and session.mode == "lossless" and session.info["from_start"]
    assert (
        session.frames["source_index"].tolist() == session.frames["video_frame"].tolist() == list(range(10))
    )
    assert session.frames["time_s"].tolist() == [n / 30 + 1e-7 * n for n in range(10)]
    assert session.intervals == [interval(7)]
    assert [(m.label, m.time_s) for m in session.markers] == [("a smile: ☺", 0.5)]
    assert [(g.reason, g.after) for g in session.gaps + session.source_gaps] == [
        ("the cable was pulled", 4)
    ] * 2
    assert session.face_states[3] is FaceState.NO_FACE and session.face_states.count(FaceState.OK) == 9
    items = list(session.windows())
    assert [i for i, item in enumerate(items) if isinstance(item, Gap)] == [5]
    windows = [item for item in items if not isinstance(item, Gap)]
    assert [w.index for w in windows if w.features is None] == [3]
    # The exact sums of what was recorded: any other reading of the bytes gives others.
    features = [w.features.ravel().tolist() for w in windows if w.features is not None]
    assert math.fsum(value for row in features for value in row) == SUMS[0]
    assert math.fsum(v for v in session.landmarks.ravel().tolist() if v == v) == SUMS[1]
    assert math.fsum(v for v in session.probabilities.ravel().tolist() if v == v) == SUMS[2]


@pytest.mark.parametrize(("mode", "pictures"), [("features", 0), ("full", 24)])
def test_others_recorded_in_the_middle_of_a_run_keep_the_times_of_that_run(mode, pictures):
    session = SessionReader(VERSION_1.with_name(f"version1-{mode}.livespot"))
    assert session.complete and session.mode == mode and not session.info["from_start"]
    assert session.zero_s == 0.0 and session.start is None
    expected = [308.0 + k / 30 + (7.0 if k >= 14 else 0.0) for k in range(24)]
    assert session.frames["time_s"].tolist() == session.curves().times_s.tolist() == expected
    assert [m.time_s for m in session.markers] == [308.3] and session.settings[0].time_s == 308.0
    assert [(g.time_s, g.after) for g in session.gaps] == [(308.0 + 14 / 30, 9253)]
    assert sum(1 for item in session.windows() if not isinstance(item, Gap)) == session.window_count == 24
    curves = session.curves()
    status = session.status(curves.times_s, np.isfinite(curves.values).all(axis=1))
    assert status == tuple("no face" if n % 10 == 3 else "ok" for n in range(9240, 9264))
    assert session.video_frames([9240, 9263, 1]).tolist() == ([0, 23, -1] if pictures else [-1] * 3)


def test_its_pictures_decode():
    with av.open(str(SessionReader(VERSION_1).video_path)) as container:
        images = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert len(images) == 10 and int(np.sum(images, dtype=np.int64)) == SUMS[3]


def test_a_later_version_migrates_it(monkeypatch, tmp_path):
    def to_2(info):
        return {**info, "room": info.pop("place", "unknown")}

    def to_3(info):
        return {**info, "room": info["room"].upper()}

    monkeypatch.setattr(header, "VERSION", 3)
    monkeypatch.setattr(header, "MIGRATIONS", {1: to_2, 2: to_3})
    path = shutil.copytree(VERSION_1, tmp_path / "old.livespot")
    before = digest(path)
    session = SessionReader(path)
    assert session.info["room"] == "UNKNOWN" and session.info["format_version"] == 3 and session.complete
    assert digest(path) == before


def test_there_is_a_step_from_every_version_to_the_newest():
    assert sorted(header.MIGRATIONS) == list(range(1, header.VERSION))


def test_recovering_an_old_one_keeps_its_contents(tmp_path):
    path = shutil.copytree(VERSION_1, tmp_path / "old.livespot")
    (path / "log.bin").write_bytes((path / "log.bin").read_bytes()[:-1])
    recovered = recover(path)
    assert recovered.pictures == 10 and SessionReader(recovered.path).complete
    assert [w.index for w in SessionReader(recovered.path).windows() if not isinstance(w, Gap)] == list(
        range(10)
    )


def test_a_header_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "x.livespot"
    path.mkdir()
    (path / "session.json").write_text('{"format_version": 99, "source": 3}')
    with pytest.raises(SessionError, match="update livespot"):
        SessionReader(path)
