"""The app icon, three rising peaks of a curve: ``python -m livespot.synthesis.icon FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from livespot.cv import cv2
from livespot.types import Image

_FINE = 4  # drawn this much larger, then averaged: smooth edges
_NIGHT, _DUSK = (46, 30, 22), (74, 50, 36)  # BGR, top and bottom of the square
_PEAKS = ((0.27, 0.20, 0.055), (0.49, 0.36, 0.055), (0.73, 0.56, 0.065))  # place, height, width in shares
_COLOURS = ((196, 170, 64), (110, 200, 120), (80, 160, 255))  # one for each peak, cool to warm
_FLOOR = 0.80


def draw_icon(size: int = 256) -> Image:
    """The icon as (size, size, 4) uint8, BGR and opacity."""
    n = size * _FINE
    x = (np.arange(n) + 0.5) / n
    bumps = np.array([h * np.exp(-0.5 * ((x - place) / width) ** 2) for place, h, width in _PEAKS])
    curve = _FLOOR - bumps.sum(axis=0)
    shares = (bumps + 1e-9) / (bumps + 1e-9).sum(axis=0)
    colour = shares.T @ np.array(_COLOURS, np.float64)  # (n, 3): blends from peak to peak
    y = x[:, None]
    picture = (1.0 - y)[..., None] * _NIGHT + y[..., None] * _DUSK + np.zeros((n, n, 1))
    margin = (x > 0.1) & (x < 0.9)
    under = (y > curve) & (y < _FLOOR) & margin
    picture += np.where(under[..., None], 0.30, 0.0) * (colour - picture)
    stroke = np.zeros((n, n), np.uint8)
    inner = np.flatnonzero(margin)
    line = np.stack([inner, curve[inner] * n], axis=1).round().astype(np.int32)
    cv2.polylines(stroke, [line], False, (255.0,), thickness=max(1, round(0.035 * n)))
    picture += (stroke[..., None] / 255.0) * (colour - picture)
    corner = 0.22  # radius of the square's corners
    beyond = np.maximum(np.abs(x - 0.5) - (0.5 - corner), 0.0)
    opaque = np.hypot(beyond[:, None], beyond[None, :]) <= corner
    drawn = np.dstack([picture, 255.0 * opaque]).astype(np.float32)
    icon: Image = np.rint(cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA)).astype(np.uint8)
    return icon


if __name__ == "__main__":
    _, encoded = cv2.imencode(".png", draw_icon())
    Path(sys.argv[1]).write_bytes(encoded.tobytes())
