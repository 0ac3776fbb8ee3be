"""What the spotting says: probabilities, intervals, and with what they were found."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from livespot.errors import UsageError
from livespot.types.faces import FaceState
from livespot.types.frames import Float32Array
from livespot.types.movement import Movement

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
    """An expression as the user gets it; frames in the source's own numbering, inclusive; times in seconds.

    ``movement`` says what moved, None where that was not measured; it describes an interval and does not tell two
    apart, so it takes no part in comparisons.
    """

    type: ExpressionType
    onset: int
    apex: int
    offset: int
    onset_s: float
    apex_s: float
    offset_s: float
    score: float
    movement: Movement | None = field(default=None, compare=False)


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
    >>> import numpy as np
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
        θ of the apex curve and minimum score, for ``"ME"`` and ``"MaE"``.
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
