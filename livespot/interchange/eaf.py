"""ELAN's ``.eaf``: intervals, markers, ground truth and review as tiers beside the video, and back without loss.

EAF counts in whole milliseconds from the start of the video and knows no scores. So each annotation that a person
sees (``ME · apex 0:03.42 · score 0.81``) has a child on a tier of its own, ``ME exact``, with the numbers as
JSON. Reading takes the child's numbers as long as the annotation lies where it was written; one that was moved in
ELAN, or drawn there, gives its own times, and its frames follow from the rate noted in the header.

Annotations of one ELAN tier must not overlap, intervals may: what does not fit goes to ``ME (2)`` and so on.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from livespot.errors import InputError
from livespot.interchange.eaf_xml import Annotated, Document, Tier, read_document, write_document
from livespot.interchange.json_file import judged_dict, judged_of
from livespot.interchange.results import Judged, Note, Results, interval_dict, interval_of, movement_words
from livespot.types import ExpressionType, Interval

TIERS = ("MaE", "ME", "markers", "ground truth", "review")
MOVEMENT_TIER = "movement"
"""What moved in each interval, to read; the exact numbers are the intervals' own and are read back from there."""

_MARKER_MS = 100  # how long a moment is drawn, so that it can be seen and clicked
_START_KEY = "livespot.video_start_s"
_SPEED_KEY = "livespot.video_speed"
_FPS_KEY = "livespot.fps"
_UTC_KEY, _MONOTONIC_KEY = "livespot.start_utc", "livespot.start_monotonic_s"
_DEFAULT_FPS = 30.0
_LANE = re.compile(r"^(?P<name>.+?)(?: \(\d+\))?$")
_TYPE = re.compile(r"\b(MaE|ME)\b")

FrameOf = Callable[[float], int]


@dataclass(frozen=True, slots=True)
class EafContents:
    """What an ``.eaf`` holds.

    Attributes
    ----------
    intervals, truth : tuple of Interval
    markers : tuple of Note
    review : tuple of Judged
    changed : int
        Annotations that were moved or drawn in ELAN, so that their times have ELAN's milliseconds.
    """

    intervals: tuple[Interval, ...]
    truth: tuple[Interval, ...]
    markers: tuple[Note, ...]
    review: tuple[Judged, ...]
    changed: int


