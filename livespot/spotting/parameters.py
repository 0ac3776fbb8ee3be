"""The numbers the spotter works with: thresholds as they are, durations turned into model frames."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from livespot.config import SpottingConfig
from livespot.errors import ConfigError
from livespot.types import CURVES, ExpressionType

REFERENCE_HZ = 30.0
"""The rate at which the configuration counts its durations."""


@dataclass(frozen=True, slots=True)
class TypeParameters:
    """How intervals of one type are built.

    Attributes
    ----------
    type : ``"ME"`` or ``"MaE"``
    threshold : float
        θ: a frame is an apex candidate when its apex probability is *greater*.
    far : int
        h, model frames from the apex to the farthest onset and offset that are looked at.
    near : int
        g, model frames from the apex to the nearest, 1 ≤ g ≤ h.
    min_score : float
        A proposal is kept when its score is *greater*; 0 keeps all, as the paper does.
    max_overlap : float
        Two proposals conflict when their IoU is *greater*.
    """

    type: ExpressionType
    threshold: float
    far: int
    near: int
    max_overlap: float
    min_score: float = 0.0

    @property
    def columns(self) -> tuple[int, int, int]:
        """Columns of (onset, apex, offset) in :data:`livespot.types.CURVES`."""
        stem = self.type.lower()
        return CURVES.index(f"{stem}_onset"), CURVES.index(f"{stem}_apex"), CURVES.index(f"{stem}_offset")


@dataclass(frozen=True, slots=True)
class SpottingParameters:
    """The parameters of both types at one model rate.

    Attributes
    ----------
    me, mae : TypeParameters
    rate_hz : float
        The model rate they were made for.
    """

    me: TypeParameters
    mae: TypeParameters
    rate_hz: float

    @classmethod
    def resolve(
        cls,
        config: SpottingConfig,
        thresholds: Mapping[str, float],
        rate_hz: float,
        min_scores: Mapping[str, float] | None = None,
    ) -> SpottingParameters:
        """Put the configuration, the engine's operating point and the model rate together.

        Durations are rounded to whole model frames and then halved, rounding *down*: ``h = round(k · rate /
        30) // 2`` and ``g = round(j · rate / 30) // 2``, which at 30 Hz is what the authors do (k = 16
        gives 8, j = 5 gives 2), and at 29.97 Hz the same. Neither falls below one frame, so that onset <
        apex < offset at any rate.

        Parameters
        ----------
        config : SpottingConfig
            A threshold set there goes before the engine's own.
        thresholds : mapping of "ME" and "MaE" to float
            The engine's operating point; a type may be left out when the configuration sets it.
        rate_hz : float
            Model frames per second.
        min_scores : mapping of "ME" and "MaE" to float, optional
            The engine's; 0 where it brings none.

        Raises
        ------
        ConfigError
            When a value is impossible or a threshold is nowhere to be found.
        """
        if not (math.isfinite(rate_hz) and rate_hz > 0):
            raise ConfigError(f"model rate: expected a number of frames per second above 0, got {rate_hz!r}")
        if not 0.0 <= config.max_overlap <= 1.0:
            raise ConfigError(
                f"spotting.max_overlap: expected an IoU from 0 to 1, got {config.max_overlap!r}; "
                "the paper has 0.5"
            )
        return cls(
            me=_of_type("ME", config, thresholds, rate_hz, min_scores or {}),
            mae=_of_type("MaE", config, thresholds, rate_hz, min_scores or {}),
            rate_hz=float(rate_hz),
        )

    @property
    def types(self) -> tuple[TypeParameters, TypeParameters]:
        """Both types, in the order of :data:`livespot.types.EXPRESSION_TYPES`."""
        return self.me, self.mae


def resolved_point(
    config: SpottingConfig, thresholds: Mapping[str, float], min_scores: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """θ and least score by type: the configured ones, else the engine's, which are given."""
    resolved = {kind: float(value) for kind, value in thresholds.items()}
    least = dict.fromkeys(resolved, 0.0) | {kind: float(value) for kind, value in min_scores.items()}
    own = {"ME": config.me_apex_threshold, "MaE": config.mae_apex_threshold}
    own_least = {"ME": config.me_min_score, "MaE": config.mae_min_score}
    resolved |= {kind: value for kind, value in own.items() if value is not None}
    least |= {kind: value for kind, value in own_least.items() if value is not None}
    return resolved, least


def check_point(kind: ExpressionType, threshold: float, min_score: float | None = None) -> None:
    """Raise ValueError unless both are probabilities."""
    if not 0.0 <= threshold <= 1.0:
        raise ValueError(f"threshold of {kind}: expected a probability from 0 to 1, got {threshold!r}")
    if min_score is not None and not 0.0 <= min_score <= 1.0:
        raise ValueError(f"least score of {kind}: expected a score from 0 to 1, got {min_score!r}")


def _of_type(
    kind: ExpressionType,
    config: SpottingConfig,
    thresholds: Mapping[str, float],
    rate_hz: float,
    min_scores: Mapping[str, float],
) -> TypeParameters:
    if kind == "ME":
        own, average, minimum = config.me_apex_threshold, config.me_average_frames, config.me_minimum_frames
        own_score = config.me_min_score
    else:
        own_score = config.mae_min_score
        own, average, minimum = (
            config.mae_apex_threshold,
            config.mae_average_frames,
            config.mae_minimum_frames,
        )
    stem = kind.lower()
    if own is None and kind not in thresholds:
        raise ConfigError(
            f"apex threshold of {kind}: the engine brings none; "
            f"set spotting.{stem}_apex_threshold, for example to 0.5"
        )
    threshold = float(thresholds[kind] if own is None else own)
    if not 0.0 <= threshold <= 1.0:
        raise ConfigError(
            f"spotting.{stem}_apex_threshold: expected a probability from 0 to 1, got {threshold!r}"
        )
    if not (math.isfinite(average) and 0.0 < minimum <= average):
        raise ConfigError(
            f"spotting.{stem}_minimum_frames and {stem}_average_frames: expected 0 < minimum ≤ average, "
            f"got {minimum!r} and {average!r}"
        )
    score = float(min_scores.get(kind, 0.0) if own_score is None else own_score)
    if not 0.0 <= score < 1.0:
        raise ConfigError(f"spotting.{stem}_min_score: expected a score from 0 to below 1, got {score!r}")
    near = half_range_frames(minimum, rate_hz)
    return TypeParameters(
        kind, threshold, max(near, half_range_frames(average, rate_hz)), near, config.max_overlap, score
    )


def half_range_frames(duration_frames: float, rate_hz: float) -> int:
    """Half a duration given in frames at 30 Hz, in whole model frames, at least 1.

    The duration is rounded first, so that a rate just under 30 does not lose a frame.
    """
    return max(1, round(duration_frames * rate_hz / REFERENCE_HZ) // 2)
