"""The packets that travel between rooms.

Two words for two things: a *camera frame* is what the source gave; a *model frame* is one tick of the model's grid of
about 30 per second, made from camera frames in one place (:mod:`livespot.flow.grid`). All times are monotonic seconds
since the session began. All pictures are BGR uint8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from livespot.errors import UsageError
from livespot.regions import PAPER

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

CURVES: tuple[str, ...] = (
    "me_onset",
    "me_apex",
    "me_offset",
    "me_none",
    "me_expression",
    "mae_onset",
    "mae_apex",
    "mae_offset",
    "mae_none",
    "mae_expression",
)
"""The ten probability curves, in the order of every array and file outside the network."""

ExpressionType = Literal["ME", "MaE"]
EXPRESSION_TYPES: tuple[ExpressionType, ...] = ("ME", "MaE")

Image = NDArray[np.uint8]
Float32Array = NDArray[np.float32]


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


@dataclass(frozen=True, slots=True)
class Landmarks:
    """The face in one picture.

    Attributes
    ----------
    points : (68, 2) float32
        iBUG order, (x right, y down) in px of the camera picture; pixel centres are whole numbers.
    mesh : (478, 3) float32
        MediaPipe's mesh in the same px; z has the scale of x, towards the camera negative.
    """

    points: Float32Array
    mesh: Float32Array

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Bounding box of the mesh: (x0, y0, x1, y1) in camera px."""
        low, high = self.mesh[:, :2].min(axis=0), self.mesh[:, :2].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


class FaceState(StrEnum):
    """What stands between the camera and a measurement; each value is what the user reads."""

    OK = "face found"
    NO_FACE = "no face"
    TOO_SMALL = "face too small: move closer"
    TURNED_AWAY = "face turned away"
    HIDDEN = "face partly hidden"
    TOO_DARK = "too dark"


@dataclass(frozen=True, slots=True)
class FaceFrame:
    """A model frame with the face that was found in it; ``landmarks`` is None unless ``state`` is OK."""

    frame: ModelFrame
    landmarks: Landmarks | None
    state: FaceState


@dataclass(frozen=True, slots=True)
class Patch:
    """The face on the canonical grid of one anchor.

    An *anchor* is a similarity transform from the camera picture to a grid on which the face is upright and
    its outer eye corners are 90 px apart. It is held fixed for many frames, so the pixels of two patches of
    one anchor can be compared without any resampling jitter.

    Attributes
    ----------
    anchor : int
        Which anchor; patches of different anchors must never be compared.
    image : (224, 224) uint8
        Grey levels.
    origin : (2,) int64
        (x, y) of ``image[0, 0]`` on the anchor's grid, multiples of 4 so that pyramids line up.
    centres : (R, 2) int64
        Centres (x, y) of the layout's regions on the grid.
    still_centres : (5, 2) int64
        Centres of the areas that no expression moves much, on the grid.
    relief : (R + 5, 3) float32
        Places of the regions and the five still areas against the middle of the nose-tip area: (right, down, away
        from the camera) in canonical px.
    nose_box : (4,) int64
        Nose-tip area (x0, y0, x1, y1) on the grid, inclusive.
    nose : (2,) float64
        Nose tip (landmark 30) on the grid.
    px_per_camera_px : float
        Canonical px per camera px.
    matrix : (2, 2) float64
        From px of the camera picture to the grid; the origins are one.
    """

    anchor: int
    image: Image
    origin: NDArray[np.int64]
    centres: NDArray[np.int64]
    still_centres: NDArray[np.int64]
    relief: Float32Array
    nose_box: NDArray[np.int64]
    nose: NDArray[np.float64]
    px_per_camera_px: float
    matrix: NDArray[np.float64] = field(default_factory=lambda: np.eye(2))


@dataclass(frozen=True, slots=True)
class CanonicalFace:
    """A model frame ready for the flow: ``patches`` is empty where there is no face.

    ``patches[0]`` belongs to the newest anchor, on which windows starting at this frame are measured; a second one
    serves the windows that began before the anchor last changed. ``region_points`` (R, 2) float32 are the centres of
    the layout's regions in px of the camera picture, None without a face.
    """

    frame: ModelFrame
    landmarks: Landmarks | None
    state: FaceState
    patches: tuple[Patch, ...]
    region_points: Float32Array | None = None


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


@dataclass(frozen=True, slots=True)
class FrameProbabilities:
    """The network's answer for one model frame: ``values`` is (10,) float32 in the order of :data:`CURVES`, or None."""

    index: int
    source_index: int
    time_s: float
    rate_hz: float
    values: Float32Array | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An interval in model frames, inclusive at both ends, as the spotter handles it."""

    type: ExpressionType
    onset: int
    apex: int
    offset: int
    score: float

    @property
    def frames(self) -> int:
        """Length in model frames."""
        return self.offset - self.onset + 1

    def iou(self, other: Proposal) -> float:
        """Intersection over union in frames, of the inclusive intervals."""
        overlap = min(self.offset, other.offset) - max(self.onset, other.onset) + 1
        if overlap <= 0:
            return 0.0
        return overlap / (self.frames + other.frames - overlap)


@dataclass(frozen=True, slots=True)
class Interval:
    """An expression as the user gets it; frames in the source's own numbering, inclusive; times in seconds."""

    type: ExpressionType
    onset: int
    apex: int
    offset: int
    onset_s: float
    apex_s: float
    offset_s: float
    score: float