def write_eaf(path: str | Path, results: Results) -> None:
    """Write an ``.eaf`` of format 2.8.

    The video is linked both by its place relative to the file, which ELAN tries first, and by its full path.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    media = _MediaTime(results.video_start_s, results.video_speed)
    tiers: list[Tier] = []
    for kind in ("MaE", "ME"):
        rows = [_drawn(i, media, _words(i), interval_dict(i)) for i in results.intervals if i.type == kind]
        tiers += _lanes(kind, rows)
    tiers += _lanes(MOVEMENT_TIER, [_moved(i, media) for i in results.intervals if i.movement is not None])
    tiers += _lanes("markers", [_moment(note, media) for note in results.markers])
    tiers += _lanes("ground truth", [_drawn(i, media, i.type, interval_dict(i)) for i in results.truth])
    review = [_drawn(j.interval, media, _verdict(j), judged_dict(j)) for j in results.review]
    tiers += _lanes("review", review)
    fps = results.meta.get("fps")
    properties = {_START_KEY: repr(float(media.start_s))}
    if media.speed != 1.0:
        properties[_SPEED_KEY] = repr(float(media.speed))
    if isinstance(fps, int | float) and math.isfinite(fps) and fps > 0:
        properties[_FPS_KEY] = repr(float(fps))
    if (start := results.curves.start) is not None:
        properties[_UTC_KEY], properties[_MONOTONIC_KEY] = start.utc, repr(start.monotonic_s)
    write_document(path, Document(tiers, properties, results.video))


def read_eaf(path: str | Path, frame_of: FrameOf | None = None) -> EafContents:
    """Read an ``.eaf`` that :func:`write_eaf` wrote, as it is or after work in ELAN.

    Parameters
    ----------
    path : str or Path
    frame_of : callable, optional
        Source frame at a session time, for annotations moved or drawn in ELAN; by default the rate in the header.

    Raises
    ------
    InputError
        When the file cannot be read, is no EAF, has none of our tiers, or an annotation tells no type.
    """
    file = Path(path)
    document = read_document(file)
    named = [(tier, _LANE.match(tier.name)) for tier in document.tiers]
    ours = [(tier, found["name"]) for tier, found in named if found and found["name"] in TIERS]
    if not ours:
        names = ", ".join(tier.name for tier in document.tiers) or "none"
        raise InputError(
            f"{file}: has none of the tiers {', '.join(TIERS)}, got {names}; "
            "was it written by `livespot export --to eaf`? rename the tiers in ELAN if they mean the same"
        )
    reader = _Reader(file, document, frame_of)
    for tier, name in ours:
        for annotation in tier.annotations:
            reader.take(name, annotation)
    return reader.contents()


class _Reader:
    def __init__(self, file: Path, document: Document, frame_of: FrameOf | None) -> None:
        self._file = file
        start_s = self._number(document, _START_KEY, 0.0)
        self._media = _MediaTime(start_s, self._number(document, _SPEED_KEY, 1.0) or 1.0)
        fps = self._number(document, _FPS_KEY, _DEFAULT_FPS)
        self._frame_of: FrameOf = frame_of or (lambda time_s: max(round(time_s * fps), 0))
        self._changed = 0
        self._intervals: list[Interval] = []
        self._truth: list[Interval] = []
        self._markers: list[Note] = []
        self._review: list[Judged] = []

    def contents(self) -> EafContents:
        by_onset: Callable[[Interval], Any] = lambda i: (i.onset_s, i.offset_s, i.type)  # noqa: E731
        return EafContents(
            intervals=tuple(sorted(self._intervals, key=by_onset)),
            truth=tuple(sorted(self._truth, key=by_onset)),
            markers=tuple(sorted(self._markers, key=lambda note: note.time_s)),
            review=tuple(sorted(self._review, key=lambda judged: by_onset(judged.interval))),
            changed=self._changed,
        )

    def take(self, tier: str, annotation: Annotated) -> None:
        if tier == "markers":
            self._markers.append(self._note(annotation))
        elif tier == "review":
            self._review.append(self._judged(annotation))
        else:
            taken = self._interval(annotation, self._exact(annotation, interval_of), tier)
            (self._truth if tier == "ground truth" else self._intervals).append(taken)

    def _note(self, annotation: Annotated) -> Note:
        value = self._exact(annotation, dict)
        if value is not None:
            note = Note(float(value.get("time_s", 0.0)), str(value.get("label", "")))
            if _moment(note, self._media).begin_ms == annotation.begin_ms:
                return note
        self._changed += 1
        return Note(self._media.seconds(annotation.begin_ms), annotation.value)

    def _judged(self, annotation: Annotated) -> Judged:
        known: Judged | None = self._exact(annotation, judged_of)
        interval = self._interval(annotation, None if known is None else known.interval, "review")
        if known is None:
            return Judged(interval, "added", comment=annotation.value)
        return known if interval == known.interval else replace(known, interval=interval, decision="moved")

    def _interval(self, annotation: Annotated, known: Interval | None, tier: str) -> Interval:
        if known is not None and _span(known, self._media) == (annotation.begin_ms, annotation.end_ms):
            return known
        self._changed += 1
        onset_s = self._media.seconds(annotation.begin_ms)
        offset_s = self._media.seconds(annotation.end_ms)
        apex_s = (onset_s + offset_s) / 2 if known is None else min(max(known.apex_s, onset_s), offset_s)
        onset, apex, offset = (self._frame_of(time_s) for time_s in (onset_s, apex_s, offset_s))
        kind = self._kind(annotation, tier) if known is None else known.type
        score = 1.0 if known is None else known.score
        return Interval(kind, onset, apex, offset, onset_s, apex_s, offset_s, score)

    def _kind(self, annotation: Annotated, tier: str) -> ExpressionType:
        if tier == "ME":
            return "ME"
        if tier == "MaE":
            return "MaE"
        found = _TYPE.search(annotation.value)
        if found is None:
            raise self._error(
                annotation, f"expected ME or MaE in the text on tier {tier}, got {annotation.value!r}"
            )
        return "ME" if found[1] == "ME" else "MaE"

    def _exact(self, annotation: Annotated, convert: Callable[[Any], Any]) -> Any:
        if annotation.exact is None:
            return None
        try:
            return convert(json.loads(annotation.exact))
        except (ValueError, KeyError, TypeError) as error:
            raise self._error(annotation, f"its exact numbers cannot be read ({error})") from None

    def _error(self, annotation: Annotated, fault: str) -> InputError:
        at_s = annotation.begin_ms / 1000
        return InputError(
            f"{self._file}: annotation at {at_s:.3f} s: {fault}; correct it in ELAN, or export again"
        )

    def _number(self, document: Document, key: str, default: float) -> float:
        text = document.properties.get(key)
        try:
            value = default if text is None else float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise InputError(f"{self._file}: property {key} expects a number, got {text!r}; export it again")
        return value


@dataclass(frozen=True, slots=True)
class _MediaTime:
    """Where the times of the results lie in the video, which begins at ``start_s`` and may be played slower."""

    start_s: float
    speed: float

    def milliseconds(self, time_s: float) -> int:
        """From the start of the video; EAF knows no negative times."""
        return max(round((time_s - self.start_s) * self.speed * 1000), 0)

    def seconds(self, milliseconds: int) -> float:
        """The time of the results at a place in the video."""
        return milliseconds / 1000 / self.speed + self.start_s


def _span(interval: Interval, media: _MediaTime) -> tuple[int, int]:
    """Milliseconds from the start of the video; EAF knows no annotations of no length."""
    begin = media.milliseconds(interval.onset_s)
    return begin, max(media.milliseconds(interval.offset_s), begin + 1)


def _drawn(interval: Interval, media: _MediaTime, words: str, exact: dict[str, Any]) -> Annotated:
    return Annotated(*_span(interval, media), words, json.dumps(exact))


def _moved(interval: Interval, media: _MediaTime) -> Annotated:
    assert interval.movement is not None
    return Annotated(*_span(interval, media), movement_words(interval.movement))


def _moment(note: Note, media: _MediaTime) -> Annotated:
    begin = media.milliseconds(note.time_s)
    exact = {"time_s": float(note.time_s), "label": note.label}
    return Annotated(begin, begin + _MARKER_MS, note.label, json.dumps(exact))


def _words(interval: Interval) -> str:
    minutes, seconds = divmod(interval.apex_s, 60)
    return f"{interval.type} · apex {int(minutes)}:{seconds:05.2f} · score {interval.score:.2f}"


def _verdict(judged: Judged) -> str:
    who = f" ({judged.reviewer})" if judged.reviewer else ""
    comment = f": {judged.comment}" if judged.comment else ""
    return f"{judged.interval.type} {judged.decision}{who}{comment}"


def _lanes(name: str, annotations: Sequence[Annotated]) -> Iterable[Tier]:
    """Spread over as few tiers as it takes that none overlap; at least one, though it be empty."""
    lanes: list[list[Annotated]] = [[]]
    for annotation in sorted(annotations, key=lambda a: (a.begin_ms, a.end_ms)):
        for lane in lanes:
            if not lane or lane[-1].end_ms <= annotation.begin_ms:
                lane.append(annotation)
                break
        else:
            lanes.append([annotation])
    for number, lane in enumerate(lanes, 1):
        yield Tier(name if number == 1 else f"{name} ({number})", lane)
