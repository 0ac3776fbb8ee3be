"""Who listens to a running stream. A sink is called from one stage's thread and must be quick."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
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


class Listeners:
    """The sinks of a stream; may be changed from any thread while the stages tell them.

    Parameters
    ----------
    sinks : sequence of Sink
    """

    def __init__(self, sinks: Sequence[Sink] = ()) -> None:
        self._sinks = tuple(sinks)
        self._changing = threading.Lock()
        self._newcomers = True

    def __iter__(self) -> Iterator[Sink]:
        """Those of this moment."""
        return iter(self._sinks)

    def attach(self, sink: Sink) -> None:
        """Add a sink; it hears everything from the next packet on."""
        with self._changing:
            self._sinks = (*self._sinks, sink)
        self._newcomers = True

    def detach(self, sink: Sink) -> None:
        """Take a sink away again."""
        with self._changing:
            self._sinks = tuple(known for known in self._sinks if known is not sink)

    def tell_setting(self, setting: Setting | None, changed: bool) -> None:
        """Tell what intervals are spotted with, when it changed or somebody is new."""
        if setting is None or not (changed or self._newcomers):
            return
        self._newcomers = False  # first, so that whoever attaches meanwhile is told with the next window
        for sink in self._sinks:
            if isinstance(sink, SettingSink):
                sink.setting(setting)
