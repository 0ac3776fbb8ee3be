"""What the home window is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from livespot.gui.controller import LiveController
from livespot.gui.progress import Report
from livespot.review.orders import ReviewService
from livespot.types import Image, Interval


@dataclass(frozen=True, slots=True)
class HomeServices:
    """Makers of what stands behind the pages.

    Attributes
    ----------
    live : callable
        Makes the controller of a live page.
    review : callable
        Opens a recording, given its path and a function to report progress with; runs on a thread of its own.
    recordings : callable
        The recordings that a batch over a file or folder would analyse, given it and the folder of results; raises
        :class:`~livespot.errors.InputError` when there are none.
    thumbnail : callable
        A small picture of a recording, (height, width, 3) BGR uint8; None when there is none.
    command : tuple of str
        Program and first arguments that run livespot's command line in a process of its own.
    truths : mapping of str to sequence of Interval
        Ground truth of live sources, by their specification.
    """

    live: Callable[[], LiveController]
    review: Callable[[str, Report], ReviewService]
    recordings: Callable[[Path, Path], Sequence[Path]]
    thumbnail: Callable[[Path], Image | None]
    command: tuple[str, ...]
    truths: Mapping[str, Sequence[Interval]] = field(default_factory=dict)
