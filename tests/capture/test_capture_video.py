from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import pytest
from capture_makers import picture, write_video
from PIL import Image

from livespot.capture import VideoSource, open_source
from livespot.capture.orientation import turn_of_matrix, turned
from livespot.capture.seek import VideoSeeker
from livespot.errors import InputError, UsageError
from livespot.types import Frame, Gap

_ONE = 1 << 16  # FFmpeg's fixed point


def all_of(source: VideoSource) -> list[Frame | Gap]:
    with source:
        return list(iter(source.read, None))


def frames_of(path: Path) -> list[Frame]:
    return [item for item in all_of(VideoSource(path)) if isinstance(item, Frame)]


def message_of(path: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        open_source(path)
    text = str(caught.value)
    assert "\n" not in text and Path(path).name in text
    return text


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mpeg4.mp4", {}),
        ("mpeg4.avi", {}),
        ("h264.mp4", {"codec": "libx264"}),
        ("h264.mkv", {"codec": "libx264"}),
        ("mjpeg.mov", {"codec": "mjpeg", "pixels": "yuvj420p"}),
        ("grey.mkv", {"codec": "ffv1", "pixels": "gray"}),
        ("deep.mkv", {"codec": "ffv1", "pixels": "yuv422p10le"}),
        ("alphapng.mov", {"codec": "png", "pixels": "rgba"}),
        ("alpha.mov", {"codec": "qtrle", "pixels": "argb"}),
        ("odd.mkv", {"codec": "ffv1", "pixels": "yuv444p", "size": (161, 121)}),
        ("odd.mp4", {"size": (161, 121)}),
    ],
)
def test_kinds_of_video_give_every_frame(make_video, capfd, name, options) -> None:
    path = make_video(name, **options)
    source = VideoSource(path)
    size = options.get("size", (160, 120))
    assert (source.info.width, source.info.height) == size
    assert source.info.fps == pytest.approx(30.0)
    frames = [item for item in all_of(source) if isinstance(item, Frame)]
    assert [f.index for f in frames] == list(range(12))
    assert [f.time_s for f in frames] == pytest.approx([i / 30 for i in range(12)], abs=0.0011)
    assert source.warning == ""
    for i, frame in enumerate(frames):
        assert frame.image.shape == (size[1], size[0], 3) and frame.image.dtype == np.uint8
        if "grey" not in name:
            assert np.abs(frame.image.astype(int) - picture(4 * i, *size)).mean() < 8
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err == ""


def test_a_varying_rate_keeps_its_real_times(make_video) -> None:
    ticks = [0, 33, 70, 200, 210, 500, 533, 1000]
    frames = frames_of(make_video("vfr.mkv", len(ticks), ticks_ms=ticks))
    assert [f.time_s for f in frames] == pytest.approx([t / 1000 for t in ticks], abs=1e-6)


def test_time_begins_at_the_first_frame(make_video) -> None:
    ticks = [700 + 40 * i for i in range(6)]
    frames = frames_of(make_video("late.mkv", len(ticks), ticks_ms=ticks))
    assert [f.time_s for f in frames] == pytest.approx([0.04 * i for i in range(6)], abs=1e-6)


def test_frames_without_times_are_spaced_by_the_rate(make_video) -> None:
    # A raw MPEG-4 stream holds pictures and nothing else.
    times = [f.time_s for f in frames_of(make_video("raw.m4v", 8))]
    assert len(times) == 8 and times[0] == 0.0
    assert np.diff(times) == pytest.approx(np.full(7, times[1]))


def test_times_that_start_again_are_a_gap_and_go_on(tmp_path: Path) -> None:
    parts = []
    for name in ("a.ts", "b.ts"):
        write_video(tmp_path / name, 60, codec="mpeg2video")
        parts.append((tmp_path / name).read_bytes())
    (tmp_path / "both.ts").write_bytes(b"".join(parts))
    items = all_of(VideoSource(tmp_path / "both.ts"))
    gaps = [i for i, item in enumerate(items) if isinstance(item, Gap)]
    assert len(gaps) == 1 and 55 <= gaps[0] <= 65
    times = [item.time_s for item in items]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(119 / 30, abs=0.2)


def test_a_change_of_size_is_a_gap_and_frames_keep_the_first_size(tmp_path: Path) -> None:
    write_video(tmp_path / "a.m2v", 10, codec="mpeg2video")
    write_video(tmp_path / "b.m2v", 10, codec="mpeg2video", size=(320, 240))
    both = tmp_path / "both.m2v"
    both.write_bytes((tmp_path / "a.m2v").read_bytes() + (tmp_path / "b.m2v").read_bytes())
    items = all_of(VideoSource(both))
    gaps = [item for item in items if isinstance(item, Gap)]
    assert len(gaps) == 1 and "320x240" in gaps[0].reason
    assert {item.image.shape for item in items if isinstance(item, Frame)} == {(120, 160, 3)}


