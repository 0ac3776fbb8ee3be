"""Which regions of the face are hidden, from how well their displaced pictures explain what a later frame shows.

A hand, a cup, a microphone or hair over a region shows something that no displacement of the face's own picture gives.
Each frame is compared with the frame before and with a *reference*, a frame at most half a second old. An area becomes
hidden when the reference does not explain it any more, if the change was a break: between two neighbouring frames
something appeared that was not there. The reference of that moment is then *kept*, and the area stays hidden until what
is kept explains it again, so that a hand that stays stays seen; meanwhile the reference goes on, and what changes
without a break (a head that turns, an expression, daylight) hides nothing.

An open mouth and a closed eye look different too, and are no object before the face. Regions of mouth and eyes are
therefore hidden only where steadier areas are hidden with them; a pen on the lips alone is not noticed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livespot.config import FlowConfig
from livespot.cv import cv2
from livespot.flow.expansion import PATCH_PX
from livespot.flow.fit import BRIGHTER, CONTRAST, LEFT_OVER
from livespot.types import STILL_AREAS, Float32Array, Patch

_REFERENCE_FRAMES = 15  # age at which a reference is replaced while nothing is hidden
_LONGEST_FRAMES = 240  # eight seconds: then what hides the face is taken for a part of it
_TURNED_FRAMES = 60  # the same where most of the face is unlike what was kept: the head has turned
_ARRIVAL_FRAMES = 30  # in which an object may still move before the face
_RECENT_FRAMES = 5  # within which an object covers the first areas
_STILL_HEAD_PX = 2.5  # canonical px a frame: a head that moves faster looks different by itself
_DETAIL_GREY = 4.0  # grey levels: an area of less contrast has nothing to be recognised by
_FIRST_STEADY = 2  # areas that do not change by themselves and that an object must cover
_OBJECT = 0.17  # share of all areas that it must cover
_MOST = 0.6  # share of all areas that speaks of another picture altogether
_NEARLY_ALL = 0.8  # share of all areas that speaks of a head that has turned
_VECTOR_NOISE = 1.0  # canonical px for noise as large as the contrast
_NOISE_FOLLOW = 0.1  # share of a frame's estimate that is taken into the running one


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of one frame.

    Attributes
    ----------
    quality : (R,) float32
        1 less the share of the region's contrast that the reference leaves unexplained, at least 0.1; 0 where hidden.
    renew : bool
        Whether this frame is to become the reference.
    keep : bool
        Whether the reference is to be kept, before it is renewed.
    noise_px : (R,) float32
        What the picture's noise can give each region's vector at most, canonical px: the noise against the region's
        contrast; NaN where the frame before is not known.
    """

    quality: Float32Array
    renew: bool
    keep: bool
    noise_px: Float32Array


