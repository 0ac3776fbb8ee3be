"""Camera frames to SW-MRO windows: grid, face, canonical crop, flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from livespot.config import Config
from livespot.face.canonical import CanonicalCrop
from livespot.face.tracker import FaceTracker
from livespot.flow.grid import Grid
from livespot.flow.sliding import SlidingFlow
from livespot.types import CanonicalFace, FaceFrame, Frame, Gap, ModelFrame, Window

Tick = ModelFrame | Gap
"""What the grid makes of camera frames."""

Look = CanonicalFace | Gap
"""A model frame whose face is cut out."""


def _nothing() -> Iterable[Any]:
    return ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step between a tick of the grid and a window.

    Attributes
    ----------
    name : str
        As in telemetry and in ``summary.json``.
    step : callable
        One packet of the step before to the packets for the step behind.
    finish : callable
        The packets still owed when the source has ended.
    """

    name: str
    step: Callable[[Any], Iterable[Any]]
    finish: Callable[[], Iterable[Any]] = _nothing


class Vision:
    """Camera frames to windows: grid, face, canonical crop, flow.

    Parameters
    ----------
    config : Config
    fps : float
        Nominal camera rate; 0.0 when unknown.
    live : bool
        Whether the rate may change under way, as a camera's does in dim light.

    Attributes
    ----------
    grid : Grid
        For its rate, warning and counters.
    steps : tuple of Step
        What follows the grid, in order. :meth:`step` runs them one behind the other; a live run gives each a thread
        (:class:`livespot.stream.stream.Stream`). Every step is called by one thread at a time.
    """

    def __init__(self, config: Config, fps: float, live: bool = False) -> None:
        self.grid = Grid(config.grid, fps, adaptive=live)
        self._tracker = FaceTracker(config.face)
        self._crop = CanonicalCrop(config.flow)
        self._flow = SlidingFlow(config.flow)
        self.steps = (
            Step("face", lambda tick: (self.find_face(tick),)),
            Step("crop", lambda found: (self.cut_out(found),)),
            Step("flow", lambda look: self.measure(look), self._flow.finish),
        )

    def to_grid(self, item: Frame | Gap) -> list[Tick]:
        """Camera frame to model frames."""
        return self.grid.step(item)

    def find_face(self, item: Tick) -> FaceFrame | Gap:
        """Model frame to the face in it."""
        if isinstance(item, Gap):
            self._tracker.reset()
            return item
        return self._tracker.step(item)

    def cut_out(self, item: FaceFrame | Gap) -> Look:
        """Face to canonical face."""
        if isinstance(item, Gap):
            self._crop.reset()
            return item
        return self._crop.step(item)

    def measure(self, item: Look) -> list[Window | Gap]:
        """Canonical face to the windows that became complete; a gap comes back behind the windows it ends."""
        windows: list[Window | Gap] = list(self._flow.step(item))
        return [*windows, item] if isinstance(item, Gap) else windows

    def step(self, item: Frame | Gap, seen: Callable[[Look], None] | None = None) -> list[Window | Gap]:
        """All of it for one camera frame; ``seen`` is given each face on its way."""
        return [window for tick in self.to_grid(item) for window in self.step_tick(tick, seen)]

    def step_tick(self, tick: Tick, seen: Callable[[Look], None] | None = None) -> list[Window | Gap]:
        """All of it behind the grid, for one tick."""
        packets: list[Any] = [tick]
        for step in self.steps:
            packets = [made for packet in packets for made in step.step(packet)]
            if seen is not None and step.name == "crop":
                for packet in packets:
                    seen(packet)
        return packets

    def finish(self) -> list[Window]:
        """The windows still owed at the end of the source."""
        return self._flow.finish()

    def close(self) -> None:
        """Free the face model: from the thread of the face step or after its end."""
        self._tracker.close()
