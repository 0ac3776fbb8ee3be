from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from capture_makers import picture

from livespot.capture import ArraySource, ImageFolderSource, open_source
from livespot.cv import cv2
from livespot.errors import InputError, UsageError
from livespot.types import Frame, Gap


def test_a_folder_is_read_in_natural_order(image_folder: Path) -> None:
    with open_source(image_folder, fps=25.0) as source:
        assert source.info.kind == "images" and source.info.frames == 12 and source.info.fps == 25.0
        frames = list(iter(source.read, None))
    assert [f.time_s for f in frames] == pytest.approx([i / 25 for i in range(12)])
    for i, frame in enumerate(frames):
        if i != 3:  # the grey one
            assert np.array_equal(frame.image, picture(4 * i))
    grey = frames[3].image
    assert np.array_equal(grey[..., 0], grey[..., 1]) and np.array_equal(grey[..., 0], grey[..., 2])


@pytest.mark.parametrize("suffix", [".png", ".JPG", ".bmp", ".tif", ".webp"])
def test_kinds_of_image(tmp_path: Path, suffix: str) -> None:
    cv2.imwrite(str(tmp_path / f"größe{suffix}"), picture(0))
    assert ImageFolderSource(tmp_path).read().image.shape == (120, 160, 3)


def test_transparency_and_16_bits_become_bgr(tmp_path: Path) -> None:
    alpha = np.dstack([picture(0), np.zeros((120, 160), np.uint8)])
    cv2.imwrite(str(tmp_path / "0.png"), alpha)
    cv2.imwrite(str(tmp_path / "1.png"), picture(0).astype(np.uint16) * 257)
    with ImageFolderSource(tmp_path) as source:
        first, second = source.read(), source.read()
    assert np.array_equal(first.image, picture(0))
    assert np.abs(second.image.astype(int) - picture(0)).max() <= 1


def test_an_unreadable_image_is_a_gap_and_keeps_its_number(image_folder: Path, capfd) -> None:
    (image_folder / "img5.png").write_bytes(b"broken")
    with ImageFolderSource(image_folder) as source:
        items = list(iter(source.read, None))
    assert isinstance(items[5], Gap) and "img5.png" in items[5].reason
    assert [f.index for f in items if isinstance(f, Frame)] == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    assert "1 of 12 images cannot be read" in source.warning
    assert capfd.readouterr().err == ""


def test_an_unreadable_first_image_is_an_error(image_folder: Path) -> None:
    (image_folder / "img0.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"img0\.png: is not a readable image"):
        ImageFolderSource(image_folder)


def test_an_image_of_another_size_is_an_error_that_names_it(image_folder: Path) -> None:
    cv2.imwrite(str(image_folder / "img2.png"), picture(0, 200, 120))
    source = ImageFolderSource(image_folder)
    assert [source.read().index, source.read().index] == [0, 1]
    with pytest.raises(InputError, match=r"img2\.png: is 200x120 px, but the first is 160x120"):
        source.read()
    assert source.read() is None


def test_a_folder_without_images(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder without images"):
        open_source(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder that can be read"):
        ImageFolderSource(tmp_path / "none")


def test_images_that_are_too_small(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "0.png"), picture(0, 63, 200))
    with pytest.raises(InputError, match="63x200 px is too small for a face; at least 64x64"):
        ImageFolderSource(tmp_path)


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf"), "30", True, None])
def test_impossible_rates(fps) -> None:
    with pytest.raises(UsageError, match="expected a positive number of frames per second"):
        ArraySource([picture(0)], fps)


def test_grey_arrays_become_bgr_and_generators_may_reuse_their_buffer() -> None:
    buffer = np.zeros((80, 100), np.uint8)

    def pictures():
        for value in range(5):
            buffer[:] = value
            yield buffer

    with ArraySource(pictures(), fps=10.0) as source:
        assert source.info.frames is None
        frames = list(iter(source.read, None))
    assert [int(f.image.max()) for f in frames] == [0, 1, 2, 3, 4]
    assert frames[2].image.shape == (80, 100, 3) and frames[4].time_s == pytest.approx(0.4)


def test_a_view_becomes_contiguous() -> None:
    image = picture(0)[:, ::-1]
    frame = ArraySource([image], 30.0).read()
    assert frame.image.flags.c_contiguous and np.array_equal(frame.image, image)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((100, 100, 3), np.float32),
        np.zeros((100, 100, 4), np.uint8),
        np.zeros((100,), np.uint8),
        np.zeros((2, 100, 100, 3), np.uint8),
        "film.mp4",
        [[1, 2], [3, 4]],
    ],
)
def test_wrong_arrays_are_named(wrong) -> None:
    with pytest.raises(InputError, match="image 0: expected a BGR uint8 array"):
        ArraySource([wrong], 30.0)
    source = ArraySource([picture(0), wrong], 30.0)
    source.read()
    with pytest.raises(InputError, match="image 1: expected a BGR uint8 array"):
        source.read()