@pytest.mark.parametrize("signs", [(a, d) for a in (1, -1) for d in (1, -1)])
@pytest.mark.parametrize("swap", [False, True])
def test_display_matrices_are_applied(make_video, signs, swap) -> None:
    first, second = signs[0] * _ONE, signs[1] * _ONE
    rows = [[0, first, 0], [second, 0, 0]] if swap else [[first, 0, 0], [0, second, 0]]
    matrix = [*rows[0], *rows[1], 0, 0, 1 << 30]
    source = VideoSource(make_video("turned.mp4", 3, matrix=matrix))
    assert (source.info.width, source.info.height) == ((120, 160) if swap else (160, 120))
    image = all_of(source)[0].image
    assert image.flags.c_contiguous
    # The red corner, at (-1, -1) from the centre, goes where the matrix sends it.
    x, y = (-signs[1], -signs[0]) if swap else (-signs[0], -signs[1])
    corner = image[12 if y < 0 else -12, 12 if x < 0 else -12].astype(int)
    assert corner[2] > 200 and corner[0] < 60


def test_turning_arrays() -> None:
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    clockwise = np.array([0, _ONE, 0, -_ONE, 0, 0, 0, 0, 1 << 30], np.int32).tobytes()
    assert np.array_equal(turned(image, turn_of_matrix(clockwise)), np.rot90(image, -1))
    assert turned(image, turn_of_matrix(b"")) is image


def test_a_cut_off_file_gives_what_decodes_and_says_so(make_video) -> None:
    whole = make_video("whole.mkv", 80, codec="mjpeg", pixels="yuvj420p")
    cut = whole.with_name("cut.mkv")
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    source = VideoSource(cut)
    count = len(all_of(source))
    assert 40 <= count <= 50
    assert source.warning.startswith(f"{cut}: ended early: ")


def test_a_cut_off_mp4_counts_declared_frames(tmp_path: Path) -> None:
    path = tmp_path / "fast.mp4"
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for i in range(60):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(3 * i), format="bgr24")))
        container.mux(stream.encode())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    source = VideoSource(path)
    assert source.info.frames == 60
    count = len(all_of(source))
    assert 0 < count < 55
    assert source.warning == f"{path}: ended early: {count} of 60 declared frames decode"


