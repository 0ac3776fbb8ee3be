"""SW-MRO by its definition on sampled frames: 16 whole-crop flows a window, and how far the fast way is from it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from livespot.bench.figures import PlainWay, Spread
from livespot.bench.machine import core_s
from livespot.config import FlowConfig
from livespot.face.canonical import Anchor, draw_box
from livespot.flow.pair import box_move
from livespot.flow.reference import reference_window
from livespot.types import WINDOW_FRAMES, CanonicalFace, Image, Window


class ReferenceSampler:
    """Holds the last 17 faces, and measures the window that begins at the oldest when asked to.

    Parameters
    ----------
    config : FlowConfig
    """

    def __init__(self, config: FlowConfig) -> None:
        self._config = config
        self._faces: deque[CanonicalFace] = deque(maxlen=WINDOW_FRAMES)
        self._anchors: dict[int, Anchor] = {}
        self._plain_ms: list[float] = []
        self._incremental_ms: list[float] = []
        self._differences: list[NDArray[np.float64]] = []

    def add(self, face: CanonicalFace, anchors: Sequence[Anchor]) -> None:
        """Take over the newest frame and the anchors it was drawn on; one without a face ends the stretch."""
        if not face.patches:
            self._faces.clear()
            self._anchors.clear()
            return
        self._faces.append(face)
        self._anchors.update((anchor.number, anchor) for anchor in anchors)

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
        # Drawing the moved face box is not the flow's work: done before the clock runs.
        anchor = self._anchors[first.anchor]
        crops = [
            _moved_crop(face, anchor, first.origin + box_move(first, patch))
            for face, patch in zip(self._faces, patches, strict=True)
        ]
        began_s = core_s()
        features = reference_window(patches, lambda k, _: crops[k], self._config)
        self._plain_ms.append((core_s() - began_s) * 1e3)
        self._incremental_ms.append(incremental_ms)
        # The first row is the first frame against itself, nought in both.
        self._differences.append(window.features[1:].astype(np.float64) - features[1:])

    def figures(self) -> PlainWay:
        """All samples so far."""
        plain, incremental = Spread.of(self._plain_ms), Spread.of(self._incremental_ms)
        if plain is None or incremental is None:
            return PlainWay(None, None, None, None, None, None, 0)
        differences = np.array(self._differences)
        p50_px, p99_px = np.percentile(np.hypot(differences[..., 0], differences[..., 1]), [50, 99])
        return PlainWay(
            plain=plain,
            incremental=incremental,
            ratio=plain.p50_ms / incremental.p50_ms,
            rms_px=float(np.sqrt(np.mean(differences**2))),
            p50_px=float(p50_px),
            p99_px=float(p99_px),
            vectors=differences.size // 2,
        )


def _moved_crop(face: CanonicalFace, anchor: Anchor, origin: NDArray[np.int64]) -> Image:
    assert face.landmarks is not None  # only faces that were drawn are kept
    return draw_box(face.frame.image, face.landmarks, anchor, origin)
