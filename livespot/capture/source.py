"""What a source of frames is, whatever stands behind it.

A file, a folder of images, an iterable of arrays, a webcam and a network camera all answer the same things:
``info``, ``read()``, ``close()``, ``state`` and ``warning``. BGR and the upright position are settled here,
once, for all rooms.

Time. ``Frame.time_s`` is the presentation time for everything recorded, the first frame being 0.0; for live
sources it is the session's clock read right after the grab, before the picture is decoded. It never
decreases.

Losses. Recorded sources lose nothing and wait for their reader. Live sources go on without their reader:
what is not fetched in time is dropped, oldest first, and shows as a jump of :attr:`Frame.index`.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from types import TracebackType
from typing import Protocol, TypeVar

from livespot.types import Frame, Gap, SourceInfo

_Self = TypeVar("_Self")


class SourceState(StrEnum):
    """Where a source stands; safe to read from any thread."""

    OPEN = "open"
    LOST = "lost"  # live only: no frame comes, the source is trying to get it back
    CLOSED = "closed"  # ended, failed or closed


class FrameSource(Protocol):
    """One stream of frames, read by one thread, closed by any."""

    @property
    def info(self) -> SourceInfo:
        """What is known since the opening; the size holds for every frame."""
        ...

    @property
    def state(self) -> SourceState:
        """Where the source stands."""
        ...

    @property
    def warning(self) -> str:
        """One line for the user about a source that could be used only in part; empty when all is well."""
        ...

    @property
    def losses(self) -> Mapping[str, int]:
        """Frames that never reach the reader, by reason."""
        ...

    def read(self) -> Frame | Gap | None:
        """Wait for the next frame.

        Returns
        -------
        Frame, Gap or None
            A gap says that the stream was interrupted; None that it has ended, and so does every later call.

        Raises
        ------
        InputError
            A recorded source turns out to be unusable.
        CameraError
            A live source went away and did not come back.
        """
        ...

    def close(self) -> None:
        """Let go of what lies beneath and wake a waiting :meth:`read`; from any thread, repeatedly."""
        ...

    def __enter__(self: _Self) -> _Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class RecordedSource(ABC):
    """Common half of the sources that lose nothing: state, closing, the end.

    A subclass implements :meth:`_next` and :meth:`_release`; both run under the source's lock, so that
    nothing is freed while it is being decoded.
    """

    def __init__(self, info: SourceInfo) -> None:
        self._info = info
        self._state = SourceState.OPEN
        self._warning = ""
        self._lock = threading.Lock()

    @property
    def info(self) -> SourceInfo:
        """What is known since the opening."""
        return self._info

    @property
    def state(self) -> SourceState:
        """OPEN until the last frame was read or the source was closed."""
        return self._state

    @property
    def warning(self) -> str:
        """One line about what could not be read; empty when all is well. Complete once the end was read."""
        return self._warning

    @property
    def losses(self) -> Mapping[str, int]:
        """Frames that do not decode; a recorded source loses no others."""
        return {}

    def read(self) -> Frame | Gap | None:
        """Give the next frame; see :meth:`FrameSource.read`."""
        with self._lock:
            if self._state is SourceState.CLOSED:
                return None
            try:
                item = self._next()
            except BaseException:
                self._shut()
                raise
            if item is None:
                self._shut()
            return item

    def close(self) -> None:
        """Let go of the file; waits for a frame that is just being decoded."""
        with self._lock:
            self._shut()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _shut(self) -> None:
        if self._state is not SourceState.CLOSED:
            self._state = SourceState.CLOSED
            self._release()

    @abstractmethod
    def _next(self) -> Frame | Gap | None:
        """Give the next frame or gap, None at the end."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of what lies beneath; called once."""
