"""SW-MRO the fast way (paper, section 3.1): every pair of frames is measured once, when its second frame arrives.

Window r holds the motion from frame r to each of the 16 frames after it. When frame s arrives, the 16 pairs
(s-16 … s-1, s) become due; then window s-16, which describes frame s-8, is complete. At the ends of a stretch the
first and the last frame are repeated (paper: padding by 8), which takes no new pair. What is computed is defined in
:mod:`livespot.flow.reference`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from livespot.config import FlowConfig
from livespot.flow.expansion import FLOATS, Applicability, Expansion, expand_into
from livespot.flow.pair import FirstFrames, measure_pairs
from livespot.flow.quality import Judgement, RegionQuality, redrawn, vector_noise
from livespot.types import (
    HALF_WINDOW,
    WINDOW_FRAMES,
    CanonicalFace,
    FaceState,
    Float32Array,
    Gap,
    Patch,
    Window,
)

_REFERENCE, _KEPT = WINDOW_FRAMES, WINDOW_FRAMES + 1
"""Slots of the frames by which hidden regions are known."""


_NOISE_WINDOWS = 30
"""Noise lasts and movement passes: that of a region is the least that was found in so many windows, a second's."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One frame of the current stretch and phase, and the vectors from it to the frames after it in its phase."""

    face: CanonicalFace
    slot: int
    vectors: Float32Array  # (17, R, 2): row k is the motion to the k-th frame after; rows not due yet are NaN
    judgement: Judgement


class SlidingFlow:
    """Step: :class:`CanonicalFace` or :class:`Gap` to the windows that are now complete, in the order of their frames.

    A frame without a face, or a gap, ends the stretch: the windows still owed come padded, then a window without
    features for the faceless frame. No window ever spans two stretches.

    Where every camera frame is a model frame (``phases`` above 1), the frames of a stretch are dealt out to the phases
    in turn, and each phase rolls its own window over its own frames: what phase 0 gives is what a decimated stream
    would give. No pair is shared between phases, so a frame costs what a model frame costs.

    Parameters
    ----------
    config : FlowConfig
    """

    def __init__(self, config: FlowConfig) -> None:
        self._config = config
        self._scratch = _Scratch.of(config)
        self._phases = [_Phase(config, self._scratch)]
        self._frames = 0  # of the current stretch

    def step(self, item: CanonicalFace | Gap) -> list[Window]:
        """Measure the pairs that end in this frame; 3-5 ms."""
        if isinstance(item, Gap):
            return self.finish()
        if not item.patches:
            return [*self._ended(lost=True), _window(item, None)]
        owed: list[Window] = []
        if item.frame.phases != len(self._phases):
            owed = self.finish()
            self._phases = [_Phase(self._config, self._scratch) for _ in range(item.frame.phases)]
        phase = self._phases[self._frames % len(self._phases)]
        self._frames += 1
        return [*owed, *phase.step(item)]

    def finish(self) -> list[Window]:
        """End the stretch: the windows that are still owed, padded with the last frame of their phase."""
        return self._ended(lost=False)

    def _ended(self, lost: bool) -> list[Window]:
        owed = [window for phase in self._phases for window in phase.finish(lost)]
        self._frames = 0
        return sorted(owed, key=lambda window: window.index)

    def reset(self) -> None:
        """Forget the stretch; what is owed is lost."""
        self._frames = 0
        for phase in self._phases:
            phase.reset()


@dataclass(frozen=True, slots=True)
class _Scratch:
    """What all phases use in turn: the weights, and the expansion of the newest frame."""

    weights: Applicability
    expansion: Expansion

    @classmethod
    def of(cls, config: FlowConfig) -> _Scratch:
        return cls(Applicability.of(config), Expansion(np.empty(FLOATS, np.float32)))


