"""The report: one HTML file that opens without a network, for people.

Summary, curves, each interval with pictures of onset, apex and offset and its motion enlarged, and what speaks
against it. It says what moved and when; it says nothing of what anybody felt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Protocol

import numpy as np

from livespot.interchange.atomic import replacing
from livespot.interchange.pictures import WIDTH_PX, Blur, blurred, cut, data_uri, enlarged_motion, face_box
from livespot.interchange.report_notes import doubts, quality_notes, summary_rows
from livespot.interchange.report_page import NOT_KNOWN, PAGE, STYLE
from livespot.interchange.report_svg import CLASS, arrows_svg, clock, curves_svg
from livespot.interchange.results import Results, movement_words
from livespot.regions import RegionLayout, drawn_centres
from livespot.types import EXPRESSION_TYPES, Float32Array, Image, Interval

MOST_PICTURED = 200
"""Intervals with pictures, best score first; each takes about 60 kB."""

_AROUND_S = 2.0  # of the curves beside an interval
_ARROW_TARGET_PX = 26.0  # length of the longest arrow
_ARROW_MOST = 20.0
_PARTS = ("onset", "apex", "offset")


class Evidence(Protocol):
    """Where pictures, landmarks and motion come from; each may be missing."""

    def picture(self, frame: int) -> Image | None:
        """The camera picture of a source frame."""
        ...

    def landmarks(self, frame: int) -> Float32Array | None:
        """(68, 2) px in that picture."""
        ...

    @property
    def layout(self) -> RegionLayout:
        """The regions whose motion is known."""
        ...

    def motion(self, interval: Interval) -> Float32Array | None:
        """(R, 2) canonical px: how the regions moved from onset to apex, the head's motion taken out."""
        ...


@dataclass(frozen=True, slots=True)
class _Shot:
    image: Image | None
    points: Float32Array | None


@dataclass(frozen=True, slots=True)
class _Arrows:
    """The motion of a layout's regions, (R, 2) canonical px or None."""

    motion: Float32Array | None
    layout: RegionLayout

    def feet(self, points: Float32Array) -> Float32Array:
        """(R, 2): where the arrows begin, among the (68, 2) landmarks."""
        return drawn_centres(points, self.layout)


