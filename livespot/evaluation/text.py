"""An evaluation as a table of plain text."""

from __future__ import annotations

from collections.abc import Mapping

from livespot.evaluation.figures import Alarms, Figures, Spread, counts_of
from livespot.evaluation.matching import SpottingScore
from livespot.evaluation.published import published_lines
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
    if evaluation.published is not None:
        lines += ["", *published_lines(evaluation.published)]
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
        delay = figures.delays.as_dict()
        lines.append(
            f"  {'delay':<20}{delay['median']:>+7.2f} median, {delay['p95_size']:.2f} in 19 of 20 ({delay['count']})"
        )
    lines += _online(figures)
    lines += _units(figures)
    if figures.calibration:
        errors = ", ".join(f"{curve} {found.error:.3f}" for curve, found in figures.calibration.items())
        lines.append(f"expected calibration error: {errors}")
    return lines


def _online(figures: Figures) -> list[str]:
    lines: list[str] = []
    for kind, found in figures.online.items():
        misses = ", ".join(f"{_share(v)} at {r:g}" for r, v in found.misses.items())
        onsets = ", ".join(f"{_share(v)} at {s:g} s" for s, v in found.onset_precision.items())
        lines.append(
            f"  {kind:<5} missed at false alarms a minute: {misses}; average precision of onsets: {onsets}"
        )
    return ["whatever the minimum score", *lines] if lines else []


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _units(figures: Figures) -> list[str]:
    lines: list[str] = []
    for where, found in figures.action_units.items():
        if not found.intervals:
            continue
        total = found.total
        lines.append(
            f"action-unit candidates at {where} intervals: precision {total.precision:.2f}, recall {total.recall:.2f}, "
            f"the first right in {found.first_right} of {found.intervals}, the side in {found.sides_right} of "
            f"{found.sides}"
        )
        units = found.as_dict()["by_unit"]
        lines += [
            f"  AU {u:<14}{c['tp']:>5} right{c['fp']:>5} wrong{c['fn']:>5} missed" for u, c in units.items()
        ]
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
                f"  {kind:<20}{rates['per_minute']:>6.2f}  (95 % limits {rates['per_minute_low']:.2f} to "
                f"{rates['per_minute_high']:.2f}; ME {found.me}, MaE {found.mae} in {found.minutes:.2f} min)"
            )
    return lines if len(lines) > 1 else [f"{title}: there are none"]


def _spread(name: str, spread: Spread) -> str:
    values = spread.as_dict()
    return (
        f"  {name:<20}{values['median']:>+7.2f} median, {values['mean_size']:.2f} mean size, "
        f"{values['p90_size']:.2f} in nine of ten ({values['count']})"
    )
