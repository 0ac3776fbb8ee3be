"""Apex candidates to proposals, for curves that are known as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from livespot.spotting.parameters import TypeParameters
from livespot.types import CURVES, Float32Array, Proposal


def checked_row(values: Float32Array) -> list[float] | None:
    """One row of curves as ten Python floats, or None when it is missing (holds a NaN).

    Widening float32 to float64 is exact, so online and offline compute scores from the same bits. Values are
    cut to 0…1: a GPU's softmax may exceed 1 by one unit in the last place, and the online spotter relies on
    the bound.
    """
    if values.shape != (len(CURVES),):
        raise ValueError(f"probabilities: expected shape ({len(CURVES)},), got {values.shape}")
    row: list[float] = values.tolist()
    for i, value in enumerate(row):
        if not 0.0 <= value <= 1.0:
            if value != value:
                return None
            row[i] = min(max(value, 0.0), 1.0)
    return row


def checked_curves(curves: Float32Array) -> NDArray[np.float64]:
    """All rows at once, as :func:`checked_row` would give them: (n, 10) float64, missing rows wholly NaN."""
    if curves.ndim != 2 or curves.shape[1] != len(CURVES):
        raise ValueError(f"curves: expected shape (n, {len(CURVES)}), got {curves.shape}")
    wide = np.clip(curves.astype(np.float64), 0.0, 1.0)
    wide[np.isnan(wide).any(axis=1)] = np.nan
    return wide


def segments(curves: NDArray[np.float64], breaks: Collection[int] = ()) -> Iterator[tuple[int, int]]:
    """Maximal runs of rows without NaN, as (first, end), ``end`` exclusive; a break begins a new run."""
    present = ~np.asarray(np.isnan(curves).any(axis=1))
    at = set(breaks)
    first: int | None = None
    for row, there in enumerate(present.tolist()):
        if first is not None and (not there or row in at):
            yield first, row
            first = None
        if there and first is None:
            first = row
    if first is not None:
        yield first, len(present)


def build_proposals(
    curves: NDArray[np.float64], first: int, end: int, parameters: TypeParameters
) -> list[Proposal]:
    """Every proposal of one type inside the segment ``first … end - 1``, by apex, before suppression.

    The onset is the frame of highest onset probability in ``[l - h, l - g]``, the offset that of highest
    offset probability in ``[l + g, l + h]``, both cut to the segment; of equal values the first wins. A range
    that is cut away wholly leaves no proposal, and neither does an onset where ending is as likely as
    beginning, nor the reverse, nor a score that is not above the minimum (the paper has none: 0). Scores are raw.
    """
    on, apex, off = (curves[:, column] for column in parameters.columns)
    far, near, minimum = parameters.far, parameters.near, parameters.raw_min_score
    found: list[Proposal] = []
    for peak in (first + np.flatnonzero(apex[first:end] > parameters.threshold)).tolist():
        low, high = max(first, peak - far), min(end - 1, peak + far)
        if low > peak - near or high < peak + near:
            continue
        start = low + int(np.argmax(on[low : peak - near + 1]))
        stop = peak + near + int(np.argmax(off[peak + near : high + 1]))
        if on[start] > off[start] and off[stop] > on[stop]:
            score = float(on[start]) * float(apex[peak]) * float(off[stop])
            if score > minimum:
                found.append(Proposal(parameters.type, start, peak, stop, score))
    return found
