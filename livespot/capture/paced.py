"""A recorded source played at its own pace, as if it came from a camera.

Nothing is dropped: when the reader is late, frames come as fast as they are fetched until it has caught up.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import TracebackType

from livespot.capture.source import FrameSource, SourceState
from livespot.clock import Clock
from livespot.types import Frame, Gap, SourceInfo


class PacedSource:
    """Wraps a recorded source; each frame is handed out when the clock reaches its presentation time.

    Parameters
    ----------
    source : FrameSource
        Read and closed by this one.
    clock : Clock
        The stream's; its reading at the first frame is the beginning.
    speed : float
        1.0 is real time.
    """

    def __init__(self, source: FrameSource, clock: Clock, speed: float = 1.0) -> None:
        self._source = source
        self._clock = clock
        self._speed = speed
        self._began_s: float | None = None
        self._closed = threading.Event()

    @property
    def info(self) -> SourceInfo:
        """Of the wrapped source."""
        return self._source.info

    @property
    def state(self) -> SourceState:
        """Of the wrapped source."""
        return self._source.state

    @property
    def warning(self) -> str:
        """Of the wrapped source."""
        return self._source.warning

    @property
    def losses(self) -> Mapping[str, int]:
        """Of the wrapped source."""
        return self._source.losses

    def read(self) -> Frame | Gap | None:
        """The next frame, at its time; None at the end or once closed."""
        item = self._source.read()
        if item is None:
            return None
        now_s = self._clock.now_s()
        if self._began_s is None:
            self._began_s = now_s - item.time_s / self._speed
        due_s = self._began_s + item.time_s / self._speed
        if due_s > now_s and self._closed.wait(due_s - now_s):
            return None
        return item

    def close(self) -> None:
        """Let go of the source and wake a waiting :meth:`read`."""
        self._closed.set()
        self._source.close()

    def __enter__(self) -> PacedSource:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
