"""Stretches of time for the timeline: without a face, without a stream; and whether the head moves too fast."""

from __future__ import annotations

from collections import deque

import numpy as np

from livespot.snapshot import Span
from livespot.types import CanonicalFace, FaceState, Float32Array, Gap

KEPT_SPANS = 4000
MIN_NO_FACE_S = 0.15
"""A face that is missed in a few frames only is no stretch without a face."""

TOO_FAST_PER_S = 2.0
"""Distances of the outer eye corners, about 9 cm each, that the nose tip may move in a second: faster, the picture is
blurred by more than a micro-expression moves the skin."""

_SPEED_FRAMES = 8
_NOSE_TIP, _EYES = 30, (36, 45)


class FaceSpans:
    """When there was no usable face, and why."""

    def __init__(self) -> None:
        self._done: deque[Span] = deque(maxlen=KEPT_SPANS)
        self._open: Span | None = None
        self._made: tuple[Span, ...] | None = ()

    @property
    def spans(self) -> tuple[Span, ...]:
        """Oldest first; the newest may still last."""
        if self._made is None:
            still = (self._open,) if self._open and self._open[1] - self._open[0] >= MIN_NO_FACE_S else ()
            self._made = (*self._done, *still)
        return self._made

    def add(self, time_s: float, state: FaceState) -> None:
        """Take the next model frame."""
        span, reason = self._open, "" if state is FaceState.OK else state.value
        if span is not None:
            self._made = None
            self._open = span = (span[0], time_s, span[2])
            if reason != span[2]:
                self._open = None
                if span[1] - span[0] >= MIN_NO_FACE_S:
                    self._done.append(span)
        if reason and self._open is None:
            self._made, self._open = None, (time_s, time_s, reason)


class GapSpans:
    """When the stream was interrupted, and why."""

    def __init__(self) -> None:
        self._spans: deque[Span] = deque(maxlen=KEPT_SPANS)
        self._last_s = 0.0
        self._open = False
        self._made: tuple[Span, ...] = ()

    @property
    def spans(self) -> tuple[Span, ...]:
        """Oldest first."""
        return self._made

    def begins(self, gap: Gap) -> None:
        """The stream breaks off; of several reasons in a row the first counts."""
        if not self._open:
            # "camera 0: the connection was lost": which camera it is, the viewer knows.
            reason = gap.reason.rpartition(": ")[2]
            self._spans.append((self._last_s, max(gap.time_s, self._last_s), reason))
            self._open, self._made = True, tuple(self._spans)

    def goes_on(self, time_s: float) -> None:
        """A window is complete: the gap, if there was one, has ended before it."""
        self._last_s = time_s
        if self._open:
            start_s, end_s, reason = self._spans.pop()
            self._spans.append((start_s, max(end_s, time_s), reason))
            self._open, self._made = False, tuple(self._spans)


class HeadSpeed:
    """Whether the nose tip has moved too fast over the last quarter of a second."""

    def __init__(self) -> None:
        self._noses: deque[tuple[float, Float32Array]] = deque(maxlen=_SPEED_FRAMES)
        self.too_fast = False

    def add(self, face: CanonicalFace) -> None:
        """Take the next model frame; one without a face forgets what was before."""
        if face.landmarks is None:
            self._noses.clear()
            self.too_fast = False
            return
        points = face.landmarks.points
        eyes = float(np.hypot(*(points[_EYES[1]] - points[_EYES[0]])))
        self._noses.append((face.frame.time_s, points[_NOSE_TIP]))
        (first_s, first), (last_s, last) = self._noses[0], self._noses[-1]
        if len(self._noses) < _SPEED_FRAMES or last_s <= first_s:
            self.too_fast = False
            return
        moved = float(np.hypot(*(last - first))) / max(eyes, 1.0)
        self.too_fast = moved / (last_s - first_s) > TOO_FAST_PER_S
