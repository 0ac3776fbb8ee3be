"""Who listens to a running stream. A sink is called from one stage's thread and must be quick."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from livespot.clock import Clock
from livespot.types import CanonicalFace, Frame, Gap, Setting, Update, Window


class Sink(Protocol):
    """Receives what the stages make, in order; each method is called from one thread only."""

    def frame(self, item: Frame | Gap) -> None:
        """A camera frame was read, or the stream was interrupted (capture thread)."""
        ...

    def face(self, face: CanonicalFace) -> None:
        """A model frame was looked at (crop stage)."""
        ...

    def window(self, window: Window) -> None:
        """A window is complete (spotting stage)."""
        ...

    def gap(self, gap: Gap) -> None:
        """The stream was interrupted (spotting stage)."""
        ...

    def update(self, update: Update) -> None:
        """Probabilities and intervals (spotting stage)."""
        ...


@runtime_checkable
class TimedSink(Protocol):
    """A sink that wants to know the run's clock."""

    def use_clock(self, clock: Clock, live: bool) -> None:
        """A run begins; when ``live``, the packets' times are this clock's. Called before the first packet."""
        ...


@runtime_checkable
class MarkedSink(Protocol):
    """A sink that wants to know of the user's markers."""

    def marker(self, label: str, time_s: float) -> object:
        """A marker was set at ``time_s`` on the frames' axis (the caller's thread)."""
        ...


@runtime_checkable
class SettingSink(Protocol):
    """A sink that wants to know what intervals are spotted with."""

    def setting(self, setting: Setting) -> None:
        """What holds from a window on; told first with the first window, or when it attaches (spotting stage)."""
        ...


class QuietSink:
    """A sink that ignores everything; to be overridden in part."""

    def frame(self, item: Frame | Gap) -> None:
        """Ignore."""

    def face(self, face: CanonicalFace) -> None:
        """Ignore."""

    def window(self, window: Window) -> None:
        """Ignore."""

    def gap(self, gap: Gap) -> None:
        """Ignore."""

    def update(self, update: Update) -> None:
        """Ignore."""
