"""Ground truth for one recording, on its frames and times, from a file of annotations; and the score against it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from livespot.capture.seek import VideoSeeker
from livespot.errors import InputError
from livespot.evaluation.matching import Counts, SpottingScore, score_video
from livespot.interchange import Annotation, read_annotations
from livespot.session import SessionReader
from livespot.session.records import VIDEO_FILE
from livespot.types import Interval

TimeOf = Callable[[int], float]


def read_truth(
    path: str | Path, recording: str, time_of: TimeOf, session: SessionReader | None = None
) -> list[Interval]:
    """The rows of an annotation file that belong to ``recording``.

    Rows whose ``video`` is its name, with or without ending, count; a file that speaks of one video only counts whole.
    Rows of ``video.mkv`` count frames in the session's own video.

    Parameters
    ----------
    path : str or Path
    recording : str
        Name of the video or the session, without folders.
    time_of : callable
        Session time of a source frame.
    session : SessionReader, optional
        The recording, if it is a session.

    Raises
    ------
    InputError
        When the file cannot be read, or speaks of several videos and not of this one.
    """
    rows = read_annotations(path)
    if session is not None:
        rows = in_source_frames(rows, session, recording)
    names = {recording.casefold(), Path(recording).stem.casefold()}
    mine = [row for row in rows if {row.video.casefold(), Path(row.video).stem.casefold()} & names]
    videos = sorted({row.video for row in rows})
    if not mine and len(videos) > 1:
        shown = ", ".join(videos[:5]) + (" …" if len(videos) > 5 else "")
        raise InputError(
            f"{path}: has no rows for {recording}, got {shown}; put its name into the column video"
        )
    return [
        Interval(
            row.type,
            row.onset,
            row.apex,
            row.offset,
            time_of(row.onset),
            time_of(row.apex),
            time_of(row.offset),
            1.0,
        )
        for row in mine or rows
    ]


def in_source_frames(rows: Sequence[Annotation], session: SessionReader, recording: str) -> list[Annotation]:
    """Give rows whose ``video`` is ``video.mkv`` the source's frame numbers, and the recording's name.

    Whoever counts expressions on a session's own video counts its pictures, which begin at 0 wherever in a run the
    recording began; every other row counts the source's frames.
    """
    frames = session.frames[session.frames["video_frame"] >= 0]
    numbers, places = frames["source_index"], frames["video_frame"]
    if not len(numbers):
        return list(rows)

    def number(place: int) -> int:
        row = min(int(np.searchsorted(places, place)), len(places) - 1)
        return int(numbers[row]) + place - int(places[row])

    def counted(row: Annotation) -> Annotation:
        onset, apex, offset = number(row.onset), number(row.apex), number(row.offset)
        return replace(row, video=recording, onset=onset, apex=apex, offset=offset)

    return [counted(row) if Path(row.video).name.casefold() == VIDEO_FILE else row for row in rows]


def times_of_video(path: str | Path) -> TimeOf:
    """True presentation times of a video's frames."""
    with VideoSeeker(path) as video:
        times_s, fps = video.times_s, video.info.fps or 30.0
    last = len(times_s) - 1
    return lambda frame: (
        float(times_s[frame]) if frame <= last else float(times_s[last]) + (frame - last) / fps
    )


def times_of_session(session: SessionReader) -> TimeOf:
    """Capture times of a session's camera frames; of a frame that was dropped, by its rate."""
    known = dict(zip(session.frames["source_index"].tolist(), session.frames["time_s"].tolist(), strict=True))
    fps = session.info["source"]["fps"] or 30.0
    first = next(iter(known), 0)
    return lambda frame: float(known.get(frame, known.get(first, 0.0) + (frame - first) / fps))


def score_lines(truth: Sequence[Interval], found: Sequence[Interval]) -> list[str]:
    """TP, FP, FN and F1 by type and overall, as lines."""
    score = score_video(truth, found)
    return [_line(name, counts) for name, counts in _named(score)]


def score_dict(truth: Sequence[Interval], found: Sequence[Interval]) -> dict[str, dict[str, float]]:
    """The same for programs."""
    return score_video(truth, found).as_dict()


def _named(score: SpottingScore) -> tuple[tuple[str, Counts], ...]:
    return (("MaE", score.mae), ("ME", score.me), ("overall", score.overall))


def _line(name: str, counts: Counts) -> str:
    return f"{name:<7}  {counts.tp:3d} TP  {counts.fp:3d} FP  {counts.fn:3d} FN  F1 {counts.f1:.4f}"
