"""The baseline that a network has to beat: thresholds on the nose-aligned motion of the ROIs, and peak picking.

An expression goes out and comes back, so at its apex the face lies off the middle between what it was a while
before and what it is a while after. That distance, the *bump*, is taken from the same SW-MRO windows that the
networks get; its peaks are apexes, and where it has fallen to a share of the peak are onset and offset. Three
numbers a type are chosen on training clips.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from livespot.evaluation.labelled import LabelledVideo
from livespot.evaluation.matching import Counts, score_video
from livespot.evaluation.measured import Measured
from livespot.evaluation.spotted import Spotted
from livespot.regions import PAPER
from livespot.types import EXPRESSION_TYPES, HALF_WINDOW, ExpressionType, Float32Array, Gap, Interval, Window

_GROUPS = (
    (0, 1, 2),
    (3, 4, 5),
    (6,),
    (7,),
    (8, 9),
)  # of the paper's regions, which begin every layout: brows, mouth
_THRESHOLDS_PX = tuple(float(v) for v in np.geomspace(0.25, 6.0, 12))
_SHARES = (0.2, 0.35, 0.5)
_LOBE = 0.6  # share of a stronger peak's height
_REACHES: dict[ExpressionType, tuple[int, ...]] = {"ME": (1,), "MaE": (2, 4)}
_FRAMES: dict[ExpressionType, tuple[int, int]] = {"ME": (5, 15), "MaE": (16, 120)}  # at 30 per second


@dataclass(frozen=True, slots=True)
class Rule:
    """How one type is found.

    Attributes
    ----------
    threshold_px : float
        Least bump of an apex, canonical px.
    share : float
        Onset and offset are where the bump has fallen to this share of the apex's.
    reach : int
        How far before and after the bump looks, in half windows (8 model frames).
    """

    threshold_px: float
    share: float
    reach: int


Rules = dict[ExpressionType, Rule]


def bump(features: Float32Array, reach: int) -> NDArray[np.float64]:
    """Distance of every frame from the middle between before and after: (n,) canonical px.

    Parameters
    ----------
    features : (n, 17, R, 2) float32
        Windows of consecutive frames; NaN where there is no face, which counts as no motion.
    reach : int
        1, or an even number: longer ways are chained from whole windows.
    """
    flow = np.nan_to_num(features.astype(np.float64))
    whole = flow[:, 2 * HALF_WINDOW]  # from 8 frames before to 8 frames after
    if reach == 1:
        vectors = flow[:, HALF_WINDOW] - 0.5 * whole
    else:
        vectors = np.zeros_like(whole)
        for step in range(1, reach, 2):
            vectors += 0.5 * (_shifted(whole, -step * HALF_WINDOW) - _shifted(whole, step * HALF_WINDOW))
    lengths = [np.linalg.norm(vectors[:, list(group)].mean(axis=1), axis=-1) for group in _GROUPS]
    return np.asarray(np.max(lengths, axis=0), np.float64)


def spot_by_rules(measured: Measured, rules: Rules) -> Spotted:
    """Intervals of both types; there are no curves."""
    found: list[Interval] = []
    for windows in _segments(measured):
        features = _features(windows)
        for kind, rule in rules.items():
            signal = bump(features, rule.reach)
            found.extend(_intervals(windows, signal, kind, rule))
    return Spotted(tuple(sorted(found, key=lambda i: (i.onset, i.offset, i.type))))


def tune_rules(training: Sequence[tuple[LabelledVideo, Measured]]) -> Rules:
    """The rules with the highest F1 of their type on training clips; of equals, the one that says least."""
    rules: Rules = {}
    for kind in EXPRESSION_TYPES:
        best = (-1.0, Rule(_THRESHOLDS_PX[-1], _SHARES[0], _REACHES[kind][0]))
        for reach in _REACHES[kind]:
            prepared = [_prepared(video, measured, reach) for video, measured in training]
            for threshold, share in product(reversed(_THRESHOLDS_PX), _SHARES):
                rule = Rule(threshold, share, reach)
                f1 = _f1(prepared, kind, rule)
                if f1 > best[0]:
                    best = (f1, rule)
        rules[kind] = best[1]
    return rules


_Signals = list[tuple[list[Window], NDArray[np.float64]]]


def _prepared(video: LabelledVideo, measured: Measured, reach: int) -> tuple[LabelledVideo, _Signals]:
    return video, [(windows, bump(_features(windows), reach)) for windows in _segments(measured)]


def _f1(prepared: Sequence[tuple[LabelledVideo, _Signals]], kind: ExpressionType, rule: Rule) -> float:
    counts = Counts()
    for video, signals in prepared:
        found = [i for windows, signal in signals for i in _intervals(windows, signal, kind, rule)]
        score = score_video(video.truth, found)
        counts += score.me if kind == "ME" else score.mae
    return counts.f1


def _intervals(
    windows: Sequence[Window], signal: NDArray[np.float64], kind: ExpressionType, rule: Rule
) -> Iterator[Interval]:
    scale = windows[0].rate_hz / 30.0
    least, most = (max(2, round(n * scale)) for n in _FRAMES[kind])
    padded = np.pad(signal, 1, constant_values=-1.0)
    peaks = np.flatnonzero(
        (signal >= rule.threshold_px) & (signal > padded[:-2]) & (signal >= padded[2:])
    ).tolist()
    taken: list[tuple[int, int, float]] = []
    lobe = HALF_WINDOW * rule.reach
    for apex in sorted(peaks, key=lambda n: (-signal[n], n)):
        onset, offset = _walk(signal, apex, rule.share * signal[apex], most)
        fits = least <= offset - onset + 1 <= most
        # A bump casts lobes of half its height one reach to each side: what is weak there is nothing of its own.
        own = all(
            (offset < first or onset > last)
            and (signal[apex] > _LOBE * height or not first - lobe <= apex <= last + lobe)
            for first, last, height in taken
        )
        if fits and own:
            taken.append((onset, offset, float(signal[apex])))
            a, b, c = windows[onset], windows[apex], windows[offset]
            frames, times = (a.source_index, b.source_index, c.source_index), (a.time_s, b.time_s, c.time_s)
            yield Interval(kind, *frames, *times, float(signal[apex]))


def _walk(signal: NDArray[np.float64], apex: int, level: float, most: int) -> tuple[int, int]:
    """Outwards from an apex until the signal is at ``level``; at most ``most`` frames to each side."""
    onset, offset = apex, apex
    while onset > max(0, apex - most) and signal[onset] > level:
        onset -= 1
    while offset < min(len(signal) - 1, apex + most) and signal[offset] > level:
        offset += 1
    return onset, offset


def _segments(measured: Measured) -> Iterator[list[Window]]:
    """Runs of windows without a gap inside."""
    run: list[Window] = []
    for item in measured.items:
        if isinstance(item, Gap):
            if run:
                yield run
            run = []
        else:
            run.append(item)
    if run:
        yield run


def _features(windows: Sequence[Window]) -> Float32Array:
    shape = next(
        (w.features.shape for w in windows if w.features is not None), (2 * HALF_WINDOW + 1, len(PAPER), 2)
    )
    blank = np.full(shape, np.nan, np.float32)
    return np.array([blank if w.features is None else w.features for w in windows], np.float32)


def _shifted(values: NDArray[np.float64], by: int) -> NDArray[np.float64]:
    """``values[t + by]`` at t; nothing moves beyond the ends."""
    out = np.zeros_like(values)
    n = len(values)
    if abs(by) >= n:
        return out
    if by > 0:
        out[: n - by] = values[by:]
    else:
        out[-by:] = values[: n + by]
    return out
