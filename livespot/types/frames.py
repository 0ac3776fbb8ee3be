"""Pictures on their way from the source to the model's grid, and what is known of the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Float32Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source when it opens.

    ``fps`` is nominal (0.0 when unknown), ``frames`` is the declared count (None when unknown or endless),
    ``live`` says whether frames are lost if nobody fetches them.
    """

    name: str
    kind: Literal["camera", "url", "video", "images", "session", "array"]
    width: int
    height: int
    fps: float
    frames: int | None
    live: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """One camera frame.

    Attributes
    ----------
    index : int
        Number in the source's own frames, from 0. For live sources, every frame grabbed counts, also dropped ones.
    time_s : float
        Presentation time (files) or time of the grab (live).
    image : (height, width, 3) uint8
        BGR, upright (rotation flags applied). Not written to after creation.
    """

    index: int
    time_s: float
    image: Image


@dataclass(frozen=True, slots=True)
class Gap:
    """The stream was interrupted here: nothing measured before it may be compared with anything after it."""

    time_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class ModelFrame:
    """One tick of the model's grid.

    Attributes
    ----------
    index : int
        Model frame number, from 0, without holes.
    source_index : int
        :attr:`Frame.index` of the camera frame that stands here.
    time_s : float
        Its time.
    image : (height, width, 3) uint8
        BGR.
    rate_hz : float
        Rate of the grid at this frame.
    phases : int
        Model frames from one frame of a window to the next. 1, unless every frame of a fast camera is a model frame:
        then as many windows as this lie interleaved, each on frames about 1/30 s apart.
    held : bool
        Whether no camera frame came in time for this tick, so that it repeats the camera frame before.
    """

    index: int
    source_index: int
    time_s: float
    image: Image
    rate_hz: float
    phases: int = 1
    held: bool = False
