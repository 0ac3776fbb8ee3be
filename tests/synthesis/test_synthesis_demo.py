from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from livespot.installation.shipped_files import asset_path
from livespot.synthesis.demo import (
    BLINKS,
    COLUMNS,
    EXPRESSIONS,
    RATE_HZ,
    demo_timeline,
    main,
    write_annotations,
)
from livespot.synthesis.encode import write_video
from livespot.synthesis.icon import draw_icon


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_shipped_csv_is_the_table(tmp_path: Path) -> None:
    write_annotations(tmp_path / "demo.csv", demo_timeline(), "collins", "demo")
    assert (tmp_path / "demo.csv").read_bytes() == asset_path("demo.csv").read_bytes()
    shipped = rows(asset_path("demo.csv"))
    assert tuple(shipped[0]) == COLUMNS
    assert len(shipped) == len(EXPRESSIONS)
    for row, expression in zip(shipped, EXPRESSIONS, strict=True):
        assert int(row["onset_frame"]) == expression.onset
        assert int(row["apex_frame"]) == expression.apex
        assert int(row["offset_frame"]) == expression.offset
        assert row["type"] == expression.type
        assert row["au"] == expression.label


def test_durations_fit_their_type_and_the_start_is_neutral() -> None:
    assert {e.type for e in EXPRESSIONS} == {"ME", "MaE"}
    assert min(e.onset for e in EXPRESSIONS) >= 2 * RATE_HZ
    for expression in EXPRESSIONS:
        seconds = (expression.offset - expression.onset + 1) / RATE_HZ
        assert seconds < 0.5 if expression.type == "ME" else 0.5 <= seconds <= 4.0


def test_events_are_well_apart() -> None:
    ordered = sorted(EXPRESSIONS, key=lambda e: e.onset)
    for before, after in pairwise(ordered):
        assert after.onset - before.offset >= RATE_HZ
    for blink in BLINKS:
        assert all(not e.onset - 12 <= blink <= e.offset + 12 for e in EXPRESSIONS)


def test_the_shipped_clip_decodes_and_covers_its_ground_truth() -> None:
    with av.open(str(asset_path("demo.mp4"))) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (640, 480)
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == RATE_HZ
        times = [frame.time for frame in container.decode(stream)]
    assert len(times) == demo_timeline().frames
    assert np.allclose(times, np.arange(len(times)) / RATE_HZ, atol=1e-3)
    assert max(int(row["offset_frame"]) for row in rows(asset_path("demo.csv"))) < len(times)


def test_the_encoder_keeps_count_size_and_bytes(tmp_path: Path) -> None:
    x = np.arange(64, dtype=np.float32)
    pictures = [
        np.repeat(np.rint(120 + 60 * np.sin((x + k) / 6)).astype(np.uint8)[None, :, None], 48, 0).repeat(3, 2)
        for k in range(10)
    ]
    assert write_video(tmp_path / "a.mp4", pictures, 30) == 10
    assert write_video(tmp_path / "b.mp4", iter(pictures), 30) == 10
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    with av.open(str(tmp_path / "a.mp4")) as container:
        decoded = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert [image.shape for image in decoded] == [(48, 64, 3)] * 10
    assert float(np.abs(decoded[4].astype(float) - pictures[4]).mean()) < 4.0


def test_wrong_usage_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "expects one folder" in capsys.readouterr().err


def test_the_icon_is_square_with_clear_corners() -> None:
    icon = draw_icon(64)
    assert icon.shape == (64, 64, 4)
    assert icon[0, 0, 3] == 0
    assert icon[32, 32, 3] == 255
