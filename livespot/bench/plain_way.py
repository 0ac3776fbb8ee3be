"""The plain SW-MRO on sampled frames: 16 whole-crop flows a window, and how far ours is from it."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from livespot.bench.figures import PlainWay, Spread
from livespot.bench.machine import core_s
from livespot.config import FlowConfig
from livespot.cv import cv2
from livespot.flow.pair import box_move
from livespot.flow.plain import plain_window
from livespot.types import WINDOW_FRAMES, CanonicalFace, Image, Patch, Window


class PlainSampler:
    """Holds the last 17 faces, and measures the window that begins at the oldest when asked to.

    Parameters
    ----------
    config : FlowConfig
    """

    def __init__(self, config: FlowConfig) -> None:
        self._config = config
        self._faces: deque[CanonicalFace] = deque(maxlen=WINDOW_FRAMES)
        self._plain_ms: list[float] = []
        self._incremental_ms: list[float] = []
        self._differences: list[NDArray[np.float64]] = []

    def add(self, face: CanonicalFace) -> None:
        """Take over the newest frame; one without a face ends the stretch."""
        if face.patches:
            self._faces.append(face)
        else:
            self._faces.clear()

    def sample(self, window: Window, incremental_ms: float) -> None:
        """Measure the window that became complete with the newest frame the plain way.

        Parameters
        ----------
        window : Window
            What the incremental way made of it.
        incremental_ms : float
            Processor time that this took for the newest frame.
        """
        if len(self._faces) < WINDOW_FRAMES or window.features is None:
            return
        first = self._faces[0].patches[0]
        patches = [p for face in self._faces for p in face.patches if p.anchor == first.anchor]
        if len(patches) < WINDOW_FRAMES:
            return
        # Cutting out the moved face box is not the flow's work: done before the clock runs.
        crops = [moved_crop(first, patch) for patch in patches]
        began_s = core_s()
        features = plain_window(patches, lambda k, _: crops[k], self._config)
        self._plain_ms.append((core_s() - began_s) * 1e3)
        self._incremental_ms.append(incremental_ms)
        # The first row is the first frame against itself, nought in both.
        self._differences.append(window.features[1:].astype(np.float64) - features[1:])

    def figures(self) -> PlainWay:
        """All samples so far."""
        plain, incremental = Spread.of(self._plain_ms), Spread.of(self._incremental_ms)
        if plain is None or incremental is None:
            return PlainWay(None, None, None, None, 0)
        differences = np.array(self._differences)
        return PlainWay(
            plain=plain,
            incremental=incremental,
            ratio=plain.p50_ms / incremental.p50_ms,
            rms_px=float(np.sqrt(np.mean(differences**2))),
            vectors=differences.size // 2,
        )


def moved_crop(first: Patch, second: Patch) -> Image:
    """The second picture in the first one's box, moved with the nose: (224, 224) uint8 of the anchor's grid.

    The two patches were drawn where the face was, a few px apart at most; what a moved box lacks at its edge,
    far from any ROI, continues the outermost px.
    """
    left, top = (int(v) for v in first.origin + box_move(first, second) - second.origin)
    height, width = first.image.shape
    margin = max(abs(left), abs(top))
    wide = cv2.copyMakeBorder(second.image, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    crop: Image = np.ascontiguousarray(wide[top + margin :, left + margin :][:height, :width])
    return crop
