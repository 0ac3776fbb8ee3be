"""Windows of a run in a fifth of their size: quantised, predicted from the window before, and entropy-coded.

Window r holds the motion from its first frame to each later one. Seen from the first frame of window r + 1, a later
frame has moved by what window r says of it less what window r says of that first frame; what differs is the error of
single pairs. The motion is rounded to 0.08 px, whose error of 0.023 px is a fraction of the flow's own; the rounded
windows come back exactly.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livespot.types import WINDOW_FRAMES, Float32Array

STEP_PX = 0.08
_LIMIT = 127  # what does not fit into 8 bits is kept apart


@dataclass(frozen=True, slots=True, eq=False)
class CodedWindows:
    """One run's windows.

    Attributes
    ----------
    shape : (int, int)
        Windows n and regions R.
    stream : bytes
        Errors of the prediction, int8, one region after the other.
    places : (m,) int32
        Where in the stream an error is larger than 8 bits hold.
    values : (m,) int16
        Those errors.
    """

    shape: tuple[int, int]
    stream: bytes
    places: NDArray[np.int32]
    values: NDArray[np.int16]


def encode_windows(features: Float32Array) -> CodedWindows:
    """Windows (n, 17, R, 2) to their coded form; anything beyond 2,000 px is clipped."""
    steps = np.clip(np.rint(features / STEP_PX), -32000, 32000).astype(np.int32)
    errors = steps[:, 1:].copy()
    errors[1:, :-1] -= steps[:-1, 2:] - steps[:-1, 1:2]
    errors[:, -1] -= steps[:, -2]
    flat = np.ascontiguousarray(errors.transpose(2, 3, 1, 0)).ravel()
    places = np.flatnonzero(np.abs(flat) > _LIMIT).astype(np.int32)
    # Symbols of one region share their statistics, and there is nothing in the noise for a dictionary to find.
    coder = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_HUFFMAN_ONLY)
    stream = coder.compress(np.clip(flat, -_LIMIT, _LIMIT).astype(np.int8).tobytes()) + coder.flush()
    values = np.clip(flat[places], -32768, 32767).astype(np.int16)
    return CodedWindows((len(features), features.shape[2]), stream, places, values)


def decode_windows(coded: CodedWindows) -> Float32Array:
    """Windows (n, 17, R, 2) float32, rounded to :data:`STEP_PX`."""
    windows, regions = coded.shape
    flat = np.frombuffer(zlib.decompress(coded.stream), np.int8).astype(np.int32)
    flat[coded.places] = coded.values
    errors = flat.reshape(regions, 2, WINDOW_FRAMES - 1, windows).transpose(3, 2, 0, 1)
    steps = np.zeros((windows, WINDOW_FRAMES, regions, 2), np.int32)
    for number, error in enumerate(errors):
        now = steps[number]
        now[1:] = error
        if number:
            before = steps[number - 1]
            now[1:-1] += before[2:] - before[1]
        now[-1] += now[-2]
    return np.asarray(steps * np.float32(STEP_PX), np.float32)
