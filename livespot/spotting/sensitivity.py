"""One sensitivity per type, for people who turn one knob: θ and the minimum score move together.

An engine's operating point has two gates: the apex probability, and the score, the product of the probabilities at
onset, apex and offset. Whoever lowers θ alone often finds nothing more, because the score still fails.
"""

from __future__ import annotations

import math

_CERTAIN = 1e-6
"""Log-odds of 0 and 1 are infinite; this far from them a threshold means the same."""


def min_score_at(threshold: float, own_threshold: float, own_minimum: float) -> float:
    """The minimum score that goes with ``threshold``, for an operating point of ``own_threshold`` and ``own_minimum``.

    As many log-odds as θ was moved by, each of the three probabilities whose product is the score may be lower (or has
    to be higher): with p the cube root of the own minimum score, the new one is ``σ(logit p + logit θ - logit θ₀)³``.

    Parameters
    ----------
    threshold : float
        θ as it is wanted, 0 … 1.
    own_threshold, own_minimum : float
        The engine's operating point. Without a minimum score (0) there is none at any sensitivity.

    Returns
    -------
    float
        Rising with ``threshold``; exactly ``own_minimum`` at ``own_threshold``.

    Examples
    --------
    >>> min_score_at(0.5, 0.5, 0.2)
    0.2
    >>> round(min_score_at(0.3, 0.5, 0.2), 3), round(min_score_at(0.7, 0.5, 0.2), 3)
    (0.053, 0.451)
    """
    if own_minimum <= 0.0 or threshold == own_threshold:
        return own_minimum
    shift = _log_odds(threshold) - _log_odds(own_threshold)
    moved = _log_odds(own_minimum ** (1.0 / 3.0)) + shift
    score = float((1.0 / (1.0 + math.exp(-moved))) ** 3)
    # Rounding must not put it on the wrong side of the engine's own.
    return max(score, own_minimum) if threshold > own_threshold else min(score, own_minimum)


def _log_odds(probability: float) -> float:
    inside = min(max(probability, _CERTAIN), 1.0 - _CERTAIN)
    return math.log(inside / (1.0 - inside))
