"""What every data set's layout tells: which videos lie in a folder, and what its annotations say of them.

A layout only finds and reads; nothing is repaired here (:mod:`livespot.datasets.repairs`) and no picture is decoded.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livespot.capture.images import VIDEO_SUFFIXES, image_files, image_places
from livespot.types import ExpressionType

__all__ = ["VIDEO_SUFFIXES", "AnnotatedRow", "FoundVideo", "Layout", "walk"]

_LAST_NUMBER = re.compile(r"(\d+)\D*$")


@dataclass(frozen=True, slots=True)
class AnnotatedRow:
    """One annotated expression as it was written down; frames are not repaired and may be missing (0 or less).

    Attributes
    ----------
    video : str
        Key of the video, as in :attr:`FoundVideo.key`.
    onset, apex, offset : int
        Numbers as annotated; see ``scale``.
    type : "ME" or "MaE"
    au : str
        Action units as the annotator wrote them.
    where : str
        File and row, for messages.
    scale : int
        Source frames per annotated number: 1 where the numbers are those of the source's frames; 7 or 8 in tables
        made for decimated SAMM-LV, whose numbers count from 0.
    """

    video: str
    onset: int
    apex: int
    offset: int
    type: ExpressionType
    au: str
    where: str
    scale: int = 1


@dataclass(frozen=True)
class FoundVideo:
    """A video that lies in the folder.

    Attributes
    ----------
    key : str
        What annotations call it, such as ``006_1``, ``15_0401`` or ``spno.1/a``.
    person : str
    name : str
        Unique in the set, and usable as the name of a file.
    path : Path
        A video file, or a folder of images that may be empty.
    first_number : int
        Number that the data set's annotations give to the first frame of a video file.
    """

    key: str
    person: str
    name: str
    path: Path
    first_number: int

    @property
    def is_folder(self) -> bool:
        """Whether the frames are single images."""
        return self.path.is_dir()

    @cached_property
    def images(self) -> list[Path]:
        """The images in their order; empty for a video file.

        Raises
        ------
        InputError
            When the folder cannot be read.
        """
        return image_files(self.path) if self.is_folder else []

    @cached_property
    def numbers(self) -> NDArray[np.int64] | None:
        """Frame number of each image by its name, rising; None for a video file or names without a clear number."""
        found = [_LAST_NUMBER.search(image.stem) for image in self.images]
        if not found or any(match is None for match in found):
            return None
        numbers = np.array([int(match[1]) for match in found if match], np.int64)
        return numbers if (np.diff(numbers) > 0).all() else None

    @cached_property
    def places(self) -> list[int]:
        """Frame of each image, as :class:`~livespot.capture.ImageFolderSource` counts: from 0, holes included."""
        return image_places(self.images)

    @property
    def frames(self) -> int | None:
        """Length of the stream; None for a video file, which tells only when it is opened."""
        if not self.is_folder:
            return None
        return self.places[-1] + 1 if self.places else 0


class Layout(ABC):
    """How one data set is given out.

    Attributes
    ----------
    name : str
        As on the command line.
    title : str
        As in the papers.
    rate_hz : float
        Of the source.
    size : (int, int)
        Width and height of the pictures as they are given out.
    first_number : int
        Number of a video's first frame in the annotations.
    published : (int, int)
        MaE and ME that the papers count; zeros where no paper here does.
    """

    name: str
    title: str
    rate_hz: float
    size: tuple[int, int]
    first_number: int
    published: tuple[int, int] = (0, 0)
    expected: str
    """What belongs into the folder, for messages."""

    @abstractmethod
    def annotation_files(self, folder: Path) -> list[Path]:
        """Workbooks or cleaned tables that hold the annotations; empty when there are none."""

    @abstractmethod
    def videos(self, folder: Path) -> list[FoundVideo]:
        """The videos of the folder by name, with those whose folder is empty."""

    @abstractmethod
    def rows(self, folder: Path) -> list[AnnotatedRow]:
        """All annotated expressions.

        Raises
        ------
        InputError
            When a workbook or table is missing, cannot be read, or lacks a column.
        """

    def is_in(self, folder: Path) -> bool:
        """Whether the folder looks like this data set."""
        return bool(self.annotation_files(folder)) or bool(self.videos(folder))


def walk(
    folder: Path, wanted: Callable[[Path], bool], depth: int, enter: Callable[[Path], bool]
) -> Iterator[Path]:
    """Files and folders that are wanted, by name, down to a depth; hidden ones are left out.

    Parameters
    ----------
    folder : Path
    wanted : callable
    depth : int
        1: only what lies in the folder itself.
    enter : callable
        Whether to look into a folder that is not wanted itself.
    """
    for path in sorted(folder.iterdir(), key=lambda p: p.name.casefold()) if folder.is_dir() else ():
        if path.name.startswith((".", "~$")):  # ~$: the lock file of a workbook that is open
            continue
        if wanted(path):
            yield path
        elif depth > 1 and path.is_dir() and enter(path):
            yield from walk(path, wanted, depth - 1, enter)