class RegionQuality:
    """Judges the frames of a face, one by one.

    Parameters
    ----------
    config : FlowConfig
    """

    def __init__(self, config: FlowConfig) -> None:
        layout = config.layout
        still = STILL_AREAS if config.removes_rotation else 0
        self._regions = len(layout)
        self._steady = np.array([not region.changes for region in layout.regions] + [True] * still)
        self._limit = config.hidden_residual
        self._object_frames = 0  # since something came before the face
        self.reset()

    def reset(self) -> None:
        """Forget the face."""
        self._noise = 0.0  # variance, grey levels squared
        self._recent: deque[NDArray[np.bool_]] = deque(maxlen=_RECENT_FRAMES)
        self._head_px: deque[float] = deque(maxlen=_RECENT_FRAMES)
        self._hidden = np.zeros(len(self._steady), np.bool_)
        self._begin()

    @property
    def is_keeping(self) -> bool:
        """Whether something is before the face: frames are then compared with what was kept, too."""
        return bool(self._hidden.any())

    def lose(self) -> None:
        """The face is lost in a frame: an object that hid it is remembered; else it begins anew when found again."""
        self._recent.clear()
        self._head_px.clear()
        self._object_frames += 1
        self._age = _REFERENCE_FRAMES

    def judge(
        self,
        before: Float32Array | None,
        reference: Float32Array | None,
        kept: Float32Array | None,
        head_px: float,
    ) -> Judgement:
        """Judge a frame.

        Parameters
        ----------
        before, reference, kept : (A, 3) float32 or None
            Fits of the R regions and the still areas, where these are measured, from the frame before, from the
            reference and from what was kept (:func:`livespot.flow.fit.compare`); None where there is none.
        head_px : float
            How far the head moved since the frame before, in canonical px.
        """
        self._age += 1
        if before is not None:
            self._follow_noise(before)
            self._recent.append(self._unexplained(before) > self._limit)
            self._broken |= self._recent[-1]
            self._head_px.append(head_px)
        if self._limit <= 0.0 or reference is None:
            self._begin()
            return Judgement(np.ones(self._regions, np.float32), True, False, self._possible_noise(before))
        apart = self._unexplained(reference)
        lost = apart > self._limit
        cut = self._is_cut()
        keep = self._follow_object(lost, kept)
        hidden = self._hidden | (lost & self._steady & self._broken)
        quality = np.clip(1.0 - apart[: self._regions], 0.1, 1.0).astype(np.float32)
        quality[hidden[: self._regions] | cut] = 0.0
        renew = cut or self._age >= _REFERENCE_FRAMES or np.count_nonzero(lost) > _MOST * len(lost)
        if renew:
            self._begin()
        return Judgement(quality, bool(renew), keep, self._possible_noise(before))

    def _begin(self) -> None:
        """A new reference."""
        self._age = 0
        # Areas where something appeared since the reference.
        self._broken = np.zeros(len(self._steady), np.bool_)

    def _is_cut(self) -> bool:
        """Whether the frame before explains next to nothing: a cut, or a head too fast to be measured."""
        return bool(self._recent) and int(np.count_nonzero(self._recent[-1])) > _MOST * len(self._steady)

    def _follow_object(self, lost: NDArray[np.bool_], kept: Float32Array | None) -> bool:
        """Notice that an object comes before the face, stays and leaves; whether the reference is now to be kept.

        It has come when several areas are unexplained on a head that is about still, among them some that do not change
        by themselves, and such areas broke just now. In the next half second it covers all that is not as it was, and
        after that also where areas break. An area is free again when what was kept explains it. The object has left
        when it covers next to nothing, and when areas that were hidden for a while break again: the face need not look
        as it did before. When most of the face is unlike what was kept, that tells nothing any more.
        """
        if not self._hidden.any():
            if not self._has_come(lost):
                return False
            self._hidden, self._object_frames = lost.copy(), 0
            return True
        self._object_frames += 1
        left = self._object_frames > _ARRIVAL_FRAMES and self._changed() >= _FIRST_STEADY
        self._hidden |= lost & self._broken
        if kept is not None:
            unlike = self._unexplained(kept) > self._limit
            is_turned = np.count_nonzero(unlike) > _NEARLY_ALL * len(unlike)
            left |= self._object_frames > _TURNED_FRAMES and bool(is_turned)
            self._hidden = unlike if self._object_frames < _REFERENCE_FRAMES else self._hidden & unlike
        if left or np.count_nonzero(self._hidden) < _FIRST_STEADY or self._object_frames > _LONGEST_FRAMES:
            self._hidden[:] = False
            self._age = _REFERENCE_FRAMES  # the reference may show the object
        return False

    def _changed(self) -> int:
        """In how many hidden areas something appeared just now, which may be the face."""
        recent = np.any(self._recent, axis=0) if self._recent else self._broken
        return int(np.count_nonzero(recent & self._hidden))

    def _has_come(self, lost: NDArray[np.bool_]) -> bool:
        recent = np.any(self._recent, axis=0) if self._recent else self._broken
        head_px = float(np.mean(self._head_px)) if self._head_px else 0.0
        return bool(
            head_px <= _STILL_HEAD_PX
            and int(np.count_nonzero(recent & self._steady)) >= _FIRST_STEADY
            and int(np.count_nonzero(lost & self._steady)) >= _FIRST_STEADY
            and _OBJECT * len(lost) <= np.count_nonzero(lost) <= _MOST * len(lost)
        )

    def _follow_noise(self, before: Float32Array) -> None:
        """The picture's noise, from the quarter of areas that changed least; one frame cannot more than double it."""
        left = before[:, LEFT_OVER]
        left = left[np.isfinite(left)]
        if len(left):
            found = 0.5 * float(np.partition(left, len(left) // 4)[len(left) // 4])
            found = min(found, 2.0 * self._noise + 1.0)
            self._noise += _NOISE_FOLLOW * (found - self._noise)

    def _possible_noise(self, before: Float32Array | None) -> Float32Array:
        if before is None:
            return np.full(self._regions, np.nan, np.float32)
        contrast = np.maximum(before[: self._regions, CONTRAST] - self._noise, _DETAIL_GREY**2)
        return np.asarray(_VECTOR_NOISE * np.sqrt(self._noise / contrast), np.float32)

    def _unexplained(self, fit: Float32Array) -> NDArray[np.float64]:
        """Share of each area's contrast that is not explained: (A,), about 0 to 1 and more; 0 where not compared."""
        left, contrast, brighter = (
            fit[:, column].astype(np.float64) for column in (LEFT_OVER, CONTRAST, BRIGHTER)
        )
        known = np.isfinite(left)
        if not known.any():
            return np.zeros(len(fit))
        brighter -= np.median(brighter[known])
        left = np.maximum(left - 2.0 * self._noise, 0.0) + 0.5 * brighter * brighter
        share: NDArray[np.float64] = left / (2.0 * (contrast + _DETAIL_GREY**2 + 3.0 * self._noise))
        share[~known] = 0.0
        return share


def redrawn(patch: Patch, newer: Patch) -> Patch:
    """A patch as it would be on the anchor of a newer one: resampled once, enough to compare pictures by."""
    turn = newer.matrix @ np.linalg.inv(patch.matrix)
    growth = float(np.hypot(turn[0, 0], turn[1, 0]))
    nose = turn @ patch.nose
    origin = 4 * np.round((nose + (newer.origin - newer.nose)) / 4).astype(np.int64)
    back = np.linalg.inv(turn)
    image = cv2.warpAffine(
        patch.image, np.column_stack([back, back @ origin - patch.origin]), (PATCH_PX, PATCH_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    corners = patch.nose_box.reshape(2, 2) @ turn.T
    relief = np.column_stack([patch.relief[:, :2] @ turn.T, growth * patch.relief[:, 2]])
    return Patch(
        anchor=newer.anchor,
        image=np.asarray(image, np.uint8),
        origin=origin,
        centres=np.round(patch.centres @ turn.T).astype(np.int64),
        still_centres=np.round(patch.still_centres @ turn.T).astype(np.int64),
        relief=relief.astype(np.float32),
        nose_box=np.round(np.concatenate([corners.min(axis=0), corners.max(axis=0)])).astype(np.int64),
        nose=nose,
        px_per_camera_px=newer.px_per_camera_px,
        matrix=newer.matrix,
    )


def vector_noise(features: Float32Array) -> Float32Array:
    """Standard deviation that the picture's noise gives the vectors of a window: (R,) float32, canonical px.

    Motion of a face is smooth from frame to frame and noise is not, so the noise is what stays in the second
    differences over time: their median size over both directions, which a movement of a few frames does not reach.

    Parameters
    ----------
    features : (17, R, 2) float32
        NaN where a region could not be measured: its noise is NaN too.
    """
    bends = np.abs(features[2:] - 2.0 * features[1:-1] + features[:-2])
    sizes = bends.transpose(0, 2, 1).reshape(-1, features.shape[1])
    middle = len(sizes) // 2
    median = np.partition(sizes, middle, axis=0)[middle]
    median[np.isnan(sizes).any(axis=0)] = np.nan
    # Of white noise of deviation 1, a second difference has sqrt(6), and half of its sizes lie below 0.6745 of that.
    return np.asarray(median / (0.6745 * np.sqrt(6.0)), np.float32)
