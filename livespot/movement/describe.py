"""From the regions' course in an interval to what is said of it: :class:`livespot.types.Movement`."""

from __future__ import annotations

import numpy as np

from livespot.movement.candidates import candidates, mirrored
from livespot.movement.course import WindowAt, movement_course, phases_of
from livespot.movement.words import words_for
from livespot.regions import RegionLayout
from livespot.types import Float32Array, Movement

_APEX_REACH = 1  # frames around the apex over which the displacement is averaged
_SPEED_FRAMES = 3  # frames over which a speed is measured: one frame alone is mostly noise


def movement_of(
    onset: int, apex: int, offset: int, window_at: WindowAt, rate_hz: float, layout: RegionLayout
) -> Movement | None:
    """Say what moved in an interval given in model frames; None where one of its windows is missing.

    Parameters
    ----------
    onset, apex, offset : int
        Model frames, inclusive.
    window_at : callable
        Features, (17, R, 2) float32, of the window centred on a model frame, or None.
    rate_hz : float
        Model frames per second.
    layout : RegionLayout
        With R regions.
    """
    phases = phases_of(rate_hz)
    course = movement_course(onset, offset, window_at, phases)
    if course is None:
        return None
    return describe(course, min((apex - onset) // phases, len(course) - 1), rate_hz / phases, layout)


def describe(course: Float32Array, apex: int, rate_hz: float, layout: RegionLayout) -> Movement:
    """Say what moved.

    Parameters
    ----------
    course : (n, R, 2) float32
        Displacement since the onset (:func:`livespot.movement.course.movement_course`), canonical px.
    apex : int
        Row of the apex.
    rate_hz : float
        Rows per second.
    layout : RegionLayout
        With R regions.

    Returns
    -------
    Movement
        The amplitude is the largest displacement of a region at the apex (mean of three frames). Speeds are the
        steepest change over three frames, before and after the apex, of the part of the displacement that has the
        apex' own pattern, scaled to the amplitude.
    """
    low, high = max(apex - _APEX_REACH, 0), min(apex + _APEX_REACH, len(course) - 1)
    at_apex = course[low : high + 1].mean(axis=0, dtype=np.float64).astype(np.float32)
    sizes = np.hypot(at_apex[:, 0], at_apex[:, 1])
    amplitude = float(sizes.max())
    onset_speed, offset_speed = _speeds(course, at_apex, amplitude, apex, rate_hz)
    return Movement(
        words=words_for(at_apex, layout),
        amplitude_px=amplitude,
        asymmetry=_asymmetry(sizes, layout),
        onset_speed_px_s=onset_speed,
        offset_speed_px_s=offset_speed,
        action_units=tuple(candidate.name for candidate in candidates(at_apex, layout)),
    )


def _asymmetry(sizes: Float32Array, layout: RegionLayout) -> float:
    """(left − right) / (left + right), of the regions that have a twin; half B is the person's left."""
    paired = [n for n, name in enumerate(layout.names) if mirrored(name) != name]
    left = float(sum(sizes[n] for n in paired if " B" in layout.names[n]))
    right = float(sum(sizes[n] for n in paired if " A" in layout.names[n]))
    return (left - right) / (left + right) if left + right > 0 else 0.0


def _speeds(
    course: Float32Array, at_apex: Float32Array, amplitude: float, apex: int, rate_hz: float
) -> tuple[float, float]:
    squared = float((at_apex.astype(np.float64) ** 2).sum())
    if squared <= 0:
        return 0.0, 0.0
    strength = (course.astype(np.float64) * at_apex).sum(axis=(1, 2)) / squared * amplitude
    rise, fall = strength[: apex + 1], -strength[apex:]
    return _steepest(rise, rate_hz), _steepest(fall, rate_hz)


def _steepest(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], rate_hz: float) -> float:
    """Largest increase per second over a few rows; 0 where there is none."""
    span = min(_SPEED_FRAMES, len(values) - 1)
    if span < 1:
        return 0.0
    return max(float((values[span:] - values[:-span]).max()) / span * rate_hz, 0.0)
