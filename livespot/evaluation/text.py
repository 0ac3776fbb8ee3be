"""An evaluation as a table of plain text."""

from __future__ import annotations

from collections.abc import Mapping

from livespot.evaluation.figures import Alarms, Figures, Spread, counts_of
from livespot.evaluation.matching import SpottingScore
from livespot.evaluation.run import Evaluation

_HEAD = f"{'':<22}{'TP':>5}{'FP':>6}{'FN':>6}{'precision':>11}{'recall':>8}{'F1':>8}"


def as_text(evaluation: Evaluation) -> str:
    """The whole evaluation, one block per spotter."""
    about = evaluation.about
    lines = [
        f"{evaluation.folder}: {about['videos']} videos, {about['people']} people, {about['minutes']:.1f} min, "
        f"face in {about['face_share']:.1%}",
        f"engine {about['engine']['name']} ({about['engine']['sha256'][:12]}), thresholds "
        + ", ".join(f"{kind} {value:.3g}" for kind, value in about["thresholds"].items()),
    ]
    if evaluation.rules:
        lines += [
            f"rules for {kind}: bump of {rule.threshold_px:.2f} px over {8 * rule.reach} frames each way, ends at "
            f"{rule.share:.0%} (tuned on {about['baseline_set']})"
            for kind, rule in evaluation.rules.items()
        ]
        if shared := about["people_in_both_sets"]:
            lines.append(f"not a fair comparison: {', '.join(shared)} also in {about['baseline_set']}")
    for reason in evaluation.left_out:
        lines.append(f"left out: {reason}")
    for name, figures in evaluation.spotters.items():
        lines += ["", f"{name}", *_block(figures)]
    return "\n".join(lines)


def _block(figures: Figures) -> list[str]:
    lines = [_HEAD, *_scores("", figures.score)]
    if len(figures.by_kind) > 1:
        for kind, score in figures.by_kind.items():
            lines += _scores(kind, score)
    lines += _alarms("false alarms a minute, clips without expressions", figures.clean)
    lines += _alarms("false alarms a minute, spans without expressions", figures.quiet)
    lines.append("matched intervals, detected − true in frames at 30 a second")
    lines += [_spread(name, spread) for name, spread in figures.errors.items() if spread.values]
    if not any(spread.values for spread in figures.errors.values()):
        lines.append("  none matched")
    if figures.delays.values:
        lines.append("seconds from the offset to the confirmation")
        lines.append(_spread("delay", figures.delays))
    if figures.calibration:
        errors = ", ".join(f"{curve} {found.error:.3f}" for curve, found in figures.calibration.items())
        lines.append(f"expected calibration error: {errors}")
    return lines


def _scores(name: str, score: SpottingScore) -> list[str]:
    return [
        f"{(name + ' ' + kind).strip():<22}{c.tp:>5}{c.fp:>6}{c.fn:>6}{c.precision:>11.4f}{c.recall:>8.4f}{c.f1:>8.4f}"
        for kind, c in counts_of(score)
    ]


def _alarms(title: str, alarms: Mapping[str, Alarms]) -> list[str]:
    lines = [title]
    for kind, found in alarms.items():
        rates = found.as_dict()
        if rates["per_minute"] is not None:
            lines.append(
                f"  {kind:<20}{rates['per_minute']:>6.2f}  (ME {found.me}, MaE {found.mae} in {found.minutes:.2f} min)"
            )
    return lines if len(lines) > 1 else [f"{title}: there are none"]


def _spread(name: str, spread: Spread) -> str:
    values = spread.as_dict()
    return (
        f"  {name:<20}{values['median']:>+7.2f} median, {values['mean_size']:.2f} mean size, "
        f"{values['p90_size']:.2f} in nine of ten ({values['count']})"
    )
