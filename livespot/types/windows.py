"""The SW-MRO window of one model frame: the motion of the face's regions over 17 frames."""

from __future__ import annotations

from dataclasses import dataclass

from livespot.regions import PAPER
from livespot.types.faces import FaceState
from livespot.types.frames import Float32Array

WINDOW_FRAMES = 17
"""Length w of the sliding window (paper, section 4.1)."""

HALF_WINDOW = WINDOW_FRAMES // 2
"""Look-ahead, in model frames, of a window centred on the frame it describes."""

ROIS = len(PAPER)
"""Number of the paper's regions; another layout has its own (:mod:`livespot.regions`)."""

STILL_AREAS = 5
"""Number of areas that expressions hardly move, by which turns of the head are measured."""

ROI_RADIUS_PX = 5
"""ROIs are squares of 11×11 canonical px (authors' configuration); fixed, the flow kernels are compiled for it."""

ROI_NAMES: tuple[str, ...] = PAPER.names
"""Names of the paper's regions in their order."""


@dataclass(frozen=True, slots=True)
class Window:
    """The SW-MRO feature of one model frame.

    Attributes
    ----------
    index, source_index, time_s, rate_hz
        Of the model frame that the window is centred on.
    features : (17, R, 2) float32 or None
        (frame, region, (dx right, dy down)) in canonical px against the window's first frame, freed of head motion; R
        regions in the order of the configured layout. None where there is no face: missing, not invented.
    state : FaceState
        Why there are no features, when there are none: of the frame that the window is centred on, or
        :attr:`FaceState.HIDDEN` where too little of the face could be measured.
    held : bool
        Of the model frame that the window is centred on.
    quality : (R,) float32 or None
        How well each region was measured, 0 (missing) to 1; None where it was not estimated.
    noise_px : (R,) float32 or None
        Standard deviation that the picture's noise gives each region's vector, canonical px; None where it was not
        estimated.
    """

    index: int
    source_index: int
    time_s: float
    rate_hz: float
    features: Float32Array | None
    state: FaceState = FaceState.OK
    held: bool = False
    quality: Float32Array | None = None
    noise_px: Float32Array | None = None