def test_damage_in_the_middle_costs_frames_but_no_times(make_video) -> None:
    whole = make_video("whole.avi", 40, codec="mjpeg", pixels="yuvj420p")
    data = bytearray(whole.read_bytes())
    middle = data.index(b"00dc", len(data) // 2) + 8
    data[middle : middle + 64] = bytes(64)
    damaged = whole.with_name("damaged.avi")
    damaged.write_bytes(bytes(data))
    frames = frames_of(damaged)
    assert 38 <= len(frames) <= 40
    assert frames[-1].index == 39
    assert all(f.time_s == pytest.approx(f.index / 30, abs=1e-3) for f in frames)


def test_missing_file(tmp_path: Path) -> None:
    assert "no such file" in message_of(tmp_path / "none.mp4")


def test_a_folder_is_not_a_video(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        VideoSource(tmp_path)


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert "empty (0 bytes)" in message_of(tmp_path / "empty.mp4")


@pytest.mark.parametrize("name", ["text.mp4", "text.txt", "text.avi"])
def test_a_text_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("It was a dark and stormy night.\n" * 200)
    text = message_of(tmp_path / name)
    assert "not a video" in text or "text file" in text


def test_random_bytes(tmp_path: Path, capfd) -> None:
    noise = np.random.default_rng(3).integers(0, 256, 20_000, dtype=np.uint8)
    (tmp_path / "noise.mkv").write_bytes(noise.tobytes())
    message_of(tmp_path / "noise.mkv")
    assert capfd.readouterr().err == ""


def test_sound_only(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    assert "no video stream" in message_of(tmp_path / "sound.wav")


def test_a_single_image(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(b"\x89PNG")
    assert "single image" in message_of(tmp_path / "one.png")


def test_no_frame_decodes(make_video) -> None:
    path = make_video("whole.avi", 5, codec="ffv1")
    data = bytearray(path.read_bytes())
    begin, end = data.index(b"movi"), data.index(b"idx1")
    at = data.find(b"00dc", begin, end)
    while at >= 0:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        data[at + 8 : at + 8 + size] = bytes(size)
        at = data.find(b"00dc", at + 8 + size, end)
    path.write_bytes(bytes(data))
    assert "no frame decodes" in message_of(path)


def test_too_small(make_video) -> None:
    path = make_video("tiny.mkv", codec="ffv1", size=(8, 8))
    assert "8x8 px is too small for a face; at least 64x64" in message_of(path)


def test_a_name_that_looks_like_a_protocol(make_video, monkeypatch) -> None:
    path = make_video("film.mp4", 3)
    odd = path.rename(path.with_name("concat:a|b.mp4"))
    monkeypatch.chdir(odd.parent)
    assert len(frames_of(Path(odd.name))) == 3


def remuxed(source: Path, target: Path, shift, *, jumps: bool = False, **options: str) -> Path:
    """The same packets with their presentation times changed by ``shift(time in s, number) -> time in s``."""
    with av.open(str(source)) as old, av.open(str(target), "w", options=options) as new:
        stream = old.streams.video[0]
        copy = new.add_stream_from_template(stream)
        base = stream.time_base
        for number, packet in enumerate(old.demux(stream)):
            if packet.size:
                moved = round(shift(float(packet.pts * base), number) / base)
                packet.pts, packet.dts = moved, number if jumps else moved
                packet.stream = copy
                new.mux(packet)
    return target


def test_what_an_edit_list_cuts_away_is_neither_shown_nor_damage(make_video, tmp_path: Path) -> None:
    whole = make_video("whole.mp4", 30)
    cut = remuxed(whole, tmp_path / "cut.mp4", lambda t, n: t - 1 / 3, avoid_negative_ts="disabled")
    source = VideoSource(cut)
    frames = all_of(source)
    assert [frame.index for frame in frames] == list(range(20)) and source.info.frames == 30
    assert [frame.time_s for frame in frames] == pytest.approx([n / 30 for n in range(20)])
    for frame, original in zip(frames, frames_of(whole)[10:], strict=True):
        assert np.array_equal(frame.image, original.image)
    assert source.warning == "" and not source.losses
    with VideoSeeker(cut) as seeker:
        assert len(seeker) == 20 and np.array_equal(seeker.frame(7).image, frames[7].image)


@pytest.mark.parametrize(("real", "rate"), [(120.0, 120.0), (15.0, 15.0), (None, 30.0)])
def test_slow_motion_and_time_lapse_get_their_real_times(make_video, real, rate) -> None:
    with open_source(make_video("slow.mp4", 24), fps=real) as source:
        assert source.info.fps == rate
        frames = list(iter(source.read, None))
    assert [frame.time_s for frame in frames] == pytest.approx([n / rate for n in range(24)])
    assert source.warning == ""


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan")])
def test_impossible_rates_of_a_video_are_refused(make_video, fps) -> None:
    with pytest.raises(UsageError, match="fps: expected a positive number"):
        open_source(make_video(), fps=fps)


def test_times_that_stand_still_fall_back_or_start_again_are_named_in_one_line(
    make_video, tmp_path: Path
) -> None:
    wrong = {5: 4 / 30, 6: 4 / 30, 10: 8.4 / 30}
    whole = make_video("right.mkv", 40, codec="mjpeg", pixels="yuvj420p")

    def shift(time_s: float, number: int) -> float:
        return wrong.get(number, time_s + (3 if 30 <= number < 35 else 0))

    odd = remuxed(whole, tmp_path / "odd.mkv", shift, jumps=True)
    source = VideoSource(odd)
    items = all_of(source)
    times = [item.time_s for item in items if isinstance(item, Frame)]
    assert times == sorted(times) and len(times) == 40
    assert (
        "its times stand still at 2 frames, fall back a little at 1 frames, start again at 1 frames of 40"
        in (source.warning)
    )
    assert source.warning.count("its times") == 1


def test_times_in_milliseconds_are_named(make_video, tmp_path: Path) -> None:
    whole = make_video("s.mkv", 20, codec="mjpeg", pixels="yuvj420p")
    source = VideoSource(remuxed(whole, tmp_path / "ms.mkv", lambda t, n: 1000 * t))
    all_of(source)
    assert "seem to be milliseconds taken for seconds" in source.warning


def test_an_mp4_without_its_index_says_so(make_video, tmp_path: Path) -> None:
    data = make_video("whole.mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: data.index(b"moov") - 4])
    assert "MP4 without its index (no moov box)" in message_of(cut)


@pytest.mark.parametrize("name", ["moving.webp", "moving.mp4"])
def test_an_animated_webp_says_so(tmp_path: Path, name: str) -> None:
    images = [Image.fromarray(picture(20 * n)) for n in range(3)]
    images[0].save(tmp_path / name, format="WEBP", save_all=True, append_images=images[1:], duration=33)
    assert "is an animated WebP" in message_of(tmp_path / name)