def write_report(
    path: str | Path, results: Results, evidence: Evidence | None = None, blur: Blur = "none"
) -> None:
    """Write the report.

    Parameters
    ----------
    path : str or Path
    results : Results
    evidence : Evidence, optional
        For pictures and motion; without it there are curves and tables only.
    blur : {"none", "eyes", "face"}
        What is made unrecognisable. A picture in which no face is known is then left out, since nothing tells what
        to hide.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    pictured = _pictured(results.intervals)
    parts = [_overview(results), _curves(results)]
    parts += [
        _interval(n, interval, results, evidence if interval in pictured else None, blur)
        for n, interval in enumerate(results.intervals, 1)
    ]
    left_out = len(results.intervals) - len(pictured)
    if left_out:
        note = f"{left_out} intervals of lower score are shown without pictures, to keep this file small."
        parts.insert(2, f'<p class="note">{note}</p>')
    if not results.intervals:
        parts.append('<p class="note">No interval was found.</p>')
    page = PAGE.format(title=escape(results.name), style=STYLE, body="\n".join(parts), not_known=NOT_KNOWN)
    with replacing(path) as handle:
        # Names of files may hold bytes that are no text; the page shows a mark in their place.
        handle.write(page.encode("utf-8", "replace").decode("utf-8"))


def _pictured(intervals: Sequence[Interval]) -> set[Interval]:
    return set(sorted(intervals, key=lambda i: -i.score)[:MOST_PICTURED])


def _overview(results: Results) -> str:
    rows = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in summary_rows(results))
    notes = "".join(f"<li>{escape(note)}</li>" for note in quality_notes(results))
    found = "".join(
        f'<tr class="{CLASS[i.type]}"><td><a href="#i{n}">{n}</a></td><td>{i.type}</td><td>{clock(i.onset_s)}</td>'
        f"<td>{clock(i.apex_s)}</td><td>{clock(i.offset_s)}</td><td>{(i.offset_s - i.onset_s) * 1e3:.0f} ms</td>"
        f"<td>{i.score:.2f}</td></tr>"
        for n, i in enumerate(results.intervals, 1)
    )
    head = "<tr><th>#</th><th>type</th><th>onset</th><th>apex</th><th>offset</th><th>length</th><th>score</th></tr>"
    markers = "".join(f"<li>{clock(m.time_s)} {escape(m.label)}</li>" for m in results.markers)
    return (
        f"<section><h2>Summary</h2><table class='facts'>{rows}</table>"
        f"<h3>How far to trust it</h3><ul class='notes'>{notes}</ul></section>"
        f"<section><h2>Intervals</h2><table class='found'>{head}{found}</table></section>"
        + (f"<section><h2>Markers</h2><ul>{markers}</ul></section>" if markers else "")
    )


def _curves(results: Results) -> str:
    times_s = results.curves.times_s
    if not len(times_s):
        return ""
    ends = float(times_s[0]), float(times_s[-1])
    parts = [
        f"<h3 class='{CLASS[kind]}'>{kind}</h3>{curves_svg(results, kind, *ends, f'{kind} over the whole recording')}"
        for kind in EXPRESSION_TYPES
    ]
    lanes = "bars at the top: intervals" + (", below them the ground truth" if results.truth else "")
    legend = f"Strong line: apex; pale line: expression; dashes: threshold; {lanes}; grey: gap; thin uprights: markers."
    return f"<section><h2>Curves</h2>{''.join(parts)}<p class='legend'>{legend}</p></section>"


def _interval(
    number: int, interval: Interval, results: Results, evidence: Evidence | None, blur: Blur
) -> str:
    words = (
        f"{clock(interval.onset_s)} to {clock(interval.offset_s)}, apex at {clock(interval.apex_s)}; frames"
        f" {interval.onset}, {interval.apex}, {interval.offset}; score {interval.score:.3f}"
    )
    moved = (
        "" if interval.movement is None else f"<p>Movement: {escape(movement_words(interval.movement))}</p>"
    )
    begin_s, end_s = interval.onset_s - _AROUND_S, interval.offset_s + _AROUND_S
    curves = ""
    if len(results.curves.times_s):
        curves = curves_svg(
            results, interval.type, begin_s, end_s, f"{interval.type} {number} and what is around it"
        )
    shots = {} if evidence is None else {part: _shot(evidence, getattr(interval, part)) for part in _PARTS}
    figures = _figures(interval, shots, evidence, blur)
    judged = [j for j in results.review if j.interval == interval]
    said = [
        f"Review: {j.decision}"
        + (f" by {j.reviewer}" if j.reviewer else "")
        + (f": {j.comment}" if j.comment else "")
        for j in judged
    ]
    points = {part: shot.points for part, shot in shots.items()}
    notes = [*said, *doubts(interval, results, points.get("onset"), points.get("apex"))]
    listed = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return (
        f'<section class="interval {CLASS[interval.type]}" id="i{number}"><h2>{number}. {interval.type}</h2>'
        f"<p>{words}</p>{moved}<div class='figures'>{''.join(figures)}</div>{curves}"
        + (f"<ul class='notes'>{listed}</ul>" if listed else "")
        + "</section>"
    )


def _shot(evidence: Evidence, frame: int) -> _Shot:
    return _Shot(evidence.picture(frame), evidence.landmarks(frame))


def _figures(interval: Interval, shots: dict[str, _Shot], evidence: Evidence | None, blur: Blur) -> list[str]:
    if evidence is None or not shots:
        return []
    anchor = next((s for s in shots.values() if s.image is not None and s.points is not None), None)
    arrows = _Arrows(evidence.motion(interval), evidence.layout)
    apex = shots["apex"]
    if anchor is None or anchor.image is None or anchor.points is None:
        return _without_face(shots, blur) + _arrows_alone(apex.points, arrows)
    box = face_box(anchor.points, anchor.image)
    figures = []
    for part, shot in shots.items():
        uri = _hidden_uri(shot, box, blur)
        if uri is None:
            figures.append(_figure('<div class="none">no picture</div>', f"{part}: picture left out"))
            continue
        figures.append(
            _figure(f'<img src="{uri}" alt="{part}">', f"{part}, {clock(getattr(interval, part + '_s'))}")
        )
    figures += _arrows(apex, arrows, box, blur)
    return figures + _enlarged(shots["onset"], apex, box, blur)


def _hidden_uri(shot: _Shot, box: tuple[int, int, int, int], blur: Blur) -> str | None:
    if shot.image is None or (blur != "none" and shot.points is None):
        return None
    image = shot.image if shot.points is None else blurred(shot.image, shot.points, blur)
    return data_uri(cut(image, box))


def _without_face(shots: dict[str, _Shot], blur: Blur) -> list[str]:
    """Whole pictures where no landmarks say where the face is; none of them when faces are to be hidden."""
    if blur != "none":
        return []
    return [
        _figure(
            f'<img src="{data_uri(cut(s.image, (0, 0, s.image.shape[1], s.image.shape[0])))}" alt="{part}">',
            part,
        )
        for part, s in shots.items()
        if s.image is not None
    ]


def _arrows(apex: _Shot, arrows: _Arrows, box: tuple[int, int, int, int], blur: Blur) -> list[str]:
    if arrows.motion is None or apex.points is None:
        return []
    times = _arrow_times(arrows.motion, apex.points, WIDTH_PX / (box[2] - box[0]))
    picture = _hidden_uri(apex, box, blur)
    drawing = arrows_svg(apex.points, arrows.feet(apex.points), arrows.motion, times, box, picture, WIDTH_PX)
    return [_figure(drawing, f"measured motion, onset to apex, ×{times:.0f}")]


def _arrows_alone(points: Float32Array | None, arrows: _Arrows) -> list[str]:
    if points is None or arrows.motion is None:
        return []
    low, high = points.min(axis=0), points.max(axis=0)
    half = float((high - low).max()) * 0.6
    centre = (low + high) / 2
    box = (*(centre - half).tolist(), *(centre + half).tolist())
    times = _arrow_times(arrows.motion, points, WIDTH_PX / (2 * half))
    drawing = arrows_svg(points, arrows.feet(points), arrows.motion, times, box, None, WIDTH_PX)
    return [_figure(drawing, f"measured motion, onset to apex, ×{times:.0f}; landmarks only")]


def _arrow_times(motion: Float32Array, points: Float32Array, scale: float) -> float:
    per_px = float(np.hypot(*(points[45] - points[36]))) / 90.0 * scale
    longest = float(np.nanmax(np.hypot(motion[:, 0], motion[:, 1]), initial=0.0)) * per_px
    return float(np.clip(_ARROW_TARGET_PX / max(longest, 1e-6), 1.0, _ARROW_MOST))


def _enlarged(onset: _Shot, apex: _Shot, box: tuple[int, int, int, int], blur: Blur) -> list[str]:
    # Through a mosaic no motion shows, and an enlarged picture without one would show the person.
    if (
        blur == "face"
        or onset.image is None
        or apex.image is None
        or onset.points is None
        or apex.points is None
    ):
        return []
    hidden = blurred(onset.image, onset.points, blur)
    moved = blurred(apex.image, apex.points, blur)
    image, times = enlarged_motion(hidden, onset.points, moved, apex.points, box)
    return [
        _figure(
            f'<img src="{data_uri(image)}" alt="motion enlarged">',
            f"motion enlarged ×{times:.1f} (made from the pictures)",
        )
    ]


def _figure(inside: str, caption: str) -> str:
    return f"<figure>{inside}<figcaption>{escape(caption)}</figcaption></figure>"
