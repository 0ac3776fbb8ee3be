"""The position and the shape of a picture.

Telephones store the picture as the sensor lies, and a matrix that says how to hold it; applied here. A source whose
pictures change their size keeps that of the first: the others are fitted into it.
"""

from __future__ import annotations

import struct

import numpy as np

from livespot.cv import cv2
from livespot.types import Image

Turn = tuple[int, int, int, int]
"""Signs (a, b, c, d) of the display matrix: a point (x right, y down) is shown at (a x + c y, b x + d y)."""

UPRIGHT: Turn = (1, 0, 0, 1)


def turn_of_matrix(data: bytes) -> Turn:
    """Nearest of the eight right-angled turns and mirrorings.

    Parameters
    ----------
    data : 36 bytes
        Nine native int32, row by row, as FFmpeg's side data ``DISPLAYMATRIX`` holds them.
    """
    if len(data) < 36:
        return UPRIGHT
    a, b, _, c, d, *_ = struct.unpack("=9i", data[:36])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return (-1 if a < 0 else 1, 0, 0, -1 if d < 0 else 1)
    return (0, -1 if b < 0 else 1, -1 if c < 0 else 1, 0)


def turned(image: Image, turn: Turn) -> Image:
    """Turn a (height, width, 3) picture; C-contiguous, the same object when there is nothing to do."""
    if turn == UPRIGHT:
        return image
    a, b, c, d = turn
    if a == 0:
        image = image.transpose(1, 0, 2)
    if a + c < 0:
        image = image[:, ::-1]
    if b + d < 0:
        image = image[::-1]
    return np.ascontiguousarray(image)


def letterboxed(image: Image, width: int, height: int) -> Image:
    """Scale a (height, width, 3) picture into another size; its proportions stay, black bars fill the rest.

    Examples
    --------
    >>> letterboxed(np.full((720, 1280, 3), 9, np.uint8), 640, 480)[:, 0, 0].nonzero()[0][[0, -1]].tolist()
    [60, 419]
    """
    share = min(width / image.shape[1], height / image.shape[0])
    inner = max(round(image.shape[1] * share), 1), max(round(image.shape[0] * share), 1)
    way = cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(image, inner, interpolation=way)
    return canvas