def test_arrays_of_two_sizes() -> None:
    source = ArraySource([picture(0), picture(0, 100, 100)], 30.0)
    source.read()
    with pytest.raises(InputError, match="image 1: is 100x100 px, but the first is 160x120"):
        source.read()


@pytest.mark.parametrize(("images", "text"), [([], "there is none"), (7, "expected an iterable")])
def test_nothing_to_iterate(images, text) -> None:
    with pytest.raises(InputError, match=text):
        ArraySource(images, 30.0)


def numbered(folder: Path, names: list[str]) -> Path:
    folder.mkdir()
    for name in names:
        assert cv2.imwrite(str(folder / name), picture(int("".join(filter(str.isdigit, name))) % 50))
    return folder


@pytest.mark.parametrize("step", [1, 5])
def test_a_hole_in_the_numbers_is_a_gap_and_the_others_keep_their_times(tmp_path: Path, step: int) -> None:
    kept = [0, 1, 2, 5, 6, 7, 9]
    folder = numbered(tmp_path / "series", [f"take2_{100 + step * n}.png" for n in kept])
    with open_source(folder, fps=10.0) as source:
        items = list(iter(source.read, None))
    frames = [item for item in items if isinstance(item, Frame)]
    assert [frame.index for frame in frames] == kept
    assert [frame.time_s for frame in frames] == pytest.approx([n / 10 for n in kept])
    gaps = [(items[i - 1].index, item) for i, item in enumerate(items) if isinstance(item, Gap)]
    assert [(before, gap.time_s, gap.reason) for before, gap in gaps] == [
        (2, 0.3, f"2 images are missing before take2_{100 + 5 * step}.png"),
        (7, 0.8, f"1 image is missing before take2_{100 + 9 * step}.png"),
    ]
    assert source.losses == {"missing by their numbers": 3}
    assert "3 images are missing by the numbers" in source.warning


@pytest.mark.parametrize(
    "names",
    [
        ["img_1700000000033.png", "img_1700000000067.png", "img_1700000000100.png", "img_1700000000134.png"],
        ["s1_001.png", "s1_002.png", "s2_001.png", "s2_007.png"],
        ["a.png", "b.png", "c7.png"],
    ],
)
def test_names_that_are_no_series_of_numbers_have_no_holes(tmp_path: Path, names: list[str]) -> None:
    with ImageFolderSource(
        numbered(tmp_path / "d", names) if "a.png" not in names else _lettered(tmp_path, names)
    ) as source:
        items = list(iter(source.read, None))
    assert [item.index for item in items] == list(range(len(names))) and source.warning == ""


def _lettered(tmp_path: Path, names: list[str]) -> Path:
    for name in names:
        cv2.imwrite(str(tmp_path / name), picture(0))
    return tmp_path


def test_a_folder_with_videos_and_a_picture_is_a_folder_of_videos(image_folder: Path, make_video) -> None:
    shutil.copy(make_video("take.mp4"), image_folder / "take.mp4")
    with pytest.raises(
        InputError, match=r"is a folder of videos \(take\.mp4, 1 in all\), expected one of images"
    ):
        open_source(image_folder)


def test_the_standard_input_is_refused_with_what_to_do() -> None:
    with pytest.raises(UsageError, match="write it to a file first"):
        open_source("-")
