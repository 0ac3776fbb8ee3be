from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from livespot.capture import VideoSource
from livespot.errors import UsageError
from livespot.synthesis.encode import Codec, write_clip
from livespot.synthesis.portraits import PortraitSource
from livespot.synthesis.recipe import Recipe, Wish, draw_recipe
from livespot.synthesis.sensor import Sensor

SOURCE = PortraitSource("anna-2", "anna", Path("anna-2.png"))


def recipes(count: int = 24) -> list[Recipe]:
    return [draw_recipe(Wish(seed=9), number, SOURCE, 0.0) for number in range(count)]


def test_seed_and_number_decide_everything() -> None:
    for first, again in zip(recipes(), recipes(), strict=True):
        assert first.entry() == again.entry()
        assert first.annotations() == again.annotations()
        assert first.timeline == again.timeline
        assert np.array_equal(first.taken, again.taken)
        assert np.array_equal(first.shown_s, again.shown_s)
    assert recipes()[0].timeline != draw_recipe(Wish(seed=10), 0, SOURCE, 0.0).timeline


def test_kinds_codecs_rates_and_cameras_are_mixed() -> None:
    drawn = recipes()
    assert [r.kind for r in drawn[:4]] == ["calm", "blinking", "talking", "turning"]
    assert {r.codec.name for r in drawn} == {"h264", "mjpeg"}
    assert len({r.timeline.rate_hz for r in drawn}) > 3
    assert any(len(r.taken) < r.timeline.frames for r in drawn)
    assert any(not r.annotations() for r in drawn)
    assert {r.file for r in drawn} == {r.name + r.codec.suffix for r in drawn}


def test_times_increase_and_follow_the_taking() -> None:
    for recipe in recipes():
        assert recipe.shown_s[0] == 0.0
        assert np.all(np.diff(recipe.shown_s) > 1e-6)
        late = recipe.shown_s - recipe.taken / recipe.timeline.rate_hz
        if recipe.entry()["repeated_frames"]:
            assert np.all(np.diff(recipe.taken) >= 0)
            assert np.abs(late - late[0]).max() < 0.02 + 2.0 / recipe.timeline.rate_hz
            continue
        assert np.all(np.diff(recipe.taken) > 0)
        assert np.abs(late - late[0]).max() < 0.02


def test_circumstances_are_mixed_and_the_held_out_renderer_only_comes_when_asked_for() -> None:
    drawn = [draw_recipe(Wish(seed=2), number, SOURCE, 0.0) for number in range(80)]
    assert {r.renderer.name for r in drawn} == {"a", "b"}
    assert {e.course for r in drawn for e in r.timeline.expressions} == {"jerk", "sine"}
    assert any(r.entry()["repeated_frames"] for r in drawn)
    assert any(r.timeline.rate_hz < 24.0 for r in drawn)
    assert any(r.sensor.brightness < 0.7 and r.sensor.noise > 1.5 for r in drawn)
    assert any(r.codec.name == "h264" and r.codec.quality > 30 for r in drawn)
    assert any(r.glasses is not None for r in drawn)
    said = {word for r in drawn for word in r.phone.summary.split("+")}
    assert said == {"none", "held", "hunting", "pumping", "smoothed"}
    held_out = draw_recipe(Wish(seed=2, renderer="c", neutral=0.0), 0, SOURCE, 0.0)
    assert held_out.renderer.name == "c"
    assert {stir.course for stir in held_out.timeline.stirs} <= {"spring"}
    assert {e.course for e in held_out.timeline.expressions} == {"spring"}
    with pytest.raises(UsageError, match="renderer"):
        Wish(renderer="d")  # type: ignore[arg-type]


def test_annotations_count_the_frames_that_are_there() -> None:
    recipe = next(r for r in recipes() if r.annotations() and len(r.taken) < r.timeline.frames - 2)
    for row in recipe.annotations():
        assert row.subject == "anna"
        assert 0 <= row.onset < row.apex < row.offset < len(recipe.taken)
    meant = sorted(recipe.timeline.expressions, key=lambda e: e.onset)[-1]
    last = max(recipe.annotations(), key=lambda row: row.onset)
    assert abs(recipe.taken[last.onset] - meant.onset) <= 1.2
    assert last.onset < meant.onset


def test_a_stretch_keeps_its_rate_and_its_own_blinks() -> None:
    recipe = draw_recipe(Wish(seed=1, fps=60.0), 2, SOURCE, 25.0)
    assert recipe.timeline.rate_hz == 25.0
    assert recipe.timeline.blinks == ()
    assert np.array_equal(recipe.taken, np.arange(500))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"seconds": 1.0}, "seconds"),
        ({"size": (321, 240)}, "even"),
        ({"neutral": 2.0}, "share"),
        ({"fps": 5.0}, "fps"),
    ],
)
def test_impossible_wishes_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        replace(Wish(), **wrong)


@pytest.mark.parametrize("codec", [Codec("h264", 20), Codec("mjpeg", 4)])
def test_a_clip_keeps_its_times_and_its_bytes(tmp_path: Path, codec: Codec) -> None:
    x = np.arange(96, dtype=np.float32)
    pictures = [
        np.repeat(np.rint(120 + 60 * np.sin((x + k) / 6)).astype(np.uint8)[None, :, None], 64, 0).repeat(3, 2)
        for k in range(12)
    ]
    times = (
        np.arange(12) / 30.0 + np.array([0, 0, 0.01, 0, 0.05, 0.05, 0.05, 0.06, 0.05, 0.05, 0.05, 0.05])
    ).tolist()
    paths = [tmp_path / f"{name}{codec.suffix}" for name in "ab"]
    for path in paths:
        assert write_clip(path, zip(pictures, times, strict=True), 30.0, codec) == 12
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with av.open(str(paths[0])) as container:
        assert container.streams.video[0].codec_context.name == codec.name
    with VideoSource(paths[0]) as video:
        frames = [video.read() for _ in range(12)]
        assert video.read() is None
    assert np.allclose([f.time_s for f in frames], times, atol=1.1e-3)
    assert float(np.abs(frames[5].image.astype(float) - pictures[5]).mean()) < 6.0


def test_light_drifts_and_rolls_only_where_it_is_asked_to() -> None:
    grey = np.full((60, 40, 3), 100.0, np.float32)
    still = Sensor(noise=0.0, flicker=0.0)
    assert np.all(still.expose(grey, 3, 1.0) == 100)
    rolled = replace(still, rolling=0.1).expose(grey, 3, 1.0).astype(float)
    assert np.ptp(rolled.mean(axis=(1, 2))) > 10
    assert np.ptp(rolled.mean(axis=(0, 2))) == 0
    drifted = [replace(still, drift=0.1, drift_s=4.0).expose(grey, 0, t).mean() for t in (0.0, 1.0, 2.0, 3.0)]
    assert np.ptp(drifted) > 8
