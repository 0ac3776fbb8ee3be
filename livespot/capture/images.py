"""A folder of images as a video: natural order of the names, one image per frame, at a rate that is given.

Where the names are numbered one after the other, a number that is missing is a frame that is missing: the stream breaks
off there, and the images behind it keep their times.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from livespot.capture.array import check_same_size, check_size, checked_fps
from livespot.capture.source import RecordedSource
from livespot.cv import cv2
from livespot.errors import InputError
from livespot.types import Frame, Gap, Image, SourceInfo

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".m4v", ".wmv", ".flv"})

MISSING = "missing by their numbers"
UNREADABLE = "unreadable images"


class ImageFolderSource(RecordedSource):
    """The images of one folder, in natural order (``img2`` before ``img10``); subfolders are not entered.

    Grey and 16-bit images become 8-bit BGR, transparency is dropped, EXIF orientation is applied. An
    unreadable image after the first, and one that is missing from numbered names (:func:`image_places`), becomes a
    :class:`Gap` and keeps its frame number, so that the others keep their times.

    Parameters
    ----------
    folder : str or Path
        Where the images lie.
    fps : float
        Frames per second; image i stands at i / fps seconds.

    Raises
    ------
    InputError
        When the folder is missing, holds no image or holds videos too, when the first image cannot be read or is too
        small, and from ``read()`` when an image is of another size than the first.
    UsageError
        When ``fps`` is not a positive number.
    """

    def __init__(self, folder: str | Path, fps: float = 30.0) -> None:
        self._fps = checked_fps(fps)
        self._files = image_files(folder)
        name = str(folder)
        if videos := video_files(folder):
            raise InputError(
                f"{name}: is a folder of videos ({videos[0].name}, {len(videos)} in all), expected one of images; "
                "give one of its videos, or the folder to `livespot spot`"
            )
        if not self._files:
            raise InputError(
                f"{name}: is a folder without images (png, jpg, bmp, tif, webp); give one with images"
            )
        first = _decoded(self._files[0])
        if first is None:
            raise InputError(f"{self._files[0]}: is not a readable image; remove it or save it again")
        height, width = first.shape[:2]
        check_size(str(self._files[0]), width, height)
        super().__init__(SourceInfo(name, "images", width, height, self._fps, len(self._files), live=False))
        self._first: Image | None = first
        self._places = image_places(self._files)
        self._row = 0  # of the next file
        self._due = 0  # frame number that comes next
        self._lost = {MISSING: 0, UNREADABLE: 0}

    @property
    def losses(self) -> Mapping[str, int]:
        """Images that cannot be read or are missing, by reason."""
        return {reason: count for reason, count in self._lost.items() if count}

    def _next(self) -> Frame | Gap | None:
        row = self._row
        if row >= len(self._files):
            return None
        file, place = self._files[row], self._places[row]
        if place > self._due:
            return self._hole(file, place)
        self._row, self._due = row + 1, place + 1
        time_s = place / self._fps
        image, self._first = (self._first, None) if row == 0 else (_decoded(file), None)
        if image is None:
            self._lost[UNREADABLE] += 1
            self._warn()
            return Gap(time_s, f"{file.name} is not a readable image")
        check_same_size(str(file), image, self._info)
        return Frame(place, time_s, image)

    def _hole(self, file: Path, place: int) -> Gap:
        missing, first = place - self._due, self._due
        self._due = place
        self._lost[MISSING] += missing
        self._warn()
        images = "1 image is" if missing == 1 else f"{missing} images are"
        return Gap(first / self._fps, f"{images} missing before {file.name}")

    def _warn(self) -> None:
        """One line with all counts."""
        total = len(self._files)
        texts = []
        if unreadable := self._lost[UNREADABLE]:
            texts.append(f"{unreadable} of {total} images cannot be read")
        if missing := self._lost[MISSING]:
            texts.append(f"{missing} images are missing by the numbers in the names of the {total} others")
        self._warning = f"{self._info.name}: {'; '.join(texts)}"

    def _release(self) -> None:
        self._first = None


def image_files(folder: str | Path) -> list[Path]:
    """Images of a folder in natural order, hidden files left out.

    Raises
    ------
    InputError
        When it is not a folder that can be read.
    """
    try:
        files = [p for p in Path(folder).iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file()]
    except OSError as error:
        reason = error.strerror
        raise InputError(f"{folder}: is not a folder that can be read ({reason}); check the path") from error
    return sorted((p for p in files if not p.name.startswith(".")), key=_natural)


def video_files(folder: str | Path) -> list[Path]:
    """Videos of a folder by their endings, in order of their names, hidden files left out."""
    found = (p for p in Path(folder).iterdir() if p.suffix.lower() in VIDEO_SUFFIXES and p.is_file())
    return sorted(p for p in found if not p.name.startswith("."))


def image_places(files: Sequence[Path]) -> list[int]:
    """Frame number of each image: its place by the number in its name, from 0, where the names are numbered.

    They are where all names are alike but for one number, and these numbers rise by a usual step or by a multiple of
    it: every fifth frame of a film is a series too. Else the images follow one another without a hole, as under names
    that hold the time of day.

    Parameters
    ----------
    files : sequence of Path
        In natural order.

    Examples
    --------
    >>> image_places([Path("a7.png"), Path("a8.png"), Path("a11.png")])
    [0, 1, 4]
    >>> image_places([Path("0.png"), Path("5.png"), Path("10.png"), Path("20.png")])
    [0, 1, 2, 4]
    >>> image_places([Path("0033.png"), Path("0067.png"), Path("0100.png")])
    [0, 1, 2]
    """
    counted = list(range(len(files)))
    parts = [re.split(r"(\d+)", file.stem.lower()) for file in files]
    if len(files) < 3 or len({len(part) for part in parts}) > 1:
        return counted
    varying = [i for i in range(len(parts[0])) if len({part[i] for part in parts}) > 1]
    if len(varying) != 1 or varying[0] % 2 == 0:
        return counted
    numbers = [int(part[varying[0]]) for part in parts]
    steps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
    step, times = Counter(steps).most_common(1)[0]
    if step <= 0 or 2 * times < len(steps) or any(other <= 0 or other % step for other in steps):
        return counted
    return [(number - numbers[0]) // step for number in numbers]


def _natural(path: Path) -> list[str | int]:
    """Sort key: text and numbers take turns, so only like is compared with like."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)]


def _decoded(file: Path) -> Image | None:
    """Read one image, or None; through a buffer, since ``cv2.imread`` fails on some names on Windows."""
    try:
        image = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        return None
    return None if image is None else np.ascontiguousarray(image, np.uint8)
