"""A video or a folder of images as something to play; what is found in it is filled in by an analysis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from livespot.capture import FrameSource, ImageFolderSource, VideoSource
from livespot.capture.images import image_files, image_places
from livespot.capture.seek import VideoSeeker
from livespot.config import FlowConfig
from livespot.cv import cv2
from livespot.errors import InputError
from livespot.replay.recording import Analysis, Faces, Recording
from livespot.types import Gap, Image, Window

KEPT_WINDOWS = 100_000
"""136 MB and nearly an hour; of a longer video, another engine starts again from the pictures."""


class FileRecording(Recording):
    """Common half of videos and folders: nothing is known of faces until :attr:`base` is replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.markers = ()
        self.gaps = ()
        self.problems = []
        self.review_path = path.with_name(f"{path.name}.review.json")
        self.base = Analysis(name="not analysed yet", complete=False)
        self.faces = Faces()
        self.kept: list[Window | Gap] | None = None
        self.kept_flow = FlowConfig()  # by which they were measured
        self.has_pictures = True

    @property
    def window_count(self) -> int:
        """How many were kept."""
        return sum(isinstance(item, Window) for item in self.kept or ())

    def windows(self) -> Iterator[Window | Gap] | None:
        """Those that the analysis kept."""
        return None if self.kept is None else iter(self.kept)

    def measured_by(self, flow: FlowConfig) -> bool:
        """Whether the windows that the analysis kept are those that this configuration would measure."""
        return self.kept_flow == flow

    def source(self) -> FrameSource:
        """The same frames once more, for an analysis; the caller closes it."""
        raise NotImplementedError

    def note(self, problem: str) -> None:
        """Add a problem, once."""
        if problem and problem not in self.problems:
            self.problems.append(problem)


class VideoRecording(FileRecording):
    """Any video that :class:`~livespot.capture.VideoSource` opens.

    Raises
    ------
    InputError
        As :class:`~livespot.capture.VideoSource` does.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._seeker = VideoSeeker(path)
        self.info = self._seeker.info
        self.numbers = self._seeker.index.numbers
        self.times_s = self._seeker.times_s

    def picture(self, place: int) -> Image | None:
        """The very frame."""
        try:
            return self._seeker.frame(int(self.numbers[place])).image
        except InputError as error:
            self.note(str(error))
            return None

    def source(self) -> FrameSource:
        """A reader of its own."""
        return VideoSource(self.path)

    def close(self) -> None:
        """Let go of the file."""
        self._seeker.close()


class ImagesRecording(FileRecording):
    """A folder of images at a given rate.

    Raises
    ------
    InputError
        As :class:`~livespot.capture.ImageFolderSource` does.
    """

    def __init__(self, path: Path, fps: float = 30.0) -> None:
        super().__init__(path)
        with ImageFolderSource(path, fps) as source:
            self.info = source.info
        self._files = image_files(path)
        self._fps = fps
        self.numbers = np.array(image_places(self._files), np.int64)
        self.times_s = self.numbers / fps

    def picture(self, place: int) -> Image | None:
        """The image of that name; None when it is unreadable."""
        try:
            image = cv2.imdecode(np.fromfile(self._files[place], np.uint8), cv2.IMREAD_COLOR)
        except (OSError, cv2.error):
            image = None
        if image is None:
            self.note(f"{self._files[place].name} is not a readable image")
            return None
        return np.ascontiguousarray(image, np.uint8)

    def source(self) -> FrameSource:
        """The folder once more."""
        return ImageFolderSource(self.path, self._fps)

    def close(self) -> None:
        """Nothing stays open."""