class Reason(StrEnum):
    """Why an :class:`Update` has no probabilities; each value is what the user reads."""

    WARMING_UP = "the window around the first frames is still filling"
    BETWEEN_TICKS = "the picture was left out: the model takes about 30 frames a second"
    TIME_STANDS_STILL = "the picture was left out: its time is not later than that of the picture before"
    INTERRUPTED = "the stream was interrupted"
    ENDED = "the recording has ended"
    NO_FACE = "no face"
    TOO_SMALL = "face too small: move closer"
    TURNED_AWAY = "face turned away"
    HIDDEN = "face partly hidden"
    TOO_DARK = "too dark"
    INCOMPLETE = "a face is there, but not in the whole window around the frame"

    @classmethod
    def of_face(cls, state: FaceState) -> Reason:
        """The reason for a window without features whose middle frame has this state."""
        return cls.INCOMPLETE if state is FaceState.OK else cls[state.name]


def row_status(reason: Reason | None, held: bool) -> str:
    """Say in a word or two what a row of curves is, for tables.

    Parameters
    ----------
    reason : Reason or None
        Why the row has no probabilities; None when it has.
    held : bool
        Whether its model frame repeats the picture before it, because no frame came in time.

    Returns
    -------
    str
        ``ok`` or ``held``; without probabilities ``no face``, ``too small``, ``turned away``, ``hidden``, ``too dark``,
        or ``incomplete``: a face is there, but not in the whole window around the frame.
    """
    if reason is not None:
        return reason.name.lower().replace("_", " ")
    return "held" if held else "ok"


@dataclass(frozen=True, slots=True)
class Update:
    """What one pushed picture brought.

    Attributes
    ----------
    frame : int or None
        Source frame that the probabilities describe; None while the first window is still filling.
    time_s : float or None
        Its time.
    probabilities : (10,) float32 or None
        In the order of :data:`CURVES`; NaN where there is no face; None when ``frame`` is None.
    provisional : tuple of Interval
        Not certain yet; may change or vanish.
    confirmed : tuple of Interval
        Newly certain; never repeated, never taken back.
    earlier : tuple of Update
        Updates that fell due together with this one, oldest first; seldom any (a late camera's ticks were bridged).
    reason : Reason or None
        Why there are no probabilities; None when there are.
    held : bool
        Whether no camera frame came in time, so that the model frame described repeats the one before.

    Examples
    --------
    >>> update = Update(12, 0.4, np.linspace(0.1, 1.0, 10, dtype=np.float32))
    >>> round(update.curve("me_apex"), 3), round(update.named()["mae_expression"], 3)
    (0.2, 1.0)
    >>> Update(None, None, None, reason=Reason.WARMING_UP).curve("me_apex")
    nan
    """

    frame: int | None
    time_s: float | None
    probabilities: Float32Array | None
    provisional: tuple[Interval, ...] = ()
    confirmed: tuple[Interval, ...] = ()
    earlier: tuple[Update, ...] = ()
    reason: Reason | None = None
    held: bool = False

    def curve(self, name: str) -> float:
        """The probability with this name of :data:`CURVES`, such as ``me_apex``; NaN when there is none.

        Raises
        ------
        UsageError
            There is no such curve.
        """
        if name not in CURVES:
            raise UsageError(f"curve {name!r}: unknown; expected one of {', '.join(CURVES)}")
        return math.nan if self.probabilities is None else float(self.probabilities[CURVES.index(name)])

    def named(self) -> dict[str, float]:
        """All ten probabilities by name; NaN when there are none."""
        return {name: self.curve(name) for name in CURVES}


@dataclass(frozen=True, slots=True)
class Setting:
    """What intervals are spotted with, from one window on, until the next setting.

    Attributes
    ----------
    model_index : int
        First window that it holds for.
    source_index, time_s
        Of that window.
    thresholds, min_scores : dict
        θ of the apex curve and least score, for ``"ME"`` and ``"MaE"``.
    engine, sha256 : str
        The engine's name, and the digest of the file that computes it.
    restarts : bool
        Whether another engine took over with this window, so that no interval spans it; False when only another file
        of the same engine did.
    """

    model_index: int
    source_index: int
    time_s: float
    thresholds: dict[str, float]
    min_scores: dict[str, float]
    engine: str = ""
    sha256: str = ""
    restarts: bool = False


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
