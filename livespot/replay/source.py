"""A recorded session's video as a source: the pictures, each with the number and the time that the live run gave it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from livespot.capture import RecordedSource
from livespot.capture.seek import VideoSeeker
from livespot.errors import InputError, SessionError
from livespot.session import SessionReader
from livespot.types import Frame, Gap, Image, SourceInfo


class SessionSource(RecordedSource):
    """Frames and gaps in the order in which they came from the camera.

    Frames whose picture the recorder could not keep, or which no longer decodes, are missing; the others keep their
    numbers and times, and :attr:`warning` says how many there are.

    Parameters
    ----------
    session : SessionReader
        Stays the caller's.

    Attributes
    ----------
    was_live : bool
        Whether the session was recorded from a source whose rate may change under way.

    Raises
    ------
    SessionError
        When the session was recorded without a picture, or its video is missing.
    InputError
        When its video cannot be read.
    """

    def __init__(self, session: SessionReader) -> None:
        self._session = session
        self._video = VideoSeeker(video_of(session))
        about = session.info["source"]
        seen = self._video.info
        kept = int((session.frames["video_frame"] >= 0).sum())
        rate = about["fps"] or seen.fps
        super().__init__(
            SourceInfo(str(session.path), "session", seen.width, seen.height, rate, kept, live=False)
        )
        self.was_live = bool(about["live"])
        self._lost = len(session.frames) - kept
        self._items = self._all()

    def _next(self) -> Frame | Gap | None:
        item = next(self._items, None)
        if item is None and self._lost:
            total = len(self._session.frames)
            self._warning = f"{self.info.name}: {self._lost} of {total} pictures are not in the video"
        return item

    def _release(self) -> None:
        self._items = iter(())
        self._video.close()

    def _all(self) -> Iterator[Frame | Gap]:
        frames = self._session.frames
        for row, gap in self._session.source_items():
            if gap is not None:
                yield gap
                continue
            wanted = int(frames["video_frame"][row])
            if wanted < 0:
                continue
            image = self._picture(wanted)
            if image is None:
                self._lost += 1
                continue
            yield Frame(int(frames["source_index"][row]), float(frames["time_s"][row]), image)

    def _picture(self, number: int) -> Image | None:
        """The picture with this number in the video; None when it does not decode.

        A killed writer leaves a log that is longer than the video.
        """
        try:
            return self._video.frame(number).image
        except InputError:
            return None


class SessionPictures:
    """Single pictures of a session by the source frame's number, exactly; for reports and for stepping.

    Parameters
    ----------
    session : SessionReader

    Raises
    ------
    SessionError, InputError
        As :class:`SessionSource` does.
    """

    def __init__(self, session: SessionReader) -> None:
        self._seeker = VideoSeeker(video_of(session))
        frames = session.frames
        self._places = dict(zip(frames["source_index"].tolist(), frames["video_frame"].tolist(), strict=True))

    def picture(self, source_index: int) -> Image | None:
        """The picture of a source frame; None when the recorder did not keep it."""
        place = self._places.get(source_index, -1)
        if not 0 <= place < len(self._seeker):
            return None
        return self._seeker.frame(place).image

    def close(self) -> None:
        """Let go of the video."""
        self._seeker.close()


def video_of(session: SessionReader) -> Path:
    """The session's video.

    Raises
    ------
    SessionError
        When there is none.
    """
    if session.video_path is not None:
        return session.video_path
    if session.mode == "features":
        raise SessionError(
            f"{session.path}: was recorded without a picture (mode features); replay it from its features"
        )
    raise SessionError(
        f"{session.path}: its video is missing or empty; put video.mkv back, or replay it from its features"
    )
