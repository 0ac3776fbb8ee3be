"""An evaluation as one HTML file: tables and plots, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from livespot.evaluation.figures import Alarms, Figures, counts_of
from livespot.evaluation.matching import Counts
from livespot.evaluation.plots import bars, histogram, reliability_plot
from livespot.evaluation.run import Evaluation

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – evaluation</title>
<style>{style}</style>
</head>
<body><main>
<h1>{title}</h1>
{body}
</main></body>
</html>
"""

_STYLE = """
:root{--ink:#1d232b;--dim:#5d6875;--line:#d5dbe2;--page:#fff;--soft:#f4f6f8;--c0:#1f63a8;--c1:#b4451f;--c2:#3d8a54}
@media (prefers-color-scheme:dark){:root{--ink:#e4e8ed;--dim:#9aa5b1;--line:#39424d;--page:#161a1f;--soft:#1f252c;
--c0:#6db1f2;--c1:#f08a5d;--c2:#6fc189}}
body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page)}
main{max-width:1000px;margin:auto;padding:24px}h1{font-size:26px;margin:0;overflow-wrap:anywhere}
h2{font-size:19px;margin:28px 0 8px}h3{font-size:15px;margin:18px 0 4px}p{margin:4px 0}.note{color:var(--dim)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:2px 14px 2px 0}th:first-child,td:first-child{text-align:left}
th{color:var(--dim);font-weight:400;border-bottom:1px solid var(--line)}
.plots{display:flex;flex-wrap:wrap;gap:16px}figure{margin:0;width:310px}
svg{width:100%;background:var(--soft);border-radius:4px}figcaption{font-size:13px;color:var(--dim)}
svg .grid{stroke:var(--line)}svg .level{stroke:var(--dim);stroke-dasharray:4 4}
svg .tick{fill:var(--dim);font-size:10px}svg .mid{text-anchor:middle}svg .end{text-anchor:end}
svg .s0{fill:var(--c0)}svg .s1{fill:var(--c1)}svg .s2{fill:var(--c2)}svg polyline.s0{fill:none;stroke:var(--c0)}
.k0{color:var(--c0)}.k1{color:var(--c1)}.k2{color:var(--c2)}
"""

_MEASURE = (
    "A detection is right when it overlaps an annotated expression of its type by half (IoU 0.5), each expression "
    "counted once; all videos count as one."
)


def as_html(evaluation: Evaluation) -> str:
    """The whole page."""
    about = evaluation.about
    facts = (
        f"{about['videos']} videos of {about['people']} people, {about['minutes']:.1f} minutes; face found in "
        f"{about['face_share']:.1%}. Engine {about['engine']['name']} ({about['engine']['sha256'][:12]})."
    )
    parts = [f"<p>{escape(facts)}</p>", f'<p class="note">{escape(_MEASURE)}</p>']
    if evaluation.rules:
        parts.append(f"<p>The rules were tuned on {escape(str(about['baseline_set']))}.</p>")
        if shared := about["people_in_both_sets"]:
            parts.append(f"<p>Not a fair comparison: {escape(', '.join(shared))} also in that set.</p>")
    parts += [f'<p class="note">Left out: {escape(reason)}</p>' for reason in evaluation.left_out]
    parts.append(f"<h2>Overview</h2>{_overview(evaluation.spotters)}")
    for name, figures in evaluation.spotters.items():
        parts.append(f"<h2>{escape(name)}</h2>{_spotter(figures)}")
    return _PAGE.format(title=escape(evaluation.folder), style=_STYLE, body="\n".join(parts))


def _overview(spotters: Mapping[str, Figures]) -> str:
    f1: dict[str, dict[str, float | None]] = {}
    alarms: dict[str, dict[str, float | None]] = {}
    for name, figures in spotters.items():
        for kind, counts in counts_of(figures.score):
            f1.setdefault(kind, {})[name] = counts.f1
        for what, found in figures.quiet.items():
            alarms.setdefault(what, {})[name] = found.as_dict()["per_minute"]
    return (
        f'<div class="plots">{bars(f1, "F1", 1.0)}{bars(alarms, "false alarms a minute, quiet spans")}</div>'
    )


