"""The numbers the spotter works with: thresholds as they are, durations turned into model frames."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from livespot.config import SpottingConfig
from livespot.errors import ConfigError
from livespot.spotting.scores import AlarmTable, ScoreCalibration, min_scores_for
from livespot.types import CURVES, ExpressionType, Proposal

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
    calibration : ScoreCalibration or None
        Makes the score that is shown, and compared with ``min_score``, of the raw one; None: it is the raw one.
    longest : int
        Intervals that share frames are united up to this many model frames; 0: they stay as they are.
    merge_share : float
        See :class:`livespot.spotting.merging.Merger`.
    """

    type: ExpressionType
    threshold: float
    far: int
    near: int
    max_overlap: float
    min_score: float = 0.0
    calibration: ScoreCalibration | None = None
    longest: int = 0
    merge_share: float = 0.0

    @property
    def raw_min_score(self) -> float:
        """What the product of the three probabilities has to exceed."""
        return self.min_score if self.calibration is None else self.calibration.raw(self.min_score)

    def shown(self, proposals: Iterable[Proposal]) -> list[Proposal]:
        """The same proposals with the score that is shown in place of the raw one."""
        if self.calibration is None:
            return list(proposals)
        return [replace(proposal, score=self.calibration.shown(proposal.score)) for proposal in proposals]

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
        calibrations: Mapping[str, tuple[float, float, float]] | None = None,
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
        calibrations : mapping of "ME" and "MaE" to (low, high, bias), optional
            The engine's calibration of the scores; raw scores where it brings none.

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
            me=_of_type("ME", config, thresholds, rate_hz, min_scores or {}, calibrations or {}),
            mae=_of_type("MaE", config, thresholds, rate_hz, min_scores or {}, calibrations or {}),
            rate_hz=float(rate_hz),
        )

    @property
    def types(self) -> tuple[TypeParameters, TypeParameters]:
        """Both types, in the order of :data:`livespot.types.EXPRESSION_TYPES`."""
        return self.me, self.mae


class Calibrated(Protocol):
    """What an engine says of its operating point; :class:`livespot.inference.runner.EngineInfo` does."""

    @property
    def thresholds(self) -> Mapping[str, float]:
        """θ of the apex curves by type."""

    @property
    def min_scores(self) -> Mapping[str, float]:
        """Minimum score of an interval by type."""

    @property
    def score_calibrations(self) -> Mapping[str, tuple[float, float, float]]:
        """(low, high, bias) of the scores by type; empty when the engine brings none."""

    @property
    def alarm_table(self) -> AlarmTable:
        """(false alarms a minute, minimum score) by type; empty when the engine brings none."""


def resolved_point(config: SpottingConfig, engine: Calibrated) -> tuple[dict[str, float], dict[str, float]]:
    """Return θ and the minimum score by type.

    What the configuration says of a type goes first, then the rate of false alarms that it asks for, then the engine's
    own operating point.

    Raises
    ------
    ConfigError
        When a rate of false alarms is asked for and the engine brings no table of them.
    """
    thresholds = {kind: float(value) for kind, value in engine.thresholds.items()}
    minimum = dict.fromkeys(thresholds, 0.0) | {
        kind: float(value) for kind, value in engine.min_scores.items()
    }
    own = {"ME": config.me_apex_threshold, "MaE": config.mae_apex_threshold}
    own_minimum = {"ME": config.me_min_score, "MaE": config.mae_min_score}
    if config.alarms_a_minute is not None and None in own_minimum.values():
        minimum |= min_scores_for(config.alarms_a_minute, engine.alarm_table)
    thresholds |= {kind: value for kind, value in own.items() if value is not None}
    minimum |= {kind: value for kind, value in own_minimum.items() if value is not None}
    return thresholds, minimum


def check_point(kind: ExpressionType, threshold: float, min_score: float | None = None) -> None:
    """Raise ValueError unless both are probabilities."""
    if not 0.0 <= threshold <= 1.0:
        raise ValueError(f"threshold of {kind}: expected a probability from 0 to 1, got {threshold!r}")
    if min_score is not None and not 0.0 <= min_score <= 1.0:
        raise ValueError(f"minimum score of {kind}: expected a score from 0 to 1, got {min_score!r}")


def _of_type(
    kind: ExpressionType,
    config: SpottingConfig,
    thresholds: Mapping[str, float],
    rate_hz: float,
    min_scores: Mapping[str, float],
    calibrations: Mapping[str, tuple[float, float, float]],
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
    far = max(near, half_range_frames(average, rate_hz))
    longest = config.me_longest_frames if kind == "ME" else config.mae_longest_frames
    return TypeParameters(
        kind,
        threshold,
        far,
        near,
        0.0 if config.overlaps == "suppress" else config.max_overlap,
        score,
        ScoreCalibration(*calibrations[kind]) if kind in calibrations else None,
        max(2 * far + 1, round(longest * rate_hz / REFERENCE_HZ)) if config.overlaps == "merge" else 0,
        config.merge_share,
    )


def half_range_frames(duration_frames: float, rate_hz: float) -> int:
    """Half a duration given in frames at 30 Hz, in whole model frames, at least 1.

    The duration is rounded first, so that a rate just under 30 does not lose a frame.
    """
    return max(1, round(duration_frames * rate_hz / REFERENCE_HZ) // 2)
