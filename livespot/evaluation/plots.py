"""Plots of an evaluation as SVG: bars, reliability, histograms. Text in, text out; no script, nothing from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from livespot.evaluation.calibration import Reliability

_WIDTH, _HEIGHT = 300, 210
_LEFT, _TOP, _RIGHT, _BOTTOM = 40, 22, 10, 34


def bars(groups: Mapping[str, Mapping[str, float | None]], unit: str, top: float | None = None) -> str:
    """Grouped bars from 0: group to series to value; None leaves a hole. ``top`` is the end of the axis."""
    series = list(dict.fromkeys(name for group in groups.values() for name in group))
    values = [v for group in groups.values() for v in group.values() if v is not None]
    end = top or max([*values, 1e-9]) * 1.1
    step = _inner_width() / max(len(groups), 1)
    wide = 0.8 * step / max(len(series), 1)
    shapes: list[str] = []
    for g, (label, group) in enumerate(groups.items()):
        x0 = _LEFT + g * step + 0.1 * step
        for s, name in enumerate(series):
            if (value := group.get(name)) is None:
                continue
            high = _inner_height() * min(value / end, 1.0)
            shapes.append(
                f'<rect class="s{s}" x="{x0 + s * wide:.1f}" y="{_floor() - high:.1f}" width="{wide:.1f}" '
                f'height="{high:.1f}"><title>{escape(label)} {escape(name)}: {value:.3g}</title></rect>'
            )
        middle = _LEFT + (g + 0.5) * step
        shapes.append(f'<text class="tick mid" x="{middle:.1f}" y="{_floor() + 13}">{escape(label)}</text>')
    shapes += _levels(0.0, end, unit)
    return _svg(shapes, _legend(series))


def reliability_plot(name: str, found: Reliability) -> str:
    """Share of true frames against what was said, the diagonal beside it; circles grow with the frames."""
    ends = (_LEFT, _floor(), _WIDTH - _RIGHT, _TOP)
    shapes = [f'<line class="level" x1="{ends[0]}" y1="{ends[1]}" x2="{ends[2]}" y2="{ends[3]}"/>']
    places = []
    total = max(int(found.frames.sum()), 1)
    for frames, said, true in zip(found.frames, found.said, found.true, strict=True):
        if frames:
            x, y = _LEFT + said * _inner_width(), _floor() - true * _inner_height()
            places.append(f"{x:.1f},{y:.1f}")
            size = 2.0 + 6.0 * float(np.sqrt(frames / total))
            shapes.append(
                f'<circle class="s0" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}">'
                f"<title>said {said:.2f}, true {true:.2f}, {frames} frames</title></circle>"
            )
    shapes.append(f'<polyline class="s0" points="{" ".join(places)}"/>')
    shapes += _levels(0.0, 1.0, "")
    shapes.append(f'<text class="tick mid" x="{_WIDTH / 2}" y="{_floor() + 13}">probability said</text>')
    return _svg(shapes, f"{escape(name)}: calibration error {found.error:.3f}")


def histogram(name: str, values: Sequence[float], unit: str, bins: int = 21) -> str:
    """How often each value came; the ends of the axis are the least and the greatest."""
    low, high = min(values), max(values)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    counts, _ = np.histogram(values, bins=bins, range=(low, high))
    wide = _inner_width() / bins
    tallest = max(int(counts.max()), 1)
    shapes = []
    for n, count in enumerate(counts.tolist()):
        tall = _inner_height() * count / tallest
        shapes.append(
            f'<rect class="s0" x="{_LEFT + n * wide:.1f}" y="{_floor() - tall:.1f}" width="{wide - 1:.1f}" '
            f'height="{tall:.1f}"/>'
        )
    shapes += _levels(0.0, float(tallest), "")
    shapes.append(f'<text class="tick" x="{_LEFT}" y="{_floor() + 13}">{low:.3g} {escape(unit)}</text>')
    shapes.append(f'<text class="tick end" x="{_WIDTH - _RIGHT}" y="{_floor() + 13}">{high:.3g}</text>')
    return _svg(shapes, f"{escape(name)} ({len(values)})")


def _levels(low: float, high: float, unit: str) -> list[str]:
    """Three ticks of the upright axis."""
    shapes = []
    for share in (0.0, 0.5, 1.0):
        y = _floor() - share * _inner_height()
        label = f"{low + share * (high - low):.3g}"
        shapes.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        shapes.append(f'<text class="tick end" x="{_LEFT - 4}" y="{y + 4:.1f}">{label}</text>')
    shapes.append(f'<text class="tick" x="2" y="11">{escape(unit)}</text>')
    return shapes


def _svg(shapes: Sequence[str], caption: str) -> str:
    inside = "".join(shapes)
    picture = f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{inside}</svg>'
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"


def _legend(series: Sequence[str]) -> str:
    return " ".join(f'<span class="k{n}">■</span> {escape(name)}' for n, name in enumerate(series))


def _floor() -> float:
    return _HEIGHT - _BOTTOM


def _inner_width() -> float:
    return _WIDTH - _LEFT - _RIGHT


def _inner_height() -> float:
    return _HEIGHT - _BOTTOM - _TOP