def _spotter(figures: Figures) -> str:
    parts = [_scores(figures), "<h3>False alarms</h3>", _alarms(figures)]
    plots = [histogram(name, s.values, "frames") for name, s in figures.errors.items() if s.values]
    if plots:
        parts.append("<h3>Matched intervals: detected − true, frames at 30 a second</h3>")
        parts.append(f'<div class="plots">{"".join(plots)}</div>')
    if figures.delays.values:
        plot = histogram("from the offset to the confirmation", figures.delays.values, "s")
        parts.append(f'<h3>Delay</h3><div class="plots">{plot}</div>')
    if figures.online:
        parts.append(f"<h3>Whatever the minimum score</h3>{_online(figures)}")
    if any(found.intervals for found in figures.action_units.values()):
        parts.append(f"<h3>Action-unit candidates</h3>{_units(figures)}")
    if figures.calibration:
        drawn = "".join(reliability_plot(name, found) for name, found in figures.calibration.items())
        parts.append(f'<h3>Calibration</h3><div class="plots">{drawn}</div>')
    return "".join(parts)


def _scores(figures: Figures) -> str:
    groups = {
        "all": figures.score,
        **figures.by_kind,
        **{f"person {k}": v for k, v in figures.by_person.items()},
    }
    rows = [
        (name, kind, c.tp, c.fp, c.fn, f"{c.precision:.4f}", f"{c.recall:.4f}", f"{c.f1:.4f}")
        for name, score in groups.items()
        for kind, c in counts_of(score)
    ]
    return _table(("videos", "type", "TP", "FP", "FN", "precision", "recall", "F1"), rows)


def _alarms(figures: Figures) -> str:
    rows: list[tuple[object, ...]] = []
    for where, alarms in (
        ("clips without expressions", figures.clean),
        ("spans without expressions", figures.quiet),
    ):
        rows += [(where, kind, *_rates(found)) for kind, found in alarms.items() if found.minutes > 0]
    return _table(("where", "kind", "minutes", "ME", "MaE", "a minute", "95 % limits"), rows)


def _rates(alarms: Alarms) -> tuple[object, ...]:
    rates = alarms.as_dict()
    limits = f"{rates['per_minute_low']:.2f} to {rates['per_minute_high']:.2f}"
    return f"{alarms.minutes:.2f}", alarms.me, alarms.mae, f"{rates['per_minute']:.2f}", limits


def _online(figures: Figures) -> str:
    kinds = list(figures.online)
    measures: dict[str, list[float | None]] = {}
    for found in figures.online.values():
        for rate, value in found.misses.items():
            measures.setdefault(f"share missed at {rate:g} false alarms a minute", []).append(value)
    for found in figures.online.values():
        for tolerance, value in found.onset_precision.items():
            measures.setdefault(f"average precision of onsets, within {tolerance:g} s", []).append(value)
    rows = [(name, *("–" if v is None else f"{v:.2f}" for v in values)) for name, values in measures.items()]
    return _table(("", *kinds), rows)


def _units(figures: Figures) -> str:
    rows: list[tuple[object, ...]] = []
    for where, found in figures.action_units.items():
        rows += [(where, "all", *_counted(found.total))] if found.intervals else []
        rows += [(where, unit, *_counted(found.by_unit[unit])) for unit in found.as_dict()["by_unit"]]
    return _table(("intervals", "AU", "right", "wrong", "missed", "precision", "recall"), rows)


def _counted(counts: Counts) -> tuple[object, ...]:
    return counts.tp, counts.fp, counts.fn, f"{counts.precision:.2f}", f"{counts.recall:.2f}"


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
