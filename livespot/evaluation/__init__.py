"""How good the intervals are: matching with ground truth and the measure of MEGC 2021."""

from livespot.evaluation.matching import Counts, Match, SpottingScore, match, score_video, score_videos

__all__ = ["Counts", "Match", "SpottingScore", "match", "score_video", "score_videos"]