class _Phase:
    """One rolling window over the frames of one phase of a stretch."""

    def __init__(self, config: FlowConfig, scratch: _Scratch) -> None:
        self._config = config
        self._weights = scratch.weights
        self._expansion = scratch.expansion
        self._firsts = FirstFrames(WINDOW_FRAMES + 2, config)  # the last two slots are of the references
        self._references: dict[int, Patch] = {}  # by slot
        self._reference_anchors: dict[int, int] = {}  # on which the slots hold them
        self._quality = RegionQuality(config)
        self._noises: deque[Float32Array] = deque(maxlen=_NOISE_WINDOWS)
        self._entries: deque[_Entry] = deque(maxlen=WINDOW_FRAMES)
        self._first = 0  # position of entries[0] within the phase
        self._next = 0  # position within the phase of the next frame to describe

    def step(self, face: CanonicalFace) -> list[Window]:
        """Add a frame; the window eight frames back is then complete."""
        self._add(face)
        newest = self._first + len(self._entries) - 1
        if newest - self._next < HALF_WINDOW:
            return []
        window = self._describe(self._next)
        self._next += 1
        return [window]

    def finish(self, lost: bool) -> list[Window]:
        """The windows still owed, padded with the last frame; a face that is only lost is remembered."""
        owed = []
        while self._next < self._first + len(self._entries):
            owed.append(self._describe(self._next))
            self._next += 1
        if lost:
            self._clear()
            self._quality.lose()
        else:
            self.reset()
        return owed

    def reset(self) -> None:
        """Forget the frames and the face."""
        self._clear()
        self._references, self._reference_anchors = {}, {}
        self._quality.reset()

    def _clear(self) -> None:
        self._entries.clear()
        self._noises.clear()
        self._first = 0
        self._next = 0

    def _add(self, face: CanonicalFace) -> None:
        if len(self._entries) == WINDOW_FRAMES:
            self._first += 1
            self._entries.popleft()
        slot = (self._first + len(self._entries)) % WINDOW_FRAMES
        newest, *older = face.patches
        for patch in older:  # for the windows that began before the anchor changed
            expand_into(patch.image, self._weights, self._expansion.coefficients)
            self._measure(patch)
        for kind, reference in self._references.items():
            if self._reference_anchors[kind] != newest.anchor:
                self._put_reference(kind, reference, redrawn(reference, newest))
        expand_into(newest.image, self._weights, self._expansion.coefficients)
        self._firsts.put(slot, newest, self._expansion)  # windows begin on the newest anchor only
        judgement = self._quality.judge(*self._measure(newest))
        if judgement.keep:
            held = self._references[_REFERENCE]
            self._put_reference(_KEPT, held, redrawn(held, newest) if held.anchor != newest.anchor else held)
        if judgement.renew:
            self._put_reference(_REFERENCE, newest, newest)
        vectors = np.full((WINDOW_FRAMES, len(self._config.layout), 2), np.nan, np.float32)
        vectors[0] = 0.0
        self._entries.append(_Entry(face, slot, vectors, judgement))

    def _put_reference(self, kind: int, reference: Patch, drawn: Patch) -> None:
        """Make a patch one of the references, as it is on the anchor of the newest frame."""
        expand_into(drawn.image, self._weights, self._expansion.coefficients)
        self._firsts.put(kind, drawn, self._expansion)
        self._references[kind] = reference
        self._reference_anchors[kind] = drawn.anchor

    def _measure(
        self, patch: Patch
    ) -> tuple[Float32Array | None, Float32Array | None, Float32Array | None, float]:
        """Measure the pairs that end in a patch.

        Returned is how well the frame before, the reference and what was kept explain it, and how far the head moved
        since the frame before.
        """
        due = [k for k, entry in enumerate(self._entries) if entry.face.patches[0].anchor == patch.anchor]
        slots = [self._entries[k].slot for k in due]
        judged = [k == len(self._entries) - 1 for k in due]
        references = [_REFERENCE, _KEPT] if self._quality.is_keeping else [_REFERENCE]
        references = [kind for kind in references if self._reference_anchors.get(kind) == patch.anchor]
        slots.extend(references)
        judged.extend([True] * len(references))
        wanted = np.array(judged, np.bool_)
        pairs = measure_pairs(
            self._firsts, np.array(slots, np.int64), self._expansion, patch, self._config, wanted
        )
        for k, measured in zip(due, pairs.vectors[: len(due)], strict=True):
            self._entries[k].vectors[len(self._entries) - k] = measured
        by_kind = dict(zip(references, pairs.fits[len(due) :], strict=True))
        reference, kept = by_kind.get(_REFERENCE), by_kind.get(_KEPT)
        if not (due and judged[len(due) - 1]):
            return None, reference, kept, 0.0
        return pairs.fits[len(due) - 1], reference, kept, self._head_motion(patch, pairs.heads[len(due) - 1])

    def _head_motion(self, patch: Patch, measured: Float32Array) -> float:
        """How far the head moved since the frame before, canonical px.

        By the flow of the nose tip or by its landmark, whichever moved less: a hand that comes over the nose moves the
        first only.
        """
        before = self._entries[-1].face.patches[0]
        return float(min(np.hypot(*measured), np.hypot(*(patch.nose - before.nose))))

    def _describe(self, position: int) -> Window:
        """The window centred on a position of the phase, clamped to what the phase has."""
        last = self._first + len(self._entries) - 1
        first = max(position - HALF_WINDOW, 0)
        frames = np.clip(np.arange(position - HALF_WINDOW, position + HALF_WINDOW + 1), 0, last)
        features = self._entries[first - self._first].vectors[frames - first]
        of_frames = range(first - self._first, int(frames[-1]) - self._first + 1)
        judged = [self._entries[k].judgement for k in of_frames]
        quality = np.min([judgement.quality for judgement in judged], axis=0)
        quality[~np.isfinite(features).all(axis=(0, 2))] = 0.0  # it left the patch
        # A lively face moves unsteadily too, but not by the noise of its picture.
        possible_px = np.fmax.reduce([judgement.noise_px for judgement in judged])
        noise_px = np.fmin(self._steady_noise(features), possible_px)
        missing = quality == 0.0
        features[:, missing] = 0.0
        window = _window(self._entries[position - self._first].face, features)
        window = replace(window, quality=quality, noise_px=noise_px)
        if np.count_nonzero(missing) > self._config.max_hidden * len(missing):
            return replace(window, features=None, state=FaceState.HIDDEN)
        return window

    def _steady_noise(self, features: Float32Array) -> Float32Array:
        self._noises.append(vector_noise(features))
        least: Float32Array = np.fmin.reduce(list(self._noises))
        return least


def _window(face: CanonicalFace, features: Float32Array | None) -> Window:
    frame = face.frame
    return Window(
        frame.index, frame.source_index, frame.time_s, frame.rate_hz, features, face.state, held=frame.held
    )
