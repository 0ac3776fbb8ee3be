"""The drawings of a report, as SVG text: curves over time with what happened, motion as arrows on a face."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from livespot.interchange.results import Note, Results
from livespot.types import CURVES, ExpressionType, Float32Array, Interval

CLASS: dict[ExpressionType, str] = {"ME": "me", "MaE": "mae"}

_WIDTH, _HEIGHT = 960, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 26, 22
_COLUMNS = 1200  # more points than a page is wide show nothing more
_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600)
_LANES = (("program", 6), ("truth", 14))
_EYE_DISTANCE_PX = 90.0  # outer eye corners on the canonical grid, in whose px motion is measured
_OUTER_EYES = (36, 45)


def curves_svg(results: Results, kind: ExpressionType, begin_s: float, end_s: float, title: str) -> str:
    """The apex and the expression curve of one type between two session times, with what happened meanwhile."""
    plot = _Plot(begin_s, max(end_s, begin_s + 1e-3))
    parts = [plot.frame(title)]
    parts += [
        plot.span(gap.time_s, _end_s(gap), "gap", f"gap: {gap.label}")
        for gap in results.gaps
        if _end_s(gap) >= begin_s and gap.time_s <= end_s
    ]
    for intervals, (name, y) in zip((results.intervals, results.truth), _LANES, strict=True):
        mine = [i for i in intervals if i.type == kind and i.offset_s >= begin_s and i.onset_s <= end_s]
        parts += [plot.bar(i, y, f"{CLASS[kind]} {name}") for i in mine]
    stem = kind.lower()
    for curve in ("expression", "apex"):
        column = CURVES.index(f"{stem}_{curve}")
        parts += plot.line(results, column, f"{CLASS[kind]} {curve}")
    thresholds = results.meta.get("thresholds")
    if isinstance(thresholds, dict) and isinstance(thresholds.get(kind), int | float):
        parts.append(plot.level(float(thresholds[kind])))
    parts += [plot.marker(note) for note in results.markers if plot.shows(note.time_s)]
    return f'<svg class="curves" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(parts)}</svg>'


class _Plot:
    def __init__(self, begin_s: float, end_s: float) -> None:
        self._begin, self._end = begin_s, end_s

    def shows(self, time_s: float) -> bool:
        return self._begin <= time_s <= self._end

    def x(self, time_s: float) -> float:
        share = (min(max(time_s, self._begin), self._end) - self._begin) / (self._end - self._begin)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - value * (_HEIGHT - _BOTTOM - _TOP)

    def frame(self, title: str) -> str:
        parts = [f"<title>{escape(title)}</title>"]
        for level in (0.0, 0.5, 1.0):
            y = self.y(level)
            parts.append(
                f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
            parts.append(
                f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{level:g}</text>'
            )
        length = self._end - self._begin
        step = next((s for s in _STEPS_S if length / s <= 12), _STEPS_S[-1] * math.ceil(length / 43200))
        tick = math.ceil(self._begin / step) * step
        while tick <= self._end:
            text = f'<text class="tick" x="{self.x(tick):.1f}" y="{_HEIGHT - 6}" text-anchor="middle">'
            parts.append(f"{text}{clock(tick, step)}</text>")
            tick += step
        return "".join(parts)

    def line(self, results: Results, column: int, name: str) -> list[str]:
        """One path for each stretch with a stream and a face; the highest value of each column of the page."""
        times_s, rows = _broken(results, column)
        first, last = np.searchsorted(times_s, [self._begin, self._end + 1e-9])
        times, values = thinned(times_s[first:last], rows[first:last])
        known = np.isfinite(values)
        paths, points = [], []
        for time_s, value, there in zip(times.tolist(), values.tolist(), known.tolist(), strict=True):
            if there:
                points.append(f"{self.x(time_s):.1f},{self.y(value):.1f}")
            elif points:
                paths.append(points)
                points = []
        paths += [points] if points else []
        return [f'<polyline class="{name}" points="{" ".join(path)}"/>' for path in paths]

    def level(self, value: float) -> str:
        y = self.y(value)
        line = f'<line class="level" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}">'
        return f"{line}<title>threshold {value:.3f}</title></line>"

    def span(self, begin_s: float, end_s: float, name: str, title: str) -> str:
        x = self.x(begin_s)
        width = max(self.x(end_s) - x, 2.0)
        box = f'<rect class="{name}" x="{x:.1f}" y="{_TOP}" width="{width:.1f}" height="{_HEIGHT - _BOTTOM - _TOP}">'
        return f"{box}<title>{escape(title)}</title></rect>"

    def bar(self, interval: Interval, y: float, name: str) -> str:
        x = self.x(interval.onset_s)
        width = max(self.x(interval.offset_s) - x, 1.5)
        title = f"{interval.type}, {interval.onset_s:.2f} s to {interval.offset_s:.2f} s, score {interval.score:.2f}"
        box = f'<rect class="bar {name}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="6" rx="2">'
        return f"{box}<title>{title}</title></rect>"

    def marker(self, note: Note) -> str:
        x = self.x(note.time_s)
        line = f'<line class="marker" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}">'
        return f"{line}<title>{escape(note.label)}, {note.time_s:.2f} s</title></line>"


def _end_s(gap: Note) -> float:
    return gap.time_s if gap.end_s is None else gap.end_s


def _broken(results: Results, column: int) -> tuple[NDArray[np.float64], Float32Array]:
    """A curve with a row of NaN in each gap, so that no line is drawn across."""
    times_s, rows = results.curves.times_s, results.curves.curves[:, column]
    ends = [_end_s(gap) for gap in results.gaps]
    places = np.searchsorted(times_s, ends)
    between = [min(max(gap.time_s, 0.0), end) for gap, end in zip(results.gaps, ends, strict=True)]
    return np.insert(times_s, places, between), np.insert(rows, places, np.nan).astype(np.float32)


def thinned(
    times_s: NDArray[np.float64], values: Float32Array, columns: int = _COLUMNS
) -> tuple[NDArray[np.float64], Float32Array]:
    """At most ``columns`` points: the highest of each stretch, NaN where a stretch has a row without a face.

    A gap of one frame is thereby as wide as a stretch: it shows, which it would not at its true width.
    """
    count = len(times_s)
    if count <= columns:
        return times_s, values
    edges = np.linspace(0, count, columns + 1).astype(int)[:-1]
    lost = np.logical_or.reduceat(np.isnan(values), edges)
    highest = np.maximum.reduceat(np.nan_to_num(values, nan=-1.0), edges)
    return times_s[edges], np.where(lost, np.nan, highest).astype(np.float32)


def arrows_svg(
    points: Float32Array,
    feet: Float32Array,
    motion: Float32Array,
    times: float,
    box: Sequence[float],
    picture: str | None,
    width: int,
) -> str:
    """A face with an arrow at each region: its motion from onset to apex, ``times`` as long.

    Parameters
    ----------
    points : (68, 2) float32
        Landmarks at the apex, px of the camera picture.
    feet : (R, 2) float32
        Where the arrows begin, in the same px.
    motion : (R, 2) float32
        Canonical px.
    times : float
    box : (x0, y0, x1, y1)
        Part of the camera picture that is shown.
    picture : str or None
        Data URI of that part; without one the landmarks stand for the face.
    width : int
        Of the drawing in px.
    """
    x0, y0, x1, y1 = box
    scale = width / (x1 - x0)
    height = scale * (y1 - y0)
    shown = (points - np.array([x0, y0], np.float32)) * scale
    eyes = points[_OUTER_EYES[1]] - points[_OUTER_EYES[0]]
    along = eyes / _EYE_DISTANCE_PX * scale  # one canonical px to the right, in px of the drawing
    drawn = motion[:, :1] * along + motion[:, 1:] * np.array([-along[1], along[0]])
    parts = []
    if picture is not None:
        parts.append(
            f'<image href="{picture}" width="{width}" height="{height:.0f}" preserveAspectRatio="none"/>'
        )
    else:
        parts += [f'<circle class="landmark" cx="{x:.1f}" cy="{y:.1f}" r="1.6"/>' for x, y in shown.tolist()]
    begins = (feet - np.array([x0, y0], np.float32)) * scale
    for (x, y), (dx, dy) in zip(begins.tolist(), (drawn * times).tolist(), strict=True):
        if math.isfinite(dx) and math.isfinite(dy):
            end = f'x2="{x + dx:.1f}" y2="{y + dy:.1f}"'
            parts.append(f'<line class="arrow" x1="{x:.1f}" y1="{y:.1f}" {end}/>')
            parts.append(f'<circle class="foot" cx="{x:.1f}" cy="{y:.1f}" r="2"/>')
    return f'<svg class="face" viewBox="0 0 {width} {height:.0f}" role="img">{"".join(parts)}</svg>'


def clock(time_s: float, step_s: float = 0.01) -> str:
    """3723.5 as ``1:02:03.5``, with the digits that steps of ``step_s`` need."""
    digits = 0 if step_s >= 1 else (1 if step_s >= 0.1 else 2)
    whole = round(time_s, digits)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{seconds:0{3 + digits if digits else 2}.{digits}f}"
    return f"{hours}:{minutes:02d}:{text}" if hours else f"{minutes}:{text}"
