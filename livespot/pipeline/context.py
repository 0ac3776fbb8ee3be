"""The last frames as the second stage sees them: a window of fixed length over what the first stage said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from livespot.types import Float32Array

_SPARE = 4
"""The rows lie in an array of so many windows' length: what is in use is moved to its front when its end is reached."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known around one frame.

    Attributes
    ----------
    frames : (context frames, channels) float32
        In order of time; zeros where there is no frame. A view, valid until the next push.
    present : (context frames,) float32
        1, or 0 where there is no frame.
    """

    frames: Float32Array
    present: Float32Array


class ContextBuffer:
    """Frames go in one at a time, contexts come out ``look_ahead`` frames later.

    Parameters
    ----------
    frames : int
        Length of a context.
    look_ahead : int
        How many of its frames lie after the one that is described.
    channels : int
    phases : int
        Model frames from one frame of a context to the next: 1, unless every frame of a fast camera is a model frame.

    Examples
    --------
    >>> buffer = ContextBuffer(frames=3, look_ahead=1, channels=1)
    >>> [context.frames.ravel().tolist() for row in (1, 2, 3) for context in buffer.push(np.float32([row]))]
    [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]
    >>> [context.frames.ravel().tolist() for context in buffer.flush()]
    [[2.0, 3.0, 0.0]]
    """

    def __init__(self, frames: int, look_ahead: int, channels: int, phases: int = 1) -> None:
        self._phases = phases
        self._span = (frames - 1) * phases + 1
        self._delay = look_ahead * phases
        self._frames = np.zeros((_SPARE * self._span, channels), np.float32)
        self._present = np.zeros(_SPARE * self._span, np.float32)
        self._end = 0
        self._owed = 0
        self._clear()

    def push(self, row: Float32Array) -> Iterator[Context]:
        """Take the next frame; gives the context of the frame ``look_ahead`` before it, if there is one."""
        self._owed += 1
        self._append(row, 1.0)
        if self._owed > self._delay:
            self._owed -= 1
            yield self._context()

    def flush(self) -> Iterator[Context]:
        """End the segment: the contexts of the frames still owed, with nothing behind the last; then begin anew."""
        for _ in range(self._delay - self._owed):  # fewer frames than the look-ahead: none was described yet
            self._append(None, 0.0)
        while self._owed:
            self._append(None, 0.0)
            self._owed -= 1
            yield self._context()
        self._clear()

    def _append(self, row: Float32Array | None, present: float) -> None:
        if self._end == len(self._present):
            kept = self._span - 1
            self._frames[:kept] = self._frames[self._end - kept :]
            self._present[:kept] = self._present[self._end - kept :]
            self._end = kept
        self._frames[self._end] = 0.0 if row is None else row
        self._present[self._end] = present
        self._end += 1

    def _context(self) -> Context:
        part = slice(self._end - self._span, self._end, self._phases)
        return Context(self._frames[part], self._present[part])

    def _clear(self) -> None:
        self._end = self._span - 1
        self._frames[: self._end] = 0.0
        self._present[: self._end] = 0.0
        self._owed = 0
